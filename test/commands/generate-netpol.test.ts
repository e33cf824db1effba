import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { noApiServer, startApiServer } from '../api-server.ts';
import { startListServer } from '../sources/list-server.ts';
import { guard, temporaryFolder } from './guard-process.ts';

// `seldon-guard generate netpol` as a process of its own: what it prints, and that a cluster takes it.

t.setTimeout(300_000);

const OPERATOR = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: seldon-v2-controller-manager, namespace: ops }
spec:
  template:
    metadata: { labels: { control-plane: v2-controller-manager } }
    spec:
      containers:
        - name: manager
          args: [--clusterwide=true, --watch-namespaces=]
`;
const SELDON = `
apiVersion: mlops.seldon.io/v1alpha1
kind: SeldonRuntime
metadata: { name: seldon, namespace: ml }
spec: { seldonConfig: default }
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: { name: mlserver, namespace: ml }
spec: { serverConfig: mlserver }
`;
const KAFKA = `
apiVersion: v1
kind: Service
metadata: { name: kafka, namespace: ml }
spec: { selector: { app: kafka }, ports: [{ port: 9092 }] }
---
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: kafka, namespace: ml }
spec:
  selector: { matchLabels: { app: kafka } }
  template: { metadata: { labels: { app: kafka } }, spec: { containers: [{ name: kafka }] } }
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Pipeline
metadata: { name: fraud, namespace: ml }
spec: { steps: [{ name: a }] }
`;
const WITH_KAFKA = SELDON.replace(
  'seldonConfig: default',
  'seldonConfig: default, config: { kafkaConfig: { bootstrap.servers: "kafka:9092" } }',
);
const netpol = (input: string, ...args: string[]): ReturnType<typeof guard> =>
  guard(['generate', 'netpol', '-', '--namespace', 'ml', ...args], { input });
const objectsIn = (text: string): any[] => parseAllDocuments(text).map((document) => document.toJS());

void t.test('policies for a namespace and its operator', async (t) => {
  const { stdout, stderr, code } = await netpol(`${OPERATOR}---${SELDON}`);
  t.equal(code, 0, stderr);
  const policies = objectsIn(stdout);
  t.strictSame(
    policies.map(({ metadata: { namespace, name } }) => `${namespace}/${name}`),
    [
      ...[
        'scheduler',
        'envoy',
        'modelgateway',
        'pipelinegateway',
        'dataflow-engine',
        'hodometer',
        'server',
      ].map((name) => `ml/seldon-${name}`),
      'ops/seldon-controller-manager',
    ],
  );
  t.match(stdout, /^# NetworkPolicies for Seldon in namespace ml and for its operator in ops\./);
  t.match(stdout, /^# Proved: \d+ required connections are open \(F1, F2, /m);
  t.match(
    stdout,
    `    # F2, from Server mlserver: else the Server never registers and no model can be placed on it
    - from:
        - { podSelector: { matchLabels: { app.kubernetes.io/name: seldon-server } } }
      ports:
`,
    'every rule says what it is for',
  );
  t.match(stdout, /^---\n# Nobody needs to reach these pods: nothing is admitted\.\napiVersion/m);
  t.match(stderr, 'seldon-guard: API server: the address of the API server is not to be seen');
  for (const line of stderr.trim().split('\n'))
    t.match(
      stdout,
      `# - ${line.replace('seldon-guard: ', '')}.`,
      'what is said aloud is written down as well',
    );
  t.equal((await netpol(`${SELDON}---${OPERATOR}`)).stdout, stdout, 'whatever the order of the objects');

  const folder = temporaryFolder(t);
  folder.write('seldon.yaml', `${OPERATOR}---${SELDON}`);
  folder.write('policies.yaml', stdout);
  const scanned = await guard([
    'scan',
    folder.path('policies.yaml'),
    '--context',
    folder.path('seldon.yaml'),
  ]);
  t.equal(scanned.stdout, '8 resources: 0 errors, 0 warnings, 0 notes\n', 'the guard agrees');
  const again = await guard(['generate', 'netpol', folder.path('.'), '--namespace', 'ml']);
  t.equal(again.stdout, stdout, 'once applied, the same are made');
});

