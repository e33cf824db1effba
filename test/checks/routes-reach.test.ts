import t from 'tap';
import { routesReach } from '../../src/checks/around/routes-reach.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

// Where routes lead. Seldon makes seldon-mesh, and no Service for a Model, a Pipeline, an Experiment or a Server.

const SELDON = 'mlops.seldon.io/v1alpha1';
const ISTIO = 'networking.istio.io/v1beta1';
const made = (
  apiVersion: string,
  kind: string,
  name: string,
  spec: object = {},
  namespace = 'ml',
): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});
const runtime = made(SELDON, 'SeldonRuntime', 'seldon', { seldonConfig: 'default' });
const experiment = made(SELDON, 'Experiment', 'ab-test');
const model = made(SELDON, 'Model', 'iris', { storageUri: 'gs://iris' });
const server = made(SELDON, 'Server', 'mlserver', { serverConfig: 'mlserver' });
const service = (name: string, spec: object, namespace = 'ml'): object =>
  made('v1', 'Service', name, spec, namespace);
const web = service('web', {
  selector: { app: 'web' },
  ports: [{ name: 'http', port: 80, targetPort: 8080 }],
});
const alias = (host: string): object => service('alias', { type: 'ExternalName', externalName: host });
const route = (host: string, port?: number, more: object = {}): object =>
  made(ISTIO, 'VirtualService', 'route', {
    hosts: ['ml.local'],
    http: [
      {
        route: [
          { destination: { host, ...(port === undefined ? {} : { port: { number: port } }) }, ...more },
        ],
      },
    ],
  });
const behind = (gateway: string): object =>
  made(ISTIO, 'VirtualService', 'route', { gateways: [gateway, 'mesh'], tcp: [] });
const gateway = (namespace: string): object => made(ISTIO, 'Gateway', 'front', {}, namespace);
const ingress = (paths: readonly object[], annotations: object = {}, spec: object = {}): object => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'front', namespace: 'ml', annotations },
  spec: { rules: [{ http: { paths } }], ...spec },
});
const to = (name: string, port: object = { number: 80 }): object => ({
  path: '/',
  pathType: 'Prefix',
  backend: { service: { name, port } },
});
const rewriting = (
  path: string,
  target: string,
  name = 'web',
  spec: object = {},
  pathType = 'ImplementationSpecific',
) =>
  ingress([{ ...to(name), path, pathType }], { 'nginx.ingress.kubernetes.io/rewrite-target': target }, spec);
const told = (object: object, others: readonly object[]): Finding[] =>
  findings(routesReach, {}, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);
type Case = readonly [string, object, readonly object[], readonly string[]];
const holds = (
  t: { strictSame: (a: unknown, b: unknown, what: string) => unknown },
  cases: readonly Case[],
): void => {
  for (const [what, object, others, expected] of cases)
    t.strictSame(problems(told(object, others)), expected, what);
};
const BORN = ['default', 'kube-system', 'kube-public'].map((name) =>
  manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
);
const whole = (object: object, others: readonly object[]): Finding[] =>
  atRest(routesReach, {}, [manifest(object), ...others.map(manifest), ...BORN]).filter(
    ({ data }) =>
      data['route'] !== undefined || data['service'] === undefined || data['selector'] !== undefined,
  );

