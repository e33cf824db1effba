import t from 'tap';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import type { Change } from './seldon-cluster.ts';
import { manifest } from '../policy/made.ts';
import { decide, namespace, operator, runtime, seldonConfig, server, workload } from './seldon-cluster.ts';

// One SeldonRuntime per namespace, with its scheduler on. A scheduler per namespace is never a fault.

const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === 'runtime-runs-scheduler');
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem }) => `${effect} ${problem}`);
const tenant = (kind: 'Model' | 'Pipeline', where = 'financial-ml'): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind,
    metadata: { name: 'iris', namespace: where },
    spec: {},
  });
const overriding = (...overrides: object[]): Manifest => runtime('financial-ml', { overrides });
const named = (name: string, spec: object = {}, metadata: object = {}): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonRuntime',
    metadata: { name, namespace: 'financial-ml', ...metadata },
    spec: { seldonConfig: 'default', ...spec },
  });

const OFF = { name: 'seldon-scheduler', replicas: 0 };
const ON = { name: 'seldon-scheduler', replicas: 1 };

void t.test('a scheduler that is switched off is denied, and cured', (t) => {
  for (const off of [
    OFF,
    { name: 'seldon-scheduler', disable: true },
    { name: 'seldon-scheduler', disable: true, replicas: 0 },
  ]) {
    const object = overriding({ name: 'seldon-envoy', replicas: 2 }, off);
    const [found, ...more] = judged([server()], object);
    t.strictSame(more, []);
    t.match(found, { effect: 'deny', problem: 'scheduler-off' });
    t.strictSame(found?.field.slice(0, 3), ['spec', 'overrides', 1]);
    const cured = withObject(object, patched(object.object, found?.patch ?? []));
    t.strictSame(judged([server()], cured), []);
  }
  t.end();
});

void t.test('of several overrides the last one counts', (t) => {
  t.strictSame(told([server()], overriding(OFF, ON)), []);
  t.strictSame(told([server()], overriding(ON, OFF)), ['deny scheduler-off']);
  t.end();
});

void t.test('never an error', (t) => {
  for (const overrides of [
    undefined,
    null,
    [],
    [ON],
    [
      {
        name: 'seldon-scheduler',
        disable: false,
        replicas: null,
        podSpec: null,
        serviceType: 'LoadBalancer',
      },
    ],
    [{ name: 'seldon-envoy', replicas: 0 }],
    [{ name: 'mlserver', replicas: 0 }],
  ])
    t.strictSame(
      told([server()], runtime('financial-ml', overrides === undefined ? {} : { overrides })),
      [],
      JSON.stringify(overrides),
    );
  const wide = [operator(), namespace('blue'), runtime('blue'), server('mlserver', 'blue')];
  t.strictSame(told(wide, runtime()), [], 'a scheduler per namespace under a cluster-wide controller');
  t.strictSame(told([...wide, runtime()], server()), []);
  t.end();
});

void t.test('the replicas of the SeldonConfig do not count; that it has the component does', (t) => {
  const config = seldonConfig('seldon-system', {});
  t.strictSame(told([operator(), config, server()], runtime()), []);
  const bare = manifest({ ...config.object, spec: { components: [{ name: 'seldon-envoy' }] } });
  const [found] = judged([operator(), bare, server()], runtime());
  t.match(found, { effect: 'deny', problem: 'scheduler-off', field: ['spec', 'seldonConfig'] });
  t.equal(found?.patch, undefined);
  t.end();
});

void t.test('a namespace put to rest, with nothing in it, may have all switched off', (t) => {
  const config = seldonConfig('seldon-system', {});
  const components = (config.object as { spec: { components: { name: string }[] } }).spec.components;
  const all = components.map(({ name }) => ({ name, replicas: 0 }));
  const parked = runtime('financial-ml', { overrides: all });
  const world = [operator(), config];
  t.strictSame(told(world, parked), []);
  for (const asker of [server(), tenant('Model'), tenant('Pipeline')])
    t.strictSame(told([...world, asker], parked), ['deny scheduler-off'], asker.kind);
  t.strictSame(told(world, overriding(OFF)), ['deny scheduler-off'], 'the rest runs and has no scheduler');
  t.strictSame(
    told(world, parked, { seen: ['Deployment', 'SeldonConfig', 'SeldonRuntime'] }),
    ['deny scheduler-off'],
    'where Servers could not be seen, nobody knows that there are none',
  );
  t.end();
});

void t.test('what stood before is a warning', (t) => {
  t.strictSame(
    told([server(), overriding(OFF)], overriding(OFF, { name: 'hodometer' }), { previous: overriding(OFF) }),
    ['warn scheduler-off'],
  );
  t.strictSame(told([server()], overriding(OFF), { previous: overriding(ON) }), ['deny scheduler-off']);
  t.end();
});

void t.test('one SeldonRuntime in a namespace', (t) => {
  const second = named('second');
  t.strictSame(told([runtime()], second), ['deny second-runtime']);
  t.match(judged([runtime()], second)[0]?.message, 'SeldonRuntime financial-ml/seldon');
  t.strictSame(told([runtime('blue')], second), [], 'in another namespace');
  t.strictSame(told([runtime()], runtime(), { previous: runtime() }), [], 'it is not its own second');
  t.strictSame(told([runtime(), second], second, { previous: second }), ['warn second-runtime'], 'it stood');
  const leaving = named('seldon', {}, { deletionTimestamp: '2026-11-20T12:00:00Z' });
  t.strictSame(told([leaving], second), [], 'the first is on its way out');
  t.strictSame(told([runtime()], second, { operation: 'NONE' }), ['deny second-runtime']);
  t.end();
});

void t.test('Servers, Models and Pipelines without a scheduler are a warning', (t) => {
  for (const asker of [server(), tenant('Model'), tenant('Pipeline')]) {
    t.strictSame(told([runtime()], asker), [], asker.kind);
    t.strictSame(told([runtime('blue')], asker), ['warn no-scheduler'], asker.kind);
    t.strictSame(told([runtime('blue')], asker, { operation: 'NONE' }), ['warn no-scheduler']);
    t.match(judged([overriding(OFF)], asker)[0]?.message, 'SeldonRuntime financial-ml/seldon switches');
    t.strictSame(told([overriding(OFF)], asker, { operation: 'NONE' }), [], 'the SeldonRuntime answers');
    t.strictSame(told([], asker, { seen: ['Server', 'Model', 'Pipeline'] }), ['warn not-seen']);
    const scheduler = workload('StatefulSet', 'financial-ml', 'seldon-scheduler');
    t.strictSame(told([scheduler], asker, { seen: ['StatefulSet'] }), [], 'it stands, whoever made it');
  }
  t.equal(judged([], server(), { seen: ['Server'] })[0]?.outcome, 'unknown');
  t.end();
});

void t.test('nothing throws on garbage', (t) => {
  for (const broken of spoilt(overriding(OFF, ON).object)) {
    const object = manifest(broken);
    for (const { outcome } of decide([server(), runtime()], object).verdicts)
      if (outcome === 'error') t.fail(JSON.stringify(broken));
  }
  t.end();
});
