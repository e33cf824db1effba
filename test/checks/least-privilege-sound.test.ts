import fc from 'fast-check';
import t from 'tap';
import { leastPrivilege } from '../../src/checks/reach/least-privilege.ts';
import { networkRequirements } from '../../src/checks/reach/network-requirements.ts';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Pod } from '../../src/network/pod.ts';
import { compilePolicies } from '../../src/network/policy.ts';
import { reach } from '../../src/network/reach.ts';
import { workloadsOf } from '../../src/network/workload.ts';
import { manifest } from '../policy/made.ts';
import { ALL_KINDS, anyWorld, bench, namespace, workload } from './seldon-cluster.ts';

// Over generated worlds, the policies that are made are held against SELDON.md's matrix, written down here once more by
// hand, and against the guard itself: applied together, and one by one in the order in which they are printed.

t.setTimeout(300_000);

const NS = 'financial-ml';
const REQUIREMENTS = networkRequirements(bench.catalogue);
const CHOICES = { clients: [], scrapers: [], defaultDeny: false };
/** Without policy-ports-are-pod-ports: the containers of these worlds declare no ports. */
const REACH = new Set([
  'control-plane-reachable',
  'data-plane-reachable',
  'dependencies-reachable',
  'api-server-reachable',
  'cluster-dns-reachable',
  'policy-selectors-match',
  'policy-rules-well-formed',
]);

/** The component by its labels alone. */
function nameOf({ labels: { values } }: Pod): string | undefined {
  if (values['control-plane'] === 'v2-controller-manager') return 'controller';
  if (values['seldon-server-name'] !== undefined) return 'server';
  const name = values['app.kubernetes.io/name'];
  if (name === 'hodometer') return 'hodometer';
  return name?.startsWith('seldon-') ? name.slice('seldon-'.length) : undefined;
}

/** Port classes of the matrix: the plaintext port and, where there is one, the mTLS port. */
const MATRIX: readonly (readonly [from: string, to: string, ...ports: number[]])[] = [
  ['controller', 'scheduler', 9004, 9044],
  ['server', 'scheduler', 9005, 9055],
  ['envoy', 'scheduler', 9002],
  ['modelgateway', 'scheduler', 9004, 9044],
  ['pipelinegateway', 'scheduler', 9004, 9044],
  ['dataflow-engine', 'scheduler', 9008],
  ['hodometer', 'scheduler', 9004, 9044],
  ['envoy', 'server', 9001],
  ['envoy', 'server', 9501],
  ['envoy', 'pipelinegateway', 9010],
  ['envoy', 'pipelinegateway', 9011],
  ['modelgateway', 'envoy', 9000],
  ['pipelinegateway', 'envoy', 9000],
  ['server', 'envoy', 9000],
];
const PORTS = [
  ...new Set(MATRIX.flatMap(([, , ...ports]) => ports as number[])),
  53,
  80,
  443,
  6443,
  5572,
  9003,
];
const API = [443, 6443];

/** What a cluster has beside Seldon: its DNS, and the address of its API server, where they are to be seen. */
const PLATFORM = [
  workload('Deployment', 'kube-system', 'coredns', { labels: { 'k8s-app': 'kube-dns' } }),
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: {
      clusterIP: '10.96.0.10',
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  }),
  manifest({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default' },
    endpoints: [{ addresses: ['172.18.0.2'] }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  }),
];
const anyCluster = fc
  .tuple(anyWorld, fc.boolean())
  .map(([world, seen]) => [namespace('kube-system'), ...world, ...(seen ? PLATFORM : [])]);

interface Operator {
  readonly home: string;
  readonly wide: boolean;
  readonly watched: readonly string[];
}

function operatorsIn(world: readonly Manifest[]): Operator[] {
  return world
    .filter(({ name, kind }) => kind === 'Deployment' && name === 'seldon-v2-controller-manager')
    .map(({ namespace, object }) => {
      const [container] = (object as any).spec.template.spec.containers;
      const env = (name: string): string => container.env.find((one: any) => one.name === name).value;
      const watched = env('WATCH_NAMESPACES')
        .split(',')
        .filter((name) => name !== '');
      const clusterwide = env('CLUSTERWIDE') === 'true';
      return {
        home: namespace,
        wide: clusterwide && watched.length === 0,
        watched: clusterwide ? [...watched, namespace] : [namespace],
      };
    });
}

