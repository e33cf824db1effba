import type { Effect } from './check.ts';

const STRENGTH: Readonly<Record<Effect, number>> = { record: 0, warn: 1, fix: 2, deny: 3 };

/** The weaker of two effects: record, warn, fix, deny from weak to strong. */
export function weaker(a: Effect, b: Effect): Effect {
  return STRENGTH[a] <= STRENGTH[b] ? a : b;
}

/** Orders effects from strong to weak. */
export function byStrength(a: Effect, b: Effect): number {
  return STRENGTH[b] - STRENGTH[a];
}
