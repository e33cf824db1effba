import t from 'tap';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import type { Change } from './seldon-cluster.ts';
import { manifest } from '../policy/made.ts';
import { ALL_KINDS, decide, namespace, operator, runtime, server } from './seldon-cluster.ts';

// What does not start without Kafka, and whether there is one.

const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === 'dataflow-has-kafka');
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem, outcome }) => `${effect} ${problem} ${outcome}`);
const rest = { operation: 'NONE' } as const;

const CHARTS = 'seldon-kafka-bootstrap.seldon-mesh:9092';
const SELDON = { apiVersion: 'mlops.seldon.io/v1alpha1' };

/** A SeldonConfig with the chart's address, or others. */
function config(
  kafkaConfig: unknown = { 'bootstrap.servers': CHARTS },
  environment: unknown = CHARTS,
): Manifest {
  const env = environment === null ? [] : [{ name: 'SELDON_KAFKA_BOOTSTRAP_SERVERS', value: environment }];
  const components = [
    ['seldon-scheduler', 'scheduler', []],
    ['seldon-dataflow-engine', 'dataflow-engine', env],
    ['seldon-pipelinegateway', 'pipelinegateway', []],
    ['seldon-modelgateway', 'modelgateway', []],
  ].map(([name, container, env]) => ({ name, podSpec: { containers: [{ name: container, env }] } }));
  return manifest({
    ...SELDON,
    kind: 'SeldonConfig',
    metadata: { name: 'default', namespace: 'seldon-system' },
    spec: { components, config: { kafkaConfig } },
  });
}
const service = (name: string, where: string): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: where }, spec: {} });
const pipeline = manifest({
  ...SELDON,
  kind: 'Pipeline',
  metadata: { name: 'fraud', namespace: 'financial-ml' },
  spec: { steps: [] },
});
const own = (servers: string, spec: object = {}): Manifest =>
  runtime('financial-ml', { ...spec, config: { kafkaConfig: { 'bootstrap.servers': servers } } });
const switched = (...names: string[]): Manifest =>
  runtime('financial-ml', { overrides: names.map((name) => ({ name, replicas: 0 })) });

const CLUSTER = [
  operator(),
  ...['kube-system', 'seldon-system', 'financial-ml'].map((name) => namespace(name)),
];
const KAFKA = [namespace('seldon-mesh'), service('seldon-kafka-bootstrap', 'seldon-mesh')];
const BOTH = ['seldon-dataflow-engine', 'seldon-pipelinegateway'];

void t.test('an address in a namespace that there is not', (t) => {
  const world = [...CLUSTER, config()];
  t.strictSame(told(world, runtime()), ['warn no-kafka fail'], 'it may come later');
  t.strictSame(told(world, runtime(), rest), ['deny no-kafka fail']);
  const [found] = judged(world, runtime());
  t.match(
    found?.message,
    'seldon-dataflow-engine and seldon-pipelinegateway of SeldonRuntime financial-ml/seldon wait',
  );
  t.match(found?.message, `is ${CHARTS}, and there is no namespace seldon-mesh`);
  for (const address of [
    `PLAINTEXT://${CHARTS}`,
    'Kafka.Data.svc:9092',
    'kafka.data.svc.cluster.local:9092',
    'a.streams-1:1, b.streams-1:1',
  ]) {
    const set = [...CLUSTER, config({ 'bootstrap.servers': address }, address)];
    t.strictSame(told(set, runtime(), rest), ['deny no-kafka fail'], address);
  }
  t.end();
});

