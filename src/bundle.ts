import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { policiesToPrepare } from './sources/policies.ts';
import { PREPARED_FILE } from './sources/prepared.ts';

// `npm run bundle`: the guard in one folder that needs Node and nothing else, with its policies examined beforehand.

const [folder = 'dist/bundle'] = process.argv.slice(2);
const prepared = policiesToPrepare();
rmSync(folder, { recursive: true, force: true });
await build({
  entryPoints: [join(import.meta.dirname, 'main.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  // A command loads what it needs.
  splitting: true,
  target: 'node24',
  outdir: folder,
  logLevel: 'warning',
  // Packages that are CommonJS ask for Node's own modules so.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
});
writeFileSync(join(folder, PREPARED_FILE), JSON.stringify(prepared));
