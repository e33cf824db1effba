import t from 'tap';
import type { Kind } from '../../src/model/kinds.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifest } from '../policy/made.ts';
import {
  ALL_KINDS,
  decide,
  namespace,
  operator,
  policy,
  runtime,
  server,
  workload,
} from './seldon-cluster.ts';

// What Seldon needs beside itself, as far as manifests tell: nothing is said of what nobody can see, or nobody needs.

const SELDON = 'mlops.seldon.io/v1alpha1';
const kafka = (servers: string): object => ({ config: { kafkaConfig: { 'bootstrap.servers': servers } } });
const model = (storageUri: string, spec: object = {}, name = 'iris'): Manifest =>
  manifest({
    apiVersion: SELDON,
    kind: 'Model',
    metadata: { name, namespace: 'financial-ml' },
    spec: { storageUri, ...spec },
  });
const PIPELINE = manifest({
  apiVersion: SELDON,
  kind: 'Pipeline',
  metadata: { name: 'fraud', namespace: 'financial-ml' },
  spec: { steps: [{ name: 'a' }] },
});
const config = (settings: object): Manifest =>
  manifest({
    apiVersion: SELDON,
    kind: 'SeldonConfig',
    metadata: { name: 'default', namespace: 'seldon-system' },
    spec: {
      config: settings,
      components: ['seldon-scheduler', 'seldon-modelgateway'].map((name) => ({
        name,
        podSpec: { containers: [{ name: 'main' }] },
      })),
    },
  });
const service = (name: string, home: string, port: number): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: home },
    spec: { selector: { app: name }, ports: [{ port }] },
  });
const HOME = [namespace('seldon-system'), operator(), namespace('financial-ml'), server()];
/** All pods may reach their own namespace, and these peers. */
const within = (peers = ''): Manifest =>
  policy(`{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}${peers}]}]}`);
const told = (
  world: readonly Manifest[],
  object: Manifest = within(),
  previous?: Manifest,
  seen: readonly Kind[] = ALL_KINDS,
): string[] =>
  decide(world, object, { seen, ...(previous && { previous }) })
    .judgements.filter(({ policy }) => policy === 'dependencies-reachable')
    .map(({ effect, message }) => `${effect}: ${message.replace(/: .*/s, '')}`);

void t.test('Kafka, once there are pipelines', (t) => {
  const brokers = service('kafka-bootstrap', 'kafka', 9092);
  const world = (servers: string): Manifest[] => [...HOME, runtime('financial-ml', kafka(servers)), brokers];
  const gateways = 'seldon-pipelinegateway, seldon-modelgateway and seldon-dataflow-engine';
  const cut = [`warn: ${gateways} cannot reach Service kafka-bootstrap (namespace kafka) on TCP 9092`];
  for (const servers of [
    'kafka-bootstrap.kafka:9092',
    'kafka-bootstrap.kafka.svc:9092',
    'kafka-bootstrap.kafka.svc.cluster.local.:9092',
    'SASL_SSL://kafka-bootstrap.kafka:9092',
  ])
    t.strictSame(told([...world(servers), PIPELINE]), cut, servers);
  t.strictSame(told(world('kafka-bootstrap.kafka:9092')), [], 'no pipelines');
  t.strictSame(told([...world('other.kafka:9092'), PIPELINE]), [], 'no such Service');
  t.strictSame(told([...world('10.1.2.3:9092,10.1.2.4:9092'), PIPELINE]), [
    `warn: ${gateways} cannot reach 10.1.2.3 and 10.1.2.4 on TCP 9092`,
  ]);
  t.strictSame(told([...world('broker.example.com:9094'), PIPELINE]), [
    `warn: ${gateways} cannot reach broker.example.com on TCP 9094`,
  ]);
  t.strictSame(told([...world('broker'), PIPELINE]), [], 'no port');
  const open = ', {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kafka}}}';
  t.strictSame(told([...world('kafka-bootstrap.kafka:9092'), PIPELINE], within(open)), []);
  t.strictSame(
    told([...world('kafka-bootstrap.kafka:9092'), within()], PIPELINE),
    cut,
    'the first pipeline arrives',
  );
  const second = manifest({ ...PIPELINE.object, metadata: { name: 'b', namespace: 'financial-ml' } });
  t.strictSame(
    told([...world('kafka-bootstrap.kafka:9092'), within(), PIPELINE], second),
    [],
    'a second one',
  );
  t.end();
});

