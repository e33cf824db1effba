import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from './app.ts';
import type { Probes } from './probes.ts';
import type { Traffic } from './traffic.ts';

/** The parts that listen, and leave, together. */
export interface Servers {
  readonly app: App;
  readonly probes: Probes;
  readonly traffic: Traffic;
}

/** How often a closing server looks whether its connections are idle. */
const LOOK_MS = 20;
/** A connection without a request for so long after the port closed is nobody's admission (a scanner, a port check). */
const SILENCE_MS = 500;

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
