import t from 'tap';
import { registersWithScheduler } from '../../src/checks/server-pods/registers-with-scheduler.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Finding } from '../../src/policy/check.ts';
import { noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';
import { config, env, mergeCases, server, stranger, workload } from './server-pods.ts';

const ask = (object: Manifest, others: readonly object[] = []): Finding[] =>
  findings(registersWithScheduler, {}, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem).toSorted();
const HOST = { SELDON_SCHEDULER_HOST: 'seldon-scheduler' };
const PORT = { SELDON_SCHEDULER_PORT: '9005' };
const SSL = { CONTROL_PLANE_SECURITY_PROTOCOL: 'SSL' };
const NAMESPACE = { POD_NAMESPACE: { fieldRef: { fieldPath: 'metadata.namespace' } } };
type Values = Record<string, string | object>;
const pod = (values: Values, args: string[] = [], rest: object = {}): Manifest =>
  workload({ agent: { env: env(values), args }, mlserver: {} }, rest);
const service = (name: string, spec: object = {}, namespace = 'financial-ml'): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: {
    clusterIP: '10.43.7.9',
    selector: { 'app.kubernetes.io/name': 'seldon-scheduler' },
    ports: [{ port: 9005 }],
    ...spec,
  },
});
const SCHEDULER = service('seldon-scheduler');

void t.test('the host', async (t) => {
  const cases: [string | object, string | undefined, object[]?][] = [
    ['seldon-scheduler', undefined],
    ['seldon-scheduler.', undefined],
    ['seldon-scheduler.financial-ml', undefined],
    ['seldon-scheduler.financial-ml.svc', undefined],
    ['seldon-scheduler.financial-ml.svc.cluster.local', undefined],
    ['seldon-scheduler.financial-ml.svc.corp.example', undefined],
    ['seldon-scheduler.$(POD_NAMESPACE).svc', undefined],
    ['10.43.7.9', undefined],
    ['seldon-scheduler.seldon-system', 'the scheduler of namespace seldon-system'],
    ['seldon-scheduler.seldon-system.svc.cluster.local', 'the scheduler of namespace seldon-system'],
    ['127.0.0.1', 'the pod itself'],
    ['0.0.0.0', 'the pod itself'],
    ['localhost', 'the pod itself'],
    ['', 'the pod itself'],
    ['seldon-scheduler:9005', 'neither a host name nor an address'],
    ['http://seldon-scheduler', 'neither a host name nor an address'],
    ['scheduler', 'and there is no Service financial-ml/scheduler'],
    ['scheduler.other.svc', 'and there is no Service other/scheduler'],
    [
      'seldon-mesh',
      'the name of Service financial-ml/seldon-mesh',
      [service('seldon-mesh', { selector: { 'app.kubernetes.io/name': 'seldon-envoy' } })],
    ],
    ['mine', undefined, [service('mine')]],
    [
      'mine',
      undefined,
      [
        service('mine', {
          type: 'ExternalName',
          externalName: 'seldon-scheduler.financial-ml.svc.cluster.local',
          selector: {},
        }),
      ],
    ],
    [
      'mine',
      'the name of Service financial-ml/mine',
      [
        service('mine', {
          type: 'ExternalName',
          externalName: 'seldon-scheduler.seldon-system.svc.cluster.local',
          selector: {},
        }),
      ],
    ],
    [
      '10.43.7.10',
      'the address of Service seldon-system/seldon-scheduler',
      [service('seldon-scheduler', { clusterIP: '10.43.7.10' }, 'seldon-system')],
    ],
  ];
  for (const [host, what, more = []] of cases) {
    const object = pod({ ...NAMESPACE, SELDON_SCHEDULER_HOST: host, ...PORT });
    const found = ask(object, [SCHEDULER, ...more]);
    t.strictSame(
      found.map(({ data }) => data['what']),
      what === undefined ? [] : [what],
      JSON.stringify(host),
    );
    t.strictSame(ask(cured(object, found), [SCHEDULER, ...more]), [], 'the patch cures it');
  }
  t.match(ask(pod(PORT), [SCHEDULER]), [
    { problem: 'host', data: { value: '0.0.0.0, its default', what: 'the pod itself' } },
  ]);
  const flagged = pod({ ...HOST, ...PORT }, ['--scheduler-host=localhost']);
  t.match(ask(flagged), [
    {
      problem: 'host',
      data: { setting: '--scheduler-host' },
      fix: [{ value: '--scheduler-host=seldon-scheduler' }],
    },
  ]);
});

