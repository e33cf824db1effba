import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import t from 'tap';
import { Pool } from 'undici';
import type { Report } from './fuzz-server.ts';
import { chance, everywhere, forever } from './garbage.ts';
import type { Garbage } from './garbage.ts';
import { ownSamples, samples } from './samples.ts';

/** How many requests, and where chance begins: a failure says both. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 20_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_120);
const CONNECTIONS = 8;
/** What the heap may grow by between the warm-up and the end. */
const GROWTH = 16 * 1024 * 1024;

t.setTimeout(180_000);

void t.test(`${REQUESTS} requests of garbage, seed ${SEED}`, async (t) => {
  const child = fork(join(import.meta.dirname, 'fuzz-server.ts'), { execArgv: ['--expose-gc'] });
  t.teardown(() => child.kill());
  const died = once(child, 'exit').then(([code, signal]) => `the server died: ${code} ${signal}`);
  const [{ ca, port }] = (await once(child, 'message')) as [{ ca: string; port: number }];
  const pool = new Pool(`https://127.0.0.1:${port}`, { connections: CONNECTIONS, connect: { ca } });
  t.teardown(() => pool.destroy());

  const source = garbage();
  const met: string[] = [];
  const statuses = new Map<number, number>();
  const some = async (count: number): Promise<void> => {
    let left = count;
    const one = async (): Promise<void> => {
      while (left-- > 0 && met.length === 0) {
        const { value } = source.next();
        const { status, fault } = await send(pool, value as Garbage);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (fault !== undefined) met.push(`${fault} on ${(value as Garbage).what}`);
      }
    };
    const over = await Promise.race([Promise.all(Array.from({ length: CONNECTIONS }, one)), died]);
    if (typeof over === 'string') met.push(over);
  };
  await some(REQUESTS / 4);
  const warm = met.length === 0 ? await report(child) : undefined;
  await some(REQUESTS - REQUESTS / 4);
  t.strictSame(met, [], 'every answer is a 200 with a decision or a 4xx with a sentence');
  if (warm === undefined || met.length > 0) return;

  await noise(port, ca);
  const after = await report(child);
  t.strictSame(after.errors, [], 'nothing broke inside');
  const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  t.ok(after.heap - warm.heap < GROWTH, `the heap is flat: ${mib(warm.heap)} then ${mib(after.heap)}`);
  for (const status of [200, 400, 404, 405, 415])
    t.ok((statuses.get(status) ?? 0) > 5, `${statuses.get(status)} answers were ${status}`);
});

function* garbage(): Generator<Garbage> {
  for (const { text } of ownSamples()) yield* everywhere(text);
  yield* forever(
    samples().map(({ text }) => text),
    chance(SEED),
  );
}

async function send(
  pool: Pool,
  { method, path, type, body }: Garbage,
): Promise<{ status: number; fault?: string }> {
  try {
    const { statusCode, body: answer } = await pool.request({
      method: method as 'POST',
      path,
      headers: type === '' ? {} : { 'content-type': type },
      body: body.length === 0 ? null : body,
    });
    const text = await answer.text();
    return isAnswer(statusCode, text)
      ? { status: statusCode }
      : { status: statusCode, fault: `${statusCode} ${text}` };
  } catch (error) {
    return { status: 0, fault: String(error) };
  }
}

function isAnswer(status: number, text: string): boolean {
  const json = JSON.parse(text) as { error?: unknown; response?: { uid?: unknown; allowed?: unknown } };
  if (status === 200)
    return typeof json.response?.uid === 'string' && typeof json.response.allowed === 'boolean';
  return status >= 400 && status < 500 && typeof json.error === 'string' && !/\n/.test(json.error);
}

/** Connections that do not even speak HTTP. */
async function noise(port: number, ca: string): Promise<void> {
  const random = chance(SEED);
  for (let i = 0; i < 100; i++) {
    const socket = tls.connect({ host: '127.0.0.1', port, ca }).on('error', () => undefined);
    const bytes = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
    const line =
      ['', 'POST /validate HTTP/1.1\r\nhost: a\r\ncontent-length: 99\r\n\r\n{', 'GET '][i % 3] ?? '';
    socket.on('data', () => undefined).write(Buffer.concat([Buffer.from(line), bytes]));
    await Promise.race([once(socket, 'close').catch(() => undefined), sleep(20)]);
    socket.destroy();
  }
}

async function report(child: ChildProcess): Promise<Report> {
  child.send('report');
  const [said] = (await once(child, 'message')) as [Report];
  return said;
}
