import { Narrowed } from '../model/cluster.ts';
import type { Cluster } from '../model/cluster.ts';
import { isDeeperThan, stringAt } from '../model/json.ts';
import { nameOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Review } from '../model/review.ts';
import type { Policy } from '../policy/catalogue.ts';
import { CannotJudge } from '../policy/cannot-judge.ts';
import type { Finding, WaiverUse } from '../policy/check.ts';
import { fill } from '../policy/message.ts';
import { chosenEffect } from '../policy/settings.ts';
import type { ChosenEffect, Settings } from '../policy/settings.ts';
import type { Waiver } from '../policy/waiver.ts';
import type { Judgement, Verdict } from './decision.ts';
import { effectOf } from './effect.ts';
import { standingFindings } from './standing.ts';
import { waiverFor, waiverWords } from './waive.ts';

/** The verdict of one policy that is about the review. A check that throws is a verdict of its own. */
export function verdictOf(
  policy: Policy,
  review: Review,
  settings: Settings,
  now: number,
  waivers: readonly WaiverUse[],
): Verdict {
  const { object } = review;
  const chosen = chosenEffect(
    settings,
    policy.id,
    object.known === 'Namespace' ? object.name : object.namespace,
  );
  if (chosen === 'off') return notApplicable(policy, 'switched off by settings');
  const ask = (asked: Review): Asked =>
    asking(
      asked,
      policy,
      settings,
      asked === review ? waivers : waiversBefore(asked.object, object, waivers),
    );
  try {
    const { findings, fromPicture, readPicture } = ask(review);
    if (findings.length === 0) return { policy: policy.id, outcome: 'pass', judgements: [], readPicture };
    const standing = standingFindings(review, findings, (past) => ask(past).findings);
    const waiver = waiverFor(policy.id, object, settings, now);
    const judgements = findings.map((finding) => ({
      ...judgementOf(policy, finding, review, chosen, standing.has(finding), waiver),
      fromPicture: fromPicture.has(finding),
    }));
    return { policy: policy.id, outcome: overall(judgements), judgements, readPicture };
  } catch (error) {
    return broken(policy, review, settings, error);
  }
}

/** Of the waivers that an object carries, those that it carried before in the same words. */
function waiversBefore(before: Manifest, now: Manifest, waivers: readonly WaiverUse[]): readonly WaiverUse[] {
  const written = (one: Manifest, { annotation }: WaiverUse): string | undefined =>
    stringAt(one.object, 'metadata', 'annotations', annotation);
  return waivers.filter((waiver) => written(before, waiver) === written(now, waiver));
}

/** A pod's spec is some twelve levels deep. */
const DEEPEST = 64;

/** What a check said. */
interface Asked {
  readonly findings: readonly Finding[];
  /** Those that it said after it had looked at the cluster; the others the object shows by itself. */
  readonly fromPicture: ReadonlySet<Finding>;
  readonly readPicture: boolean;
}

function asking(
  review: Review,
  { check, params }: Policy,
  { seldonVersion }: Settings,
  waivers: readonly WaiverUse[],
): Asked {
  const configMaps = check.configMaps?.(params);
  const view = (cluster: Cluster): Narrowed =>
    new Narrowed(cluster, check.needs, check.name, seldonVersion, configMaps);
  const cluster = view(review.cluster);
  const before = review.before === undefined ? undefined : view(review.before);
  const hasRead = (): boolean => cluster.wasRead || before?.wasRead === true;
  const findings: Finding[] = [];
  const fromPicture = new Set<Finding>();
  for (const said of check.evaluate({ ...review, cluster, before }, params, waivers)) {
    const finding = readable(said);
    findings.push(finding);
    if (hasRead()) fromPicture.add(finding);
  }
  return { findings, fromPicture, readPicture: hasRead() };
}

/** The finding without cures that carry garbage along: nobody could read them, and no writer gets to their bottom. */
function readable(finding: Finding): Finding {
  const { fix, companion, ...rest } = finding;
  const isGarbage = [fix, companion].some((cure) => cure !== undefined && isDeeperThan(DEEPEST, cure));
  return isGarbage ? rest : finding;
}

function judgementOf(
  policy: Policy,
  finding: Finding,
  review: Review,
  chosen: Exclude<ChosenEffect, 'off'> | undefined,
  standing: boolean,
  waiver: Waiver | undefined,
): Omit<Judgement, 'fromPicture'> {
  const words = policy.problems[finding.problem];
  if (words === undefined) throw new Error(`policy ${policy.id} has no words for ${finding.problem}`);
  return {
    policy: policy.id,
    problem: finding.problem,
    outcome: waiver !== undefined ? 'waived' : finding.unknown === true ? 'unknown' : 'fail',
    effect: waiver !== undefined ? 'record' : effectOf(policy, words, finding, review, chosen, standing),
    standing,
    field: finding.field,
    message: fill(words.message, finding.data),
    brief: fill(words.brief, finding.data),
    remedy: fill(words.remedy, finding.data),
    patch: finding.fix,
    companion: finding.companion,
    waiver: waiver === undefined ? undefined : waiverWords(waiver),
  };
}

/** A policy that was not asked, and why. */
export function notApplicable(policy: Policy, why: string): Verdict {
  return { policy: policy.id, outcome: 'not-applicable', why, judgements: [], readPicture: false };
}

function overall(judgements: readonly Judgement[]): Verdict['outcome'] {
  for (const outcome of ['fail', 'unknown', 'waived'] as const)
    if (judgements.some((judgement) => judgement.outcome === outcome)) return outcome;
  return 'pass';
}

function broken(policy: Policy, review: Review, settings: Settings, error: unknown): Verdict {
  const known = error instanceof CannotJudge ? error : undefined;
  const isUnseen = known?.unseen === true;
  const isUnknown = isUnseen || known?.tooMuch === true;
  const outcome = isUnknown ? 'unknown' : 'error';
  const about = `${policy.id} could not judge ${nameOf(review.object)}`;
  const sentence =
    known === undefined ? `${about}: its check failed.` : `${about}, because ${known.because}.`;
  const judgement: Judgement = {
    policy: policy.id,
    problem: isUnseen ? 'not-seen' : isUnknown ? 'too-much' : 'check-failed',
    outcome,
    // A deletion is not refused, for whatever reason: it could hang a namespace.
    effect: isUnknown || review.operation === 'DELETE' ? 'warn' : settings.onError,
    standing: false,
    field: [],
    message: sentence,
    brief: sentence,
    remedy: remedyOf(known),
    patch: undefined,
    waiver: undefined,
    fromPicture: isUnseen,
  };
  return { policy: policy.id, outcome, judgements: [judgement], readPicture: isUnseen, cause: error };
}

function remedyOf(known: CannotJudge | undefined): string {
  if (known === undefined)
    return "Report it with the object's kind and the guard's log line; until then the policy can be set to off.";
  if (known.unseen) return 'Let the guard see that.';
  if (known.tooMuch) return 'Check it by hand, or make it smaller.';
  return 'Correct the policy, or set it to off until then.';
}
