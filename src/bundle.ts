import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { policiesToPrepare } from './sources/policies.ts';
import { PREPARED_FILE } from './sources/prepared.ts';

// `npm run bundle`: the guard in one folder that needs Node and nothing else, with its policies examined beforehand and the
// licences of the packages that are in it.

const ROOT = join(import.meta.dirname, '..');
const folder = resolve(process.argv[2] ?? 'dist/bundle');
const prepared = policiesToPrepare();
rmSync(folder, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  // A command loads what it needs.
  splitting: true,
  target: 'node24',
  outdir: folder,
  logLevel: 'warning',
  metafile: true,
  absWorkingDir: ROOT,
  // Packages that are CommonJS ask for Node's own modules so.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
});
writeFileSync(join(folder, PREPARED_FILE), JSON.stringify(prepared));
writeFileSync(join(folder, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)).join('\n'));

/** The packages that files are of, each with what its licence asks to be handed on. */
function licences(files: readonly string[]): string[] {
  const packages = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set(packages)].toSorted().map((path) => {
    const place = join(ROOT, path);
    const { name, version, license } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const texts = readdirSync(place).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
    const told = texts.map((file) => readFileSync(join(place, file), 'utf8').trim());
    return [`${'='.repeat(80)}\n${name} ${version} (${license ?? 'see below'})`, ...told, ''].join('\n\n');
  });
}
