import t from 'tap';
import { mustReach } from '../../src/checks/reach/must-reach.ts';
import type { MustReachParams } from '../../src/checks/reach/required-flow.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Cluster, Fact, Pick } from '../../src/model/cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import {
  ALL_KINDS,
  bench,
  namespace,
  operator,
  policy,
  POLICY,
  runtime,
  server,
  workload,
} from './seldon-cluster.ts';

// What a question costs, counted in what it reads: a change that has nothing to do with Seldon asks nothing of other namespaces.

const params = bench.catalogue.policies.find(({ id }) => id === POLICY)?.params as unknown as MustReachParams;
const TENANTS = Array.from({ length: 50 }, (_, i) => `tenant-${i}`);
const WORLD = [
  namespace('seldon-system'),
  operator(),
  ...TENANTS.flatMap((name) => [
    namespace(name),
    runtime(name),
    server('mlserver', name),
    policy('{podSelector: {}, ingress: [{}]}', 'open', name),
  ]),
  namespace('web'),
];

/** A picture that writes down the namespaces that are asked about. */
function watched(cluster: Cluster, asked: Set<string>): Cluster {
  const note = (scope: string | undefined): void => void asked.add(scope ?? '(all)');
  return {
    sees: (kind) => cluster.sees(kind),
    observed: (name) => cluster.observed(name),
    pick: <T>(pick: Pick<T>) => cluster.pick(pick),
    list: (kind, scope) => (note(scope), cluster.list(kind, scope)),
    get: (kind, scope, name) => (note(scope), cluster.get(kind, scope, name)),
    derive: <T>(fact: Fact<T>, scope: string) => (note(scope), cluster.derive(fact, scope)),
  };
}

/** The namespaces that were asked about, and how many findings there were. */
function reads(object: Manifest, previous?: Manifest): { asked: string[]; found: number } {
  const asked = new Set<string>();
  const picture = Picture.of(WORLD, { seen: ALL_KINDS });
  const operation = previous === undefined ? 'CREATE' : 'UPDATE';
  const review = reviewChange(picture, { operation, object, previous });
  const narrowed = {
    ...review,
    cluster: watched(review.cluster, asked),
    before: review.before && watched(review.before, asked),
  };
  const found = [...mustReach.evaluate(narrowed as typeof review, params, [])].length;
  return { asked: [...asked].toSorted(), found };
}

const shut = (home: string): Manifest =>
  policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'shut', home);

void t.test('a NetworkPolicy where Seldon does not run', (t) => {
  t.strictSame(reads(shut('web')), { asked: ['web'], found: 0 });
  t.end();
});

void t.test('a NetworkPolicy of a tenant asks about it and its operator', (t) => {
  const { asked, found } = reads(shut('tenant-7'));
  t.ok(found > 0);
  t.strictSame(asked, ['seldon-system', 'tenant-7']);
  t.end();
});

void t.test("a NetworkPolicy in the operator's namespace asks about every tenant", (t) => {
  const { asked, found } = reads(shut('seldon-system'));
  t.equal(found, 1);
  t.equal(asked.filter((name) => name.startsWith('tenant-')).length, TENANTS.length);
  t.end();
});

void t.test('workloads and Namespaces that Seldon has no part in', (t) => {
  t.strictSame(reads(workload('Deployment', 'web', 'web')).asked, [], 'a new Deployment');
  t.strictSame(reads(workload('Deployment', 'tenant-7', 'web')).asked, [], 'a new Deployment beside Seldon');
  const { asked } = reads(namespace('web', { a: 'b' }), namespace('web'));
  t.notOk(
    asked.some((name) => name.startsWith('tenant-') || name === '(all)'),
    asked.join(),
  );
  t.strictSame(
    reads(namespace('tenant-7'), namespace('tenant-7')).asked.filter((name) => name === 'tenant-8'),
    [],
  );
  t.end();
});
