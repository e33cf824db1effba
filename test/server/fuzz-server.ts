import { buildApp } from '../../src/server/app.ts';
import type { Log } from '../../src/server/guard.ts';
import { buildMetrics } from '../../src/server/metrics.ts';
import { Traffic } from '../../src/server/traffic.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { testGuard } from './guard-for-tests.ts';

/** What the fuzzer is told when it asks. */
export interface Report {
  /** Bytes in use once the garbage is collected. */
  readonly heap: number;
  /** What was logged as an error, the first few of them. */
  readonly errors: readonly string[];
}

/** The server that the fuzzer speaks to, as a process of its own with `--expose-gc`: it can die, and be weighed. */
const errors: string[] = [];
const keep = (fields: object, message: string): void => {
  const { err } = fields as { err?: unknown };
  if (errors.length < 5) errors.push(`${message}: ${err instanceof Error ? err.stack : String(err)}`);
};
const log: Log = { info: () => undefined, warn: () => undefined, error: keep };
const guard = await testGuard();
const { ca, ...tls } = await selfMade(['127.0.0.1']);
const metrics = buildMetrics(guard, { version: '0', catalogue: () => '0' });
const app = buildApp({ guard, metrics, traffic: new Traffic(), log, tls });
await app.listen({ host: '127.0.0.1', port: 0 });
process.on('message', () => {
  globalThis.gc?.();
  process.send?.({ heap: process.memoryUsage().heapUsed, errors } satisfies Report);
});
const address = app.server.address();
process.send?.({ ca, port: typeof address === 'object' ? address?.port : undefined });
