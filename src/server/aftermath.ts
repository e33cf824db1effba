import type { Webhook } from '../reports/answer.ts';
import type { AdmissionRequest } from './admission-request.ts';
import type { Admitted } from './admit.ts';
import type { Entry, Guard, Log } from './guard.ts';
import type { Metrics } from './metrics.ts';

/** Keeps everything that is kept of an admission. It runs after the reply: a fault in it harms nobody's request. */
export function writeDown(
  { guard, metrics, log }: { guard: Guard; metrics: Metrics; log: Log },
  webhook: Webhook,
  asked: AdmissionRequest,
  admitted: Admitted,
  milliseconds: number,
): void {
  try {
    metrics.admitted(webhook, asked.known, admitted.effect, milliseconds / 1000);
    if (admitted.error !== undefined) metrics.failed();
    if (admitted.judged === undefined) return;
    metrics.found(webhook, admitted.judged.decision.judgements);
    const pictureAgeSeconds = (Date.now() - guard.picture().asOf) / 1000;
    guard.record({ ...entryOf(webhook, asked, admitted, admitted.judged), milliseconds, pictureAgeSeconds });
  } catch (error) {
    metrics.failed();
    log.error({ uid: asked.uid, err: error }, 'a decision could not be recorded');
  }
}

function entryOf(
  webhook: Webhook,
  { uid, kind }: AdmissionRequest,
  { reply }: Admitted,
  { review, decision }: NonNullable<Admitted['judged']>,
): Omit<Entry, 'milliseconds' | 'pictureAgeSeconds'> {
  const { namespace, name } = review.object;
  return {
    request: { uid, user: review.user.name, operation: review.operation, kind, namespace, name },
    webhook,
    decision,
    allowed: reply.allowed,
    patchBytes: reply.patchBytes,
    dryRun: false,
  };
}
