import type { Settings } from '../policy/settings.ts';
import { covers, holdsAt } from '../policy/waiver.ts';
import type { Waiver } from '../policy/waiver.ts';
import type { Decision } from './decision.ts';

/**
 * One sentence for each waiver of the settings that nothing needed among these decisions: its policy was asked about what
 * it covers, and found nothing. One that covers none of the objects is not spoken of, as they may not be all there are.
 */
export function idleWaivers(settings: Settings, decisions: readonly Decision[], now: number): string[] {
  return settings.waivers
    .filter((waiver) => holdsAt(waiver, now) && isIdle(waiver, decisions))
    .map(
      (waiver) =>
        `the waiver of ${waiver.policy}${whereOf(waiver)} is not needed: the policy finds nothing there`,
    );
}

function isIdle(waiver: Waiver, decisions: readonly Decision[]): boolean {
  const outcomes = decisions
    .filter(({ object }) => covers(waiver, object))
    .flatMap(({ verdicts }) => verdicts.filter(({ policy }) => policy === waiver.policy))
    .map(({ outcome }) => outcome)
    .filter((outcome) => outcome !== 'not-applicable');
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === 'pass');
}

/** Which of several waivers of a policy is meant: what it says of where it holds. */
function whereOf({ namespace, kind, name }: Waiver): string {
  const parts = [kind, name, namespace === undefined ? undefined : `in namespace ${namespace}`];
  const words = parts.filter((part) => part !== undefined).join(' ');
  return words === '' ? '' : ` (${words})`;
}
