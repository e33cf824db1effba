import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import t from 'tap';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';

// A bundle brings its policies along, examined. Whatever is changed afterwards is examined all the same.

t.setTimeout(180_000);

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const NAMESPACE = 'namespace-not-public';

const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-prepared-'));
t.teardown(() => rmSync(folder, { recursive: true }));
cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
cpSync(BUILT_IN, join(folder, 'policies'), { recursive: true });
const bundle = join(folder, 'dist', 'bundle');
await run(process.execPath, [join(ROOT, 'src', 'bundle.ts'), bundle], { cwd: ROOT });

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function scan(...options: readonly string[]): Promise<Ended> {
  const bad = join(BUILT_IN, NAMESPACE, 'bad.yaml');
  const command = [join(bundle, 'main.js'), 'scan', '--format=json', ...options, bad];
  return run(process.execPath, command).then(
    (ended) => ({ code: 0, ...ended }),
    (ended: Ended) => ended,
  );
}

/** The digest of the catalogue that judged. */
function digestIn(report: string): string {
  return (JSON.parse(report) as { summary: { catalogue: string } }).summary.catalogue;
}

void t.test('it holds every policy, and judges by the same rules as the checkout', async (t) => {
  const prepared = JSON.parse(readFileSync(join(bundle, 'policies.json'), 'utf8')) as Record<
    string,
    { id: string }
  >;
  t.strictSame(
    Object.values(prepared)
      .map(({ id }) => id)
      .toSorted(),
    readCatalogue().policies.map(({ id }) => id),
  );
  const { code, stdout } = await scan();
  t.equal(code, 1);
  t.equal(digestIn(stdout), readCatalogue().digest);
});

void t.test('it hands on the licences of what is in it', async (t) => {
  const told = readFileSync(join(bundle, 'LICENSES.txt'), 'utf8').split(/^={80}\n/m);
  for (const name of ['fastify', '@peculiar/x509', 'undici'])
    t.ok(
      told.some((one) => one.startsWith(`${name} `) && /Copyright|Apache License/i.test(one)),
      name,
    );
  t.ok(
    told.some((one) => one.startsWith('@bufbuild/cel ') && one.includes('(Apache-2.0)')),
    'by name where a package brings no text',
  );
  t.notOk(
    told.some((one) => one.startsWith('esbuild ')),
    'and of nothing else',
  );
});

void t.test('a parameter that settings change is held against the check', async (t) => {
  const settings = join(folder, 'settings.yaml');
  writeFileSync(settings, `policies: {${NAMESPACE}: {params: {resolver: []}}}\n`);
  const { code, stderr } = await scan('--settings', settings);
  t.equal(code, 2);
  t.match(stderr, /settings\.yaml: policy namespace-not-public, params: .*unknown field resolver/);
});

void t.test('a policy that is changed after bundling is read and examined', async (t) => {
  const file = join(folder, 'policies', NAMESPACE, 'policy.yaml');
  const written = readFileSync(file, 'utf8');
  writeFileSync(file, written.replace(/^title: .*$/m, 'title: Told otherwise'));
  const { stdout } = await scan();
  t.match(digestIn(stdout), /^[0-9a-f]{12}$/);
  t.not(digestIn(stdout), readCatalogue().digest);
  appendFileSync(file, 'colour: red\n');
  const { code, stderr } = await scan();
  t.equal(code, 2);
  t.match(stderr, /namespace-not-public\/policy\.yaml: the document: unknown field colour/);
});
