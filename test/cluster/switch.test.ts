import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import type { Examined } from '../../src/reports/health.ts';
import { startApiServer } from '../api-server.ts';
import { guard, temporaryFolder } from '../commands/guard-process.ts';
import { AGGREGATOR_ROUTING, NAME, PATHS, install, noInstallation, startGuard } from './installation.ts';
import type { Loose } from './installation.ts';
import { kubectl, noCluster } from './kubectl.ts';

// `seldon-guard off` and `on` at a real API server, told by kubectl: what is denied passes, and is denied again; also at three
// in the morning, when the guard is gone and every write waits for it.

t.setTimeout(300_000);

const DENIED = /admission webhook "validate\.seldon-guard\.io" denied the request: Namespace dev is refused/;
const DEAD = /failed calling webhook "validate\.seldon-guard\.io"/;

void t.test('out of the way, and back', { skip: noInstallation || noCluster }, async (t) => {
  const cluster = await startApiServer([AGGREGATOR_ROUTING]);
  t.teardown(() => cluster.stop());
  await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name: NAME } });
  const serving = await startGuard(t, cluster);
  await install(cluster, serving);
  const files = temporaryFolder(t);
  const kubeconfig = ['--kubeconfig', cluster.kubeconfig];
  const run = (...args: string[]) => guard([...args, ...kubeconfig]);
  const apply = () => kubectl(cluster, ['create', 'namespace', 'dev', '--dry-run=server']);
  const both = async (): Promise<Loose[]> => [
    await cluster.ask('GET', `${PATHS.validating}/${NAME}`),
    await cluster.ask('GET', `${PATHS.mutating}/${NAME}`),
  ];
  const webhooks = async () => (await both()).map((one) => one.webhooks);
  const before = await webhooks();
  const becomes = (t: Test, what: string, expected: { code: number; stderr: RegExp }) =>
    eventually(t, what, apply, expected);

  await t.test('off, off again, on, on again', async (t) => {
    await becomes(t, 'denied to begin with', { code: 1, stderr: DENIED });
    const off = await run('off');
    t.strictSame(off, {
      code: 0,
      signal: null,
      stderr: '',
      stdout: [
        'ValidatingWebhookConfiguration seldon-guard: off',
        'MutatingWebhookConfiguration seldon-guard: off',
        'Requests are no longer sent to the guard. Put it back with: seldon-guard on',
        '',
      ].join('\n'),
    });
    await becomes(t, 'what was denied passes', { code: 0, stderr: /^$/ });
    t.match((await run('off')).stdout, /^Validating\S+ seldon-guard: off already\n/);
    const { code, examined } = await doctor(kubeconfig);
    t.equal(code, 1);
    t.match(
      examined.filter(({ check }) => check === 'registration'),
      Array(2).fill({ state: 'wrong', says: /was switched off/, remedy: /: seldon-guard on$/ }),
    );
    t.match(
      examined.find(({ check }) => check === 'probe-refused'),
      { state: 'unknown', says: /because the guard is switched off/, remedy: /: seldon-guard on$/ },
    );
    const on = await run('on');
    t.match(on, {
      code: 0,
      stderr: '',
      stdout: /^Validating\S+ seldon-guard: on\nMutating\S+ seldon-guard: on\n$/,
    });
    await becomes(t, 'and is denied again', { code: 1, stderr: DENIED });
    t.strictSame(await webhooks(), before, 'to the last field');
    t.match((await run('on')).stdout, /^Validating\S+ seldon-guard: on already\n/);
  });

  await t.test('removed, and restored from the file', async (t) => {
    const file = files.path('kept.json');
    // Also when it was off before: what comes back is the guard.
    await run('off');
    const removed = await run('off', '--remove', file);
    t.match(removed, { code: 0, stderr: '', stdout: `seldon-guard on --restore ${file}` });
    await becomes(t, 'what was denied passes', { code: 0, stderr: /^$/ });
    t.match(
      await kubectl(cluster, ['get', 'validatingwebhookconfigurations,mutatingwebhookconfigurations']),
      {
        stdout: '',
        stderr: /No resources found/,
      },
    );
    t.match(await run('off', '--remove', files.path('other.json')), {
      code: 0,
      stdout: /nothing is in the way/,
    });
    t.match(await run('off'), { code: 0, stdout: /nothing is in the way/ });
    t.match(await run('on'), { code: 1, stdout: /restore the file that off --remove wrote/ });
    t.match(await run('on', '--restore', file), {
      code: 0,
      stderr: '',
      stdout: /^Validating\S+ seldon-guard: on\nMutating\S+ seldon-guard: on\n$/,
    });
    await becomes(t, 'and is denied again', { code: 1, stderr: DENIED });
    t.strictSame(await webhooks(), before, 'to the last field');
    t.match(await run('on', '--restore', file), { code: 0, stdout: /seldon-guard: there already/ });
    const again = await run('off', '--remove', file);
    t.match(
      again,
      { code: 2, stdout: '', stderr: /exists: name a file that does not/ },
      'nothing is written over',
    );
    t.strictSame(await webhooks(), before, 'and nothing removed');
    writeFileSync(files.path('strange.json'), '{"items":[{"kind":"Pod"}]}');
    for (const [name, stderr] of [
      ['strange.json', /strange\.json is not what off --remove writes/],
      ['none.json', /none\.json cannot be read \(ENOENT\)/],
    ] as const)
      t.match(await run('on', '--restore', files.path(name)), { code: 2, stderr });
  });

  await t.test('who has no right is told so, and nothing changes', async (t) => {
    for (const args of [['off'], ['on'], ['off', '--remove', files.path('never.json')]]) {
      const ended = await run(...args, '--context=nobody');
      t.match(
        ended,
        { code: 2, stdout: '', stderr: /answered 403: .* cannot get resource "validating/ },
        args.join(' '),
      );
    }
    t.strictSame(await webhooks(), before);
  });

  await t.test('the guard is gone and failurePolicy is Fail', async (t) => {
    serving.process.kill('SIGKILL');
    await becomes(t, 'writes fail', { code: 1, stderr: DEAD });
    const { code, examined } = await doctor(kubeconfig);
    t.equal(code, 1);
    t.match(
      examined.filter(({ check }) => check.startsWith('probe-')),
      Array(2).fill({
        state: 'wrong',
        says: /could not ask the guard \(failurePolicy Fail\): .*refused/,
        remedy: /^Free the cluster first: seldon-guard off\. /,
      }),
    );
    t.match(await run('off'), { code: 0, stderr: '' });
    await becomes(t, 'and no longer', { code: 0, stderr: /^$/ });
    t.match(await run('on'), { code: 0, stderr: '' });
    await becomes(t, 'until it is put back', { code: 1, stderr: DEAD });
    const file = files.path('gone.json');
    t.match(await run('off', '--remove', file), { code: 0, stderr: '' });
    await becomes(t, 'removal frees as well', { code: 0, stderr: /^$/ });
    t.match(await run('on', '--restore', file), { code: 0, stderr: '' });
    await becomes(t, 'until it is restored', { code: 1, stderr: DEAD });
  });
});

async function doctor(kubeconfig: readonly string[]): Promise<{ code: number | null; examined: Examined[] }> {
  const { code, stdout } = await guard(['doctor', '--format=json', ...kubeconfig]);
  return { code, ...(JSON.parse(stdout) as { examined: Examined[] }) };
}

/** The API server learns of a changed configuration in its own time. */
async function eventually(
  t: Test,
  what: string,
  ask: () => Promise<{ code: number; stderr: string }>,
  expected: { code: number; stderr: RegExp },
): Promise<void> {
  const isIt = ({ code, stderr }: { code: number; stderr: string }): boolean =>
    code === expected.code && expected.stderr.test(stderr);
  let said = await ask();
  for (const giveUp = Date.now() + 20_000; !isIt(said) && Date.now() < giveUp; said = await ask())
    await wait(100);
  t.match(said, expected, what);
}