void t.test('Services that are there, and others', async (t) => {
  holds(t, [
    ['the mesh of its namespace', route('seldon-mesh', 80), [runtime], []],
    ['the mesh without a port', route('seldon-mesh.ml.svc.cluster.local'), [runtime], []],
    ['the mesh of another namespace', route('seldon-mesh.other.svc', 80), [runtime], ['not-seen']],
    ['the mesh, and nothing to be seen', route('seldon-mesh', 80), [], ['not-seen']],
    ['a replica', route('mlserver-0', 9000), [server], []],
    ['a Service of their own', route('web', 80), [web], []],
    ['a host outside', route('example.org', 443), [web], []],
    ['a name with a dot, which Istio takes as it is', route('web.ml', 80), [web], []],
    ['every host', route('*.ml.svc.cluster.local', 80), [web], []],
    ['an Experiment', route('ab-test', 9000), [experiment], ['seldon-name']],
    ['a Model in full', route('iris.ml.svc.cluster.local', 9000), [model], ['seldon-name']],
    ['a Model as in Core 1', route('iris-default', 9000), [model], ['seldon-name']],
    ['a Model as in KServe', route('iris-predictor', 80), [model], ['seldon-name']],
    ['a Server', route('mlserver', 9000), [server], ['seldon-name']],
    ['a Model of another namespace', route('iris.other.svc', 80), [model], ['not-seen']],
    [
      'a Service under the name of a Model',
      route('iris', 80),
      [model, service('iris', { ports: [{ port: 80 }] })],
      [],
    ],
    ['one letter too many', route('webb', 80), [web], ['missing']],
    ['something else', route('database', 80), [web], ['missing']],
    ['an Ingress to a Model', ingress([to('iris')]), [model], ['seldon-name']],
    ['an Ingress to the mesh', ingress([to('seldon-mesh')]), [runtime], []],
    [
      'a default backend',
      ingress([], {}, { defaultBackend: { service: { name: 'iris', port: { number: 80 } } } }),
      [model],
      ['seldon-name'],
    ],
    [
      'an older Ingress',
      ingress([], {}, { backend: { serviceName: 'iris', servicePort: 80 } }),
      [model],
      ['seldon-name'],
    ],
    [
      'a bucket',
      ingress([], {}, { defaultBackend: { resource: { kind: 'Bucket', name: 'iris' } } }),
      [model],
      [],
    ],
    ['a name for the mesh', alias('seldon-mesh.ml.svc.cluster.local'), [runtime], []],
    ['a name for a Model', alias('iris.ml.svc.cluster.local'), [model], ['seldon-name']],
    ['a name for a host outside', alias('mlflow.example.org'), [model], []],
    ['an address', alias('10.43.0.7'), [], ['no-name']],
    [
      'a mirror',
      made(ISTIO, 'VirtualService', 'route', {
        http: [{ route: [{ destination: { host: 'web' } }], mirror: { host: 'iris' } }],
      }),
      [web, model],
      ['seldon-name'],
    ],
    [
      'tcp',
      made(ISTIO, 'VirtualService', 'route', { tcp: [{ route: [{ destination: { host: 'iris' } }] }] }),
      [model],
      ['seldon-name'],
    ],
  ]);
});

void t.test('a patch leads to the mesh, and says which', (t) => {
  const header = (from: object, others: readonly object[]): Json | undefined => {
    const after = cured(manifest(from), told(from, others));
    t.strictSame(told(after.object, others), []);
    return after.object['spec'];
  };
  t.match(header(route('ab-test', 9000), [runtime, experiment]), {
    http: [
      {
        route: [
          {
            destination: { host: 'seldon-mesh', port: { number: 80 } },
            headers: { request: { set: { 'seldon-model': 'ab-test.experiment' } } },
          },
        ],
      },
    ],
  });
  const own = {
    headers: { request: { set: { 'x-team': 'ml' } }, response: { remove: ['server'] } },
    weight: 100,
  };
  t.match(header(route('iris-default', 9000, own), [runtime, model]), {
    http: [
      {
        route: [
          {
            headers: {
              request: { set: { 'x-team': 'ml', 'seldon-model': 'iris' } },
              response: { remove: ['server'] },
            },
            weight: 100,
          },
        ],
      },
    ],
  });
  t.notOk(told(route('iris', 80), [model])[0]?.fix, 'there is no mesh to lead to');
  t.notOk(told(ingress([to('iris')]), [runtime, model])[0]?.fix, 'an Ingress sets no header');
  t.end();
});

