import type { Decision } from '../judge/decision.ts';
import type { Review } from '../model/review.ts';
import type { Webhook } from '../reports/answer.ts';
import { isChange, replyOf, reviewOf } from './admission.ts';
import type { Reply } from './admission.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Guard } from './guard.ts';

/** What became of one admission. */
export interface Admitted {
  readonly reply: Reply;
  readonly effect: Decision['effect'] | 'error';
  /** Absent where no policy is about the request, or where judging it broke. */
  readonly judged?: { readonly review: Review; readonly decision: Decision };
  /** Whether the same request would get the same answer again: nobody had to be asked for it, and nothing broke. */
  readonly lasting: boolean;
  /** Why judging it broke. */
  readonly error?: unknown;
}

const PLAIN_YES: Admitted = {
  reply: { allowed: true, fields: '{"allowed":true}', patchBytes: 0 },
  effect: 'allow',
  lasting: true,
};

/** Judges one request. Never rejects: a guard that breaks admits, and says so, rather than stop the cluster. */
export async function admit(guard: Guard, webhook: Webhook, request: AdmissionRequest): Promise<Admitted> {
  try {
    if (!isChange(request) || !guard.concerns(request.known, request.operation, webhook)) return PLAIN_YES;
    const asked = reviewOf(request, guard.picture().cluster);
    const review = await guard.observe(asked);
    const decision = guard.decide(review, webhook);
    const reply = replyOf(webhook, guard.answer(decision, webhook));
    const broke = decision.verdicts.some(({ outcome }) => outcome === 'error');
    const lasting = review === asked && !broke;
    return { reply, effect: decision.effect, judged: { review, decision }, lasting };
  } catch (error) {
    return { reply: unjudged(request, webhook), effect: 'error', lasting: false, error };
  }
}

function unjudged(request: AdmissionRequest, webhook: Webhook): Reply {
  const place = [request.namespace, request.name].filter((part) => part !== undefined).join('/');
  const what = place === '' ? request.kind : `${request.kind} ${place}`;
  const warning = `seldon-guard could not judge ${what}: it met an error of its own, logged with uid ${request.uid}.`;
  return replyOf(webhook, { allowed: true, warnings: [warning], auditAnnotations: { effect: 'error' } });
}