void t.test('the patch switches off what waits, and nothing else', (t) => {
  const world = [...CLUSTER, config()];
  const envoy = { name: 'seldon-envoy', replicas: 2 };
  for (const [overrides, after] of [
    [undefined, BOTH.map((name) => ({ name, replicas: 0 }))],
    [null, BOTH.map((name) => ({ name, replicas: 0 }))],
    [[envoy], [envoy, ...BOTH.map((name) => ({ name, replicas: 0 }))]],
    [
      [{ name: BOTH[1], replicas: 3 }, envoy],
      [{ name: BOTH[1], replicas: 0 }, envoy, { name: BOTH[0], replicas: 0 }],
    ],
    [
      [
        { name: BOTH[0], disable: true },
        { name: BOTH[1], disable: false },
      ],
      [
        { name: BOTH[0], disable: true },
        { name: BOTH[1], disable: false, replicas: 0 },
      ],
    ],
  ]) {
    const object = runtime('financial-ml', overrides === undefined ? {} : { overrides });
    const [found] = judged(world, object);
    const cured = patched(object.object, found?.patch ?? []);
    t.strictSame(cured, runtime('financial-ml', { overrides: after }).object, JSON.stringify(overrides));
    t.strictSame(judged(world, withObject(object, cured)), []);
  }
  t.equal(judged([...world, pipeline], runtime())[0]?.patch, undefined, 'not where a Pipeline needs it');
  t.end();
});

void t.test('never an error', (t) => {
  const world = [...CLUSTER, config()];
  t.strictSame(told(world, switched(...BOTH)), [], 'switched off: a complete installation without pipelines');
  t.strictSame(told([...world, ...KAFKA], runtime()), [], 'it is there');
  t.strictSame(told([...world, ...KAFKA], runtime(), rest), []);
  const managed = 'pkc-1.eu-west-1.aws.confluent.cloud:9092';
  for (const address of [
    managed,
    `SASL_SSL://${managed}`,
    '10.0.0.7:9092',
    '[fd00::7]:9092',
    'kafka.internal:9092',
    'kafka.local:9092',
    'kafka.dev:9092',
    'kafka.example.com:9092',
    'localhost:9092',
    `${CHARTS},${managed}`,
    'seldon-kafka-0.seldon-kafka-brokers.seldon-mesh.svc.cluster.local:9092',
  ]) {
    const brokers = service('seldon-kafka-brokers', 'seldon-mesh');
    const set = [...CLUSTER, brokers, config({ 'bootstrap.servers': address }, address)];
    t.strictSame(told(set, runtime()), [], address);
    t.strictSame(told(set, runtime(), rest), [], address);
  }
  t.end();
});

void t.test('the components that wait are those that are on', (t) => {
  const world = [...CLUSTER, config()];
  t.match(judged(world, switched('seldon-dataflow-engine'))[0]?.message, /^seldon-pipelinegateway of /);
  t.match(judged(world, switched('seldon-pipelinegateway'))[0]?.message, /^seldon-dataflow-engine of /);
  t.end();
});

void t.test('components that the SeldonConfig does not have wait for nothing', (t) => {
  const bare = manifest({ ...config().object, spec: { components: [{ name: 'seldon-scheduler' }] } });
  t.strictSame(told([...CLUSTER, bare], runtime()), []);
  t.end();
});

void t.test('no address for one half', (t) => {
  const world = [...CLUSTER, ...KAFKA, config({ 'bootstrap.servers': '' })];
  t.strictSame(told(world, runtime()), ['warn no-kafka fail']);
  t.match(judged(world, runtime())[0]?.message, /^seldon-pipelinegateway of .* is empty/);
  t.end();
});

void t.test('no address at all', (t) => {
  for (const kafkaConfig of [
    { 'bootstrap.servers': '' },
    { 'bootstrap.servers': null },
    { topicPrefix: 'x' },
  ]) {
    const world = [...CLUSTER, config(kafkaConfig, null)];
    t.strictSame(told(world, runtime(), rest), ['deny no-kafka fail'], JSON.stringify(kafkaConfig));
  }
  t.strictSame(told([...CLUSTER, config({}, null)], runtime()), ['warn no-kafka fail']);
  const fragment = [...CLUSTER, config(null, null)];
  t.strictSame(told(fragment, runtime(), rest), ['warn no-kafka fail'], 'perhaps a fragment');
  t.end();
});

