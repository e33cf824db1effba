import fc from 'fast-check';
import { closed } from '../../src/model/labels.ts';
import type { Labels } from '../../src/model/labels.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Pod, Peer, PodPort, Protocol } from '../../src/network/pod.ts';
import { compilePolicy } from '../../src/network/policy.ts';
import type { NetworkPolicy } from '../../src/network/policy.ts';
import { reach } from '../../src/network/reach.ts';
import type { Reach } from '../../src/network/reach.ts';
import type { End, World, WorldPod } from './naive.ts';

// Small alphabets, so that things collide.
export const NAMESPACES = ['red', 'blue'];
export const KEYS = ['app', 'tier'];
export const VALUES = ['x', 'y'];
export const PORTS = [80, 81, 8080];
export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];
export const ADDRESSES = [
  '10.0.0.1',
  '10.0.1.1',
  '10.0.128.1',
  '10.1.0.1',
  '192.168.0.1',
  'fd00::1',
  'fd00:0:0:1::1',
];
const CIDRS = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/15',
  '10.0.0.0/23',
  '10.0.0.1/32',
  '192.168.0.77/16',
].concat(['::/0', 'fd00::/16', 'fd00::/63', 'fd00::/64', 'fd00::1/128']);

/** How many cases a property tries (GUARD_CASES), from which seed (GUARD_SEED): the same ones every time. */
export const CASES = Number(process.env['GUARD_CASES'] ?? 20_000);
export const SEED = Number(process.env['GUARD_SEED'] ?? 9004);

const maybe = <T>(arbitrary: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: fc.constant(undefined) });
/** How long a file of properties may take: tap's 30 seconds, and more where more cases are asked for. */
export const TIMEOUT = 30_000 + CASES * 2;

/** An object without the fields that came out undefined. */
function record(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<any> {
  return fc
    .record(model)
    .map((made) => Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined)));
}

export const labels = fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES), { maxKeys: 2 });
const requirement = fc.oneof(
  record({
    key: fc.constantFrom(...KEYS),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.subarray(VALUES, { minLength: 1 }),
  }),
  record({ key: fc.constantFrom(...KEYS), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  {
    weight: 3,
    arbitrary: record({ matchLabels: fc.dictionary(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES)) }),
  },
  {
    weight: 2,
    arbitrary: record({ matchExpressions: fc.array(requirement, { minLength: 1, maxLength: 2 }) }),
  },
);
const namespaceSelector = fc.oneof(
  { weight: 2, arbitrary: selector },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...NAMESPACES)
      .map((name) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } })),
  },
);
const ipBlock = record({
  cidr: fc.constantFrom(...CIDRS),
  except: maybe(fc.array(fc.constantFrom(...CIDRS), { maxLength: 2 })),
});
const peer = fc.oneof(
  record({ podSelector: selector }),
  record({ namespaceSelector }),
  record({ podSelector: selector, namespaceSelector }),
  record({ ipBlock }),
);
const protocol = maybe(fc.constantFrom(...PROTOCOLS));
const port = fc.oneof(
  record({ port: fc.constantFrom(...PORTS), protocol }),
  record({ port: fc.constantFrom(79, 80, 81), endPort: fc.constantFrom(81, 82, 9000), protocol }),
  record({ port: fc.constantFrom('http', 'grpc'), protocol }),
  record({ protocol }),
  fc.constant(null),
);
const listOf = (entry: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.array(entry, { minLength: 1, maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, null, []) },
  );
export const ingressRule = record({ from: listOf(peer), ports: listOf(port) });
export const egressRule = record({ to: listOf(peer), ports: listOf(port) });
const rules = (rule: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.array(rule, { maxLength: 3, size: 'max' }) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, null) },
  );
