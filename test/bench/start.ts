import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * From the start of the process until its port is open, as the image starts it, beside Node with a program that only listens.
 * What is given as the first argument is started instead of src/main.ts (the bundle).
 */
const TARGET_MS = 400;
const TIMES = 9;
/** As the image starts it. */
const FLAGS = ['--max-semi-space-size=2'];

const main = process.argv[2] ?? join(import.meta.dirname, '../../src/main.ts');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const bare = (port: number): string[] => ['-e', `require('node:net').createServer().listen(${port})`];
const guard = (port: number): string[] => [main, 'serve', `--port=${port}`, '--probe-port=0'];

const taken: Record<'bare' | 'guard', number[]> = { bare: [], guard: [] };
for (let i = 0; i < TIMES; i++) {
  taken.bare.push(await msToListening(bare));
  taken.guard.push(await msToListening(guard));
}
const floor = median(taken.bare);
const start = median(taken.guard);
say(`Node that only listens: ${floor.toFixed(0)} ms from the start to an open port, median of ${TIMES}`);
say(`the guard: ${start.toFixed(0)} ms, ${(start / floor).toFixed(1)} times as long`);
say(`under ${TARGET_MS} ms: ${start < TARGET_MS ? 'met' : 'MISSED'}`);

async function msToListening(command: (port: number) => string[]): Promise<number> {
  const port = await freePort();
  const before = performance.now();
  const child = spawn(process.execPath, [...FLAGS, ...command(port)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  while (!(await isOpen(port))) {
    if (child.exitCode !== null) throw new Error('it ended before it listened');
    await sleep(2);
  }
  const ms = performance.now() - before;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  return ms;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
