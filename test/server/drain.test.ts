import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import { Agent, request } from 'undici';
import { review } from './samples.ts';

interface Child {
  readonly process: ChildProcess;
  readonly port: number;
  readonly probePort: number;
  readonly lines: AsyncIterator<string>;
  readonly ca: string;
  readonly agent: Agent;
}

async function start(test: Test, drainMs: number): Promise<Child> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'child.ts'), String(drainMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  test.teardown(() => child.kill('SIGKILL'));
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const { value } = await lines.next();
  const { ca, port, probePort } = JSON.parse(value ?? '{}') as {
    ca: string;
    port: number;
    probePort: number;
  };
  return { process: child, port, probePort, lines, ca, agent: new Agent({ connect: { ca } }) };
}

async function post({
  port,
  agent,
}: Child): Promise<{ status: number; connection: unknown; allowed: boolean }> {
  const { statusCode, headers, body } = await request(`https://127.0.0.1:${port}/validate`, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(review('create-pod')),
  });
  const { response } = (await body.json()) as { response: { allowed: boolean } };
  return { status: statusCode, connection: headers['connection'], allowed: response.allowed };
}

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  void t.test(`${signal} with requests in flight: all are answered, the exit is 0`, async (t) => {
    const child = await start(t, 0);
    const inFlight = Array.from({ length: 20 }, () => post(child));
    // A connection without a request must not hold the process.
    const silent = net.connect(child.port, '127.0.0.1').on('error', () => undefined);
    await sleep(250);
    child.process.kill(signal);
    const answers = await Promise.all(inFlight);
    t.strictSame(
      new Set(answers.map((answer) => JSON.stringify(answer))),
      new Set(['{"status":200,"connection":"close","allowed":true}']),
    );
    const signalled = Date.now();
    const [code] = (await once(child.process, 'exit')) as [number];
    t.equal(code, 0);
    t.ok(Date.now() - signalled < 3000, 'soon after the last answer');
    t.strictSame(JSON.parse((await child.lines.next()).value), { recorded: 20 });
    silent.destroy();
  });

void t.test(
  'with a delay it is not ready at once, and answers new connections until the delay is over',
  async (t) => {
    const child = await start(t, 800);
    await post(child);
    child.process.kill('SIGTERM');
    await sleep(100);
    const probe = await request(`http://127.0.0.1:${child.probePort}/readyz`);
    t.equal(probe.statusCode, 503);
    await probe.body.dump();
    const fresh = { ...child, agent: new Agent({ connect: { ca: child.ca } }) };
    t.strictSame(await post(fresh), { status: 200, connection: 'close', allowed: true });
    const [code] = (await once(child.process, 'exit')) as [number];
    t.equal(code, 0);
    await t.rejects(post(fresh), { code: 'ECONNREFUSED' });
  },
);

void t.test('a second signal ends it at once', async (t) => {
  const child = await start(t, 60_000);
  child.process.kill('SIGTERM');
  await sleep(100);
  child.process.kill('SIGTERM');
  const [code] = (await once(child.process, 'exit')) as [number];
  t.equal(code, 1);
});
