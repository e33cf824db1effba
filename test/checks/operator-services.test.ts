import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import { readManifests } from '../../src/sources/files.ts';
import { spoilt } from './pod-checks.ts';
import type { Change } from './seldon-cluster.ts';
import { manifest } from '../policy/made.ts';
import {
  ALL_KINDS,
  bench,
  but,
  decide,
  operator,
  runtime,
  server,
  TENANT,
  workload,
} from './seldon-cluster.ts';

// A Service under a name of the operator's leads where the operator's leads, or it is refused.

const POLICY = 'operator-services-untouched';
const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === POLICY);
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem }) => `${effect} ${problem}`);

function service(name: string, spec: object, where = 'financial-ml', metadata: object = {}): Manifest {
  return manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: where, ...metadata },
    spec,
  });
}
const external = (name: string, where?: string, metadata?: object) =>
  service(name, { type: 'ExternalName', externalName: 'elsewhere.example.com' }, where, metadata);
const MESH = {
  selector: { 'app.kubernetes.io/name': 'seldon-envoy' },
  ports: [{ port: 80, targetPort: 'http' }],
};
const REPLICA = {
  clusterIP: 'None',
  selector: { 'statefulset.kubernetes.io/pod-name': 'mlserver-0' },
  ports: [
    { port: 9000, targetPort: 'http' },
    { port: 9500, targetPort: 'grpc' },
  ],
};

void t.test('a Service that leads elsewhere is denied, whatever it is', (t) => {
  for (const name of [
    'seldon-scheduler',
    'seldon-mesh',
    'seldon-pipelinegateway',
    'mlserver-0',
    'mlserver-12',
  ])
    t.strictSame(told(TENANT, external(name)), ['deny taken'], name);
  for (const [spec, because] of [
    [
      { ...MESH, type: 'ExternalName', externalName: 'a.example.com' },
      'it is an ExternalName for a.example.com',
    ],
    [{ ...MESH, type: 'ExternalName' }, 'it is an ExternalName for nothing'],
    [
      { ...MESH, selector: { app: 'envoy' } },
      'it selects app=envoy, not app.kubernetes.io/name=seldon-envoy',
    ],
    [
      { ...MESH, selector: { ...MESH.selector, team: 'ml' } },
      'it selects app.kubernetes.io/name=seldon-envoy,team=ml',
    ],
    [{ ports: MESH.ports }, 'it selects no pods'],
    [{ ...MESH, ports: [{ port: 8080, targetPort: 'http' }] }, 'it has no port 80'],
    [{ ...MESH, ports: [{ port: 80, targetPort: 'http', protocol: 'UDP' }] }, 'it has no port 80'],
    [{ ...MESH, ports: [{ port: 80 }] }, 'its port 80 leads to 80, not to http (9000)'],
    [{ ...MESH, ports: [{ port: 80, targetPort: 0 }] }, 'its port 80 leads to 80'],
    [{ ...MESH, ports: [{ port: 80, targetPort: 'admin' }] }, 'its port 80 leads to admin'],
  ] as const) {
    const [found] = judged(TENANT, service('seldon-mesh', spec));
    t.match(found, { effect: 'deny', problem: 'taken' });
    t.match(found?.message, because);
  }
  t.end();
});

void t.test('one that is as the operator’s is let be, whoever sends it', (t) => {
  for (const spec of [
    MESH,
    { ...MESH, type: 'LoadBalancer' },
    { ...MESH, type: 'NodePort', externalTrafficPolicy: 'Local' },
    { ...MESH, ports: [{ name: 'any', port: 80, targetPort: 9000, protocol: 'TCP' }, { port: 443 }] },
  ])
    t.strictSame(told(TENANT, service('seldon-mesh', spec)), [], JSON.stringify(spec));
  t.strictSame(told(TENANT, service('mlserver-0', REPLICA)), []);
  t.strictSame(told(TENANT, service('mlserver-1', REPLICA)), ['deny taken'], 'another replica’s');
  t.end();
});

void t.test('other names are nobody’s business', (t) => {
  for (const name of [
    'mlserver',
    'web-0',
    'mlserver-a',
    'mlserver-00',
    'mlserver-',
    'seldon-mesh-2',
    'my-seldon-mesh',
  ])
    t.strictSame(told(TENANT, external(name)), [], name);
  t.strictSame(
    told([server('mlserver', 'blue')], external('mlserver-0')),
    [],
    'a Server of another namespace',
  );
  t.end();
});

void t.test('before there were SeldonRuntimes, the chart made them', (t) => {
  const chart = service('seldon-mesh', { ...MESH, selector: { app: 'seldon-envoy' } });
  const running = (release: string) => [
    server('mlserver'),
    workload('Deployment', 'financial-ml', 'seldon-envoy', {
      labels: { app: 'seldon-envoy' },
      spec: { containers: [{ name: 'envoy', image: `seldonio/seldon-envoy:${release}` }] },
    }),
  ];
  t.strictSame(told(running('2.5.0'), chart), []);
  t.strictSame(told(running('2.6.0'), chart), ['deny taken']);
  t.end();
});

