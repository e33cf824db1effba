import fc from 'fast-check';
import { parse } from 'yaml';
import type { Decision } from '../../src/judge/decision.ts';
import { judge } from '../../src/judge/judge.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Operation, Review } from '../../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { manifest } from '../policy/made.ts';

type Labels = Readonly<Record<string, string>>;

/** Every kind: what a picture of a live cluster sees. */
export const ALL_KINDS = Object.keys(KINDS) as Kind[];
export const POLICY = 'control-plane-reachable';
export const bench = {
  catalogue: readCatalogue(),
  settings: DEFAULT_SETTINGS,
  now: Date.parse('2026-11-20T12:00:00Z'),
};

export function namespace(name: string, labels: Labels = {}): Manifest {
  return manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
}

/** The controller-manager as the chart makes it: the same variables, and arguments that refer to them. */
export function operator(
  namespace = 'seldon-system',
  {
    clusterwide = true,
    watch = '',
    security = 'PLAINTEXT',
    ...pod
  }: {
    clusterwide?: boolean;
    watch?: string;
    security?: string;
    labels?: Labels;
    hostNetwork?: boolean;
  } = {},
): Manifest {
  const env = [
    { name: 'CLUSTERWIDE', value: String(clusterwide) },
    { name: 'WATCH_NAMESPACES', value: watch },
    { name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value: security },
  ];
  const args = ['--watch-namespaces=$(WATCH_NAMESPACES)', '--clusterwide=$(CLUSTERWIDE)'];
  return workload('Deployment', namespace, 'seldon-v2-controller-manager', {
    labels: { 'control-plane': 'v2-controller-manager', ...pod.labels },
    spec: { containers: [{ name: 'manager', args, env }], hostNetwork: pod.hostNetwork ?? false },
  });
}

export function runtime(namespace = 'financial-ml', spec: object = {}, labels: Labels = {}): Manifest {
  const metadata = { name: 'seldon', namespace, labels };
  return manifest({ ...SELDON, kind: 'SeldonRuntime', metadata, spec: { seldonConfig: 'default', ...spec } });
}

export function server(name = 'mlserver', namespace = 'financial-ml', spec: object = {}): Manifest {
  const metadata = { name, namespace };
  return manifest({ ...SELDON, kind: 'Server', metadata, spec: { serverConfig: 'mlserver', ...spec } });
}

/** A SeldonConfig with upstream's components; `labels` are handed down to all pods. */
export function seldonConfig(namespace: string, labels: Labels, security?: string): Manifest {
  const container = { envoy: 'seldon-envoy', modelgateway: 'seldon-modelgateway', hodometer: 'hodometer' };
  const env = security === undefined ? [] : [{ name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value: security }];
  const components = [
    ['scheduler', 'seldon-scheduler'],
    ['pipelinegateway', 'seldon-pipelinegateway'],
    ['dataflow-engine', 'seldon-dataflow-engine'],
    ...Object.entries(container),
  ].map(([name, component]) => ({ name: component, podSpec: { containers: [{ name, env }] } }));
  return manifest({
    ...SELDON,
    kind: 'SeldonConfig',
    metadata: { name: 'default', namespace, labels },
    spec: { components },
  });
}

/** A Deployment or StatefulSet as it stands in a cluster. */
export function workload(
  kind: 'Deployment' | 'StatefulSet',
  namespace: string,
  name: string,
  { labels = { 'app.kubernetes.io/name': name }, spec = {}, replicas = 1 }: Template = {},
): Manifest {
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main' }], ...spec } };
  const metadata = { name, namespace };
  return manifest({ apiVersion: 'apps/v1', kind, metadata, spec: { replicas, template } });
}

export interface Template {
  readonly labels?: Labels;
  readonly spec?: object;
  readonly replicas?: number;
}

/** A NetworkPolicy with this spec, written in YAML or as an object. */
export function policy(spec: string | object, name = 'policy', namespace = 'financial-ml'): Manifest {
  const metadata = { name, namespace };
  const parsed: unknown = typeof spec === 'string' ? parse(spec) : spec;
  return manifest({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata, spec: parsed });
}

const SELDON = { apiVersion: 'mlops.seldon.io/v1alpha1' };

/** An operator for the whole cluster in seldon-system, and a tenant of it. */
export const TENANT: readonly Manifest[] = [
  namespace('seldon-system'),
  operator(),
  namespace('financial-ml'),
  runtime(),
  server(),
];

/** The decision on a change in a live cluster of which every kind is seen, or only those given. */
export function decide(
  world: readonly Manifest[],
  object: Manifest,
  { operation = 'CREATE', previous, seen = ALL_KINDS }: Change = {},
): Decision {
  const change = previous === undefined ? operation : operation === 'DELETE' ? 'DELETE' : 'UPDATE';
  const picture = Picture.of(world, { seen });
  const review: Review =
    change === 'NONE'
      ? reviewState(picture.with(object), object)
      : reviewChange(picture, { operation: change, object, previous });
  return judge(review, bench);
}

export interface Change {
  readonly operation?: Operation;
  readonly previous?: Manifest;
  readonly seen?: readonly Kind[];
}