function made(world: readonly Manifest[]) {
  const picture = Picture.of(world, { seen: ALL_KINDS });
  const plan = leastPrivilege(picture, NS, REQUIREMENTS, CHOICES)!;
  const policies = plan.policies.map(({ object }) => manifestOf(object, { from: 'request' }));
  return { picture, plan, policies, after: policies.reduce((grown, one) => grown.with(one), picture) };
}

const rounds = Number(process.env['GUARD_RUNS'] ?? 60);

void t.test('the matrix is open, and nothing else', (t) => {
  fc.assert(
    fc.property(anyCluster, (world) => {
      const { plan, after } = made(world);
      t.strictSame([plan.closed, plan.excess, plan.elsewhere], [[], [], []]);
      const isSeen = world.includes(PLATFORM[0]!);
      const operators = operatorsIn(world);
      const watching = operators.filter(({ wide, watched }) => wide || watched.includes(NS));
      const homes = watching.map(({ home }) => home);
      const isOurs = (pod: Pod): boolean =>
        nameOf(pod) !== undefined &&
        (pod.namespace === NS || (nameOf(pod) === 'controller' && homes.includes(pod.namespace)));
      const policies = compilePolicies(after.list('NetworkPolicy'));
      const open = (from: Pod, to: Pod, port: number): boolean =>
        reach({ from, to, port, protocol: 'TCP' }, () => policies).allowed === 'yes';
      const pods = workloadsOf(after).flatMap((workload) => workload.pods);
      for (const from of pods)
        for (const to of pods) {
          if (from === to || (!isOurs(from) && !isOurs(to))) continue;
          const [client, server] = [nameOf(from) ?? '', nameOf(to) ?? ''];
          const pair = `${from.namespace}/${client || from.name} -> ${to.namespace}/${server || to.name}`;
          const operator = operators.find(({ home }) => home === from.namespace);
          const near =
            client === 'controller'
              ? operator?.wide === true || operator?.watched.includes(to.namespace) === true
              : from.namespace === to.namespace;
          if (isOurs(from) && to.name === 'coredns' && !open(from, to, 53))
            throw new Error(`${pair}: no DNS`);
          const rows = near ? MATRIX.filter(([a, b]) => a === client && b === server) : [];
          for (const [, , ...ports] of rows)
            if (!(ports as number[]).some((port) => open(from, to, port)))
              throw new Error(`${pair} is closed on ${ports.join()}`);
          const required = new Set<unknown>(rows.flat());
          for (const port of PORTS) {
            if (required.has(port) || !open(from, to, port)) continue;
            // Anybody who is not isolated is a client of Envoy's; the API server may be at any address.
            if (server === 'envoy' && port === 9000 && !isOurs(from)) continue;
            if (isOurs(from) && !isOurs(to) && API.includes(port) && !isSeen) continue;
            if (to.name === 'coredns' && port === 53) continue;
            // Where no operator watches the namespace, one that nobody sees is let in by its labels.
            if (watching.length === 0 && client === 'controller' && server === 'scheduler') continue;
            throw new Error(`${pair} is open on ${port}`);
          }
        }
    }),
    { numRuns: rounds },
  );
  t.end();
});

void t.test('the guard has nothing to say against them', (t) => {
  const against = (decision: ReturnType<typeof judge>): string[] =>
    decision.judgements
      .filter(({ policy, effect }) => REACH.has(policy) && (effect === 'deny' || effect === 'warn'))
      .map(({ policy, message }) => `${decision.object.name} ${policy}: ${message}`);
  fc.assert(
    fc.property(anyCluster, (world) => {
      const { picture, policies, after } = made(world);
      for (const one of policies) {
        const found = against(judge(reviewState(after, one), bench));
        if (found.length > 0) throw new Error(`together: ${found.join('\n')}`);
      }
      let grown = picture;
      for (const object of policies) {
        const review = reviewChange(grown, { operation: 'CREATE', object, previous: undefined });
        const found = against(judge(review, bench));
        if (found.length > 0) throw new Error(`one by one: ${found.join('\n')}`);
        grown = grown.with(object);
      }
    }),
    { numRuns: rounds },
  );
  t.end();
});

void t.test('in any order of the objects the same policies are made', (t) => {
  fc.assert(
    fc.property(anyCluster, (world) => {
      const text = (manifests: readonly Manifest[]): string =>
        JSON.stringify(made(manifests).plan.policies.map(({ object }) => object));
      t.equal(text(world.toReversed()), text(world));
    }),
    { numRuns: 20 },
  );
  t.end();
});