void t.test('where nothing of Seldon’s is, only the scheduler’s name means something', (t) => {
  t.strictSame(told(TENANT, external('seldon-mesh', 'ingress-nginx')), [], 'an alias for those outside');
  t.strictSame(told(TENANT, external('seldon-mesh', 'seldon-system')), [], 'beside the operator alone');
  const beside = [operator(), runtime('seldon-system')];
  t.strictSame(
    told(beside, external('seldon-mesh', 'seldon-system')),
    ['deny taken'],
    'with a SeldonRuntime',
  );
  const envoy = workload('Deployment', 'blue', 'seldon-envoy');
  t.strictSame(
    told([...TENANT, envoy], external('seldon-mesh', 'blue')),
    ['deny taken'],
    'envoy stands there',
  );
  t.strictSame(told(TENANT, external('seldon-scheduler', 'blue')), ['warn taken-ahead']);
  const model = manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Model',
    metadata: { name: 'iris', namespace: 'blue' },
  });
  t.strictSame(told([model], external('seldon-scheduler', 'blue')), ['deny taken'], 'a Model is there');
  t.strictSame(told([model], external('seldon-mesh', 'blue')), ['deny taken']);
  t.strictSame(
    told([external('seldon-scheduler')], external('seldon-mesh')),
    ['deny taken'],
    'beside its like',
  );
  t.end();
});

void t.test('where nothing of Seldon’s could be seen', (t) => {
  const seen = { seen: ['Service'] } as const;
  t.match(judged([], external('seldon-mesh'), seen), [
    { effect: 'warn', problem: 'not-seen', outcome: 'unknown' },
  ]);
  t.strictSame(told([], service('seldon-mesh', MESH), seen), [], 'as the operator’s');
  t.strictSame(told([], external('seldon-scheduler'), seen), ['deny taken'], 'nothing else is called so');
  t.strictSame(told([], external('mlserver-0'), seen), []);
  t.end();
});

void t.test('Servers that are Deployments have no Services', (t) => {
  const flags = ['--clusterwide=true', '--use-deployments-for-servers=true'];
  const spec = {
    template: {
      metadata: { labels: { 'control-plane': 'v2-controller-manager' } },
      spec: { containers: [{ name: 'manager', args: flags }] },
    },
  };
  const world = [but(operator(), { spec }), runtime(), server()];
  t.strictSame(told(world, external('mlserver-0')), []);
  t.strictSame(told(world, external('seldon-mesh')), ['deny taken']);
  t.end();
});

void t.test('the operator may do as it likes', (t) => {
  const asked = (name: string, world: readonly Manifest[] = TENANT) =>
    judge(
      reviewChange(Picture.of(world, { seen: ALL_KINDS }), {
        operation: 'CREATE',
        object: external('seldon-mesh'),
        user: { name, groups: [] },
      }),
      bench,
    ).judgements.filter(({ policy }) => policy === POLICY).length;
  t.equal(asked('system:serviceaccount:seldon-system:seldon-v2-controller-manager'), 0);
  t.equal(asked('system:serviceaccount:ops:seldon-v2-controller-manager'), 0, 'wherever it runs');
  for (const name of [
    'admin',
    'seldon-v2-controller-manager',
    'system:serviceaccount:seldon-system:default',
    'a:b:seldon-system:seldon-v2-controller-manager',
    '',
  ])
    t.equal(asked(name), 1, name);
  const renamed = structuredClone(operator().object) as { spec: { template: { spec: object } } };
  Object.assign(renamed.spec.template.spec, { serviceAccountName: 'mine' });
  const world = [withObject(operator(), renamed as never), runtime()];
  t.equal(asked('system:serviceaccount:seldon-system:mine', world), 0, 'under its own account');
  t.equal(asked('system:serviceaccount:blue:mine', world), 1, 'not that of another namespace');
  t.end();
});

void t.test('at rest, what a Seldon resource owns is the operator’s', (t) => {
  const owned = (apiVersion: string, controller: boolean) =>
    external('seldon-mesh', 'financial-ml', {
      ownerReferences: [{ apiVersion, kind: 'SeldonRuntime', name: 'seldon', controller }],
    });
  const rest = { operation: 'NONE' } as const;
  t.strictSame(told(TENANT, external('seldon-mesh'), rest), ['deny taken']);
  t.strictSame(told(TENANT, owned('mlops.seldon.io/v1alpha1', true), rest), []);
  t.strictSame(told(TENANT, owned('mlops.seldon.io/v1alpha1', false), rest), ['deny taken']);
  t.strictSame(told(TENANT, owned('apps/v1', true), rest), ['deny taken']);
  t.strictSame(
    told(TENANT, owned('mlops.seldon.io/v1alpha1', true)),
    ['deny taken'],
    'a person may write that',
  );
  t.end();
});

void t.test('what stood before is a warning', (t) => {
  const stood = external('seldon-mesh');
  const labelled = external('seldon-mesh', 'financial-ml', { labels: { a: 'b' } });
  t.strictSame(told(TENANT, labelled, { previous: stood }), ['warn taken']);
  t.strictSame(told(TENANT, stood, { previous: service('seldon-mesh', MESH) }), ['deny taken']);
  t.end();
});

const OUTPUT = join(import.meta.dirname, '../../../shared/corpus/upstream-good/operator-output');
void t.test('the operator’s own output', { skip: existsSync(OUTPUT) ? false : 'not there' }, async (t) => {
  const { manifests } = await readManifests([OUTPUT]);
  const services = manifests.filter(({ known }) => known === 'Service');
  t.ok(services.length >= 10, `${services.length} Services`);
  const servers = manifests.flatMap(({ known, name, namespace }) =>
    known === 'StatefulSet' ? [server(name, namespace), runtime(namespace)] : [],
  );
  const cluster = Picture.of([...manifests, ...servers]);
  for (const one of services) {
    const { judgements } = judge(reviewState(cluster, one), bench);
    t.strictSame(
      judgements.filter(({ policy }) => policy === POLICY),
      [],
      `${one.namespace}/${one.name}`,
    );
  }
});

void t.test('nothing throws on garbage', (t) => {
  for (const broken of spoilt(service('seldon-mesh', { ...MESH, type: 'ExternalName' }).object))
    for (const { outcome } of decide(TENANT, manifest(broken)).verdicts)
      if (outcome === 'error') t.fail(JSON.stringify(broken));
  t.end();
});
