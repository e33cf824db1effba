import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { listAt, numberAt, objectAt, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KINDS } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import { corpusText, manifestsIn, noCorpus } from './corpus.ts';

const CONFIGS = `
apiVersion: mlops.seldon.io/v1alpha1
kind: ServerConfig
metadata: { name: mlserver, namespace: o, labels: { team: platform, app.kubernetes.io/name: chart } }
spec:
  podSpec:
    containers:
      - { name: agent, image: agent:1, env: [{ name: SELDON_SERVER_CAPABILITIES, value: 'mlserver,sklearn' }] }
      - { name: mlserver, image: mlserver:1 }
---
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonConfig
metadata: { name: default, namespace: o, labels: { a: config, b: config, c: config } }
spec:
  components:
    - name: seldon-scheduler
      labels: { a: component }
      replicas: 0
      volumeClaimTemplates: [{ name: data }]
      podSpec: { containers: [{ name: scheduler, image: s:1 }] }
    - { name: seldon-envoy, labels: null, podSpec: { containers: [{ name: envoy }] } }
    - { name: hodometer, podSpec: null }
    - { name: custom, podSpec: { containers: [{ name: custom }] } }
---
`;

const one = (text: string): Manifest => manifestsIn(text)[0]!;
const world = Picture.of(manifestsIn(CONFIGS));
const templates = (text: string, cluster = world) => podTemplatesOf(one(text), cluster);
const containerNames = (spec: JsonObject) =>
  listAt(spec, 'containers').map((container) => stringAt(container, 'name'));

void t.test('a workload makes the pods of its template', async (t) => {
  const template = '{ metadata: { labels: { app: web } }, spec: { containers: [{ name: web }] } }';
  for (const [apiVersion, kind] of [
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'DaemonSet'],
    ['apps/v1', 'ReplicaSet'],
  ] as const)
    t.match(
      templates(
        `{ apiVersion: ${apiVersion}, kind: ${kind}, metadata: { name: w, namespace: n }, spec: { template: ${template} } }`,
      ),
      [
        {
          path: ['spec', 'template', 'spec'],
          labels: { app: 'web' },
          namespace: 'n',
          spec: { containers: [{ name: 'web' }] },
          component: undefined,
          workload: { kind, name: 'w' },
          missing: undefined,
        },
      ],
      kind,
    );
});

void t.test('a CronJob makes the pods of the template of its jobs, a Job those with its name', async (t) => {
  const template = '{ metadata: { labels: { app: j } }, spec: { containers: [{ name: j }] } }';
  const [cron] = templates(
    `{ apiVersion: batch/v1, kind: CronJob, metadata: { name: c }, spec: { jobTemplate: { spec: { template: ${template} } } } }`,
  );
  t.strictSame(cron?.path, ['spec', 'jobTemplate', 'spec', 'template', 'spec']);
  t.strictSame(cron?.labels, { app: 'j' });
  const [job] = templates(
    `{ apiVersion: batch/v1, kind: Job, metadata: { name: c }, spec: { template: ${template} } }`,
  );
  t.strictSame(job?.labels, { app: 'j', 'job-name': 'c', 'batch.kubernetes.io/job-name': 'c' });
});

void t.test("a StatefulSet's pods carry the name and the ordinal of the first", async (t) => {
  const [pod] = templates(
    '{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: db }, spec: { ordinals: { start: 3 }, template: { metadata: { labels: { app: db } } } } }',
  );
  t.strictSame(pod?.labels, {
    app: 'db',
    'statefulset.kubernetes.io/pod-name': 'db-3',
    'apps.kubernetes.io/pod-index': '3',
  });
});

void t.test('a Pod is its own template', async (t) => {
  const [pod] = templates(
    '{ apiVersion: v1, kind: Pod, metadata: { name: p, labels: { control-plane: v2-controller-manager } }, spec: { hostNetwork: true } }',
  );
  t.match(pod, { path: ['spec'], component: 'controller-manager', spec: { hostNetwork: true } });
});

const SERVER = (more = ''): string => `
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: { name: big, namespace: n, labels: { team: ml, seldon-server-name: other }, annotations: null }
spec:
  serverConfig: mlserver
  ${more}
`;

void t.test('a Server is laid over its ServerConfig, and the labels of the operator over both', async (t) => {
  const [pod] = templates(SERVER('podSpec: { containers: [{ name: mlserver, image: mlserver:2 }] }'));
  t.strictSame(pod?.labels, {
    team: 'ml',
    'app.kubernetes.io/name': 'seldon-server',
    'seldon-server-name': 'big',
    'statefulset.kubernetes.io/pod-name': 'big-0',
    'apps.kubernetes.io/pod-index': '0',
  });
  t.strictSame(containerNames(pod?.spec ?? {}), ['mlserver', 'agent']);
  t.match(pod, {
    path: ['spec', 'podSpec'],
    component: 'server',
    namespace: 'n',
    name: 'big',
    workload: { kind: 'Server', name: 'big' },
    missing: undefined,
    spec: { containers: [{ image: 'mlserver:2' }, { image: 'agent:1' }] },
  });
  t.equal(pod?.base?.manifest.name, 'mlserver');
});