void t.test('ports', async (t) => {
  const mesh = service('seldon-mesh', {
    ports: [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'stats', port: 9003 },
    ],
  });
  holds(t, [
    ['by its name', ingress([to('web', { name: 'http' })]), [web], []],
    ['by another name', ingress([to('web', { name: 'https' })]), [web], ['no-port']],
    ["the pods'", ingress([to('web', { number: 8080 })]), [web], ['no-port']],
    ["Envoy's", route('seldon-mesh', 9000), [runtime], ['no-port']],
    ["Envoy's, of the Service itself", route('seldon-mesh', 9000), [mesh], ['no-port']],
    ['the statistics', route('seldon-mesh', 9003), [runtime], []],
    ['one of an alias', ingress([to('alias', { number: 5000 })]), [alias('mlflow.example.org')], []],
    ['one of a Service without', route('web', 80), [service('web', { clusterIP: 'None' })], []],
  ]);
  const older = (port: number): object =>
    ingress([], {}, { backend: { serviceName: 'web', servicePort: port } });
  t.strictSame(cured(manifest(older(8080)), told(older(8080), [web])).object, older(80));
  for (const others of [[runtime], [mesh]]) {
    const object = manifest(route('seldon-mesh', 9000));
    const after = cured(object, told(object.object, others));
    t.strictSame(after.object, route('seldon-mesh', 80));
  }
});

void t.test('Gateways', async (t) => {
  holds(t, [
    ['beside it', behind('front'), [gateway('ml')], []],
    ['elsewhere', behind('istio-system/front'), [gateway('istio-system')], []],
    ['as a host', behind('front.istio-system.svc.cluster.local'), [gateway('istio-system')], []],
    ['here', behind('./front'), [gateway('ml')], []],
    ['not here', behind('front'), [gateway('istio-system')], ['no-gateway']],
    ['not there', behind('istio-system/front'), [gateway('ml')], ['no-gateway']],
    ['nowhere that is seen', behind('front'), [], ['not-seen']],
  ]);
  const object = manifest(behind('front'));
  const found = told(object.object, [gateway('istio-system')]);
  t.equal(found[0]?.effect, undefined, 'at admission every Gateway is seen');
  t.strictSame(cured(object, found).object, behind('istio-system/front'));
});

void t.test('what is rewritten', async (t) => {
  const nginx = { ingressClassName: 'nginx' };
  holds(t, [
    ['groups that are there', rewriting('/app(/|$)(.*)', '/$2'), [web], []],
    ['one of two', rewriting('/app/(.*)', '/$2', 'web', nginx), [web], ['no-group']],
    ['none', rewriting('/app', '/$1'), [web], ['no-group']],
    ['a group that captures nothing', rewriting('/app(?:/|$)(.*)', '/$2'), [web], ['no-group']],
    ['brackets that are letters', rewriting(String.raw`/app\(x\)/(.*)`, '/$2'), [web], ['no-group']],
    ['no group asked for', rewriting('/app', '/'), [web], []],
    ['another controller', rewriting('/app', '/$1', 'web', { ingressClassName: 'traefik' }), [web], []],
    ['a prefix before the mesh', rewriting('/seldon/(.*)', '/$1', 'seldon-mesh'), [runtime], []],
    ["Seldon's own prefix", rewriting('/v2/(.*)', '/$1', 'seldon-mesh'), [runtime], ['prefix-lost']],
    ['with a slash or an end', rewriting('/v2(/|$)(.*)', '/$2', 'seldon-mesh'), [runtime], ['prefix-lost']],
    [
      "gRPC's",
      rewriting('/inference.GRPCInferenceService/(.*)', '/$1', 'seldon-mesh'),
      [runtime],
      ['prefix-lost'],
    ],
    ['put back', rewriting('/v2/(.*)', '/v2/$1', 'seldon-mesh'), [runtime], []],
    ['kept in the group', rewriting('/(v2/.*)', '/$1', 'seldon-mesh'), [runtime], []],
    ['for somebody else', rewriting('/v2/(.*)', '/$1'), [web], []],
    [
      'by an alias',
      rewriting('/v2/(.*)', '/$1', 'alias'),
      [alias('seldon-mesh.other.svc.cluster.local')],
      ['prefix-lost'],
    ],
    ['below it again', rewriting('/v2/(v2/.*)', '/$1', 'seldon-mesh'), [runtime], []],
    [
      'by a Service of their own for Envoy',
      rewriting('/v2/(.*)', '/$1', 'envoy'),
      [service('envoy', { selector: { 'app.kubernetes.io/name': 'seldon-envoy' } })],
      ['prefix-lost'],
    ],
    ['a prefix that resembles it', rewriting('/v2beta/(.*)', '/$1', 'seldon-mesh'), [runtime], []],
  ]);
  t.equal(
    told(rewriting('/app', '/$1', 'web', {}, 'Exact'), [web])[0]?.effect,
    'warn',
    'one path alone may be meant to become another',
  );
  for (const [object, others] of [
    [rewriting('/app', '/$1'), [web]],
    [rewriting('/', '/$2'), [web]],
    [rewriting('/v2/(.*)', '/$1', 'seldon-mesh'), [runtime]],
  ] as const) {
    const found = told(object, others);
    const after = cured(manifest(object), found);
    t.not(found.length, 0);
    t.strictSame(told(after.object, others), []);
  }
});

