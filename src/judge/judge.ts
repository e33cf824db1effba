import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import type { PatchOperation } from '../model/patch.ts';
import { byStrength } from '../policy/effect.ts';
import type { Settings } from '../policy/settings.ts';
import type { Decision, Judgement, Verdict } from './decision.ts';
import { notApplicable, verdictOf } from './verdict.ts';
import { waiverUses } from './waive.ts';

/** What every judgement goes by, besides the review itself. */
export interface Bench {
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  /** The moment of judging, in milliseconds since 1970: waivers end. */
  readonly now: number;
}

/**
 * The one path for every door: the webhook, the scan and the audit call this and nothing beside it. Total and
 * pure: it never throws, waits or logs.
 */
export function judge(review: Review, { catalogue, settings, now }: Bench): Decision {
  const { object, operation } = review;
  const verdicts: Verdict[] = [];
  const about = object.known === undefined ? [] : (catalogue.about.get(object.known) ?? []);
  for (const policy of about) {
    if (object.known === undefined || !isAbout(policy, object.known, operation)) {
      verdicts.push(notApplicable(policy, `not asked on ${operation} of a ${object.kind}`));
      continue;
    }
    const uses = policy.check.last === true ? waiverUses(object, catalogue, verdicts, now) : [];
    verdicts.push(verdictOf(policy, review, settings, now, uses));
  }
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

/** The operations of several judgements as one patch; findings that are cured by one and the same operation share it. */
export function patchOf(judgements: readonly Judgement[]): PatchOperation[] {
  // Findings that one patch cures hold the very same one.
  const patches = new Set(judgements.map((judgement) => judgement.patch ?? []));
  if (patches.size === 1) return [...([...patches][0] ?? [])];
  const seen = new Map<string, PatchOperation>();
  for (const operation of [...patches].flat()) {
    const key = JSON.stringify(operation);
    if (!seen.has(key)) seen.set(key, operation);
  }
  return [...seen.values()];
}
