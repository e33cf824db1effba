import t from 'tap';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import type { Change } from './seldon-cluster.ts';
import { manifest } from '../policy/made.ts';
import { decide, operator, runtime, seldonConfig, server } from './seldon-cluster.ts';

// What an override says and the operator never looks at.

const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === 'runtime-overrides-apply');
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem, outcome }) => `${effect} ${problem} ${outcome}`);
const overriding = (...overrides: unknown[]): Manifest => runtime('financial-ml', { overrides });
const WORLD = [operator(), seldonConfig('seldon-system', {})];

void t.test('a name that is no component, and the one that was meant', (t) => {
  for (const [name, meant] of [
    ['envoy', 'seldon-envoy'],
    ['scheduler', 'seldon-scheduler'],
    ['seldon-schedular', 'seldon-scheduler'],
    ['seldon-model-gateway', 'seldon-modelgateway'],
    ['Seldon-Envoy', 'seldon-envoy'],
    ['dataflow', 'seldon-dataflow-engine'],
    ['seldon-dataflow', 'seldon-dataflow-engine'],
    ['seldon-hodometer', 'hodometer'],
    ['pipelinegatway', 'seldon-pipelinegateway'],
  ] as const) {
    const object = overriding({ name, replicas: 1 });
    const [found, ...more] = judged(WORLD, object);
    t.strictSame(more, []);
    t.match(found, {
      effect: 'warn',
      problem: 'misspelt',
      outcome: 'fail',
      field: ['spec', 'overrides', 0, 'name'],
    });
    const cured = withObject(object, patched(object.object, found?.patch ?? []));
    t.strictSame(cured.object, overriding({ name: meant, replicas: 1 }).object, name);
    t.strictSame(judged(WORLD, cured), []);
  }
  t.end();
});

void t.test('no component, and none near', (t) => {
  for (const name of ['gateway', 'seldon', 'kafka', 'seldon-mesh', 'x'])
    t.strictSame(told(WORLD, overriding({ name })), ['warn unknown-component fail'], name);
  t.match(judged(WORLD, overriding({ name: 'kafka' }))[0]?.message, 'Its components are seldon-scheduler,');
  t.end();
});

void t.test('where the one that was meant has an override already, none is renamed', (t) => {
  const [found] = judged(WORLD, overriding({ name: 'envoy' }, { name: 'seldon-envoy' }));
  t.match(found, { problem: 'misspelt', patch: undefined });
  t.end();
});

void t.test('mlserver among the overrides is a note, and never more', (t) => {
  for (const name of ['mlserver', 'triton'])
    for (const world of [WORLD, []])
      for (const operation of ['CREATE', 'NONE'] as const)
        t.strictSame(
          told(world, overriding({ name, replicas: 3 }), { operation }),
          ['record is-a-server fail'],
          `${name} ${operation}`,
        );
  t.strictSame(told([...WORLD, server('forecasts')], overriding({ name: 'forecasts' })), [
    'record is-a-server fail',
  ]);
  t.end();
});

void t.test('without the SeldonConfig in sight it is unknown', (t) => {
  t.strictSame(told([], overriding({ name: 'envoy' })), ['warn not-seen unknown']);
  t.strictSame(told([], overriding({ name: 'kafka' })), ['warn not-seen unknown']);
  t.match(
    judged([], overriding({ name: 'kafka' }))[0]?.message,
    'SeldonConfig default is not among the objects seen',
  );
  t.end();
});

void t.test('of two overrides of a component the last counts', (t) => {
  const object = overriding(
    { name: 'seldon-envoy', replicas: 3 },
    { name: 'hodometer' },
    { name: 'seldon-envoy' },
  );
  t.strictSame(told(WORLD, object), ['warn overruled fail']);
  t.match(judged(WORLD, object)[0], { field: ['spec', 'overrides', 0] });
  t.end();
});

void t.test('the scheduler runs as one', (t) => {
  const object = overriding({ name: 'seldon-scheduler', replicas: 3 });
  const [found] = judged(WORLD, object);
  t.match(found, { effect: 'warn', problem: 'one-replica' });
  t.strictSame(
    patched(object.object, found?.patch ?? []),
    overriding({ name: 'seldon-scheduler', replicas: 1 }).object,
  );
  for (const replicas of [0, 1, null]) {
    const findings = told(WORLD, overriding({ name: 'seldon-scheduler', replicas }));
    t.strictSame(findings, [], String(replicas));
  }
  t.strictSame(told(WORLD, overriding({ name: 'seldon-envoy', replicas: 9 })), []);
  t.end();
});

