import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { byStrength } from '../policy/effect.ts';
import type { Settings } from '../policy/settings.ts';
import type { Decision, Verdict } from './decision.ts';
import { patchOf } from './patch-of.ts';
import { notApplicable, verdictOf } from './verdict.ts';
import { doubted, staleVerdict } from './stale.ts';
import { waiverUses } from './waive.ts';

/** What every judgement goes by, besides the review itself. */
export interface Bench {
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  /** The moment of judging, in milliseconds since 1970: waivers end. */
  readonly now: number;
  /**
   * Set where the picture is too old to be relied on: the moment (milliseconds since 1970) up to which it is known to be
   * right, 0 where the cluster has not been read yet.
   */
  readonly staleSince?: number | undefined;
}

/**
 * The one path for every door: the webhook, the scan and the audit call this and nothing beside it. Total and
 * pure: it never throws, waits or logs.
 */
export function judge(review: Review, { catalogue, settings, now, staleSince }: Bench): Decision {
  const { object, operation } = review;
  const verdicts: Verdict[] = [];
  const about = object.known === undefined ? [] : (catalogue.about.get(object.known) ?? []);
  for (const policy of about) {
    if (object.known === undefined || !isAbout(policy, object.known, operation)) {
      verdicts.push(notApplicable(policy, `not asked on ${operation} of a ${object.kind}`));
      continue;
    }
    const uses = policy.check.last === true ? waiverUses(object, catalogue, verdicts, now) : [];
    const verdict = verdictOf(policy, review, settings, now, uses);
    verdicts.push(staleSince === undefined ? verdict : doubted(verdict));
  }
  if (staleSince !== undefined && verdicts.some(({ readPicture }) => readPicture))
    verdicts.push(staleVerdict(review, staleSince));
  return decide(review, verdicts);
}

function decide(review: Review, verdicts: readonly Verdict[]): Decision {
  const judgements = verdicts
    .flatMap((verdict) => verdict.judgements)
    .toSorted(
      (a, b) => byStrength(a.effect, b.effect) || (a.policy < b.policy ? -1 : Number(a.policy > b.policy)),
    );
  const counting = judgements.filter((judgement) => judgement.outcome !== 'waived');
  return {
    object: review.object,
    effect: counting[0]?.effect ?? 'allow',
    verdicts,
    judgements,
    patch: patchOf(judgements.filter((judgement) => judgement.effect === 'fix')),
  };
}
