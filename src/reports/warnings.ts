import type { Judgement } from '../judge/decision.ts';
import { patchLine } from './patch-text.ts';

/**
 * The API server may cut a warning that is longer than this, and drops one with a line break whole
 * (kubernetes.io, "Dynamic Admission Control", Response).
 */
const LONGEST = 256;
/** As with denials: at most so many are told in full. */
const MOST = 10;

const TOO_LONG = '  Patch: too long for a warning; seldon-guard scan FILE prints it';

/**
 * Warnings as the API server passes them on: single lines. Each is the short sentence with its policy, then the
 * remedy, then the patch where one cures it and fits. What a denial beside them tells anyway (its remedies) is left out.
 */
export function warningLines(
  judgements: readonly Judgement[],
  remediesTold: ReadonlySet<string> = new Set(),
): string[] {
  const first = judgements.slice(0, MOST);
  const lines: string[] = [];
  for (const [i, judgement] of first.entries()) {
    lines.push(oneLine(`${judgement.policy}: ${judgement.brief}`));
    const next = first[i + 1];
    if (remediesTold.has(judgement.remedy)) continue;
    if (next?.policy === judgement.policy && next.remedy === judgement.remedy) continue;
    lines.push(oneLine(`  Remedy: ${judgement.remedy}`));
    if (judgement.patch === undefined || judgement.patch.length === 0) continue;
    const patch = `  Patch (--type=json): ${patchLine(judgement.patch)}`;
    lines.push(patch.length <= LONGEST ? patch : TOO_LONG);
  }
  if (judgements.length > MOST) lines.push(`and ${judgements.length - MOST} more`);
  return lines;
}

function oneLine(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not reach the header
  const line = text.replaceAll(/[\u0000-\u001f\u007f]+/g, ' ');
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
}