void t.test('what Istio rewrites', (t) => {
  const rewritten = (prefix: string, rewrite: object): object =>
    made(ISTIO, 'VirtualService', 'route', {
      http: [{ match: [{ uri: { prefix } }], rewrite, route: [{ destination: { host: 'seldon-mesh' } }] }],
    });
  holds(t, [
    ['the prefix taken off', rewritten('/v2/', { uri: '/' }), [runtime], ['prefix-lost']],
    ['another one', rewritten('/seldon/', { uri: '/' }), [runtime], []],
    ['kept', rewritten('/v2', { uri: '/v2' }), [runtime], []],
    ['the host alone', rewritten('/v2', { authority: 'ml' }), [runtime], []],
  ]);
  const object = rewritten('/v2/', { uri: '/', authority: 'ml' });
  t.strictSame(
    cured(manifest(object), told(object, [runtime])).object,
    rewritten('/v2/', { authority: 'ml' }),
  );
  t.end();
});

const deployment = (
  name: string,
  labels: object,
  ports: readonly object[] = [{ name: 'http', containerPort: 8080 }],
): object =>
  made('apps/v1', 'Deployment', name, {
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', ports }] } },
  });
const serving = (selector: object, targetPort: unknown = 'http'): object =>
  service('web', { selector, ports: [{ port: 80, targetPort }] });

void t.test('Services and their pods', async (t) => {
  holds(t, [
    ['selected', serving({ app: 'web' }), [deployment('web', { app: 'web' })], []],
    ['no pods yet', serving({ app: 'web' }), [], []],
    ['pods of others', serving({ app: 'web' }), [deployment('db', { app: 'db' })], []],
    [
      'its own, with other labels',
      serving({ name: 'web' }),
      [deployment('web', { app: 'web' })],
      ['other-labels'],
    ],
    ['a Model', serving({ 'seldon-app': 'iris' }), [model], ['model-selected']],
    ['by another one', service('web', { clusterIP: 'None' }), [deployment('web', { app: 'web' })], []],
    [
      "the operator's",
      service('seldon-mesh', { selector: { app: 'x' } }),
      [deployment('seldon-mesh', { app: 'web' })],
      [],
    ],
    ['a number', serving({ app: 'web' }, 9999), [deployment('web', { app: 'web' })], []],
    [
      'a name that is not there',
      serving({ app: 'web' }, 'grpc'),
      [deployment('web', { app: 'web' })],
      ['no-target-port'],
    ],
    [
      'a name of one of two',
      serving({ app: 'web' }, 'grpc'),
      [
        deployment('web', { app: 'web' }),
        deployment('api', { app: 'web' }, [{ name: 'grpc', containerPort: 1 }]),
      ],
      [],
    ],
  ]);
  t.equal(
    told(serving({ app: 'web' }, 'grpc'), [deployment('web', { app: 'web' })])[0]?.effect,
    'warn',
    'it may be injected',
  );
  const serverPod = { 'app.kubernetes.io/name': 'seldon-server' };
  t.equal(
    told(serving(serverPod, 'htp'), [deployment('web', serverPod)])[0]?.effect,
    'warn',
    'a configuration may have it',
  );
  t.strictSame(
    cured(
      manifest(serving({ app: 'web' }, 'htp')),
      told(serving({ app: 'web' }, 'htp'), [deployment('web', { app: 'web' })]),
    ).object,
    serving({ app: 'web' }),
  );
});

