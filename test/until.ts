import { setTimeout as wait } from 'node:timers/promises';
import type { Test } from 'tap';

/** Waits until something holds, and fails the test if it does not within a minute. */
export async function until(t: Test, what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 60_000;
  while (!(await holds()) && Date.now() < giveUp) await wait(20);
  t.ok(await holds(), what);
}
