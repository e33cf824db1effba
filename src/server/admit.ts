import type { Decision } from '../judge/decision.ts';
import type { Review } from '../model/review.ts';
import type { Webhook } from '../reports/answer.ts';
import { isChange, plainYes, replyOf, reviewOf } from './admission.ts';
import type { Reply } from './admission.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Guard } from './guard.ts';

/** What became of one admission. */
export interface Admitted {
  readonly reply: Reply;
  readonly allowed: boolean;
  readonly effect: Decision['effect'] | 'error';
  /** Absent where no policy is about the request, or where judging it broke. */
  readonly judged?: { readonly review: Review; readonly decision: Decision };
  /** Why judging it broke. */
  readonly error?: unknown;
}

/** Judges one request. Never rejects: a guard that breaks admits, and says so, rather than stop the cluster. */
export async function admit(guard: Guard, webhook: Webhook, request: AdmissionRequest): Promise<Admitted> {
  try {
    if (!isChange(request) || !guard.concerns(request.known, request.operation, webhook))
      return { reply: plainYes(request.uid), allowed: true, effect: 'allow' };
    const review = await guard.observe(reviewOf(request, guard.picture().cluster));
    const decision = guard.decide(review, webhook);
    const answer = guard.answer(decision, webhook);
    const reply = replyOf(request.uid, webhook, answer);
    return { reply, allowed: answer.allowed, effect: decision.effect, judged: { review, decision } };
  } catch (error) {
    return { reply: unjudged(request, webhook), allowed: true, effect: 'error', error };
  }
}

function unjudged(request: AdmissionRequest, webhook: Webhook): Reply {
  const place = [request.namespace, request.name].filter((part) => part !== undefined).join('/');
  const what = place === '' ? request.kind : `${request.kind} ${place}`;
  const warning = `seldon-guard could not judge ${what}: it met an error of its own, logged with uid ${request.uid}.`;
  const answer = { allowed: true, warnings: [warning], auditAnnotations: { effect: 'error' } };
  return replyOf(request.uid, webhook, answer);
}
