import { setTimeout as sleep } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import type { Log } from './guard.ts';
import type { Listening, Servers } from './listen.ts';

/** How often a closing server looks whether its connections are idle. */
const LOOK_MS = 20;
/** A connection without a request for so long after the port closed is nobody's admission (a scanner, a port check). */
const SILENCE_MS = 500;
/** The API server waits no longer than this for an answer. */
const LONGEST_MS = 30_000;

/**
 * How long to keep answering before the port closes, where nobody chose: 5 s in a cluster, in which the Service
 * goes on sending requests until every node has heard that this endpoint is withdrawn; not at all elsewhere.
 */
export function defaultDrainMs(env: NodeJS.ProcessEnv): number {
  return env['KUBERNETES_SERVICE_HOST'] === undefined ? 0 : 5000;
}

/**
 * Leaves without dropping a request. Readiness turns at once and every reply closes its connection; after
 * `drainMs` no new connection is taken, what is in hand is answered, and the probes end last.
 */
export async function drain({ app, probes, traffic }: Servers, drainMs: number): Promise<void> {
  traffic.draining = true;
  await sleep(drainMs);
  let closed = false;
  const closing = app.close().then(() => (closed = true));
  for (let quiet = 0; !closed; quiet = traffic.inFlight === 0 ? quiet + LOOK_MS : 0) {
    if (quiet >= SILENCE_MS) traffic.hangUp();
    await Promise.race([closing, sleep(LOOK_MS)]);
  }
  await probes.close();
}

/** Drains on SIGTERM and SIGINT, then exits 0; a second signal ends the process at once. */
export function drainOnSignal(listening: Listening, { drainMs, log }: { drainMs: number; log: Log }): void {
  const logger = { error: (message: unknown) => log.error({}, String(message)) };
  closeWithGrace(
    {
      delay: drainMs + LONGEST_MS,
      logger,
      onSecondSignal: (signal) => log.warn({ signal }, 'ending at once'),
    },
    async ({ err, signal }) => {
      if (err !== undefined) log.error({ err }, 'an error that nobody caught: ending');
      else log.info({ signal, drainMs }, 'asked to end: finishing what is in hand');
      await listening.close(drainMs);
    },
  );
}
