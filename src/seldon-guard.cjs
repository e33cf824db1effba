#!/usr/bin/env node
'use strict';
// Plain CommonJS that any Node understands: where this one is too old, the guard is started with the Node that npm
// installed beside it, or a sentence says what is needed.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { spawn } = require('node:child_process');
const { pathToFileURL } = require('node:url');

const NEEDED = [22, 19];

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function nodeBeside() {
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    const node = join(manifest, '..', 'bin', 'node');
    return existsSync(node) ? node : undefined;
  } catch {
    return undefined;
  }
}

if (isNewEnough(process.versions.node)) {
  void import(pathToFileURL(join(__dirname, 'main.js')).href);
} else {
  const node = nodeBeside();
  if (node === undefined) {
    process.stderr.write(
      `seldon-guard: needs Node ${NEEDED.join('.')} or newer, this is ${process.versions.node}\n`,
    );
    process.exitCode = 2;
  } else {
    const run = spawn(node, [__filename, ...process.argv.slice(2)], { stdio: 'inherit' });
    // Whoever stops the launcher means the guard.
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => run.kill(signal));
    run.on('exit', (status) => {
      process.exit(status === null ? 1 : status);
    });
  }
}
