import t from 'tap';
import type { Test } from 'tap';
import { reachesApiServer } from '../../src/checks/reach/reaches-api-server.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { cured, egress, findings, inShort } from './egress-table.ts';
import type { Happening } from './egress-table.ts';
import { manifest } from '../policy/made.ts';
import { namespace, operator, policy, runtime, server, workload } from './seldon-cluster.ts';

const PARAMS = {
  operatorNamespaces: ['seldon-system'],
  ports: [6443, 443, 8443],
  clients: [
    { from: 'controller-manager', breaks: 'nothing is reconciled' },
    { from: 'server', breaks: 'it does not register' },
    { from: 'seldon-scheduler', withTls: true, breaks: 'it does not start' },
  ],
} as const;
const found = (world: readonly Manifest[], object: Manifest, what?: Happening) =>
  findings(reachesApiServer, PARAMS, world, object, what);
const told = (world: readonly Manifest[], object: Manifest, what?: Happening): string[] =>
  inShort(found(world, object, what));

const slice = (port: number, ...addresses: string[]): Manifest =>
  manifest({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default' },
    endpoints: addresses.map((address) => ({ addresses: [address] })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  });
const endpoints = (port: number, ...addresses: string[]): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default' },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port }] }],
  });
const SERVICE = manifest({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default' },
  spec: { clusterIP: '10.96.0.1', ports: [{ port: 443, targetPort: 6443 }] },
});

const ports = (...numbers: number[]): string =>
  `ports: [${numbers.map((port) => `{protocol: TCP, port: ${port}}`).join(', ')}]`;
const block = (cidr: string, more = ''): string => `{ipBlock: {cidr: ${cidr}${more}}}`;
const to = (peer: string, ...numbers: number[]): string => `[{to: [${peer}], ${ports(...numbers)}}]`;
const inNamespace = (name: string): string =>
  `{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}`;

/** What the rules of a policy for every pod make of Server mlserver, in a world with these objects beside it. */
type Case = readonly [rules: string, expected?: string];
function table(t: Test, beside: readonly Manifest[], cases: readonly Case[]): void {
  for (const [rules, expected] of cases)
    t.strictSame(
      told([server(), ...beside], egress(rules)),
      expected === undefined ? [] : [expected.replace(/( \([a-z, ]+\))?$/, ': Server mlserver$1')],
      rules,
    );
  t.end();
}

void t.test('where the address of the API server is not seen', (t) =>
  table(
    t,
    [],
    [
      ['[]', 'closed 6443 or 443'],
      ['[{}]'],
      [`[{${ports(443, 6443)}}]`],
      [`[{${ports(6443)}}]`],
      [`[{${ports(8443)}}]`],
      [`[{${ports(443)}}]`, 'service-port 6443 or 443 (unknown)'],
      ['[{ports: [{port: 443}]}]', 'service-port 6443 or 443 (unknown)'],
      ['[{ports: [{port: 6000, endPort: 7000}]}]'],
      ['[{ports: [{protocol: UDP, port: 6443}]}]', 'closed 6443 or 443'],
      [`[{${ports(80, 9000, 5000)}}]`, 'closed 6443 or 443'],
      [to(block('0.0.0.0/0'), 443, 6443)],
      [to(block('0.0.0.0/0', ', except: [169.254.169.254/32]'), 6443)],
      [to(block('10.0.0.0/24'), 6443), 'uncertain 6443 or 443 (unknown)'],
      [to(block('10.96.0.1/32'), 443), 'uncertain 6443 or 443 (unknown)'],
      [to(block('127.0.0.0/8'), 6443), 'closed 6443 or 443'],
      [`[{to: [${block('169.254.20.10/32')}]}]`, 'closed 6443 or 443'],
      [to(inNamespace('kube-system'), 443, 6443), 'only-pods 6443 or 443'],
      [to(inNamespace('default'), 443), 'only-pods 6443 or 443'],
      [to('{namespaceSelector: {}}', 6443), 'only-pods 6443 or 443'],
      [
        to(`{namespaceSelector: {}, podSelector: {matchLabels: {component: kube-apiserver}}}`, 6443),
        'only-pods 6443 or 443',
      ],
      // Not written for the API server, as far as anybody can tell.
      [to(inNamespace('harbor'), 443), 'closed 6443 or 443'],
      [to('{podSelector: {}}', 443), 'closed 6443 or 443'],
      [`[{to: [${inNamespace('kube-system')}]}]`, 'closed 6443 or 443'],
      [`[{to: [${inNamespace('kube-system')}], ${ports(443, 6443)}}, {${ports(6443)}}]`],
    ],
  ),
);

void t.test('where its address is seen', (t) =>
  table(
    t,
    [slice(6443, '10.0.0.11', '10.0.0.12'), SERVICE],
    [
      ['[]', 'closed 6443'],
      [`[{${ports(6443)}}]`],
      [`[{${ports(443)}}]`, 'wrong-port 6443'],
      [to(block('0.0.0.0/0'), 443), 'wrong-port 6443'],
      [to(block('10.96.0.1/32'), 443), 'wrong-port 6443'],
      [to(block('10.0.0.0/24'), 6443)],
      [to(block('10.0.0.0/24', ', except: [10.0.0.12/32]'), 6443), 'partly-closed 6443'],
      [to(block('10.0.0.11/32'), 6443), 'partly-closed 6443'],
      [to(block('10.0.1.0/24'), 6443), 'closed 6443'],
      [to(inNamespace('default'), 443), 'only-pods 6443'],
    ],
  ),
);

