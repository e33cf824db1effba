import type { Endpoint } from '../network/listing-end.ts';
import type { Change } from '../network/listing-diff.ts';
import { difference, isEmpty, portsKey } from '../network/port-set.ts';
import type { Verdict } from '../network/verdict.ts';
import { peerJson, peerText, portsJson, portsText } from './connectivity-peer.ts';
import { cell } from './connectivity-table.ts';

/** What a change of manifests does to who reaches whom. */
export interface ConnectivityDiff {
  readonly changes: readonly Change[];
  readonly added: readonly Endpoint[];
  readonly removed: readonly Endpoint[];
  /** A sentence for each required flow that closes, and its id. */
  readonly flows: readonly { readonly flow: string; readonly policy: string; readonly message: string }[];
}

/** What becomes of a connection: it opens, closes, or is open on other ports; or only what is not known is different. */
type Fate = 'opened' | 'closed' | 'changed' | 'uncertain';
const FATES: readonly Fate[] = ['opened', 'closed', 'changed', 'uncertain'];
const TITLES: Readonly<Record<Fate, string>> = {
  opened: 'Opened',
  closed: 'Closed',
  changed: 'Changed',
  uncertain: 'Unknown',
};

function fateOf({ before, after }: Change): Fate {
  if (portsKey(before.yes) === portsKey(after.yes)) return 'uncertain';
  if (isEmpty(before.yes)) return 'opened';
  return isEmpty(after.yes) ? 'closed' : 'changed';
}

/** Whether nothing at all is different. */
export function isUnchanged({ changes, added, removed, flows }: ConnectivityDiff): boolean {
  return [changes, added, removed, flows].every((list) => list.length === 0);
}

/** The difference as JSON: lists of connections, of workloads, and of Seldon's required flows that close. */
export function diffJson({ changes, added, removed, flows }: ConnectivityDiff): string {
  const byFate = Object.groupBy(changes, fateOf);
  const rows = (fate: Fate): readonly object[] => (byFate[fate] ?? []).map((change) => rowOf(fate, change));
  const connections = Object.fromEntries(FATES.map((fate) => [fate, rows(fate)]));
  const workloads = { added: added.map(peerJson), removed: removed.map(peerJson) };
  return `${JSON.stringify({ ...connections, workloads, requiredFlows: { closed: flows } }, null, 2)}\n`;
}

function rowOf(fate: Fate, { from, to, before, after }: Change): object {
  const ends = { from: peerJson(from), to: peerJson(to) };
  if (fate === 'opened') return { ...ends, ports: portsJson(after.yes) };
  if (fate === 'closed') return { ...ends, ports: portsJson(before.yes) };
  if (fate === 'changed') return { ...ends, before: portsJson(before.yes), after: portsJson(after.yes) };
  return { ...ends, before: portsJson(doubt(before)), after: portsJson(doubt(after)) };
}

function doubt({ yes, maybe }: Verdict): Verdict['yes'] {
  return difference(maybe, yes);
}

function portsOf(fate: Fate, { before, after }: Change): string {
  if (fate === 'opened') return portsText(after.yes);
  if (fate === 'closed') return portsText(before.yes);
  if (fate === 'changed') return `${portsText(before.yes)} => ${portsText(after.yes)}`;
  const [was, is] = [doubt(before), doubt(after)];
  if (isEmpty(is)) return `no longer unknown on ${portsText(was)}`;
  return isEmpty(was) ? `unknown on ${portsText(is)}` : `unknown on ${portsText(was)} => ${portsText(is)}`;
}

/** The difference for a terminal: the required flows that close, then every connection with + - ~ or ?. */
export function diffText(diff: ConnectivityDiff): string {
  const { changes, added, removed, flows } = diff;
  if (isUnchanged(diff)) return 'No connection changes.\n';
  const mark: Readonly<Record<Fate, string>> = { opened: '+', closed: '-', changed: '~', uncertain: '?' };
  const lines = [
    ...flows.map(({ flow, message }) => `! ${flow}: ${message}`),
    ...removed.map((endpoint) => `- ${peerText(endpoint)}`),
    ...added.map((endpoint) => `+ ${peerText(endpoint)}`),
  ];
  for (const change of changes) {
    const fate = fateOf(change);
    lines.push(`${mark[fate]} ${peerText(change.from)} -> ${peerText(change.to)}: ${portsOf(fate, change)}`);
  }
  return `${[...lines, '', summary(diff)].join('\n')}\n`;
}

/** The difference for a pull request, in Markdown. */
export function diffMarkdown(diff: ConnectivityDiff): string {
  if (isUnchanged(diff)) return 'No connection changes.\n';
  const { changes, added, removed, flows } = diff;
  const parts = [summary(diff)];
  if (flows.length > 0)
    parts.push(
      `### Required flows that close\n\n${flows.map(({ flow, message }) => `- **${cell(flow)}** ${cell(message)}`).join('\n')}`,
    );
  const workloads = [
    ...removed.map((endpoint) => `- removed: ${cell(peerText(endpoint))}`),
    ...added.map((endpoint) => `- added: ${cell(peerText(endpoint))}`),
  ];
  if (workloads.length > 0) parts.push(`### Workloads\n\n${workloads.join('\n')}`);
  const byFate = Map.groupBy(changes, fateOf);
  for (const fate of FATES) {
    const rows = (byFate.get(fate) ?? []).map(
      (change) =>
        `| ${cell(peerText(change.from))} | ${cell(peerText(change.to))} | ${cell(portsOf(fate, change))} |`,
    );
    if (rows.length > 0)
      parts.push(`### ${TITLES[fate]}\n\n| from | to | ports |\n| --- | --- | --- |\n${rows.join('\n')}`);
  }
  return `${parts.join('\n\n')}\n`;
}

function summary({ changes, flows }: ConnectivityDiff): string {
  const byFate = Map.groupBy(changes, fateOf);
  const counts = FATES.filter((fate) => fate !== 'uncertain' || byFate.has(fate)).map(
    (fate) => `${byFate.get(fate)?.length ?? 0} ${fate}`,
  );
  const closing = flows.length === 1 ? '1 required flow closes' : `${flows.length} required flows close`;
  return `Connections: ${counts.join(', ')}. ${closing}.`;
}
