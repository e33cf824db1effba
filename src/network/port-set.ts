import type { Protocol } from './pod.ts';

/** The protocols that a NetworkPolicy can name, in the order in which ports are written down. */
export const PROTOCOLS: readonly Protocol[] = ['TCP', 'UDP', 'SCTP'];

/** First and last port of each interval, one after the other: ascending, disjoint, never touching. */
type Intervals = readonly number[];

/** Ports of each protocol. Two sets with the same ports are written the same way. */
export type PortSet = Readonly<Record<Protocol, Intervals>>;

/** Some ports of one protocol, both ends included. */
export interface PortRange {
  readonly protocol: Protocol;
  readonly first: number;
  readonly last: number;
}

const EVERY: Intervals = [1, 65535];

/** No port at all. */
export const NO_PORTS: PortSet = { TCP: [], UDP: [], SCTP: [] };

/** Every port of TCP, UDP and SCTP. */
export const ALL_PORTS: PortSet = { TCP: EVERY, UDP: EVERY, SCTP: EVERY };

/** The set of these ranges, which may overlap and come in any order. */
export function portSet(ranges: readonly PortRange[]): PortSet {
  const of = (protocol: Protocol): Intervals =>
    merged(ranges.filter((range) => range.protocol === protocol).map(({ first, last }) => [first, last]));
  return { TCP: of('TCP'), UDP: of('UDP'), SCTP: of('SCTP') };
}

/** The set as ranges: by protocol, then ascending. */
export function portRanges(set: PortSet): PortRange[] {
  return PROTOCOLS.flatMap((protocol) =>
    pairs(set[protocol]).map(([first, last]) => ({ protocol, first, last })),
  );
}

/** The ports that are in either set. */
export function union(a: PortSet, b: PortSet): PortSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  return perProtocol((protocol) => merged([...pairs(a[protocol]), ...pairs(b[protocol])]));
}

/** The ports that are in both sets. */
export function intersection(a: PortSet, b: PortSet): PortSet {
  if (a === b || isFull(b)) return a;
  if (isFull(a)) return b;
  return perProtocol((protocol) => common(a[protocol], b[protocol]));
}

/** The ports of the first set that are not in the second. */
export function difference(a: PortSet, b: PortSet): PortSet {
  return perProtocol((protocol) => {
    const other = b[protocol];
    // The gaps between the intervals of b, from before the first port to after the last.
    const bounds = [1, ...pairs(other).flatMap(([first, last]) => [first - 1, last + 1]), 65535];
    return common(
      a[protocol],
      pairs(bounds)
        .filter(([first, last]) => first <= last)
        .flat(),
    );
  });
}

/** Whether the set holds no port. */
export function isEmpty(set: PortSet): boolean {
  return set.TCP.length === 0 && set.UDP.length === 0 && set.SCTP.length === 0;
}

/** Whether the set holds every port of every protocol. */
export function isFull(set: PortSet): boolean {
  return PROTOCOLS.every((protocol) => set[protocol][0] === 1 && set[protocol][1] === 65535);
}

/** The same text for the same ports, and for no others. */
export function portsKey(set: PortSet): string {
  return `${set.TCP.join()}/${set.UDP.join()}/${set.SCTP.join()}`;
}

function perProtocol(of: (protocol: Protocol) => Intervals): PortSet {
  return { TCP: of('TCP'), UDP: of('UDP'), SCTP: of('SCTP') };
}

function pairs(intervals: Intervals): [first: number, last: number][] {
  const result: [number, number][] = [];
  for (let i = 0; i + 1 < intervals.length; i += 2)
    result.push([intervals[i] as number, intervals[i + 1] as number]);
  return result;
}

function merged(ranges: readonly (readonly [number, number])[]): Intervals {
  const result: number[] = [];
  for (const [first, last] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const end = result.at(-1);
    if (end !== undefined && first <= end + 1) result[result.length - 1] = Math.max(end, last);
    else result.push(first, last);
  }
  return result;
}

function common(a: Intervals, b: Intervals): Intervals {
  const others = pairs(b);
  return pairs(a).flatMap(([first, last]) =>
    others.flatMap(([start, end]) => {
      const [low, high] = [Math.max(first, start), Math.min(last, end)];
      return low <= high ? [low, high] : [];
    }),
  );
}
