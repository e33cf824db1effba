import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { VERSION } from '../../src/sources/version.ts';
import { asUsersStartIt, collect, killedWithUs, run, temporaryFolder } from './guard-process.ts';

// The package as npm installs it: what `npm run build` makes, started by whatever Node there is. One that is too old for
// the guard hands over to the one that npm installed beside it.

t.setTimeout(180_000);

const ROOT = join(import.meta.dirname, '../..');
const BAD = join(ROOT, 'policies/namespace-not-public/bad.yaml');
const GOOD = join(ROOT, 'policies/namespace-not-public/good.yaml');

/** A Node of this machine that is too old for the guard, if there is one. */
const OLD_NODE = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((folder) => join(folder, 'node'))
  .filter((file) => existsSync(file))
  .find(
    (file) => Number(/^v(\d+)/.exec(spawnSync(file, ['--version'], { encoding: 'utf8' }).stdout)?.[1]) < 22,
  );

const skip = OLD_NODE === undefined ? 'no Node older than 22 on this machine' : false;
const old = OLD_NODE ?? '';

// What `npm run build` does, into a folder of its own, with what npm would have put around it.
const installed = temporaryFolder(t);
for (const name of ['node_modules', 'policies', 'package.json'])
  symlinkSync(join(ROOT, name), installed.path(name));
const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
const built = await run(process.execPath, [tsc, '-p', join(ROOT, 'src'), '--outDir', installed.path('dist')]);
t.match(built, { code: 0, stdout: '', stderr: '' }, 'it builds');
const LAUNCHER = installed.path('dist/seldon-guard.cjs');
copyFileSync(join(ROOT, 'src/seldon-guard.cjs'), LAUNCHER);

for (const [which, node, without] of [
  ['this Node', process.execPath, false],
  ['an old Node', old, skip],
] as const)
  void t.test(`the built package under ${which}`, { skip: without }, async (t) => {
    const guard = (args: readonly string[], input = '') => run(node, [LAUNCHER, ...args], { input });
    t.same(await guard(['--version']), { code: 0, signal: null, stdout: `${VERSION}\n`, stderr: '' });
    t.match(await guard(['scan', GOOD]), { code: 0, stdout: /^1 resource: 0 errors/, stderr: '' });
    t.match(await guard(['scan', BAD]), { code: 1, stdout: /error namespace-not-public: Namespace dev\n/ });
    t.match(await guard(['scan', '-'], 'kind: ['), { code: 2, stdout: /stdin:\d+:\d+: error unreadable/ });
    t.match(await guard(['scan', '--nope', GOOD]), { code: 2, stderr: /unknown option '--nope'/ });
  });

void t.test('an old Node alone says what is needed', { skip }, async (t) => {
  const alone = temporaryFolder(t);
  copyFileSync(LAUNCHER, alone.path('seldon-guard.cjs'));
  const ended = await run(old, [alone.path('seldon-guard.cjs'), '--version']);
  t.match(ended, {
    code: 2,
    stdout: '',
    stderr: /^seldon-guard: needs Node 22\.19 or newer, this is \d+\.\d+\.\d+\n$/,
  });
});

void t.test('SIGTERM to an old Node ends the server that it handed over to', { skip }, async (t) => {
  const child = spawn(...asUsersStartIt(old, [LAUNCHER, 'serve', '--port=0', '--probe-port=0']));
  t.teardown(killedWithUs(child));
  const printed = collect(child);
  while (child.exitCode === null && !printed.stdout().includes('probes on http')) await wait(20);
  t.match(printed.stdout(), 'probes on http', printed.stderr());
  const server = serverOf(child.pid);
  t.teardown(() => server !== undefined && isAlive(server) && process.kill(server, 'SIGKILL'));
  child.kill('SIGTERM');
  // Standard output is closed once both are gone.
  const gone = await Promise.race([printed.ended.then(() => true), wait(5000, false, { ref: false })]);
  t.ok(gone, 'nothing goes on listening');
  t.equal(child.exitCode, 0, 'and it ended as it should');
});

/** The process that a launcher started. */
function serverOf(pid: number | undefined): number | undefined {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10) || undefined;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
