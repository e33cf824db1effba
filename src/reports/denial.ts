import type { Decision, Judgement } from '../judge/decision.ts';
import { companionOf } from '../judge/companion.ts';
import { patchOf } from '../judge/patch-of.ts';
import { nameOf } from '../model/manifest.ts';
import { fieldPath } from '../model/path.ts';
import { WAIVER_PREFIX } from '../policy/waiver.ts';
import { COMPANION, COMPANION_OF_ALL, indented, manifestText, PATCH, patchText } from './patch-text.ts';

/** At most so many findings are told in full; the rest is counted. */
const MOST = 10;

/** Lines of a companion that are printed here. */
const LONGEST_COMPANION = 30;

/**
 * The whole story of a denial, as kubectl prints it after `denied the request:`. Per policy what breaks and because of
 * what, and what to do; then the cures of all together, as one patch and as policies beside this one, and how to waive.
 */
export function denialText(decision: Decision): string {
  const denied = decision.judgements.filter((judgement) => judgement.effect === 'deny');
  const told = mostOf(denied);
  const policies = [...new Set(told.map((judgement) => judgement.policy))];
  const blocks = policies.map((policy) =>
    policyText(
      policy,
      told.filter((judgement) => judgement.policy === policy),
    ),
  );
  if (denied.length > told.length) blocks.push(`and ${denied.length - told.length} more`);
  const waivable = policies.filter((policy) =>
    told.some((judgement) => judgement.policy === policy && judgement.outcome !== 'error'),
  );
  const cures = [...curesOf(denied), ...(waivable.length > 0 ? [waiverText(waivable)] : [])];
  const gap = blocks.length > 1 ? '\n\n' : '\n';
  const story = [blocks.join('\n\n'), cures.join('\n')].filter((part) => part !== '').join(gap);
  return `${nameOf(decision.object)} is refused.\n\n${story}`;
}

/** Ten of them in their order, so that no policy goes unheard. */
function mostOf(denied: readonly Judgement[]): Judgement[] {
  const first = Map.groupBy(denied, ({ policy }) => policy)
    .values()
    .flatMap((own) => own.slice(0, 1));
  const told = new Set([...new Set([...first, ...denied])].slice(0, MOST));
  return denied.filter((judgement) => told.has(judgement));
}

function policyText(policy: string, told: readonly Judgement[]): string {
  const lines = told.map((judgement) => {
    const field = fieldPath(judgement.field);
    return `- ${judgement.message}${field === '' ? '' : ` (${field})`}`;
  });
  const remedies = [...new Set(told.map((judgement) => judgement.remedy))];
  return [`${policy}:`, ...lines, ...remedies.map((remedy) => `Remedy: ${remedy}`)].join('\n');
}

function curesOf(denied: readonly Judgement[]): string[] {
  const [patch, companion] = [patchOf(denied), companionOf(denied)];
  const heading = denied.every((judgement) => judgement.companion !== undefined)
    ? COMPANION_OF_ALL
    : COMPANION;
  return [
    ...(patch.length > 0 ? [PATCH, indented(patchText(patch), 2)] : []),
    ...(companion === undefined ? [] : companionLines(heading, manifestText(companion))),
  ];
}

/** What breaks must not scroll out of sight for the sake of a second cure. */
function companionLines(heading: string, text: string): string[] {
  const lines = text.split('\n').length;
  if (lines <= LONGEST_COMPANION) return [heading, indented(text, 2)];
  return ['Companion: policies that open these flows from beside it are printed by seldon-guard scan.'];
}

function waiverText(policies: readonly string[]): string {
  return [
    'To go ahead all the same, with a reason:',
    '  metadata:',
    '    annotations:',
    ...policies.map(
      (policy) => `      ${WAIVER_PREFIX}${policy}: "<why> | owner=<who> | until=<YYYY-MM-DD>"`,
    ),
  ].join('\n');
}