void t.test('choices', async (t) => {
  const args = [
    '--clients',
    'ingress',
    '10.0.0.0/8',
    '--metrics-from',
    'monitoring/app=prometheus',
    '--default-deny',
  ];
  const { stdout, code } = await netpol(SELDON, ...args);
  t.equal(code, 0);
  const envoy = objectsIn(stdout).find(({ metadata }) => metadata.name === 'seldon-envoy');
  const home = (name: string): object => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });
  t.match(envoy.spec.ingress[0].from, [
    { ipBlock: { cidr: '10.0.0.0/8' } },
    { namespaceSelector: home('ingress') },
  ]);
  t.strictSame(envoy.spec.ingress[1].from, [
    { namespaceSelector: home('monitoring'), podSelector: { matchLabels: { app: 'prometheus' } } },
  ]);
  t.equal(objectsIn(stdout).at(-1).metadata.name, 'seldon-default-deny', 'comes last');
  t.notMatch(stdout, 'anybody is admitted');
});

void t.test('a name cannot get out of a comment', async (t) => {
  const { stdout, stderr } = await netpol(
    SELDON.replace('name: mlserver', 'name: "ml\\nkind: Secret\\u2028x"'),
  );
  t.match(stdout, '# F2, from Server ml kind: Secret x: else');
  t.ok(objectsIn(stdout).every(({ kind }) => kind === 'NetworkPolicy'));
  t.notMatch(stderr, /^kind/m);
});

void t.test('what cannot be stood for is not printed', async (t) => {
  const denied = await netpol(`${OPERATOR}---${WITH_KAFKA}---${KAFKA}`, '--default-deny');
  t.equal(denied.code, 1);
  t.equal(denied.stdout, '');
  t.match(
    denied.stderr,
    /F26: seldon-\w+ \(namespace ml\) would not reach Service kafka .*ml\/seldon-default-deny/,
  );
  t.match(denied.stderr, 'are not printed');
  t.equal((await netpol(`${OPERATOR}---${WITH_KAFKA}---${KAFKA}`)).code, 0, 'without it they are');
  for (const [args, says] of [
    [['-', '--namespace', 'web'], 'namespace web has no SeldonRuntime'],
    [['--namespace', 'ml'], 'nothing to read'],
    [['-', '--namespace', 'ml', '--clients', 'A/B/C'], 'A/B/C is neither NAMESPACE'],
    [['-'], "required option '--namespace"],
  ] as const) {
    const { code, stdout, stderr } = await guard(['generate', 'netpol', ...args], { input: SELDON });
    t.equal(code, 2, says);
    t.equal(stdout, '');
    t.match(stderr, says);
  }
});

void t.test('a live cluster', async (t) => {
  const metadata = { namespace: 'ml', name: 'seldon' };
  const server = await startListServer({
    '/api/v1/namespaces': [],
    '/api/v1/services': [],
    '/api/v1/pods': [],
    '/api/v1/endpoints': [],
    '/apis/mlops.seldon.io/v1alpha1/seldonruntimes': [{ metadata, spec: { seldonConfig: 'default' } }],
    '/apis/discovery.k8s.io/v1/endpointslices': [
      {
        metadata: { namespace: 'default', name: 'kubernetes' },
        endpoints: [{ addresses: ['172.18.0.2'] }],
        ports: [{ port: 6443 }],
      },
    ],
  });
  t.teardown(() => server.stop());
  const { stdout, stderr, code } = await guard([
    'generate',
    'netpol',
    '--namespace',
    'ml',
    '--kubeconfig',
    server.kubeconfig,
  ]);
  t.equal(code, 0, stderr);
  t.match(stdout, '{ ipBlock: { cidr: 172.18.0.2/32 } }');
});

void t.test('an API server takes them', { skip: noApiServer }, async (t) => {
  const api = await startApiServer();
  t.teardown(() => api.stop());
  for (const name of ['ml', 'ops'])
    await api.ask('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const { stdout } = await netpol(`${OPERATOR}---${WITH_KAFKA}---${KAFKA}`, '--metrics-from', 'monitoring');
  const policies = objectsIn(stdout);
  for (const policy of policies) {
    const path = `/apis/networking.k8s.io/v1/namespaces/${policy.metadata.namespace}/networkpolicies`;
    const taken: any = await api.ask('POST', `${path}?fieldValidation=Strict`, policy);
    t.strictSame(taken.spec, policy.spec, policy.metadata.name);
  }
});
