import t from 'tap';
import type { Test } from 'tap';
import { startDnsServer } from '../dns-server.ts';
import type { Answer } from '../dns-server.ts';
import { reviewOf } from './admission-review.ts';
import { guard, temporaryFolder } from './guard-process.ts';
import { decisionsIn, serving } from './serving.ts';
import type { Serving } from './serving.ts';

// Live look-ups through the whole guard: a real DNS server, named in the settings of a real process.

t.setTimeout(120_000);

const STRANGER = '143.244.220.150';
const FINANCIAL_ML = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'financial-ml' } };

async function asking(
  t: Test,
  resolvers: readonly string[],
  params: object = {},
  args: readonly string[] = [],
): Promise<Serving> {
  const settings = { policies: { 'namespace-not-public': { params: { resolvers, ...params } } } };
  const file = temporaryFolder(t).write('settings.json', JSON.stringify(settings));
  return serving(t, ['--settings', file, ...args]);
}

async function dns(t: Test, answer: (name: string) => Answer): ReturnType<typeof startDnsServer> {
  const server = await startDnsServer(answer);
  t.teardown(() => server.close());
  return server;
}

void t.test('a name that the world answers is denied, with the resolver and the address', async (t) => {
  const world = await dns(t, (name) => (name === 'seldon-scheduler.financial-ml' ? [STRANGER] : 'NXDOMAIN'));
  const guard = await asking(t, [world.address]);
  const { response } = await guard.ask('validate', reviewOf(FINANCIAL_ML));
  t.equal(response.allowed, false);
  const message = String(response.status.message);
  t.match(message, /^Namespace financial-ml is refused\./);
  t.match(message, `resolver ${world.address} answers it with ${STRANGER}`);
  t.ok(world.questions.includes('seldon-scheduler.financial-ml A'), 'that very name was asked for');
  const asked = world.questions.length;
  await guard.ask('validate', reviewOf(FINANCIAL_ML));
  t.equal(world.questions.length, asked, 'an answer is remembered');
  const web = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'financial-ml' },
  };
  t.match((await guard.ask('validate', reviewOf(web))).response, { allowed: true });
  t.equal(world.questions.length, asked, 'nothing is asked for other objects');
  const other = reviewOf({ ...FINANCIAL_ML, metadata: { name: 'risk-models' } });
  t.match((await guard.ask('validate', other)).response, { allowed: true, warnings: undefined });
  const decisions = decisionsIn(await guard.stop());
  t.same(
    decisions.map(({ name, effect }) => [name, effect]),
    [
      ['financial-ml', 'deny'],
      ['financial-ml', 'deny'],
      ['web', 'allow'],
      ['risk-models', 'allow'],
    ],
  );
});

void t.test('a silent resolver: admitted within the bound, and said to be unknown', async (t) => {
  const silent = await dns(t, () => 'silence');
  // The API server would wait for ten seconds; without a bound this test would end in its own timeout.
  const guard = await asking(t, [silent.address], { timeoutMs: 200 });
  const { response } = await guard.ask('validate', reviewOf(FINANCIAL_ML));
  t.equal(response.allowed, true);
  t.match(response.warnings, [
    /^namespace-not-public: unknown whether seldon-scheduler\.financial-ml/,
    /Remedy/,
  ]);
  const [line] = decisionsIn(await guard.stop());
  t.match(line, {
    effect: 'warn',
    findings: [{ policy: 'namespace-not-public', problem: 'unanswered', outcome: 'unknown', effect: 'warn' }],
  });
});

void t.test('one silent resolver does not hide what another answers', async (t) => {
  const silent = await dns(t, () => 'silence');
  const world = await dns(t, (name) => (name === 'seldon-scheduler.financial-ml' ? [STRANGER] : 'NXDOMAIN'));
  const guard = await asking(t, [silent.address, world.address], { timeoutMs: 200 });
  const { response } = await guard.ask('validate', reviewOf(FINANCIAL_ML));
  t.match(response, { allowed: false, status: { message: new RegExp(STRANGER) } });
});

void t.test('SIGTERM during a look-up: it is answered, recorded, and the exit is 0', async (t) => {
  let asked = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (asked = resolve));
  const silent = await dns(t, () => {
    asked();
    return 'silence';
  });
  const guard = await asking(t, [silent.address], { timeoutMs: 1000 });
  const answer = guard.ask('validate', reviewOf(FINANCIAL_ML));
  await arrived;
  const ended = guard.stop();
  t.match((await answer).response, { allowed: true, warnings: [/unknown/, /Remedy/] });
  t.match(await ended, { code: 0, signal: null });
  t.equal(decisionsIn(await ended).length, 1);
});

void t.test('what is there already is looked up before anybody asks', async (t) => {
  const world = await dns(t, () => 'NXDOMAIN');
  const runtime = {
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonRuntime',
    metadata: { name: 'seldon', namespace: 'financial-ml' },
    spec: { seldonConfig: 'default' },
  };
  const picture = temporaryFolder(t).write('runtime.json', JSON.stringify(runtime));
  const guard = await asking(t, [world.address], {}, ['--cluster', picture]);
  while (!world.questions.includes('seldon-scheduler.financial-ml A')) await guard.probe('/healthz');
  t.match((await guard.ask('validate', reviewOf(runtime))).response, { allowed: true });
});

void t.test('a scan asks the resolvers in its settings, too', async (t) => {
  const world = await dns(t, (name) => (name === 'seldon-scheduler.financial-ml' ? [STRANGER] : 'NXDOMAIN'));
  const folder = temporaryFolder(t);
  const params = { resolvers: [world.address] };
  const settings = folder.write(
    'settings.json',
    JSON.stringify({ policies: { 'namespace-not-public': { params } } }),
  );
  const manifests = folder.write('namespace.json', JSON.stringify(FINANCIAL_ML));
  const { code, stdout } = await guard(['scan', '--settings', settings, '--format', 'json', manifests]);
  t.equal(code, 1);
  const { findings } = JSON.parse(stdout) as { findings: { policy: string; message: string }[] };
  t.match(findings, [{ policy: 'namespace-not-public', problem: 'answered' }]);
  t.match(findings[0]?.message, `resolver ${world.address} answers it with ${STRANGER}`);
});
