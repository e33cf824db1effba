import type { Guard } from '../../src/server/guard.ts';
import { smallGuard } from './small-guard.ts';

/** The guard that the fuzzer and the benchmark meet. */
export function testGuard(): Promise<Guard> {
  const { entries, ...guard } = smallGuard();
  return Promise.resolve({ ...guard, record: () => entries.splice(0) });
}
