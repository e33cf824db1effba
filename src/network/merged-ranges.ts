import type { IpRange } from './ip-range.ts';
import type { Connection } from './listing.ts';
import type { Endpoint } from './listing-end.ts';

/**
 * The connections with neighbouring ranges of addresses put together where the ports are the same: an ipBlock of one
 * policy cuts the addresses for everybody, and for most it makes no difference.
 */
export function* mergedRanges(connections: Iterable<Connection>): Generator<Connection> {
  const inward = new Map<Endpoint, Connection[]>();
  let outward: Connection | undefined;
  for (const connection of connections) {
    const { from, to } = connection;
    if (from.kind === 'range') {
      const others = inward.get(to) ?? [];
      inward.set(to, others);
      const previous = others.at(-1);
      const range = joined(previous?.from, from);
      if (range === undefined || previous?.verdict !== connection.verdict) others.push(connection);
      else others[others.length - 1] = { ...connection, from: { kind: 'range', range } };
      continue;
    }
    const range = outward?.from === from ? joined(outward.to, to) : undefined;
    if (range !== undefined && outward?.verdict === connection.verdict)
      outward = { ...connection, to: { kind: 'range', range } };
    else {
      if (outward !== undefined) yield outward;
      outward = connection;
    }
  }
  if (outward !== undefined) yield outward;
  const first = (connection: Connection): IpRange => (connection.from as { readonly range: IpRange }).range;
  yield* [...inward.values()].flat().toSorted((a, b) => order(first(a), first(b)));
}

/** One range for two of which the second follows on the first. */
function joined(a: Endpoint | undefined, b: Endpoint): IpRange | undefined {
  if (a?.kind !== 'range' || b.kind !== 'range') return undefined;
  if (a.range.bits !== b.range.bits || a.range.last + 1n !== b.range.first) return undefined;
  return { ...a.range, last: b.range.last };
}

function order(a: IpRange, b: IpRange): number {
  if (a.bits !== b.bits) return a.bits - b.bits;
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0;
}