void t.test('where it listens on the port of its Service', (t) =>
  table(
    t,
    [endpoints(443, '172.31.8.20'), SERVICE],
    [
      [`[{${ports(443)}}]`],
      [`[{${ports(6443)}}]`, 'closed 443'],
      [to(block('172.31.0.0/16'), 443)],
      [to(block('10.96.0.1/32'), 443), 'service-address 443'],
      [to(block('10.96.0.1/32'), 6443), 'closed 443'],
    ],
  ),
);

void t.test('the API server is that of Service default/kubernetes alone', (t) => {
  const other = manifest({
    ...slice(443, '10.0.0.11').object,
    metadata: { name: 'kubernetes', namespace: 'web' },
  });
  const named = manifest({
    ...slice(443, '10.0.0.11').object,
    metadata: {
      name: 'kubernetes-x7k',
      namespace: 'default',
      labels: { 'kubernetes.io/service-name': 'kubernetes' },
    },
  });
  const rules = egress(`[{${ports(443)}}]`);
  t.strictSame(told([server(), other], rules), ['service-port 6443 or 443: Server mlserver (unknown)']);
  t.strictSame(told([server(), named], rules), []);
  t.end();
});

void t.test('which pods', (t) => {
  const shut = egress('[]');
  t.strictSame(told([operator('financial-ml'), runtime(), server()], shut), [
    'closed 6443 or 443: Server mlserver',
    'closed 6443 or 443: seldon-v2-controller-manager',
  ]);
  t.strictSame(told([runtime()], shut), [], 'without mTLS the others never ask it');
  const tls = (value: string): Manifest =>
    workload('StatefulSet', 'financial-ml', 'seldon-scheduler', {
      spec: {
        containers: [{ name: 'scheduler', env: [{ name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value }] }],
      },
    });
  t.strictSame(told([tls('SSL')], shut), ['closed 6443 or 443: seldon-scheduler']);
  t.strictSame(told([tls('PLAINTEXT')], shut), []);
  t.strictSame(
    found([operator('financial-ml'), server()], shut)
      .map(({ data }) => String(data['breaks']))
      .toSorted(),
    ['it does not register', 'nothing is reconciled'],
  );
  const two = told([server(), server('triton')], shut);
  t.strictSame(two, ['closed 6443 or 443: Server mlserver and Server triton'], 'in one sentence');
  t.end();
});

void t.test('policies add up, and whose fault it is', (t) => {
  const opens = egress(`[{${ports(443, 6443)}}]`, 'opens');
  t.strictSame(told([server(), opens], egress('[]')), []);
  t.strictSame(told([server(), egress('[]', 'deny')], opens, { operation: 'DELETE' }), [
    'closed-by-deletion 6443 or 443: Server mlserver',
  ]);
  const only443 = egress(`[{${ports(443)}}]`);
  t.strictSame(told([server(), only443], egress('[]'), { previous: only443 }), [
    'closed 6443 or 443: Server mlserver',
  ]);
  t.strictSame(told([server(), egress('[]')], only443, { previous: egress('[]') }), [
    'service-port 6443 or 443: Server mlserver (standing, unknown)',
  ]);
  t.strictSame(told([server(), only443], only443, { previous: only443 }), [], 'in doubt as it was before');
  t.strictSame(told([egress('[]', 'deny')], server()), [
    'stays-closed 6443 or 443: Server mlserver (standing)',
  ]);
  t.strictSame(told([egress('[]', 'deny'), namespace('financial-ml')], runtime()), []);
  t.end();
});

void t.test('a file by itself', (t) => {
  const rules = `[{to: [${inNamespace('seldon-system')}]}]`;
  t.strictSame(told([], egress(rules)), ['would-close 6443 or 443: each Server']);
  t.strictSame(told([], policy({ podSelector: {}, policyTypes: ['Egress'] })), []);
  const servers = { matchLabels: { 'app.kubernetes.io/name': 'seldon-server' } };
  t.strictSame(told([], egress(rules, 'servers', servers)), ['would-close 6443 or 443: each Server (warn)']);
  t.strictSame(told([], egress(`[{${ports(443)}}]`, 'servers', servers)), [
    'service-port 6443 or 443: each Server (warn, unknown)',
  ]);
  t.end();
});

void t.test('the patch names the addresses that are closed, where they are seen', (t) => {
  const world = [server(), operator('financial-ml'), slice(6443, '10.0.0.11', '10.0.0.12'), SERVICE];
  for (const rules of ['[]', `[{${ports(443)}}]`, to(block('10.0.0.11/32'), 6443)]) {
    const before = egress(rules);
    const after = cured(before, found(world, before));
    t.not(after, before, `${rules}: there is a patch`);
    t.strictSame(told(world, after), [], `${rules}: it cures`);
  }
  t.strictSame(found(world, egress(to(block('10.0.0.11/32'), 6443)))[0]?.fix, [
    {
      op: 'add',
      path: '/spec/egress/-',
      value: { to: [{ ipBlock: { cidr: '10.0.0.12/32' } }], ports: [{ protocol: 'TCP', port: 6443 }] },
    },
  ]);
  const six = found([server(), slice(6443, 'fd00::1')], egress('[]'))[0]?.fix;
  t.match(six, [{ value: { to: [{ ipBlock: { cidr: 'fd00::1/128' } }] } }]);
  t.equal(found([server()], egress('[]'))[0]?.fix, undefined, 'nobody knows what to write');
  t.end();
});