void t.test('capabilities replace, extra capabilities follow', async (t) => {
  const value = (more: string) =>
    stringAt(templates(SERVER(more))[0]?.spec, 'containers', 0, 'env', 0, 'value');
  t.equal(value(''), 'mlserver,sklearn');
  t.equal(value('capabilities: [torch, onnx]'), 'torch,onnx');
  t.equal(value('extraCapabilities: [torch]'), 'mlserver,sklearn,torch');
  t.equal(value('capabilities: [a]\n  extraCapabilities: [b]'), 'a');
  t.equal(value('capabilities: null'), 'mlserver,sklearn');
});

void t.test(
  'a Server whose ServerConfig is not in sight is a fragment, and says what it lacks',
  async (t) => {
    const text = SERVER('podSpec: { containers: [{ name: mlserver }] }').replace('mlserver\n', 'gone\n');
    const [pod] = templates(text);
    t.equal(pod?.missing, 'ServerConfig o/gone');
    t.strictSame(containerNames(pod?.spec ?? {}), ['mlserver']);
    t.equal(templates(text, Picture.of([]))[0]?.missing, 'ServerConfig gone');
  },
);

void t.test('a ServerConfig is a pod by itself', async (t) => {
  const [pod] = podTemplatesOf(world.get('ServerConfig', 'o', 'mlserver')!, world);
  t.strictSame(pod?.labels, { team: 'platform', 'app.kubernetes.io/name': 'seldon-server' });
  t.match(pod, { path: ['spec', 'podSpec'], component: 'server', namespace: 'o', base: undefined });
});

const RUNTIME = (overrides: string): string => `
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: { name: seldon, namespace: n, labels: { a: runtime, b: runtime, app.kubernetes.io/name: mine } }
spec: { seldonConfig: default, overrides: ${overrides} }
`;

void t.test('a SeldonRuntime makes a pod of every component of its SeldonConfig', async (t) => {
  const pods = templates(RUNTIME('null'));
  t.strictSame(
    pods.map(({ name, component }) => [name, component]),
    [
      ['seldon-scheduler', 'seldon-scheduler'],
      ['seldon-envoy', 'seldon-envoy'],
      ['hodometer', 'hodometer'],
      ['custom', undefined],
    ],
  );
  t.strictSame(pods[0]?.labels, {
    a: 'component',
    b: 'runtime',
    c: 'config',
    'app.kubernetes.io/name': 'seldon-scheduler',
    'statefulset.kubernetes.io/pod-name': 'seldon-scheduler-0',
    'apps.kubernetes.io/pod-index': '0',
  });
  t.strictSame(pods[1]?.labels, {
    a: 'runtime',
    b: 'runtime',
    c: 'config',
    'app.kubernetes.io/name': 'seldon-envoy',
  });
  t.strictSame(pods[0]?.path, ['spec', 'seldonConfig']);
  t.strictSame(pods[1]?.base?.path, ['spec', 'components', 1, 'podSpec']);
  t.match(pods[0], { namespace: 'n', workload: { kind: 'SeldonRuntime', name: 'seldon' } });
});

void t.test('overrides are laid over, switch off, and the last of a name counts', async (t) => {
  const pods = templates(
    RUNTIME(`
    - { name: seldon-scheduler, replicas: 0 }
    - { name: hodometer, disable: true }
    - { name: custom, replicas: 0 }
    - { name: mlserver, podSpec: { containers: [{ name: mlserver }] } }
    - { name: seldon-envoy, disable: true }
    - { name: seldon-envoy, podSpec: { containers: [{ name: envoy, image: e:2 }] } }
`),
  );
  t.strictSame(
    pods.map(({ name }) => name),
    ['seldon-envoy'],
  );
  t.strictSame(pods[0]?.path, ['spec', 'overrides', 5, 'podSpec']);
  t.match(pods[0]?.spec, { containers: [{ name: 'envoy', image: 'e:2' }] });
});

void t.test("without the SeldonConfig in sight, upstream's components are taken", async (t) => {
  const pods = templates(RUNTIME('[{ name: hodometer, disable: true }]'), Picture.of([]));
  t.strictSame(
    pods.map(({ name }) => name),
    [
      'seldon-scheduler',
      'seldon-envoy',
      'seldon-modelgateway',
      'seldon-pipelinegateway',
      'seldon-dataflow-engine',
    ],
  );
  t.ok(pods.every(({ missing }) => missing === 'SeldonConfig default'));
  t.equal(pods[0]?.labels['statefulset.kubernetes.io/pod-name'], 'seldon-scheduler-0');
});

