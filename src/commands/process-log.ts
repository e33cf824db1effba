import { pino } from 'pino';
import type { Logger } from 'pino';

/** The longest that a line waits for others. */
const FLUSH_MS = 500;
/** The longest that the end of the process waits for its last lines. */
const LAST_MS = 1000;

/** The log of a long-running process: JSON lines on standard output. */
export interface ProcessLog {
  readonly log: Logger;
  /** Writes what is left; returns soon even where nobody reads any more. */
  readonly written: () => Promise<void>;
}

/** Lines are gathered and written together, off the way of a reply. */
export function processLog(level: string): ProcessLog {
  const output = pino.destination({ dest: 1, sync: false, minLength: 4096 });
  const log = pino({ level, base: null }, output);
  let isFlushing = false;
  setInterval(() => {
    // One at a time: where nobody reads fast enough, each would wait for the same bytes.
    if (isFlushing) return;
    isFlushing = true;
    output.flush(() => (isFlushing = false));
  }, FLUSH_MS).unref();
  return {
    log,
    // pino flushes again as the process ends, and would try forever to write into a pipe that is closed: by then it must
    // have learnt that from a write of its own.
    written: () =>
      new Promise((resolve) => {
        setTimeout(resolve, LAST_MS).unref();
        output.flush(() => setImmediate(resolve));
      }),
  };
}
