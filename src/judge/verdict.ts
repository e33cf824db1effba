import { narrow } from '../model/cluster.ts';
import { nameOf } from '../model/manifest.ts';
import type { Review } from '../model/review.ts';
import type { Policy } from '../policy/catalogue.ts';
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
  const ask = (asked: Review): readonly Finding[] => [
    ...policy.check.evaluate(narrowed(asked, policy), policy.params, waivers),
  ];
  try {
    const findings = ask(review);
    if (findings.length === 0) return { policy: policy.id, outcome: 'pass', judgements: [] };
    const standing = standingFindings(review, findings, ask);
    const waiver = waiverFor(policy.id, object, settings, now);
    const judgements = findings.map((finding) =>
      judgementOf(policy, finding, review, chosen, standing.has(finding), waiver),
    );
    return { policy: policy.id, outcome: overall(judgements), judgements };
  } catch (error) {
    return broken(policy, review, settings, error);
  }
}

function judgementOf(
  policy: Policy,
  finding: Finding,
  review: Review,
  chosen: Exclude<ChosenEffect, 'off'> | undefined,
  standing: boolean,
  waiver: Waiver | undefined,
): Judgement {
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
    waiver: waiver === undefined ? undefined : waiverWords(waiver),
  };
}

/** A policy that was not asked, and why. */
export function notApplicable(policy: Policy, why: string): Verdict {
  return { policy: policy.id, outcome: 'not-applicable', why, judgements: [] };
}

function narrowed(review: Review, policy: Policy): Review {
  const { needs, name } = policy.check;
  return {
    ...review,
    cluster: narrow(review.cluster, needs, name),
    before: review.before === undefined ? undefined : narrow(review.before, needs, name),
  };
}

function overall(judgements: readonly Judgement[]): Verdict['outcome'] {
  for (const outcome of ['fail', 'unknown', 'waived'] as const)
    if (judgements.some((judgement) => judgement.outcome === outcome)) return outcome;
  return 'pass';
}

function broken(policy: Policy, review: Review, settings: Settings, error: unknown): Verdict {
  const sentence = `${policy.id} could not judge ${nameOf(review.object)}: its check failed.`;
  const judgement: Judgement = {
    policy: policy.id,
    problem: 'check-failed',
    outcome: 'error',
    // A deletion is not refused, for whatever reason: it could hang a namespace.
    effect: review.operation === 'DELETE' ? 'warn' : settings.onError,
    standing: false,
    field: [],
    message: sentence,
    brief: sentence,
    remedy:
      "Report it with the object's kind and the guard's log line; until then the policy can be set to off.",
    patch: undefined,
    waiver: undefined,
  };
  return { policy: policy.id, outcome: 'error', judgements: [judgement], cause: error };
}
