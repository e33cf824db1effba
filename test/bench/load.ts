import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'undici';

/** One request that is sent over and over, with a number in it that may be another each time. */
export interface Shot {
  readonly path: string;
  readonly body: Buffer;
  /** Where in the body the number stands: eight digits. */
  readonly numberAt: number;
}

/** The shots one after the other, without end: the same ones again, or each of them with a number that was never sent. */
export function* sequence(shots: readonly Shot[], isNew: boolean): Generator<Shot, never> {
  for (let round = 0; ; round++)
    for (const shot of shots) {
      if (!isNew) {
        yield shot;
        continue;
      }
      const body = Buffer.from(shot.body);
      body.write(String(round).padStart(8, '0'), shot.numberAt, 'latin1');
      yield { ...shot, body };
    }
}

/** What a round measured. */
export interface Round {
  readonly perSecond: number;
  readonly requests: number;
  /** Milliseconds, in ascending order. */
  readonly latencies: Float64Array;
}

/** As many requests as go through with `inFlight` of them under way at any time. */
export async function closedLoop(
  pool: Pool,
  shots: Iterator<Shot, never>,
  inFlight: number,
  ms: number,
): Promise<Round> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + ms;
  const one = async (): Promise<void> => {
    for (let now = performance.now(); now < end;) {
      await fire(pool, shots.next().value);
      const done = performance.now();
      latencies.push(done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const seconds = (performance.now() - start) / 1000;
  return {
    perSecond: latencies.length / seconds,
    requests: latencies.length,
    latencies: Float64Array.from(latencies).sort(),
  };
}

/**
 * Requests at a steady pace, whether or not the earlier ones are answered. Latency counts from when a request was due,
 * so that a server that stalls does not hide the requests it kept from being sent.
 */
export async function pacedLoop(
  pool: Pool,
  shots: Iterator<Shot, never>,
  perSecond: number,
  ms: number,
): Promise<Round> {
  const latencies: number[] = [];
  const underway = new Set<Promise<void>>();
  const start = performance.now();
  const total = Math.floor((ms / 1000) * perSecond);
  for (let sent = 0; sent < total;) {
    const due = start + (sent / perSecond) * 1000;
    if (due > performance.now()) {
      await sleep(1);
      continue;
    }
    sent++;
    const request = fire(pool, shots.next().value).then(() => {
      latencies.push(performance.now() - due);
      underway.delete(request);
    });
    underway.add(request);
  }
  await Promise.all(underway);
  const seconds = (performance.now() - start) / 1000;
  return {
    perSecond: latencies.length / seconds,
    requests: latencies.length,
    latencies: Float64Array.from(latencies).sort(),
  };
}

async function fire(pool: Pool, { path, body }: Shot): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await pool.request({ method: 'POST', path, headers, body });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
}

/** The latency that a share of the requests stayed within. */
export function percentile({ latencies }: Round, share: number): number {
  return latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
}

/** The middle one. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle) - 1] ?? 0)) / 2;
}