void t.test('a host that is not to be seen', async (t) => {
  const unknown = (host: string | object, others: object[] = []): unknown =>
    ask(pod({ SELDON_SCHEDULER_HOST: host, ...PORT }), others).map(({ unknown, data }) => [
      unknown,
      data['because'],
    ]);
  t.match(unknown('scheduler'), [
    [true, /names Service financial-ml\/scheduler, and Services are not among the objects seen/],
  ]);
  t.match(unknown('scheduler.example.com', [SCHEDULER]), [[true, /outside the cluster/]]);
  t.match(unknown('10.0.0.1', [SCHEDULER]), [[true, /no object seen has/]]);
  t.match(unknown({ secretKeyRef: { name: 's', key: 'k' } }), [[true, /comes from Secret s, key k/]]);
  const from = workload({
    agent: { env: env(PORT), envFrom: [{ configMapRef: { name: 'x' } }] },
    mlserver: {},
  });
  t.match(ask(from), [{ unknown: true, data: { because: /may come from envFrom/ } }]);
  const port = (source: object): Manifest =>
    workload({
      agent: { env: env({ SELDON_SCHEDULER_HOST: 'seldon-scheduler' }), envFrom: [source] },
      mlserver: {},
    });
  t.match(
    ask(port({ configMapRef: { name: 'x' } })).filter(
      ({ data }) => data['setting'] === 'SELDON_SCHEDULER_PORT',
    ),
    [
      {
        problem: 'not-readable',
        unknown: true,
        data: { because: 'SELDON_SCHEDULER_PORT of container agent may come from envFrom' },
      },
    ],
    'the port',
  );
  t.strictSame(
    problems(ask(port({ prefix: 'AWS_', secretRef: { name: 'x' } }))),
    ['linked'],
    'names from there have a prefix',
  );
});

void t.test('the port', async (t) => {
  const cases: [string, Values, string[]][] = [
    ['9005', PORT, []],
    ["the controller's", { SELDON_SCHEDULER_PORT: '9004' }, ['port']],
    ["Envoy's", { SELDON_SCHEDULER_PORT: '9002' }, ['port']],
    ['that of TLS without TLS', { SELDON_SCHEDULER_PORT: '9055' }, ['port']],
    ['TLS, told both', { ...SSL, ...PORT, SELDON_SCHEDULER_TLS_PORT: '9055' }, []],
    ['TLS, told one', { ...SSL, ...PORT }, []],
    ['TLS, and 9004 beside it', { ...SSL, SELDON_SCHEDULER_PORT: '9004' }, []],
    ['TLS, and the port without', { ...SSL, ...PORT, SELDON_SCHEDULER_TLS_PORT: '9005' }, ['port']],
    ['another TLS port without TLS', { ...PORT, SELDON_SCHEDULER_TLS_PORT: '1' }, []],
    ['no port at all', { SELDON_SCHEDULER_PORT: 'tcp://10.43.7.9:9002' }, ['malformed']],
    ['none at all for TLS', { ...PORT, SELDON_SCHEDULER_TLS_PORT: 'x' }, ['malformed']],
    ['set to nothing', { SELDON_SCHEDULER_PORT: '' }, []],
    ['not set', {}, ['linked']],
    ['not set, with TLS', SSL, ['linked']],
  ];
  for (const [name, values, expected] of cases) {
    const object = pod({ ...HOST, ...values });
    const found = ask(object, [SCHEDULER]);
    t.strictSame(problems(found), expected, name);
    t.strictSame(ask(cured(object, found), [SCHEDULER]), [], `${name}: the patch cures it`);
  }
  t.match(ask(pod({ ...HOST, SELDON_SCHEDULER_PORT: '9004' })), [
    { data: { expected: 9005, aside: ' On 9004 it serves the operator and the gateways.' } },
  ]);
  t.match(ask(pod({ ...HOST, SELDON_SCHEDULER_PORT: '80' })), [{ data: { aside: '' } }]);
  t.strictSame(ask(pod(HOST, [], { enableServiceLinks: false })), [], 'not set, and Kubernetes sets nothing');
  t.strictSame(ask(pod(HOST, ['--scheduler-port=9005'])), [], 'by the flag');
  t.strictSame(
    problems(ask(pod({ ...HOST, ...PORT }, ['--scheduler-port=9004']))),
    ['port'],
    'the flag comes first',
  );
  t.strictSame(
    ask(pod(HOST), [service('seldon-scheduler', { clusterIP: 'None' })]),
    [],
    'a Service without an address gives none',
  );
  const mine = { SELDON_SCHEDULER_HOST: 'mine', SELDON_SCHEDULER_PORT: '19005' };
  t.strictSame(
    ask(pod(mine), [service('mine', { ports: [{ port: 19005 }] })]),
    [],
    'another Service, another port',
  );
  t.strictSame(problems(ask(pod(mine), [service('mine')])), ['port']);
});