/** What the policy says of a decision, sorted: `deny blocked: seldon-envoy -> seldon-scheduler:9002`. */
export function told(decision: Decision): string[] {
  const flow =
    /^(?:With Seldon in namespace [^,]+, |With these labels |Without this policy )?(.+) cannot reach (.+) on TCP (\d+): /;
  return findings(decision)
    .map(({ effect, problem, message }) => {
      const [, from, to, port] = flow.exec(message) ?? [];
      return `${effect} ${problem}: ${from === undefined ? message : `${from} -> ${to}:${port}`}`;
    })
    .toSorted();
}

export function findings(decision: Decision) {
  return decision.judgements.filter((judgement) => judgement.policy === POLICY);
}

/** The object with what its findings offer applied to it; undefined where they offer nothing. */
export function cured(object: Manifest, decision: Decision): Manifest | undefined {
  const patch = patchOf(findings(decision));
  return patch.length === 0 ? undefined : withObject(object, patched(object.object, patch));
}

/** The same object with another value somewhere at its top. */
export function but(object: Manifest, fields: JsonObject): Manifest {
  return withObject(object, { ...object.object, ...fields });
}

// Arbitrary clusters for properties, out of a small alphabet, so that things collide.

const NAMES = ['seldon-system', 'ops', 'financial-ml', 'blue', 'web'];
const pickOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const some = <T>(one: fc.Arbitrary<T>, maxLength = 2): fc.Arbitrary<T[]> => fc.array(one, { maxLength });
const matches = (labels: Labels) => ({ matchLabels: labels });
const podSelector = pickOf<object>(
  {},
  {},
  { matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['ml'] }] },
  ...['scheduler', 'server', 'envoy'].map((name) => matches({ 'app.kubernetes.io/name': `seldon-${name}` })),
  ...[{ 'control-plane': 'v2-controller-manager' }, { team: 'ml' }, { app: 'web' }].map(matches),
);
const namespaceSelector = fc.oneof(
  pickOf<object>({}, matches({ team: 'ml' }), {
    matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }],
  }),
  fc
    .tuple(pickOf('name', 'kubernetes.io/metadata.name'), pickOf(...NAMES))
    .map(([key, name]) => matches({ [key]: name })),
);
const peer = fc.oneof(
  podSelector.map((one) => ({ podSelector: one })),
  namespaceSelector.map((one) => ({ namespaceSelector: one })),
  fc.record({ podSelector, namespaceSelector }),
  pickOf('0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16').map((cidr) => ({ ipBlock: { cidr } })),
);
const port = pickOf<object>(
  { port: 9004 },
  { port: 9005 },
  { port: 9002 },
  { port: 9044 },
  { port: 'scheduler' },
  { port: 80 },
  { port: 9000, endPort: 9010 },
  { port: 9004, protocol: 'UDP' },
);
const rules = (field: 'from' | 'to') => some(fc.record({ [field]: some(peer), ports: some(port) }));

/** A NetworkPolicy in one of the namespaces; every third one is for all pods. */
export const anyPolicy = (name: string): fc.Arbitrary<Manifest> =>
  fc
    .record({
      home: pickOf('financial-ml', 'financial-ml', 'seldon-system', 'ops', 'blue'),
      podSelector,
      policyTypes: pickOf(undefined, ['Ingress'], ['Egress'], ['Ingress', 'Egress']),
      ingress: fc.option(rules('from'), { nil: undefined }),
      egress: fc.option(rules('to'), { nil: undefined }),
    })
    .map(({ home, ...spec }) => policy(JSON.parse(JSON.stringify(spec)) as object, name, home));

const security = pickOf('PLAINTEXT', 'SSL');
const team = pickOf<Labels>({}, {}, { team: 'ml' });
const anyOperator = fc
  .record({
    home: pickOf('seldon-system', 'ops', 'financial-ml'),
    clusterwide: fc.boolean(),
    watch: pickOf('', '', 'financial-ml', 'blue'),
    security,
    labels: team,
  })
  .map(({ home, ...settings }) => operator(home, settings));
const anyNamespaces = fc.tuple(
  ...NAMES.map((name) =>
    fc.tuple(pickOf<Labels>({}, { name }), team).map(([own, more]) => namespace(name, { ...own, ...more })),
  ),
);
const anyTenant = (name: string): fc.Arbitrary<Manifest[]> =>
  fc
    .tuple(team, some(pickOf('mlserver', 'triton')))
    .map(([labels, servers]) => [
      runtime(name, {}, labels),
      ...[...new Set(servers)].map((each) => server(each, name)),
    ]);

/** Seldon in one or two namespaces, none to two operators, and two workloads that have nothing to do with it. */
export const anyWorld: fc.Arbitrary<Manifest[]> = fc
  .record({
    namespaces: anyNamespaces,
    operators: some(anyOperator),
    config: fc.option(fc.tuple(team, security)),
    tenant: anyTenant('financial-ml'),
    other: fc.option(anyTenant('blue')),
    hand: fc.boolean(),
  })
  .map(({ namespaces, operators, config, tenant, other, hand }) => [
    ...namespaces,
    ...new Map(operators.map((each) => [each.namespace, each])).values(),
    ...(config === null ? [] : ['seldon-system', 'ops'].map((home) => seldonConfig(home, ...config))),
    ...tenant,
    ...(other ?? []),
    ...(hand
      ? [workload('StatefulSet', 'financial-ml', 'iris', { labels: { 'seldon-server-name': 'iris' } })]
      : []),
    ...OUTSIDERS,
  ]);

export const OUTSIDERS = ['financial-ml', 'web'].map((home) =>
  workload('Deployment', home, 'web', { labels: { app: 'web' } }),
);