void t.test('serviceType is for the scheduler and envoy', (t) => {
  const typed = (name: string, serviceType: unknown) => overriding({ name, serviceType });
  t.strictSame(told(WORLD, typed('seldon-modelgateway', 'ClusterIP')), ['warn no-service fail']);
  for (const type of ['ClusterIP', 'NodePort', 'LoadBalancer'])
    for (const name of ['seldon-scheduler', 'seldon-envoy'])
      t.strictSame(told(WORLD, typed(name, type)), [], type);
  for (const type of ['', null]) t.strictSame(told(WORLD, typed('hodometer', type)), []);
  t.end();
});

void t.test('a container that an override adds', (t) => {
  const adding = (name: string, ...containers: object[]) => overriding({ name, podSpec: { containers } });
  for (const [component, container, meant] of [
    ['seldon-envoy', { name: 'seldon-envoy' }, 'envoy'],
    ['seldon-envoy', { name: 'seldon-envoy', image: 'x' }, 'envoy'],
    ['seldon-envoy', { name: 'envy' }, 'envoy'],
    ['seldon-envoy', { name: 'other' }, undefined],
    ['seldon-envoy', { name: 'scheduler', image: 'x' }, undefined],
    ['seldon-scheduler', { name: 'agent', image: 'x' }, undefined],
  ] as const) {
    const object = adding(component, container);
    const [found] = judged(WORLD, object);
    t.match(found, { effect: 'warn', problem: 'strange-container' }, JSON.stringify(container));
    const cured = meant === undefined ? undefined : adding(component, { ...container, name: meant }).object;
    t.strictSame(found?.patch === undefined ? undefined : patched(object.object, found.patch), cured);
  }
  for (const container of [
    { name: 'envoy' },
    { name: 'istio-proxy', image: 'x' },
    { image: 'x' },
    { stdin: true },
  ])
    t.strictSame(told(WORLD, adding('seldon-envoy', container)), [], JSON.stringify(container));
  const bare = manifest({ ...WORLD[1]?.object, spec: { components: [{ name: 'audit', podSpec: null }] } });
  t.strictSame(told([operator(), bare], adding('audit', { name: 'log' })), [], 'it has none to compare with');
  t.strictSame(told([], adding('seldon-envoy', { name: 'other' })), ['warn not-seen unknown']);
  t.strictSame(told([], adding('seldon-scheduler', { name: 'scheduler' })), []);
  t.end();
});

void t.test('before 2.9.0 a podSpec is for Deployments', (t) => {
  const config = (tag: string, claims: object[]) =>
    manifest({
      ...seldonConfig('seldon-system', {}).object,
      spec: {
        components: [
          {
            name: 'seldon-scheduler',
            volumeClaimTemplates: claims,
            podSpec: {
              containers: [{ name: 'scheduler', image: `docker.io/seldonio/seldon-scheduler:${tag}` }],
            },
          },
        ],
      },
    });
  const object = overriding({ name: 'seldon-scheduler', podSpec: { nodeSelector: { a: 'b' } } });
  const claims = [{ name: 'scheduler-state' }];
  t.strictSame(told([config('2.8.5', claims)], object), ['warn pod-spec-too-early fail']);
  t.strictSame(told([config('2.9.0', claims)], object), []);
  t.strictSame(told([config('2.10.0', claims)], object), []);
  t.strictSame(told([config('2.8.5', [])], object), [], 'a Deployment');
  t.strictSame(told([config('latest', claims)], object), [], 'nobody knows the release');
  t.strictSame(told([config('2.8.5', claims)], overriding({ name: 'seldon-scheduler', podSpec: null })), []);
  t.end();
});

void t.test('never an error: explicit nulls, and nothing at all', (t) => {
  for (const overrides of [
    undefined,
    null,
    [],
    [null],
    [{}],
    [{ name: 'seldon-envoy', podSpec: null, disable: false }],
  ])
    t.strictSame(told(WORLD, runtime('financial-ml', { overrides })), [], JSON.stringify(overrides));
  t.end();
});

void t.test('nothing throws on garbage', (t) => {
  const whole = overriding(
    { name: 'seldon-envoy', replicas: 1, serviceType: 'x', podSpec: { containers: [{ name: 'a' }] } },
    { name: 'envoy' },
  );
  for (const broken of spoilt(whole.object))
    for (const { outcome } of decide(WORLD, manifest(broken)).verdicts)
      if (outcome === 'error') t.fail(JSON.stringify(broken));
  t.end();
});
