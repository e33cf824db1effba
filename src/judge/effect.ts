import type { Review } from '../model/review.ts';
import type { Policy } from '../policy/catalogue.ts';
import type { Effect, Finding } from '../policy/check.ts';
import { weaker } from '../policy/effect.ts';
import type { Words } from '../policy/document.ts';
import type { ChosenEffect } from '../policy/settings.ts';

/**
 * The effect of one finding. The problem's own effect stands before the policy's; a chosen one replaces the
 * policy's and caps the problem's; a check may cap its finding. A fault that stood before the change, and any
 * fault of a deletion, is never more than a warning: a request is denied only for what it breaks, and a
 * deletion that is refused can hang a namespace. What cannot be known is never more than a warning either.
 * Where a fix has no patch, it is the denial that the document asks for, or else a warning.
 */
export function effectOf(
  policy: Policy,
  words: Words,
  finding: Finding,
  review: Review,
  chosen: Exclude<ChosenEffect, 'off'> | undefined,
  standing: boolean,
): Effect {
  const own = review.operation === 'NONE' ? (words.scan ?? words.effect) : words.effect;
  let effect = own === undefined ? (chosen ?? policy.effect) : weaker(own, chosen ?? 'deny');
  const curable = finding.fix !== undefined && finding.fix.length > 0;
  if (effect === 'fix' && !curable) effect = (own ?? policy.effect) === 'deny' ? 'deny' : 'warn';
  if (finding.effect !== undefined) effect = weaker(effect, finding.effect);
  if (effect === 'fix' && !curable) effect = 'warn';
  const onlyWarns = standing || review.operation === 'DELETE' || finding.unknown === true;
  return onlyWarns ? weaker(effect, 'warn') : effect;
}
