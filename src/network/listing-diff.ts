import { partition } from './ip-range.ts';
import type { Bits, IpRange } from './ip-range.ts';
import type { Connection } from './listing.ts';
import type { Endpoint } from './listing-end.ts';
import { NO_PORTS, portsKey } from './port-set.ts';
import type { Verdict } from './verdict.ts';

/** Two endpoints between which not the same is open before and after. */
export interface Change {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly before: Verdict;
  readonly after: Verdict;
}

/** Where nothing is listed nothing is open. */
const SHUT: Verdict = { yes: NO_PORTS, maybe: NO_PORTS };

/** A listing by its ends: what is between two workloads is one row, what is between one and addresses several. */
type ByEnds = ReadonlyMap<string, ReadonlyMap<string, readonly Connection[]>>;

/**
 * What is different between two listings, by workloads of the same kind, namespace and name, and by address: ranges
 * are those in which every address changes in the same way.
 */
export function listingDiff(before: Iterable<Connection>, after: Iterable<Connection>): readonly Change[] {
  const [old, now] = [byEnds(before), byEnds(after)];
  return keysOf(old, now).flatMap((from) => {
    const [was, is] = [old.get(from), now.get(from)];
    return keysOf(was, is).flatMap((to) => changesOf(was?.get(to) ?? [], is?.get(to) ?? []));
  });
}

function keysOf(
  a: ReadonlyMap<string, unknown> | undefined,
  b: ReadonlyMap<string, unknown> | undefined,
): readonly string[] {
  return [...new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])])].toSorted();
}

function byEnds(connections: Iterable<Connection>): ByEnds {
  const all = new Map<string, Map<string, Connection[]>>();
  const names = new Map<Endpoint, string>();
  const name = (endpoint: Endpoint): string => {
    let text = names.get(endpoint);
    if (text === undefined) names.set(endpoint, (text = nameOf(endpoint)));
    return text;
  };
  for (const connection of connections) {
    const [from, to] = [name(connection.from), name(connection.to)];
    let others = all.get(from);
    if (others === undefined) all.set(from, (others = new Map()));
    const rows = others.get(to);
    if (rows === undefined) others.set(to, [connection]);
    else rows.push(connection);
  }
  return all;
}

/** Workloads by namespace and name, then the addresses of each family. */
function nameOf(endpoint: Endpoint): string {
  if (endpoint.kind === 'range') return `~${endpoint.range.bits}`;
  const { namespace, name, kind } = endpoint.workload;
  return `${namespace}/${name}/${kind}`;
}

function changesOf(old: readonly Connection[], now: readonly Connection[]): Change[] {
  const [row] = [...now, ...old];
  if (row === undefined) return [];
  const { from, to } = row;
  const range = rangeIn(row);
  if (range !== undefined)
    return changedRanges(range.bits, old, now).map(({ range, ...change }) =>
      from.kind === 'range'
        ? { from: { kind: 'range', range }, to, ...change }
        : { from, to: { kind: 'range', range }, ...change },
    );
  const change = { before: old[0]?.verdict ?? SHUT, after: now[0]?.verdict ?? SHUT };
  return isEqual(change.before, change.after) ? [] : [{ from, to, ...change }];
}

type ChangedRange = Pick<Change, 'before' | 'after'> & { readonly range: IpRange };

function changedRanges(bits: Bits, old: readonly Connection[], now: readonly Connection[]): ChangedRange[] {
  const parts = partition(
    bits,
    [...old, ...now].flatMap((row) => rangeIn(row) ?? []),
  );
  const [was, is] = [verdictsOf(parts, old), verdictsOf(parts, now)];
  const changes: ChangedRange[] = [];
  for (const [i, range] of parts.entries()) {
    const change = { before: was[i] ?? SHUT, after: is[i] ?? SHUT };
    if (isEqual(change.before, change.after)) continue;
    const last = changes.at(-1);
    if (last?.range.last === range.first - 1n && isAlike(last, change))
      changes[changes.length - 1] = { ...change, range: { ...range, first: last.range.first } };
    else changes.push({ ...change, range });
  }
  return changes;
}

/** What each part of the address space is given, by rows in ascending order of which none overlaps another. */
function verdictsOf(parts: readonly IpRange[], rows: readonly Connection[]): readonly Verdict[] {
  let i = 0;
  return parts.map(({ first }) => {
    while (i < rows.length && (rangeIn(rows[i] as Connection) as IpRange).last < first) i++;
    const row = rows[i];
    return row !== undefined && (rangeIn(row) as IpRange).first <= first ? row.verdict : SHUT;
  });
}

function rangeIn({ from, to }: Connection): IpRange | undefined {
  if (from.kind === 'range') return from.range;
  return to.kind === 'range' ? to.range : undefined;
}

function isAlike(a: Pick<Change, 'before' | 'after'>, b: Pick<Change, 'before' | 'after'>): boolean {
  return isEqual(a.before, b.before) && isEqual(a.after, b.after);
}

function isEqual(a: Verdict, b: Verdict): boolean {
  return a === b || (portsKey(a.yes) === portsKey(b.yes) && portsKey(a.maybe) === portsKey(b.maybe));
}
