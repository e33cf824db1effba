import type { Decision, Judgement } from '../judge/decision.ts';
import { fieldPath } from '../model/path.ts';
import type { PatchOperation } from '../model/patch.ts';
import { denialText } from './denial.ts';
import { warningLines } from './warnings.ts';

/** The two doors of the webhook. `/mutate` patches and never denies; `/validate` allows or denies and never patches. */
export type Webhook = 'validate' | 'mutate';

/** A decision as an AdmissionResponse says it, without the uid. */
export interface Answer {
  readonly allowed: boolean;
  readonly warnings: readonly string[];
  readonly status?: Status;
  readonly patch?: readonly PatchOperation[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** The part of metav1.Status that a denial fills in. */
export interface Status {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details: { readonly causes: readonly { reason: string; field: string; message: string }[] };
}

/**
 * The words of a decision for one of the two webhooks. Forbidden rather than Invalid: kubectl prints the message of
 * the first and drops that of the second. What was patched is said by the webhook that patches; everything else
 * by the one that validates, so that nobody reads a warning twice.
 */
export function answer(decision: Decision, webhook: Webhook): Answer {
  const auditAnnotations = audit(decision, webhook);
  const spoken = decision.judgements.filter((judgement) => judgement.outcome !== 'waived');
  if (webhook === 'mutate') {
    const fixes = spoken.filter((judgement) => judgement.effect === 'fix');
    if (decision.patch.length === 0) return { allowed: true, warnings: [], auditAnnotations };
    return { allowed: true, warnings: patchedLines(fixes), patch: decision.patch, auditAnnotations };
  }
  const warned = spoken.filter((judgement) => judgement.effect === 'warn' || judgement.effect === 'fix');
  const denied = spoken.filter((judgement) => judgement.effect === 'deny');
  const warnings = warningLines(warned, denied);
  if (denied.length === 0) return { allowed: true, warnings, auditAnnotations };
  const causes = denied.map((judgement) => ({
    reason: 'FieldValueInvalid',
    field: fieldPath(judgement.field),
    message: `${judgement.policy}: ${judgement.brief}`,
  }));
  const status = { code: 403, reason: 'Forbidden', message: denialText(decision), details: { causes } };
  return { allowed: false, warnings, status, auditAnnotations };
}

function patchedLines(fixes: readonly Judgement[]): string[] {
  return warningLines(fixes.map((fix) => ({ ...fix, brief: `patched: ${fix.brief}`, patch: undefined })));
}

/** What the API server writes into its audit log: the effect, and each policy that found something. */
function audit(decision: Decision, webhook: Webhook): Record<string, string> {
  const annotations: Record<string, string> = { effect: decision.effect };
  for (const verdict of decision.verdicts) {
    if (verdict.judgements.length === 0) continue;
    const problems = new Set(verdict.judgements.map(({ problem, effect }) => `${problem}=${effect}`));
    annotations[verdict.policy] = `${verdict.outcome}: ${[...problems].join(', ')}`;
  }
  if (webhook === 'mutate' && decision.patch.length > 0)
    annotations['patched'] = decision.patch.map(({ op, path }) => `${op} ${path}`).join(', ');
  return annotations;
}
