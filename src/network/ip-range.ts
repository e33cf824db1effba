import ipaddr from 'ipaddr.js';
import type { Bytes } from './address.ts';
import type { Block, Cidr } from './block.ts';

/** The bits of an address of one family: 32 for IPv4, 128 for IPv6. */
export type Bits = 32 | 128;

/** Addresses of one family from the first to the last, both included. */
export interface IpRange {
  readonly bits: Bits;
  readonly first: bigint;
  readonly last: bigint;
}

/** Every address of a family. */
function everyAddress(bits: Bits): IpRange {
  return { bits, first: 0n, last: (1n << BigInt(bits)) - 1n };
}

/** What an ipBlock holds, as few ranges as will do: its CIDR without what is excepted. */
export function rangesOf({ cidr, except }: Block): readonly IpRange[] {
  let left = [rangeOf(cidr)];
  for (const gap of except.map(rangeOf)) left = left.flatMap((range) => without(range, gap));
  return left.toSorted((a, b) => compare(a.first, b.first));
}

function rangeOf({ network, prefix }: Cidr): IpRange {
  const bits = network.length === 4 ? 32 : 128;
  const size = 1n << BigInt(bits - prefix);
  const first = (numberOf(network) / size) * size;
  return { bits, first, last: first + size - 1n };
}

function without(range: IpRange, gap: IpRange): IpRange[] {
  if (gap.bits !== range.bits || gap.last < range.first || range.last < gap.first) return [range];
  return [
    { ...range, last: gap.first - 1n },
    { ...range, first: gap.last + 1n },
  ].filter(({ first, last }) => first <= last);
}

/** A family's whole space, cut wherever one of the ranges begins or ends. */
export function partition(bits: Bits, ranges: readonly IpRange[]): readonly IpRange[] {
  const whole = everyAddress(bits);
  const starts = new Set([whole.first]);
  for (const { first, last, bits: of } of ranges)
    if (of === bits) {
      starts.add(first);
      if (last < whole.last) starts.add(last + 1n);
    }
  const sorted = [...starts].toSorted(compare);
  return sorted.map((first, i) => {
    const next = sorted[i + 1];
    return { bits, first, last: next === undefined ? whole.last : next - 1n };
  });
}

/** The index of the range of a partition that an address lies in. */
export function indexIn(parts: readonly IpRange[], address: Bytes): number {
  const number = numberOf(address);
  let [low, high] = [0, parts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((parts[middle] as IpRange).first <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first address of a range, as its bytes. */
export function firstAddress({ bits, first }: IpRange): Bytes {
  return bytesOf(first, bits);
}

/** `10.0.0.0-10.255.255.255`, also for a single address. */
export function rangeName({ bits, first, last }: IpRange): string {
  return `${addressText(bytesOf(first, bits))}-${addressText(bytesOf(last, bits))}`;
}

/** An address as people write it: dotted, or as RFC 5952 has it. */
export function addressText(bytes: Bytes): string {
  return bytes.length === 4 ? bytes.join('.') : new ipaddr.IPv6([...bytes]).toRFC5952String();
}

function numberOf(bytes: Bytes): bigint {
  return bytes.reduce((number, byte) => (number << 8n) | BigInt(byte), 0n);
}

function bytesOf(number: bigint, bits: Bits): Bytes {
  return Array.from({ length: bits / 8 }, (_, i) => Number((number >> BigInt(bits - 8 - i * 8)) & 255n));
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
