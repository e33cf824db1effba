import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool, request } from 'undici';

/** A server under measurement: a process of its own, and the connections to it. */
export interface Target {
  readonly name: string;
  readonly pool: Pool;
  /** The processor time it has used, in milliseconds; not a number where /proc does not say. */
  cpuMs(): number;
  stop(): Promise<void>;
}

/** What every server is started with. */
export interface Setting {
  readonly ca: string;
  readonly certPath: string;
  readonly keyPath: string;
  readonly clusterPath: string;
  readonly connections: number;
}

/** Starts `node <command> --port ...` and waits until its `/readyz` says yes. */
export async function startTarget(
  name: string,
  command: readonly string[],
  setting: Setting,
): Promise<Target> {
  const [port, probePort] = [await freePort(), await freePort()];
  const given = {
    host: '127.0.0.1',
    port,
    'probe-port': probePort,
    'tls-cert': setting.certPath,
    'tls-key': setting.keyPath,
    cluster: setting.clusterPath,
  };
  const args = Object.entries(given).flatMap(([option, value]) => [`--${option}`, String(value)]);
  const child = spawn(process.execPath, [...command, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  let ended: string | undefined;
  const exit = once(child, 'exit').then(([code]) => (ended = `${name} ended with ${code}`));
  process.once('exit', () => child.kill('SIGKILL'));
  for (let waited = 0; !(await isReady(probePort)); waited += 50) {
    if (ended !== undefined || waited > 30_000) throw new Error(ended ?? `${name} does not become ready`);
    await sleep(50);
  }
  const { ca, connections } = setting;
  const pool = new Pool(`https://127.0.0.1:${port}`, { connections, connect: { ca } });
  const stop = async (): Promise<void> => {
    await pool.destroy();
    child.kill('SIGTERM');
    await exit;
  };
  return { name, pool, cpuMs: () => cpuMs(child.pid), stop };
}

/** User and system time, in ticks of 10 ms: fields 14 and 15 of proc_pid_stat(5), counted behind the command's name. */
function cpuMs(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

async function isReady(probePort: number): Promise<boolean> {
  try {
    const { statusCode, body } = await request(`http://127.0.0.1:${probePort}/readyz`);
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
