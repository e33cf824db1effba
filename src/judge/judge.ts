import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import type { Json } from '../model/json.ts';
import type { PatchOperation } from '../model/patch.ts';
import { byStrength } from '../policy/effect.ts';
import type { Settings } from '../policy/settings.ts';
import type { Decision, Judgement, Verdict } from './decision.ts';
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

/**
 * The operations of several judgements as one patch; findings that are cured by one and the same operation share it. Where
 * several policies add the same missing list, it is added once with the items of all: one by one they would undo each other.
 */
export function patchOf(judgements: readonly Judgement[]): PatchOperation[] {
  // Findings that one patch cures hold the very same one.
  const patches = new Set(judgements.map((judgement) => judgement.patch ?? []));
  if (patches.size === 1) return [...([...patches][0] ?? [])];
  const seen = new Map<string, PatchOperation>();
  for (const operation of [...patches].flat()) {
    const place = `${operation.op} ${operation.path}`;
    const earlier = seen.get(place);
    const [list, more] = [valueOf(earlier), valueOf(operation)];
    if (earlier !== undefined && list !== undefined && more !== undefined)
      seen.set(place, { ...earlier, value: distinct([...list, ...more]) } as PatchOperation);
    else seen.set(list === undefined && more !== undefined ? place : JSON.stringify(operation), operation);
  }
  return [...seen.values()];
}

/** The list that an operation adds in the place of what is missing. */
function valueOf(operation: PatchOperation | undefined): readonly Json[] | undefined {
  if (operation?.op !== 'add' || operation.path.endsWith('/-')) return undefined;
  return Array.isArray(operation.value) ? (operation.value as readonly Json[]) : undefined;
}

function distinct(values: readonly Json[]): Json[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
