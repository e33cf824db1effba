import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import t from 'tap';
import { selfMade } from '../../src/sources/certificate.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { reviewOf } from './admission-review.ts';
import type { Manifest } from './admission-review.ts';
import { temporaryFolder } from './guard-process.ts';
import { decisionsIn, linesOf, serving } from './serving.ts';

// `seldon-guard serve` as a process of its own: how it starts, what it answers, what it writes down, and how it ends.

t.setTimeout(120_000);

const DEV: Manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev' } };

/** A StatefulSet whose agent asks a Service, with something in its environment that is nobody's business. */
const SERVER: Manifest = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'mlserver', namespace: 'financial-ml' },
  spec: {
    serviceName: 'mlserver',
    selector: { matchLabels: { 'seldon-server-name': 'mlserver' } },
    template: {
      metadata: { labels: { 'seldon-server-name': 'mlserver' } },
      spec: {
        containers: [
          {
            name: 'agent',
            image: 'registry.example.com/seldon-agent:2.9.0-fixed-v2',
            env: [
              { name: 'DATABASE_PASSWORD', value: 'hunter2' },
              { name: 'SELDON_SERVER_HOST', value: 'mlserver.financial-ml.svc.cluster.local' },
            ],
          },
          { name: 'mlserver', image: 'docker.io/seldonio/mlserver:1.7.1', args: ['--token=hunter2'] },
        ],
      },
    },
  },
};

void t.test('starts, says where, answers a denial over HTTPS, and ends with 0 on SIGTERM', async (t) => {
  const server = await serving(t, []);
  t.match(await server.probe('/healthz'), { status: 200, text: 'alive\n' });
  t.match(await server.probe('/readyz'), { status: 200, text: 'ready\n' });
  const review = reviewOf(DEV);
  const { status, response } = await server.ask('validate', review);
  t.equal(status, 200);
  t.match(response, {
    uid: review.request.uid,
    allowed: false,
    status: {
      code: 403,
      reason: 'Forbidden',
      message: /^Namespace dev is refused\.\n\nnamespace-not-public:\n/,
    },
  });
  t.match((await server.ask('mutate', review)).response, { uid: review.request.uid, allowed: true });
  t.match((await server.probe('/metrics')).text, /webhook="validate",kind="Namespace",effect="deny"\} 1\n/);
  const ended = await server.stop();
  t.match(ended, { code: 0, signal: null, stderr: '' });
  t.match(linesOf(ended).at(-1), { msg: /asked to end/, signal: 'SIGTERM' });
});

void t.test('while it drains it is not ready and still answers', async (t) => {
  const server = await serving(t, ['--drain', '2000']);
  const ended = server.stop();
  let ready: { status: number; text: string };
  do ready = await server.probe('/readyz');
  while (ready.status === 200);
  t.match(ready, { status: 503, text: /about to end/ });
  t.match((await server.ask('validate', reviewOf(DEV))).response, { allowed: false });
  t.match(await ended, { code: 0, signal: null });
  t.equal(decisionsIn(await ended).length, 1, 'what was answered meanwhile is on the record');
});

void t.test('shows the certificate that it is given', async (t) => {
  const folder = temporaryFolder(t);
  const { ca, cert, key } = await selfMade(['127.0.0.1']);
  const files = ['--tls-cert', folder.write('tls.crt', cert), '--tls-key', folder.write('tls.key', key)];
  const server = await serving(t, files, { ca });
  t.match((await server.ask('validate', reviewOf(DEV))).response, { allowed: false });
  const stranger = await selfMade(['127.0.0.1']);
  const distrusting = await serving(t, files, stranger);
  await t.rejects(distrusting.ask('validate', reviewOf(DEV)), 'a client that trusts another CA hangs up');
});

