import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Change } from './seldon-cluster.ts';
import { manifest } from '../policy/made.ts';
import { but, decide, operator, runtime, seldonConfig, server } from './seldon-cluster.ts';

// Nobody acts on an object in a namespace that no controller watches.

const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === 'operator-watches-namespace');
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem, outcome }) => `${effect} ${problem} ${outcome}`);

const own = (where = 'seldon-system') => operator(where, { clusterwide: false });
const listing = (watch: string, where = 'seldon-system') => operator(where, { watch });
const tenant = (kind: string): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind,
    metadata: { name: 'iris', namespace: 'financial-ml' },
    spec: {},
  });
const OBJECTS = [server(), runtime(), ...['Model', 'Pipeline', 'Experiment'].map(tenant)];

void t.test('a namespace that nobody watches is a warning for whatever is in it', (t) => {
  for (const object of OBJECTS) {
    t.strictSame(told([own()], object), ['warn unwatched fail'], object.kind);
    t.strictSame(told([own()], object, { operation: 'NONE' }), ['warn unwatched fail'], object.kind);
    t.strictSame(told([listing('blue, green')], object), ['warn unwatched fail'], object.kind);
  }
  t.match(judged([own()], server())[0]?.message, 'watches namespace seldon-system alone');
  t.match(
    judged([listing('green,blue')], server())[0]?.message,
    'watches the namespaces blue, green, seldon-system.',
  );
  t.match(judged([listing('blue')], server())[0]?.message, 'the namespaces blue, seldon-system.');
  t.match(judged([listing('a,b,c,d')], server())[0]?.message, 'the namespaces a, b, c and 2 more.');
  t.end();
});

void t.test('never an error', (t) => {
  for (const object of OBJECTS) {
    t.strictSame(told([operator()], object), [], 'all namespaces');
    t.strictSame(told([listing('blue, financial-ml ')], object), [], 'listed');
    t.strictSame(told([own('financial-ml')], object), [], 'its own');
    t.strictSame(told([own(), listing('financial-ml', 'ops')], object), [], 'another operator does');
    t.strictSame(told([], object), [], 'no operator to be seen');
    t.strictSame(told([seldonConfig('seldon-system', {})], object), [], 'nor where only its settings are');
  }
  t.end();
});

void t.test('of several controllers the one with a list is named', (t) => {
  const [found] = judged([own('blue'), listing('green', 'ops')], server());
  t.match(found?.message, 'Deployment ops/seldon-v2-controller-manager watches');
  t.end();
});

void t.test('settings that cannot be seen make it unknown', (t) => {
  const hidden = but(operator(), {
    spec: {
      template: {
        metadata: { labels: { 'control-plane': 'v2-controller-manager' } },
        spec: {
          containers: [
            {
              name: 'manager',
              env: [{ name: 'CLUSTERWIDE', valueFrom: { configMapKeyRef: { name: 'x', key: 'y' } } }],
            },
          ],
        },
      },
    },
  });
  t.strictSame(told([hidden], server()), ['warn settings-not-seen unknown']);
  t.strictSame(told([hidden, operator('ops')], server()), [], 'where another one surely watches');
  t.end();
});

void t.test('a controller that is narrowed answers for what it leaves', (t) => {
  const world = [server(), server('mlserver', 'blue'), runtime('green')];
  const change = (to: Manifest, others: readonly Manifest[] = []) =>
    judged([...world, ...others], to, { previous: operator() });
  t.strictSame(change(operator()), []);
  t.strictSame(change(listing('financial-ml,blue,green')), []);
  t.match(change(listing('blue')), [{ effect: 'warn', problem: 'left-behind' }]);
  t.match(change(listing('blue'))[0]?.message, 'the Seldon resources of financial-ml, green behind');
  t.strictSame(change(listing('blue'), [operator('ops')]), [], 'another operator watches them');
  t.strictSame(
    judged(world, listing('blue'), { previous: listing('blue') }),
    [],
    'what it never watched is not left',
  );
  t.strictSame(judged(world, listing('blue'), { operation: 'NONE' }), [], 'at rest the objects answer');
  t.end();
});
