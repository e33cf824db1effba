import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { pathOf } from '../../src/sources/list-kind.ts';
import { startWatchServer } from '../sources/watch-server.ts';
import { bigCluster } from './big-cluster.ts';

/**
 * The resident memory of a replica that watches a large cluster: `serve --kubeconfig` as a process of its own, against a
 * server that lists and watches. What is given as the first argument is started instead of src/main.ts (the bundle).
 */
const SIZE = { namespaces: 200, pods: 10_000, policies: 1000 };
const TARGET_MB = 200;
/** As the image starts it. */
const FLAGS = ['--max-semi-space-size=2'];

const paths = (Object.keys(KINDS) as Kind[]).map((kind) => pathOf(kind));
const server = await startWatchServer(paths);
for (const resource of bigCluster(SIZE)) {
  const { apiVersion: _, kind, ...rest } = resource;
  server.put(pathOf(kind as Kind), { ...rest, status: { conditions: conditions() } } as never);
}

/** What a status holds on a real cluster, which the picture does not keep. */
function conditions(): object[] {
  return ['Ready', 'ContainersReady', 'PodScheduled', 'Initialized'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: '2026-11-20T12:00:00Z',
  }));
}

const main = process.argv[2] ?? join(import.meta.dirname, '../../src/main.ts');
const child = spawn(
  process.execPath,
  [...FLAGS, main, 'serve', '--port=0', '--probe-port=0', '--in-cluster', server.serviceAccount],
  { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...server.env } },
);
process.once('exit', () => child.kill('SIGKILL'));
let printed = '';
child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const rssMb = (): number => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
};
for (let waited = 0; !printed.includes('has been read'); waited += 100) {
  if (waited > 120_000 || child.exitCode !== null) throw new Error(`not synced: ${printed}`);
  await sleep(100);
}
say(`${SIZE.pods} pods, ${SIZE.policies} policies: ${rssMb().toFixed(0)} MB resident once all is read`);
// A day of a busy cluster in a minute: pods come and go.
const pods = bigCluster(SIZE).filter(({ kind }) => kind === 'Pod');
for (let i = 0; i < 3000; i++) {
  const { apiVersion: _, kind: __, ...pod } = pods[i % pods.length] as (typeof pods)[number];
  server.put(pathOf('Pod'), {
    ...pod,
    status: { phase: 'Running', podIP: `10.1.${i >> 8}.${i & 255}` },
  } as never);
  if (i % 50 === 0) await sleep(10);
}
await sleep(2000);
const after = rssMb();
say(`${after.toFixed(0)} MB after 3,000 changes`);
say(`under ${TARGET_MB} MB: ${after < TARGET_MB ? 'met' : 'MISSED'}`);
child.kill('SIGTERM');
await server.stop();
process.exit();
