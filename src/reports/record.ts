import type { Decision } from '../judge/decision.ts';
import { fieldPath } from '../model/path.ts';

/** One policy's finding in the record: what and where, no more. */
export interface RecordedFinding {
  readonly policy: string;
  readonly problem: string;
  readonly effect: string;
  readonly outcome: string;
  readonly field: string;
}

/**
 * What the record keeps of a decision: its effect and its findings by name and field. No sentence, no value and no object
 * goes in, so that nothing secret can.
 */
export function recordOf(decision: Decision): { effect: string; findings: RecordedFinding[] } {
  return {
    effect: decision.effect,
    findings: decision.judgements.map(({ policy, problem, effect, outcome, field }) => ({
      policy,
      problem,
      effect,
      outcome,
      field: fieldPath(field),
    })),
  };
}