void t.test('what is certain in a whole cluster alone', (t) => {
  const pod = made('v1', 'Pod', 'db-0');
  t.match(whole(route('webb', 80), [web, pod]), [
    { problem: 'missing', effect: undefined, data: { lack: 'there is no Service ml/webb' } },
  ]);
  t.match(whole(behind('front'), [gateway('istio-system')]), [{ problem: 'no-gateway', effect: undefined }]);
  t.match(whole(serving({ app: 'web' }), [pod]), [{ problem: 'no-pods' }]);
  const some = atRest(
    routesReach,
    {},
    [route('webb', 80), web, behind('front'), gateway('istio-system'), pod].map(manifest),
  );
  t.match(some, [
    { problem: 'missing', effect: 'warn', data: { lack: 'no Service ml/webb is among the objects seen' } },
    { problem: 'no-gateway', effect: 'warn' },
  ]);
  t.equal(some.length, 2, 'of a Service without pods nothing is said');
  t.end();
});

void t.test('endpoints', async (t) => {
  const virtual = service(
    'db',
    { clusterIP: '10.43.0.7', selector: { app: 'db' }, ports: [{ port: 1 }] },
    'db',
  );
  const endpoints = (ip: string, metadata: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'db', namespace: 'ml', ...metadata },
    subsets: [{ addresses: [{ ip }] }],
  });
  const slice = (address: string, labels: object = {}): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'db-1', namespace: 'ml', labels: { 'kubernetes.io/service-name': 'web', ...labels } },
    endpoints: [{ addresses: [address] }],
  });
  const named = { metadata: { name: 'web', namespace: 'ml' } };
  holds(t, [
    ['a host', endpoints('192.168.1.4'), [virtual], []],
    ['a Service', endpoints('10.43.0.7'), [virtual], ['service-address']],
    ['a slice of a Service', slice('10.43.0.7'), [virtual], ['service-address']],
    [
      'what Kubernetes keeps',
      endpoints('10.43.0.7', { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': 'x' } }),
      [virtual],
      [],
    ],
    [
      'a slice that Kubernetes keeps',
      slice('10.43.0.7', { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' }),
      [virtual],
      [],
    ],
    [
      'those of a Service with a selector',
      { ...endpoints('192.168.1.4'), ...named },
      [web],
      ['kept-endpoints'],
    ],
    ['a slice beside those', { ...slice('192.168.1.4'), ...named }, [web], []],
  ]);
});

void t.test('nothing throws on garbage', (t) => {
  const all = [
    rewriting('/v2/(.*)', '/$2', 'seldon-mesh'),
    route('iris', 80, { headers: { request: { set: {} } } }),
    behind('front'),
    alias('iris.ml.svc'),
    serving({ app: 'web' }, 'grpc'),
    deployment('web', { app: 'web' }),
    runtime,
    model,
  ];
  for (const each of all)
    for (const object of spoilt(each as JsonObject)) {
      const found = told(object, all);
      cured(manifest(object), found);
      told(all[0] as object, [object, ...all]);
    }
  t.end();
});