void t.test('a namespace without the Service', (t) => {
  const world = [...CLUSTER, namespace('seldon-mesh'), service('kafka', 'seldon-mesh'), config()];
  t.strictSame(told(world, runtime()), ['warn no-kafka fail']);
  t.match(
    judged(world, runtime())[0]?.message,
    'namespace seldon-mesh has no Service seldon-kafka-bootstrap',
  );
  t.strictSame(
    told(world, runtime(), rest),
    ['record not-seen unknown'],
    'it may be made by what is not read',
  );
  const short = [...CLUSTER, config({ 'bootstrap.servers': 'kafka:9092' }, 'kafka:9092')];
  t.match(judged(short, runtime())[0]?.message, 'namespace financial-ml has no Service kafka');
  t.strictSame(told([...short, service('kafka', 'financial-ml')], runtime()), []);
  t.strictSame(told(short, runtime('test')), ['warn no-kafka fail'], 'its own namespace');
  const spelt = 'kafka.internal.svc:9092';
  const full = [...CLUSTER, config({ 'bootstrap.servers': spelt }, spelt)];
  t.strictSame(told(full, runtime()), ['warn no-kafka fail'], 'spelt as a Service');
  const beside = [...CLUSTER, service('other', 'seldon-mesh'), config()];
  t.match(judged(beside, runtime())[0]?.message, 'has no Service', 'a namespace that something is in is one');
  t.end();
});

void t.test('what cannot be seen is unknown', (t) => {
  t.strictSame(told([], runtime()), ['warn not-seen unknown']);
  t.match(judged([], runtime())[0]?.message, 'SeldonConfig default is not among the objects seen');
  const seen = ALL_KINDS.filter((kind) => kind !== 'Service' && kind !== 'Namespace');
  t.strictSame(told([operator(), config()], runtime(), { seen }), ['warn not-seen unknown']);
  const folder = [operator(), namespace('financial-ml'), config()];
  t.strictSame(
    told(folder, runtime(), { ...rest, seen }),
    ['record not-seen unknown'],
    'one folder’s Namespaces',
  );
  t.end();
});

void t.test('an address for one half', (t) => {
  const world = [...CLUSTER, ...KAFKA, config()];
  const object = own('kafka.example.com:9092');
  t.strictSame(told(world, object), ['warn two-kafkas fail']);
  t.match(
    judged(world, object)[0]?.message,
    'kafkaConfig.bootstrap.servers is kafka.example.com:9092 for the gateways',
  );
  t.strictSame(told(world, own(CHARTS)), []);
  const overrides = [{ name: 'seldon-pipelinegateway', replicas: 0 }];
  t.strictSame(told(world, own('kafka.example.com:9092', { overrides })), [], 'there is only one half');
  const turned = [
    ...CLUSTER,
    config({ 'bootstrap.servers': 'b.example.com:1, a.example.com:1' }, 'a.example.com:1,b.example.com:1'),
  ];
  t.strictSame(told(turned, runtime()), [], 'in another order');
  t.end();
});

void t.test('a Pipeline', (t) => {
  const world = [...CLUSTER, config(), server()];
  t.strictSame(told([...world, ...KAFKA, runtime()], pipeline), []);
  t.strictSame(told([...world, runtime()], pipeline), ['warn pipeline-waits fail']);
  t.strictSame(told([...world, runtime()], pipeline, rest), [], 'the SeldonRuntime answers');
  const off = switched('seldon-dataflow-engine');
  for (const change of [{}, rest])
    t.strictSame(told([...world, ...KAFKA, off], pipeline, change), ['warn pipeline-waits fail']);
  t.match(
    judged([...world, off], pipeline)[0]?.message,
    'SeldonRuntime financial-ml/seldon switches seldon-dataflow-engine off',
  );
  t.strictSame(told(world, pipeline), [], 'without a SeldonRuntime another policy speaks');
  const unseen = [...CLUSTER, runtime()];
  t.strictSame(told(unseen, pipeline), ['warn not-seen unknown'], 'the SeldonConfig is not seen');
  t.match(
    judged(unseen, pipeline)[0]?.message,
    /^Whether there is a Kafka for seldon-dataflow-engine of SeldonRuntime financial-ml\/seldon is unknown/,
  );
  t.strictSame(told(unseen, pipeline, rest), [], 'at rest the SeldonRuntime answers for that, too');
  t.end();
});

void t.test('nothing throws on garbage', (t) => {
  const world = [...CLUSTER, config()];
  for (const broken of spoilt(own('a.b:1', { overrides: [{ name: BOTH[0], replicas: 1 }] }).object))
    for (const { outcome } of decide(world, manifest(broken)).verdicts)
      if (outcome === 'error') t.fail(JSON.stringify(broken));
  t.end();
});
