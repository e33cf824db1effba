import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { buildApp } from '../../src/server/app.ts';
import { defaultDrainMs } from '../../src/server/drain.ts';
import { ListenError, listen } from '../../src/server/listen.ts';
import type { Servers } from '../../src/server/drain.ts';
import { buildMetrics } from '../../src/server/metrics.ts';
import { buildProbes } from '../../src/server/probes.ts';
import { Traffic } from '../../src/server/traffic.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { smallGuard } from './small-guard.ts';

async function servers(): Promise<Servers> {
  const guard = smallGuard();
  const traffic = new Traffic();
  const metrics = buildMetrics(guard, { version: '0', catalogue: () => '0' });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const app = buildApp({ guard, metrics, traffic, log, tls: await selfMade(['localhost']) });
  return { app, probes: buildProbes({ guard, metrics, traffic }), traffic };
}

void t.test('a port that is taken is said in one sentence, and nothing is left listening', async (t) => {
  const taken = net.createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as net.AddressInfo;
  for (const [ports, option] of [
    [{ port, probePort: 0 }, '--port'],
    [{ port: 0, probePort: port }, '--probe-port'],
  ] as const) {
    const parts = await servers();
    const sentence = `Port ${port} on 127.0.0.1 is in use: stop the process that has it, or choose another with ${option}.`;
    await t.rejects(listen(parts, { host: '127.0.0.1', ...ports }), new ListenError(sentence));
    t.notOk(parts.app.server.listening || parts.probes.server.listening);
  }
});

void t.test('a host that is not this machine', async (t) => {
  for (const host of ['192.0.2.1', 'no-such-host.invalid'])
    await t.rejects(
      listen(await servers(), { host, port: 0, probePort: 0 }),
      new ListenError(`${host} is no address of this machine: choose another with --host.`),
    );
});

void t.test('ports below 1024, where they need a privilege', async (t) => {
  // Who may bind them depends on the machine; the sentence is for those who may not.
  const parts = await servers();
  const answer = await listen(parts, { host: '127.0.0.1', port: 1, probePort: 0 }).catch((error) => error);
  if (answer instanceof ListenError)
    t.equal(
      answer.message,
      'Port 1 on 127.0.0.1 is not permitted to this user: choose one above 1023 with --port.',
    );
  else {
    t.equal(answer.port, 1);
    await answer.close();
  }
});

void t.test('it goes on answering for a while where a Service may still send requests', async (t) => {
  t.equal(defaultDrainMs({}), 0);
  t.equal(defaultDrainMs({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }), 5000);
});