void t.test('one line on the record per decision: who, what, and how it went; no values', async (t) => {
  const server = await serving(t, [
    '--cluster',
    join(import.meta.dirname, '../../policies/server-host-is-local/bad.yaml'),
  ]);
  const review = reviewOf(SERVER);
  const denied = await server.ask('validate', review);
  t.match(denied.response, { allowed: false, status: { message: /^server-host-is-local:$/m } });
  const dry = reviewOf(SERVER, { dryRun: true });
  const figures = async () =>
    (await server.probe('/metrics')).text.replaceAll(/^(?!seldon_guard_(adm|find)).*\n/gm, '');
  const before = await figures();
  t.match((await server.ask('validate', dry)).response, { allowed: false }, 'a dry run is answered alike');
  t.equal(await figures(), before, 'and not counted');
  const nobody = reviewOf({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a', namespace: 'b' },
    data: 'hunter2',
  });
  t.match((await server.ask('validate', nobody)).response, { allowed: true });
  const broken = await server.ask(
    'validate',
    JSON.stringify(reviewOf(SERVER)).replace('"hunter2"', 'hunter2'),
  );
  t.equal(broken.status, 400);
  const ended = await server.stop();
  t.equal(ended.code, 0);
  t.notMatch(
    `${ended.stdout}${ended.stderr}${denied.text}${broken.text}`,
    /hunter2/,
    'no value is said anywhere',
  );
  const [line, ...more] = decisionsIn(ended);
  t.same(more, [], 'one decision, one line');
  t.match(line, {
    level: 30,
    uid: review.request.uid,
    user: 'jane',
    operation: 'CREATE',
    kind: 'StatefulSet',
    namespace: 'financial-ml',
    name: 'mlserver',
    webhook: 'validate',
    allowed: false,
    effect: 'deny',
    milliseconds: Number,
    patchBytes: 0,
    pictureAgeSeconds: Number,
    dryRun: false,
    catalogue: readCatalogue().digest,
  });
  const findings = line?.['findings'] as readonly { policy: string }[];
  t.match(
    findings.filter(({ policy }) => policy === 'server-host-is-local'),
    [
      {
        policy: 'server-host-is-local',
        problem: 'elsewhere',
        effect: 'deny',
        outcome: 'fail',
        field: 'spec.template.spec.containers[0].env[1]',
      },
    ],
  );
});

void t.test('a patch is answered by /mutate, and its size is on the record', async (t) => {
  const folder = temporaryFolder(t);
  const dns = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kube-dns', namespace: 'kube-system' } };
  const picture = folder.write('dns.json', JSON.stringify({ ...dns, spec: { clusterIP: '10.43.0.10' } }));
  const server = await serving(t, ['--cluster', picture]);
  const labels = { 'control-plane': 'v2-controller-manager' };
  const manager: Manifest = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'seldon-v2-controller-manager', namespace: 'seldon-system' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [] } } },
  };
  const { response } = await server.ask('mutate', reviewOf(manager));
  const patch = Buffer.from(String(response.patch), 'base64');
  t.match(JSON.parse(patch.toString()), [{ op: 'add', path: '/spec/template/spec/dnsConfig' }]);
  const broken = structuredClone(manager) as unknown as {
    spec: { template: { spec: { dnsPolicy?: string } } };
  };
  broken.spec.template.spec.dnsPolicy = 'Default';
  const review = reviewOf(broken as unknown as Manifest);
  t.match(
    (await server.ask('mutate', review)).response,
    { allowed: true, status: undefined },
    'it never denies',
  );
  t.match((await server.ask('validate', review)).response, { allowed: false });
  t.match(decisionsIn(await server.stop()), [
    { webhook: 'mutate', allowed: true, effect: 'fix', patchBytes: patch.length },
    { webhook: 'mutate', allowed: true, effect: 'deny' },
    { webhook: 'validate', allowed: false, effect: 'deny', patchBytes: 0 },
  ]);
});

void t.test('settings change the answer: effects, namespaces, waivers', async (t) => {
  const folder = temporaryFolder(t);
  const answer = async (settings: object) => {
    const server = await serving(t, [
      '--settings',
      folder.write(`${randomUUID()}.json`, JSON.stringify(settings)),
    ]);
    const { response } = await server.ask('validate', reviewOf(DEV));
    return { response: response as unknown, lines: decisionsIn(await server.stop()) };
  };
  const id = 'namespace-not-public';
  const warned = await answer({ policies: { [id]: { effect: 'warn' } } });
  t.match(warned, {
    response: { allowed: true, warnings: [/^namespace-not-public: /, /Remedy/] },
    lines: [{ effect: 'warn' }],
  });
  const off = await answer({ policies: { [id]: { namespaces: { dev: 'off' } } } });
  t.match(off, {
    response: { allowed: true, warnings: undefined },
    lines: [{ effect: 'allow', findings: [] }],
  });
  const waived = await answer({ waivers: [{ policy: id, reason: 'it is ours', name: 'dev' }] });
  t.match(waived, {
    response: { allowed: true, warnings: undefined },
    lines: [{ findings: [{ outcome: 'waived' }] }],
  });
  const expired = await answer({ waivers: [{ policy: id, reason: 'it was ours', until: '2020-01-01' }] });
  t.match(expired, { response: { allowed: false } });
});

void t.test('ends when asked to, although nobody reads its log any more', async (t) => {
  const guard = await serving(t, []);
  guard.process.stdout?.destroy();
  const { code, signal } = await guard.stop();
  t.same({ code, signal }, { code: 0, signal: null });
});
