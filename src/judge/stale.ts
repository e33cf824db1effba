import { nameOf } from '../model/manifest.ts';
import type { Review } from '../model/review.ts';
import { weaker } from '../policy/effect.ts';
import type { Judgement, Verdict } from './decision.ts';

/**
 * A verdict over a picture that is too old to be relied on. What the object shows by itself is as certain as ever; what was
 * found, or not found, with a look at the cluster may be right, and nobody knows.
 */
export function doubted(verdict: Verdict): Verdict {
  if (!verdict.readPicture || verdict.outcome === 'error') return verdict;
  const judgements = verdict.judgements.map((judgement): Judgement =>
    judgement.outcome === 'waived' || !judgement.fromPicture
      ? judgement
      : { ...judgement, outcome: 'unknown', effect: weaker(judgement.effect, 'warn') },
  );
  const isCertain = judgements.some(({ outcome }) => outcome === 'fail');
  return { ...verdict, outcome: isCertain ? 'fail' : 'unknown', judgements };
}

/** Says aloud, once for all policies, that the picture is too old, or not there yet. `asOf` as in Bench. */
export function staleVerdict({ object }: Review, asOf: number): Verdict {
  const policy = 'picture-is-current';
  const since = new Date(asOf).toISOString().replace(/\.\d+Z$/, 'Z');
  const because =
    asOf === 0
      ? 'the guard has not read the cluster yet'
      : `the guard has not heard from the API server since ${since}`;
  const sentence = `What ${nameOf(object)} does to the rest of the cluster is unknown, because ${because}.`;
  const judgement: Judgement = {
    policy,
    problem: 'stale',
    outcome: 'unknown',
    effect: 'warn',
    standing: false,
    field: [],
    message: sentence,
    brief: `effect on the cluster unknown: ${because}`,
    remedy: 'Scan the manifests once the guard is in touch with the API server again.',
    patch: undefined,
    waiver: undefined,
    fromPicture: true,
  };
  return { policy, outcome: 'unknown', judgements: [judgement], readPicture: true };
}
