import closeWithGrace from 'close-with-grace';
import type { Log } from './guard.ts';
import type { Listening } from './listen.ts';

/** The API server waits no longer than this for an answer. */
const LONGEST_MS = 30_000;

/**
 * Drains on SIGTERM and SIGINT, does what is to be done last, then exits 0; a second signal ends the process at once.
 */
export function drainOnSignal(
  listening: Listening,
  { drainMs, log, last }: { drainMs: number; log: Log; last?: () => Promise<void> },
): void {
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
      await last?.();
    },
  );
}