void t.test('a SeldonConfig has the pods of its components as it writes them', async (t) => {
  const pods = podTemplatesOf(world.get('SeldonConfig', 'o', 'default')!, world);
  t.equal(pods.length, 4);
  t.strictSame(pods[0]?.path, ['spec', 'components', 0, 'podSpec']);
  t.match(pods[0], { component: 'seldon-scheduler', namespace: 'o', workload: { kind: 'SeldonConfig' } });
});

void t.test('bookkeeping of helm and kubectl is not handed down', async (t) => {
  const [pod] = templates(
    SERVER().replace('annotations: null', 'annotations: { meta.helm.sh/release-name: r, keep: this }'),
  );
  t.strictSame(pod?.annotations, { keep: 'this' });
});

void t.test('kinds that make no pods have none, and nothing throws on another shape', async (t) => {
  t.strictSame(templates('{ apiVersion: v1, kind: Service, metadata: { name: s } }'), []);
  const shapes = [null, 1, 'x', [], [null], { template: null }, { podSpec: 'x', components: [1, null, {}] }];
  for (const [kind, { group, version }] of Object.entries(KINDS))
    for (const spec of shapes) {
      const apiVersion = group === '' ? version : `${group}/${version}`;
      const overrides = { spec, metadata: { labels: spec, name: spec } };
      const manifest = manifestOf(JSON.parse(JSON.stringify({ apiVersion, kind, ...overrides })), {
        from: 'request',
      });
      t.doesNotThrow(() => podTemplatesOf(manifest, world), `${kind} ${JSON.stringify(spec)}`);
    }
});

/** The pods that upstream's own manifests make, against what the operator was derived to make of them. */
for (const [file, operator, namespace] of [
  ['op-seldon-mesh_runtime-seldon-mesh.yaml', 'seldon-mesh', 'seldon-mesh'],
  ['op-seldon-system_runtime-financial-ml.yaml', 'seldon-system', 'financial-ml'],
] as const)
  void t.test(
    `upstream's runtime and servers make what the operator makes: ${file}`,
    { skip: noCorpus },
    async (t) => {
      const upstream = 'upstream-good/v2.9.1';
      const configs = manifestsIn(corpusText(`${upstream}/components.yaml`), { namespace: operator });
      const objects = ['runtime', 'servers'].flatMap((name) =>
        manifestsIn(corpusText(`${upstream}/${name}.yaml`), { namespace }),
      );
      const cluster = Picture.of([...configs, ...objects]);
      const derived = objects.flatMap((manifest) => podTemplatesOf(manifest, cluster));
      const expected = manifestsIn(corpusText(`upstream-good/operator-output/${file}`))
        .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
        .flatMap((manifest) => podTemplatesOf(manifest, cluster));
      const picked = (all: typeof derived) =>
        all
          .map(({ name, namespace, labels, annotations, component, missing, spec }) => ({
            name,
            namespace,
            labels,
            annotations: { ...annotations },
            component,
            missing,
            containers: listAt(spec, 'containers').map((container) => ({
              name: stringAt(container, 'name'),
              image: stringAt(container, 'image'),
              args: listAt(container, 'args'),
              env: listAt(container, 'env').map((entry) => [
                stringAt(entry, 'name'),
                stringAt(entry, 'value') ?? '',
              ]),
              ports: listAt(container, 'ports').map((port) => [
                stringAt(port, 'name'),
                (port as JsonObject)['containerPort'],
              ]),
            })),
          }))
          .toSorted((a, b) => a.name.localeCompare(b.name));
      t.equal(expected.length, 8);
      t.strictSame(picked(derived), picked(expected));
    },
  );

/** Requests as a real API server sent them: what was asked for, and what the operator's part then asked for. */
void t.test('recorded requests: a Server and its StatefulSet are one pod', { skip: noCorpus }, async (t) => {
  const recorded = (file: string): Manifest => {
    const review = JSON.parse(corpusText(`admission-reviews/${file}.json`)) as JsonObject;
    return manifestOf(objectAt(review, 'request', 'object'), { from: 'request' });
  };
  const server = recorded('0019-install-mutate-CREATE-Server-financial-ml-mlserver');
  const made = recorded('0081-operator-mutate-CREATE-StatefulSet-financial-ml-mlserver');
  const cluster = Picture.of([
    recorded('0007-install-mutate-CREATE-Deployment-seldon-system-seldon-v2-controller-manager'),
    recorded('0013-install-mutate-CREATE-ServerConfig-seldon-system-mlserver'),
  ]);
  const [[derived], [expected]] = [podTemplatesOf(server, cluster), podTemplatesOf(made, cluster)];
  const listed = (spec: JsonObject | undefined) =>
    listAt(spec, 'containers').map((container) => [
      stringAt(container, 'name'),
      listAt(container, 'env').length,
      ...listAt(container, 'ports').map((port) => numberAt(port, 'containerPort')),
    ]);
  t.equal(derived?.missing, undefined);
  t.strictSame(derived?.labels, expected?.labels);
  t.strictSame(listed(derived?.spec), listed(expected?.spec));
  t.equal(listed(derived?.spec).length, 3);
});