export const policy = record({
  namespace: fc.constantFrom(...NAMESPACES),
  podSelector: fc.oneof(fc.constant({}), selector, fc.constantFrom(undefined, null)),
  policyTypes: fc.constantFrom(undefined, null, [], ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
  ingress: rules(ingressRule),
  egress: rules(egressRule),
}).map(({ namespace, ...spec }) => ({ metadata: { namespace, name: 'policy' }, spec }));

const container = fc.subarray(
  [
    { name: 'http', port: 80, protocol: 'TCP' as Protocol },
    { name: 'http', port: 80, protocol: 'UDP' as Protocol },
    { name: 'grpc', port: 81, protocol: 'TCP' as Protocol },
    { port: 8080, protocol: 'TCP' as Protocol },
  ],
  { minLength: 0, maxLength: 3 },
);
const rarely = fc.integer({ min: 0, max: 7 }).map((n) => n === 0);
const pod = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  labels,
  ports: container,
  address: fc.constantFrom(...ADDRESSES),
  hostNetwork: rarely,
  finished: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
  node: fc.constantFrom('n1', 'n2'),
});

export const world: fc.Arbitrary<World> = fc.record({
  namespaces: fc.record({ red: labels, blue: labels }),
  pods: fc
    .array(pod, { minLength: 2, maxLength: 4 })
    .map((pods) => pods.map((one, i) => ({ ...one, name: `pod${i}` }))),
  outside: fc.constantFrom('203.0.113.7', '10.1.0.1', 'fd00::1'),
  policies: fc
    .array(policy, { maxLength: 6, size: 'max' })
    .map((policies) =>
      policies.map((one, i) => ({ ...one, metadata: { ...one.metadata, name: `policy${i}` } })),
    ),
});

export const flow = fc.record({
  from: fc.noBias(fc.nat(59)),
  to: fc.noBias(fc.nat(59)),
  port: fc.constantFrom(...PORTS),
  protocol: fc.constantFrom<Protocol[]>('TCP', 'TCP', 'UDP', 'SCTP'),
});
export type WorldFlow = { from: number; to: number; port: number; protocol: Protocol };

/** The end of a flow: one of the world's pods, or the address outside. */
export function endOf(w: World, n: number): End {
  const i = n % (w.pods.length + 1);
  return i === w.pods.length ? 'outside' : i;
}

/** Which facts of a world are kept from the engine. */
export interface Veil {
  readonly namespaces: readonly string[];
  readonly labels: boolean;
  readonly ports: boolean;
  readonly addresses: boolean;
  readonly nodes: boolean;
}
export const NO_VEIL: Veil = { namespaces: [], labels: false, ports: false, addresses: false, nodes: false };

/** A pod of the world as the engine sees it. */
export function podOf(w: World, pod: WorldPod, veil: Veil = NO_VEIL): Pod {
  const automatic = { 'kubernetes.io/metadata.name': pod.namespace };
  const namespaceLabels: Labels = veil.namespaces.includes(pod.namespace)
    ? { values: automatic, open: true }
    : closed({ ...w.namespaces[pod.namespace], ...automatic });
  const { app } = pod.labels;
  const known: Labels = { values: app === undefined ? {} : { app }, open: true };
  return {
    kind: 'pod',
    namespace: pod.namespace,
    name: pod.name,
    labels: veil.labels ? known : closed(pod.labels),
    namespaceLabels,
    ports: veil.ports ? undefined : (pod.ports as readonly PodPort[]),
    addresses: veil.addresses ? undefined : [pod.address],
    hostNetwork: pod.hostNetwork,
    finished: pod.finished,
    ...(veil.nodes ? {} : { node: pod.node }),
  };
}

/** The world's policies as the engine sees them. */
export function policiesOf(policies: readonly unknown[]): (namespace: string) => readonly NetworkPolicy[] {
  const compiled = policies.map((one) => compilePolicy(manifestOf(one, { from: 'request' })));
  return () => compiled;
}

/** What the engine says of a flow in the world. */
export function ask(w: World, f: WorldFlow, veil: Veil = NO_VEIL): Reach {
  const peer = (n: number): Peer => {
    const end = endOf(w, n);
    return end === 'outside' ? { kind: 'address', ip: w.outside } : podOf(w, w.pods[end]!, veil);
  };
  const from = peer(f.from);
  const to = peer(f.to);
  return reach({ from, to, port: f.port, protocol: f.protocol }, policiesOf(w.policies));
}
