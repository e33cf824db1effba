import type { Decision, Judgement } from '../judge/decision.ts';
import { patchOf } from '../judge/judge.ts';
import { nameOf } from '../model/manifest.ts';
import { fieldPath } from '../model/path.ts';
import { WAIVER_PREFIX } from '../policy/waiver.ts';
import { indented, patchText } from './patch-text.ts';

/** At most so many findings are told in full; the rest is counted. */
const MOST = 10;

/**
 * The whole story of a denial, as kubectl prints it after `denied the request:`. Per policy: what breaks and
 * because of what, what to do, the patch, and how to waive it.
 */
export function denialText(decision: Decision): string {
  const denied = decision.judgements.filter((judgement) => judgement.effect === 'deny');
  const told = denied.slice(0, MOST);
  const parts = [`${nameOf(decision.object)} is refused.`];
  for (const policy of new Set(told.map((judgement) => judgement.policy)))
    parts.push(
      policyText(
        policy,
        told.filter((judgement) => judgement.policy === policy),
        denied.filter((judgement) => judgement.policy === policy),
      ),
    );
  if (denied.length > told.length) parts.push(`and ${denied.length - told.length} more`);
  return parts.join('\n\n');
}

function policyText(policy: string, told: readonly Judgement[], all: readonly Judgement[]): string {
  const lines = told.map((judgement) => {
    const field = fieldPath(judgement.field);
    return `- ${judgement.message}${field === '' ? '' : ` (${field})`}`;
  });
  const remedies = [...new Set(told.map((judgement) => judgement.remedy))];
  lines.unshift(`${policy}:`);
  lines.push(...remedies.map((remedy) => `Remedy: ${remedy}`));
  const patch = patchOf(all);
  if (patch.length > 0) lines.push('Patch (kubectl patch --type=json):', indented(patchText(patch), 2));
  if (told.some((judgement) => judgement.outcome !== 'error')) lines.push(waiverText(policy));
  return lines.join('\n');
}

function waiverText(policy: string): string {
  return [
    'To go ahead all the same, with a reason:',
    '  metadata:',
    '    annotations:',
    `      ${WAIVER_PREFIX}${policy}: "<why> | owner=<who> | until=<YYYY-MM-DD>"`,
  ].join('\n');
}
