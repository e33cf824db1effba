import t from 'tap';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import {
  SELDON_NAMESPACE_KINDS,
  SELDON_POD_KINDS,
  seldonNamespaces,
  seldonPodsIn,
} from '../../src/model/seldon-pods.ts';
import type { SeldonPod } from '../../src/model/seldon-pods.ts';
import { corpusText, manifestsIn, noCorpus } from './corpus.ts';

const CONFIGS = `
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: { name: mlserver, namespace: o }
spec:
  podSpec:
    containers:
      - name: rclone
        envFrom: [{ secretRef: { name: s } }]
      - name: agent
        env: [{ name: CONTROL_PLANE_SECURITY_PROTOCOL, value: SSL }]
        ports: [{ name: grpc, containerPort: 9501 }, { name: http, containerPort: 9001, protocol: UDP }]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: { name: default, namespace: o }
spec:
  components:
    - name: seldon-scheduler
      volumeClaimTemplates: [{ name: data }]
      podSpec: { containers: [{ name: scheduler, ports: [{ name: xds, containerPort: 9002 }] }] }
    - name: seldon-envoy
      podSpec: { containers: [{ name: envoy, env: [{ name: CONTROL_PLANE_SECURITY_PROTOCOL, valueFrom: { configMapKeyRef: {} } }] }] }
    - { name: custom, podSpec: { containers: [{ name: custom }] } }
---
`;
const RUNTIME = `
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: { name: seldon, namespace: n }
spec: { seldonConfig: default, overrides: [] }
---
`;
const SERVER = `
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: { name: big, namespace: n }
spec: { serverConfig: mlserver }
---
`;
const SCHEDULER = `
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: seldon-scheduler, namespace: n }
spec:
  replicas: 1
  template:
    metadata: { labels: { app.kubernetes.io/name: seldon-scheduler, real: 'yes' } }
    spec: { hostNetwork: true, containers: [{ name: scheduler, ports: [{ containerPort: 1 }] }] }
---
`;
const pod = (name: string, labels: string, owner: string, status: string): string => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: n, labels: { ${labels} }, ownerReferences: [${owner}] }
spec: { containers: [{ name: x, ports: [{ name: http, containerPort: 9000 }] }] }
status: ${status}
---
`;
const SCHEDULER_POD = pod(
  'seldon-scheduler-0',
  'app.kubernetes.io/name: seldon-scheduler',
  '{ kind: StatefulSet, name: seldon-scheduler, controller: true }',
  "{ podIP: 10.0.0.4, podIPs: [{ ip: 10.0.0.4 }, { ip: 'fd00::4' }] }",
);
const ENVOY_POD = pod(
  'seldon-envoy-585c-abc',
  'app.kubernetes.io/name: seldon-envoy, pod-template-hash: 585c',
  '{ kind: ReplicaSet, name: seldon-envoy-585c, controller: true }',
  '{ podIP: 10.0.0.5 }',
);

const picture = (...texts: string[]): Picture => Picture.of(manifestsIn(texts.join('')));
const pods = (...texts: string[]): readonly SeldonPod[] => seldonPodsIn(picture(...texts), 'n');
const shape = (all: readonly SeldonPod[]): string[] =>
  all.map(({ component, name, origin }) => `${component} ${name} ${origin}`).toSorted();

void t.test('what SeldonRuntimes and Servers will make', async (t) => {
  const all = pods(CONFIGS, RUNTIME, SERVER);
  t.strictSame(shape(all), [
    'seldon-envoy seldon-envoy runtime',
    'seldon-scheduler seldon-scheduler runtime',
    'server big server',
  ]);
  const server = all.find(({ component }) => component === 'server');
  t.strictSame(server?.ports, [
    { name: 'grpc', port: 9501, protocol: 'TCP' },
    { name: 'http', port: 9001, protocol: 'UDP' },
  ]);
  t.equal(server?.labels['statefulset.kubernetes.io/pod-name'], 'big-0');
  t.equal(server?.source.kind, 'Server');
});

void t.test('whether the control plane speaks TLS', async (t) => {
  const tls = Object.fromEntries(
    pods(CONFIGS, RUNTIME, SERVER).map((each) => [each.component, each.controlPlaneTls]),
  );
  t.strictSame(tls, { server: 'yes', 'seldon-envoy': 'unknown', 'seldon-scheduler': 'no' });
});

void t.test('only the container that speaks is asked, not what runs beside it', async (t) => {
  const [server] = pods(CONFIGS.replace('value: SSL', 'value: PLAINTEXT'), SERVER);
  t.equal(server?.controlPlaneTls, 'no', 'whatever envFrom brings to rclone');
});

void t.test('a workload counts before what the operator would make', async (t) => {
  const all = pods(CONFIGS, RUNTIME, SCHEDULER);
  t.strictSame(shape(all), [
    'seldon-envoy seldon-envoy runtime',
    'seldon-scheduler seldon-scheduler workload',
  ]);
  const scheduler = all.find(({ origin }) => origin === 'workload');
  t.equal(scheduler?.labels['real'], 'yes');
  t.equal(scheduler?.labels['apps.kubernetes.io/pod-index'], '0');
  t.equal(scheduler?.hostNetwork, true);
  t.strictSame(scheduler?.ports, [{ name: undefined, port: 1, protocol: 'TCP' }]);
});

void t.test('a workload scaled to none makes no pods', async (t) => {
  t.strictSame(pods(SCHEDULER.replace('replicas: 1', 'replicas: 0')), []);
  t.strictSame(pods(CONFIGS, SERVER.replace('mlserver }', 'mlserver, replicas: 0 }')), []);
});

void t.test('a Pod is part of the workload that owns it, and lends it its addresses', async (t) => {
  const all = pods(SCHEDULER, SCHEDULER_POD);
  t.strictSame(shape(all), ['seldon-scheduler seldon-scheduler workload']);
  t.strictSame(all[0]?.addresses, ['10.0.0.4', 'fd00::4']);
  t.strictSame(pods(SCHEDULER)[0]?.addresses, []);
  const relabelled = SCHEDULER.replace('seldon-scheduler, real', 'web, real');
  t.strictSame(
    pods(relabelled, SCHEDULER_POD),
    [],
    'the workload speaks for its Pods, which it will replace',
  );
});

void t.test('a Pod whose owner is not in the picture stands for it', async (t) => {
  const all = pods(CONFIGS, RUNTIME, SCHEDULER_POD, ENVOY_POD, ENVOY_POD.replace('-abc', '-def'));
  t.strictSame(shape(all), ['seldon-envoy seldon-envoy pod', 'seldon-scheduler seldon-scheduler pod']);
  t.strictSame(all.find(({ name }) => name === 'seldon-envoy')?.addresses, ['10.0.0.5']);
});

void t.test('a Pod that has ended, and one that is not of Seldon, do not count', async (t) => {
  t.strictSame(pods(ENVOY_POD.replace('{ podIP', '{ phase: Failed, podIP')), []);
  t.strictSame(pods(ENVOY_POD.replace('name: seldon-envoy,', 'name: web,')), []);
});

void t.test(
  'without the configurations the ports that upstream declares are taken, and TLS is unknown',
  async (t) => {
    const all = pods(RUNTIME, SERVER);
    t.equal(all.length, 7);
    const scheduler = all.find(({ component }) => component === 'seldon-scheduler');
    t.ok(scheduler?.ports.some(({ name, port }) => name === 'xds' && port === 9002));
    t.equal(scheduler?.controlPlaneTls, 'unknown');
    t.equal(scheduler?.missing, 'SeldonConfig default');
    const server = all.find(({ component }) => component === 'server');
    t.ok(server?.ports.some(({ name, port }) => name === 'grpc' && port === 9501));
  },
);

void t.test('the operator is a component of its own namespace', async (t) => {
  const manager = `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: m, namespace: n }, spec: { template: { metadata: { labels: { control-plane: v2-controller-manager } }, spec: { containers: [{ name: manager }] } } } }`;
  t.strictSame(shape(pods(manager)), ['controller-manager m workload']);
});

void t.test('what was derived is remembered until something it was derived from changes', async (t) => {
  const cluster = picture(CONFIGS, RUNTIME, SERVER);
  const names = (of: Cluster): string[] => shape(seldonPodsIn(of, 'n'));
  t.equal(names(cluster).length, 3);
  const [service] = manifestsIn('{ apiVersion: v1, kind: Service, metadata: { name: s, namespace: n } }');
  t.equal(names(cluster.with(service!)).length, 3);
  const [scheduler] = manifestsIn(SCHEDULER);
  t.match(names(cluster.with(scheduler!)), [/.*/, 'seldon-scheduler seldon-scheduler workload', /.*/]);
  const config = cluster.get('ServerConfig', 'o', 'mlserver')!;
  const server = (of: Cluster): SeldonPod | undefined =>
    seldonPodsIn(of, 'n').find(({ component }) => component === 'server');
  t.equal(server(cluster)?.missing, undefined);
  t.equal(server(cluster.without(config))?.missing, 'ServerConfig o/mlserver');
  const [manager] = manifestsIn(
    '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: m, namespace: n }, spec: { template: { metadata: { labels: { control-plane: v2-controller-manager } } } } }',
  );
  t.equal(server(cluster.with(manager!))?.missing, 'ServerConfig n/mlserver', 'an operator came');
  t.equal(server(cluster)?.missing, undefined);
});

void t.test('the kinds that are declared are all that is read', async (t) => {
  const cluster = picture(CONFIGS, RUNTIME, SERVER, SCHEDULER, ENVOY_POD);
  t.equal(seldonPodsIn(new Narrowed(cluster, SELDON_POD_KINDS, 'test'), 'n').length, 3);
  t.strictSame(seldonNamespaces(new Narrowed(cluster, SELDON_NAMESPACE_KINDS, 'test')), ['n']);
});

void t.test('namespaces with Seldon in them', async (t) => {
  t.strictSame(seldonNamespaces(picture(CONFIGS)), [], 'configurations alone run nothing');
  t.strictSame(seldonNamespaces(picture(CONFIGS, SERVER)), ['n']);
  t.strictSame(seldonNamespaces(picture(SCHEDULER)), ['n']);
  t.strictSame(seldonNamespaces(picture(SERVER, RUNTIME.replace('namespace: n', 'namespace: m'))), [
    'm',
    'n',
  ]);
  t.strictSame(seldonNamespaces(picture(SCHEDULER.replace('seldon-scheduler, real', 'web, real'))), []);
});

/** What the API server really sent when upstream was installed and the operator did its work. */
void t.test(
  'before and after the operator did its work the pods are the same',
  { skip: noCorpus },
  async (t) => {
    const upstream = (name: string, namespace: string) =>
      manifestsIn(corpusText(`upstream-good/v2.9.1/${name}.yaml`), { namespace });
    const before = [
      ...upstream('components', 'seldon-system'),
      ...upstream('runtime', 'financial-ml'),
      ...upstream('servers', 'financial-ml'),
    ];
    const output = manifestsIn(
      corpusText('upstream-good/operator-output/op-seldon-system_runtime-financial-ml.yaml'),
    );
    const seen = (manifests: typeof before, namespace = 'financial-ml') =>
      seldonPodsIn(Picture.of(manifests), namespace)
        .map(({ component, name, labels, ports, controlPlaneTls, hostNetwork, missing }) => ({
          component,
          name,
          labels,
          ports,
          controlPlaneTls,
          hostNetwork,
          missing,
        }))
        .toSorted((a, b) => a.name.localeCompare(b.name));
    t.equal(seen(before).length, 8);
    t.strictSame(seen(before), seen(output));
    t.strictSame(seen(before), seen([...before, ...output]));
    t.ok(seen(before).every(({ controlPlaneTls }) => controlPlaneTls === 'no'));
    t.strictSame(
      seen(before, 'seldon-system').map(({ component }) => component),
      ['controller-manager'],
    );
    t.strictSame(seldonNamespaces(Picture.of(before)), ['financial-ml', 'seldon-system']);
  },
);

void t.test('a hand-made StatefulSet is a Server', { skip: noCorpus }, async (t) => {
  const manual = manifestsIn(corpusText('incidents/manifests/a6f4441e-mlserver-manual.yaml'));
  const all = seldonPodsIn(Picture.of(manual), 'financial-ml');
  t.strictSame(shape(all), ['server mlserver workload']);
});