void t.test('both at once are cured by one patch', async (t) => {
  const object = workload({ agent: {}, mlserver: {} });
  const found = ask(object);
  t.strictSame(problems(found), ['host', 'linked']);
  t.equal(found[0]?.fix, found[1]?.fix);
  t.strictSame(ask(cured(object, found)), []);
});

void t.test('a Server over its ServerConfig', async (t) => {
  const below = config({ agent: { env: env({ ...HOST, ...PORT }) }, mlserver: {} });
  const above = (values: Values): Manifest => server({ agent: { env: env(values) } });
  t.strictSame(ask(server(), [below]), []);
  t.match(ask(above({ SELDON_SCHEDULER_PORT: '9004' }), [below]), [
    { problem: 'port', data: { origin: 'Server financial-ml/mlserver' } },
  ]);
  const wrong = config({ agent: { env: env({ ...HOST, SELDON_SCHEDULER_PORT: '9004' }) }, mlserver: {} });
  t.match(ask(server(), [wrong]), [
    { standing: true, data: { origin: 'ServerConfig seldon-system/mlserver' } },
  ]);
  t.strictSame(ask(above(PORT), [wrong]), [], 'put right by the Server');
  t.strictSame(ask(server(), []), [], 'without its ServerConfig nothing is said');
  t.strictSame(ask(above(HOST), []), []);
  t.strictSame(ask(above(PORT), []), []);
  t.match(ask(above({ SELDON_SCHEDULER_HOST: 'localhost' }), []), [{ problem: 'host' }]);
  t.match(ask(above({ SELDON_SCHEDULER_PORT: '9004' }), []), [{ problem: 'not-readable', unknown: true }]);
});

void t.test('a ServerConfig is judged for the namespaces in which it is used', async (t) => {
  const named = config({
    agent: { env: env({ SELDON_SCHEDULER_HOST: 'seldon-scheduler.financial-ml', ...PORT }) },
    mlserver: {},
  });
  const here = server();
  const there = server({}, {}, 'team-a');
  t.strictSame(ask(manifest(named)), [], 'used nowhere');
  t.strictSame(ask(manifest(named), [here.object]), [], 'used in the namespace that it names');
  t.match(ask(manifest(named), [here.object, there.object]), [
    { problem: 'host', data: { what: 'the scheduler of namespace financial-ml' } },
  ]);
  t.strictSame(ask(here, [named]), []);
  t.match(ask(there, [named]), [{ problem: 'host', standing: true }]);
  const field = config({
    agent: {
      env: env({ ...NAMESPACE, SELDON_SCHEDULER_HOST: 'seldon-scheduler.$(POD_NAMESPACE)', ...PORT }),
    },
    mlserver: {},
  });
  t.strictSame(ask(manifest(field), [here.object, there.object]), []);
  t.strictSame(ask(there, [field]), []);
});

void t.test('what is not its business', async (t) => {
  t.strictSame(ask(stranger({ env: env({ SELDON_SCHEDULER_HOST: 'localhost' }) })), []);
  t.strictSame(ask(workload({ mlserver: {} })), [], 'a pod without an agent');
});

void t.test("the cases that upstream's code was run on", { skip: noCorpus }, async (t) => {
  for (const { name, server, config } of mergeCases()) t.strictSame(ask(server, [config]), [], name);
});

void t.test('any type at any place', async (t) => {
  const object = pod({ SELDON_SCHEDULER_HOST: 'mine', ...PORT });
  for (const odd of spoilt(object.object)) t.doesNotThrow(() => ask(manifest(odd), [service('mine')]));
  for (const odd of spoilt(service('mine') as never)) t.doesNotThrow(() => ask(object, [odd]));
});
