import type { Judgement } from '../judge/decision.ts';
import { patchOf } from '../judge/patch-of.ts';
import { oneLine } from './one-line.ts';
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
 * remedy, then the patch where one cures it and fits. Findings in a row that share a remedy share one patch. What a
 * denial beside them has `told` anyway, remedy and patch, is left out.
 */
export function warningLines(judgements: readonly Judgement[], told: readonly Judgement[] = []): string[] {
  const first = judgements.slice(0, MOST);
  const lines: string[] = [];
  let alike: Judgement[] = [];
  for (const [i, judgement] of first.entries()) {
    lines.push(warningLine(`${judgement.policy}: ${judgement.brief}`));
    alike.push(judgement);
    const next = first[i + 1];
    if (next?.policy === judgement.policy && next.remedy === judgement.remedy) continue;
    lines.push(...cureLines(judgement.remedy, alike, told));
    alike = [];
  }
  if (judgements.length > MOST) lines.push(`and ${judgements.length - MOST} more`);
  return lines;
}

function cureLines(remedy: string, alike: readonly Judgement[], told: readonly Judgement[]): string[] {
  const patch = patchOf(alike);
  if (
    told.some((other) => other.remedy === remedy) &&
    patchLine(patchOf([...told, ...alike])) === patchLine(patchOf(told))
  )
    return [];
  const lines = [warningLine(`  Remedy: ${remedy}`)];
  if (patch.length === 0) return lines;
  const line = `  Patch (--type=json): ${patchLine(patch)}`;
  return [...lines, line.length <= LONGEST ? line : TOO_LONG];
}

/** The text on one line, cut where it is too long. */
function warningLine(text: string): string {
  const line = oneLine(text);
  if (line.length <= LONGEST) return line;
  // A character of two halves is not cut in two.
  return `${line.slice(0, LONGEST - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
