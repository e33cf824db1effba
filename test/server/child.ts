import { setTimeout as sleep } from 'node:timers/promises';
import { drainOnSignal } from '../../src/server/drain-on-signal.ts';
import { running } from './running.ts';
import { smallGuard } from './small-guard.ts';

/** A server as a process of its own: it takes 400 ms over every question, and ends on a signal. */
const drainMs = Number(process.argv[2] ?? 0);
const guard = smallGuard({ observe: (review) => sleep(400, review) });
const server = await running(guard);
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
drainOnSignal(server, { drainMs, log });
process.on('exit', () => {
  process.stdout.write(`${JSON.stringify({ recorded: guard.entries.length })}\n`);
});
process.stdout.write(
  `${JSON.stringify({ ca: server.ca, port: server.port, probePort: server.probePort })}\n`,
);
