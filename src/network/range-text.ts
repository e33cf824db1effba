import { parseAddress } from './address.ts';
import { compileBlock } from './block.ts';
import { addressText, rangesOf } from './ip-range.ts';
import type { IpRange } from './ip-range.ts';

/**
 * The addresses that a text names: a CIDR, a single address, or the first and the last of them with a hyphen between
 * (`192.168.1.240-192.168.1.250`, as MetalLB's pools have it). Undefined where it names none.
 */
export function rangeIn(text: string): IpRange | undefined {
  const [first = '', last] = text.split('-').map((part) => part.trim());
  if (last === undefined) return first.includes('/') ? blockIn(first) : singleIn(first);
  const [low, high] = [singleIn(first), singleIn(last)];
  if (low?.bits !== high?.bits || low === undefined || high === undefined) return undefined;
  return low.first <= high.last ? { ...low, last: high.last } : undefined;
}

function blockIn(cidr: string): IpRange | undefined {
  const block = compileBlock({ cidr });
  return block === undefined ? undefined : rangesOf(block)[0];
}

function singleIn(text: string): IpRange | undefined {
  const bytes = parseAddress(text);
  return bytes === undefined ? undefined : blockIn(`${addressText(bytes)}/${bytes.length * 8}`);
}

/** Whether every address of the inner range is one of the outer. */
export function isWithin(inner: IpRange, outer: IpRange): boolean {
  return inner.bits === outer.bits && outer.first <= inner.first && inner.last <= outer.last;
}

/** Whether two ranges have an address in common. */
export function overlap(a: IpRange, b: IpRange): boolean {
  return a.bits === b.bits && a.first <= b.last && b.first <= a.last;
}

/** The length of the longest prefix that two ranges of one family have in common: the smallest CIDR that could hold both. */
export function commonPrefix(a: IpRange, b: IpRange): number {
  const low = a.first < b.first ? a.first : b.first;
  const high = a.last > b.last ? a.last : b.last;
  let [prefix, differing] = [a.bits as number, low ^ high];
  for (; differing > 0n; differing >>= 1n) prefix -= 1;
  return prefix;
}
