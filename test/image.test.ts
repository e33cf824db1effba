import { execFile, spawn } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { request } from 'undici';

// What the Dockerfile builds, without a container engine: its build steps, and what its last stage copies, run as its
// ENTRYPOINT says, from a folder that nobody may write to.

t.setTimeout(180_000);

const ROOT = join(import.meta.dirname, '..');
const run = promisify(execFile);
const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').split('\n');
const argumentsOf = (instruction: string): string[] => {
  const line = lines.findLast((one) => one.startsWith(`${instruction} [`)) ?? '';
  return JSON.parse(line.slice(instruction.length)) as string[];
};

void t.test('the bundle scans and serves from a folder that is read only', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-image-'));
  t.teardown(() => {
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true });
  });
  t.ok(lines.includes('RUN npm run bundle'));
  // The script of `npm run bundle`, into the folder of the last stage.
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: { bundle: string };
  };
  const out = join(folder, 'dist', 'bundle');
  await run('sh', ['-c', scripts.bundle.replace('dist/bundle', out)], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env['PATH']}` },
  });
  for (const copied of ['package.json', 'policies'])
    cpSync(join(ROOT, copied), join(folder, copied), { recursive: true });
  chmodSync(folder, 0o555);

  const [node = '', ...entry] = argumentsOf('ENTRYPOINT');
  t.equal(node, 'node');
  const bad = join(folder, 'policies', 'namespace-not-public', 'bad.yaml');
  const scanned = await run(process.execPath, [...entry, 'scan', bad], { cwd: folder }).catch(
    (error: { code: number; stdout: string }) => error,
  );
  t.match(scanned, { code: 1, stdout: /error namespace-not-public: Namespace / });

  const [command = '', ...options] = argumentsOf('CMD');
  const child = spawn(process.execPath, [...entry, command, ...options, '--port=0', '--probe-port=0'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  let port: string | undefined;
  while ((port = /probes on http:\S+:(\d+)/.exec(printed)?.[1]) === undefined) {
    if (child.exitCode !== null) throw new Error(printed);
    await wait(20);
  }
  const ready = async (): Promise<number> => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}/readyz`);
    await body.dump();
    return statusCode;
  };
  while ((await ready()) !== 200) await wait(20);
  t.pass('it serves, and becomes ready');
});

void t.test('it runs as nobody, and nothing of the build comes along', (t) => {
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  t.ok(last.some((line) => /^USER \d+:\d+$/.test(line) && !line.startsWith('USER 0')));
  t.notOk(last.some((line) => line.includes('node_modules') || line.startsWith('RUN ')));
  t.end();
});