void t.test('settings of the SeldonRuntime count before those of the SeldonConfig', (t) => {
  const base = config({ kafkaConfig: { 'bootstrap.servers': '10.1.1.1:9092' } });
  t.match(told([...HOME, base, runtime(), PIPELINE]), [/cannot reach 10\.1\.1\.1 on/]);
  t.match(told([...HOME, base, runtime('financial-ml', kafka('10.2.2.2:9092')), PIPELINE]), [
    /cannot reach 10\.2\.2\.2 on/,
  ]);
  t.end();
});

void t.test('the collector of traces, where there is one', (t) => {
  const tracing = { otelExporterEndpoint: 'collector.tracing:4317' };
  const collector = service('collector', 'tracing', 4317);
  const cut = [
    /^warn: seldon-scheduler, Server mlserver and seldon-modelgateway cannot reach Service collector \(namespace tracing\) on TCP 4317$/,
  ];
  t.match(told([...HOME, runtime(), config({ tracingConfig: tracing }), collector]), cut);
  t.strictSame(told([...HOME, runtime(), config({ tracingConfig: tracing })]), []);
  const seen = ALL_KINDS.filter((kind) => kind !== 'Service');
  const unseen = told([...HOME, runtime(), config({ tracingConfig: tracing })], within(), undefined, seen);
  t.strictSame(unseen, [], 'nobody can see whether there is');
  t.strictSame(
    told([...HOME, runtime(), config({ tracingConfig: { ...tracing, disable: true } }), collector]),
    [],
  );
  t.end();
});

void t.test('the storage of models', (t) => {
  const rclone = (endpoint: string): Manifest =>
    config({
      agentConfig: {
        rclone: {
          config: [
            'no JSON',
            JSON.stringify({ name: 's3', type: 's3', parameters: { endpoint, secret_access_key: 'hidden' } }),
          ],
        },
      },
    });
  const asked = (uri: string, ...more: Manifest[]): string[] =>
    told([...HOME, runtime(), ...more, model(uri)]);
  const cut = (host: string, port: number): string[] => [
    `warn: Server mlserver cannot reach ${host} on TCP ${port}`,
  ];
  t.strictSame(asked('gs://seldon-models/iris'), cut('storage.googleapis.com', 443));
  t.strictSame(asked('https://models.example.com/iris'), cut('models.example.com', 443));
  t.strictSame(asked('http://user:word@10.3.3.3:8080/iris?a'), cut('10.3.3.3', 8080));
  t.strictSame(asked('s3://bucket/iris'), [], 'the remote is in a Secret');
  t.strictSame(asked('s3://bucket/iris', rclone('http://10.4.4.4:9000')), cut('10.4.4.4', 9000));
  t.strictSame(asked('/mnt/models/iris'), []);
  const minio = service('minio', 'minio-system', 9000);
  t.strictSame(
    asked('s3://bucket/iris', rclone('http://minio.minio-system:9000'), minio),
    cut('Service minio (namespace minio-system)', 9000),
  );
  const arrives = told([...HOME, runtime(), within()], model('gs://seldon-models/iris'));
  t.strictSame(arrives, cut('storage.googleapis.com', 443), 'a Model arrives');
  const again = told(
    [...HOME, runtime(), within(), model('gs://seldon-models/iris')],
    model('gs://seldon-models/b', {}, 'b'),
  );
  t.strictSame(again, [], 'one more from the same place');
  t.end();
});

void t.test('istiod, where the namespace is injected', (t) => {
  const world = (labels: Record<string, string>): Manifest[] => [
    namespace('financial-ml', labels),
    workload('Deployment', 'financial-ml', 'seldon-envoy'),
    workload('Deployment', 'istio-system', 'istiod', { labels: { app: 'istiod' } }),
  ];
  const cut = ['warn: seldon-envoy cannot reach Deployment istiod (namespace istio-system) on TCP 15012'];
  t.strictSame(told(world({ 'istio-injection': 'enabled' })), cut);
  t.strictSame(told(world({ 'istio.io/rev': 'stable' })), cut);
  t.strictSame(told(world({ 'istio-injection': 'disabled', 'istio.io/rev': 'stable' })), []);
  t.strictSame(told(world({})), []);
  const [was, is] = [namespace('financial-ml'), namespace('financial-ml', { 'istio-injection': 'enabled' })];
  t.strictSame(told([...world({}).slice(1), was, within()], is, was), cut, 'the label arrives');
  const shut = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'shut', 'istio-system');
  t.strictSame(told(world({ 'istio-injection': 'enabled' }), shut), [
    'warn: seldon-envoy (namespace financial-ml) cannot reach Deployment istiod on TCP 15012',
  ]);
  t.end();
});
