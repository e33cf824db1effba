import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import type { Health } from '../../src/reports/health.ts';
import { guard, temporaryFolder } from './guard-process.ts';

// `seldon-guard doctor` before what answers anything at all: it says what it can, and never falls over.

t.setTimeout(180_000);

const GARBAGE: readonly unknown[] = [
  {},
  [],
  'text',
  null,
  {
    items: [null, 7, 'x', [], { metadata: 5, spec: [], status: 'x' }],
    webhooks: [null, 7, {}, { rules: [3] }],
  },
  {
    metadata: { name: {}, annotations: [], labels: { a: 1 } },
    spec: { selector: 7, ports: [null, { port: 'x' }], template: { spec: { containers: [{ args: {} }] } } },
    data: { 'tls.crt': 'AAAA' },
    items: [
      { endpoints: 7 },
      { spec: { containers: [{ args: [1, '--tls-secret'], ports: 'x' }], selector: 1 } },
    ],
    webhooks: [
      {
        name: 7,
        clientConfig: { service: { name: 'a', namespace: 'b', port: 'x' }, caBundle: 'AAAA' },
        namespaceSelector: { matchLabels: 7 },
        rules: [{ apiGroups: 'x', resources: ['namespaces'] }],
      },
    ],
  },
];

void t.test('whatever an API server answers', async (t) => {
  const folder = temporaryFolder(t);
  let body = '';
  let status = 200;
  const server = createServer((_request, reply) => {
    reply.writeHead(status, { 'content-type': 'application/json' }).end(body);
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const kubeconfig = folder.write(
    'kubeconfig',
    JSON.stringify({
      clusters: [
        { name: 'x', cluster: { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true } },
      ],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      users: [{ name: 'x', user: { token: 'x' } }],
      'current-context': 'x',
    }),
  );
  const doctor = () => guard(['doctor', '--format=json', '--kubeconfig', kubeconfig]);
  for (const garbage of GARBAGE) {
    body = JSON.stringify(garbage);
    const { code, stdout, stderr } = await doctor();
    t.equal(stderr, '', body);
    t.equal(code, 1, 'there are no webhooks to be seen, or they lead nowhere');
    const { examined } = JSON.parse(stdout) as Health;
    t.ok(
      examined.every(({ state, remedy }) => (state === 'ok') === (remedy === null)),
      'each with what to do',
    );
  }
  [body, status] = ['no such page', 404];
  t.match(await doctor(), { code: 1, stderr: '' });
  [body, status] = ['{}', 503];
  const silent = await doctor();
  t.match(silent, { code: 2, stderr: '' }, 'the webhooks are not to be seen');
  t.notMatch(silent.stdout, '"state": "wrong"');
  [body, status] = ['{}', 401];
  t.match(await doctor(), { code: 2, stdout: '', stderr: /does not accept the credentials \(401\)/ });
});
