import type { Decision, Judgement } from '../judge/decision.ts';
import { companionOf } from '../judge/companion.ts';
import { patchOf } from '../judge/patch-of.ts';
import { nameOf } from '../model/manifest.ts';
import type { Unread } from '../model/unread.ts';
import { findingRow } from './finding-row.ts';
import type { FindingRow } from './finding-row.ts';
import { COMPANION, indented, manifestText, PATCH, patchText } from './patch-text.ts';

/** What a scan found, whatever it is written down as. */
export interface ScanResult {
  readonly decisions: readonly Decision[];
  readonly unreadable: readonly Unread[];
  readonly skipped: readonly Unread[];
  /** The digest of the catalogue that judged. */
  readonly catalogue: string;
}

/** What the effects are called where nothing is rejected. */
const LEVEL = { deny: 'error', fix: 'error', warn: 'warning', record: 'note' } as const;

/** The report as JSON: `findings` and a `summary`, two spaces deep. */
export function scanJson(result: ScanResult): string {
  return `${JSON.stringify({ findings: rowsOf(result), summary: summaryOf(result) }, null, 2)}\n`;
}

function rowsOf(result: ScanResult): FindingRow[] {
  return result.decisions.flatMap((decision) =>
    decision.judgements.map((judgement) => findingRow(decision, judgement)),
  );
}

function summaryOf(result: ScanResult): Record<string, unknown> {
  const rows = rowsOf(result);
  const count = (test: (row: FindingRow) => boolean): number => rows.filter(test).length;
  const counting = (effect: string) => (row: FindingRow) => row.verdict !== 'waived' && row.effect === effect;
  return {
    resources: result.decisions.length,
    deny: count(counting('deny')),
    fix: count(counting('fix')),
    warn: count(counting('warn')),
    record: count(counting('record')),
    unknown: count((row) => row.verdict === 'unknown'),
    error: count((row) => row.verdict === 'error'),
    waived: count((row) => row.verdict === 'waived'),
    unreadable: result.unreadable,
    skipped: result.skipped,
    catalogue: result.catalogue,
  };
}

/** The report for a terminal: per finding its place, level and policy, the sentence, the remedy and the patch. */
export function scanText(result: ScanResult): string {
  const blocks = result.unreadable.map(
    (unread) => `${placeText(unread)}: error unreadable\n  ${unread.message}`,
  );
  for (const decision of result.decisions)
    for (const judgement of decision.judgements) blocks.push(findingText(decision, judgement));
  blocks.push(summaryText(result));
  return `${blocks.join('\n\n')}\n`;
}

function findingText(decision: Decision, judgement: Judgement): string {
  const { source } = findingRow(decision, judgement);
  const place = source === undefined ? '' : `${placeText(source)}: `;
  const mark = judgement.outcome === 'fail' ? '' : ` (${judgement.outcome})`;
  const lines = [
    `${place}${LEVEL[judgement.effect]} ${judgement.policy}${mark}: ${nameOf(decision.object)}`,
    `  ${judgement.message}`,
  ];
  if (judgement.waiver !== undefined) lines.push(`  Waived: ${judgement.waiver}`);
  else if (isLast(decision, judgement, (other) => other.remedy)) lines.push(`  Remedy: ${judgement.remedy}`);
  lines.push(...curesOf(decision, judgement));
  return lines.join('\n');
}

/** The cures of an object's findings are shown once for all of them, below the last one that has such a cure. */
function curesOf({ judgements }: Decision, judgement: Judgement): string[] {
  const shown = judgements.filter((other) => other.waiver === undefined);
  const lines: string[] = [];
  if (shown.findLast(({ patch }) => patch !== undefined) === judgement)
    lines.push(`  ${PATCH}`, indented(patchText(patchOf(shown)), 4));
  const companion =
    shown.findLast(({ companion }) => companion !== undefined) === judgement ? companionOf(shown) : undefined;
  if (companion !== undefined) lines.push(`  ${COMPANION}`, indented(manifestText(companion), 4));
  return lines;
}

/** Findings of an object that share a remedy show it once, below the last of them. */
function isLast(
  { judgements }: Decision,
  judgement: Judgement,
  of: (judgement: Judgement) => string | undefined,
): boolean {
  const shown = judgements.filter((other) => other.waiver === undefined);
  return shown.findLast((other) => of(other) === of(judgement)) === judgement;
}

function placeText({
  file,
  line,
  column,
}: {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
}): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

function summaryText(result: ScanResult): string {
  const { resources, deny, fix, warn, record, waived } = summaryOf(result) as Record<string, number>;
  const counts = [
    plural((deny ?? 0) + (fix ?? 0), 'error'),
    plural(warn ?? 0, 'warning'),
    plural(record ?? 0, 'note'),
    ...(waived === 0 ? [] : [`${String(waived)} waived`]),
  ];
  const skipped = result.skipped.length === 0 ? '' : `, ${plural(result.skipped.length, 'document')} skipped`;
  return `${plural(resources ?? 0, 'resource')}${skipped}: ${counts.join(', ')}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * The exit code of a scan: 2 where something could not be read, 1 where something would be denied or is only right once
 * patched, 0 otherwise.
 */
export function scanExitCode(result: ScanResult): 0 | 1 | 2 {
  if (result.unreadable.length > 0) return 2;
  return result.decisions.some(({ effect }) => effect === 'deny' || effect === 'fix') ? 1 : 0;
}
