import { listAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Tri } from '../model/labels.ts';
import { isLoopback, parseAddress } from './address.ts';
import type { Bytes } from './address.ts';

/** A range of addresses: those that begin with the first `prefix` bits of `network`. */
export interface Cidr {
  readonly network: Bytes;
  readonly prefix: number;
}

/** An ipBlock: "a particular CIDR (...) that is allowed", without "CIDRs that should not be included" (IPBlock). */
export interface Block {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

/**
 * A CIDR as the API server reads it (ParseCIDRSloppy), or undefined where it would refuse it. Bits beyond the
 * prefix are ignored, so 10.0.0.5/8 is 10.0.0.0/8.
 */
function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const digits = text.slice(slash + 1);
  if (slash < 0 || !/^\d{1,9}$/.test(digits)) return undefined;
  const network = parseAddress(text.slice(0, slash));
  if (network === undefined) return undefined;
  const mapped = network.length === 4 && text.includes(':');
  const prefix = Number(digits);
  if (!mapped) return prefix <= network.length * 8 ? { network, prefix } : undefined;
  if (prefix > 128) return undefined;
  if (prefix >= 96) return { network, prefix: prefix - 96 };
  return { network: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, ...network], prefix };
}

/** Whether the address lies in the range. IPv4 ranges hold no IPv6 addresses and the other way round. */
export function contains(cidr: Cidr, address: Bytes): boolean {
  const { network, prefix } = cidr;
  if (network.length !== address.length) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (network[i] !== address[i]) return false;
  const rest = prefix & 7;
  return rest === 0 || (network[whole] ?? 0) >> (8 - rest) === (address[whole] ?? 0) >> (8 - rest);
}

function within(inner: Cidr, outer: Cidr): boolean {
  return outer.prefix <= inner.prefix && contains(outer, inner.network);
}

/**
 * An ipBlock, or undefined where its cidr cannot be read: it then matches nothing. An entry of `except` that
 * cannot be read likewise matches nothing, and so takes nothing away. The API server refuses both.
 */
export function compileBlock(block: Json): Block | undefined {
  const cidr = parseCidr(stringAt(block, 'cidr') ?? '');
  if (cidr === undefined) return undefined;
  const except = listAt(block, 'except').flatMap((text) => {
    const range = typeof text === 'string' ? parseCidr(text) : undefined;
    return range === undefined ? [] : [range];
  });
  return { cidr, except };
}

/** Whether the block holds this address. "172.17.0.0/16 except 172.17.1.0/24" (concepts page). */
export function holds(block: Block, address: Bytes): boolean {
  return contains(block.cidr, address) && !block.except.some((range) => contains(range, address));
}

/** Whether the ranges of `except` together leave nothing of the block: each must be smaller than it, all need not be. */
export function isEmptied({ cidr, except }: Block): boolean {
  return isCovered(cidr, except);
}

function isCovered(range: Cidr, by: readonly Cidr[]): boolean {
  if (by.some((other) => within(range, other))) return true;
  const inside = by.filter((other) => within(other, range));
  return inside.length > 0 && halves(range).every((half) => isCovered(half, inside));
}

function halves({ network, prefix }: Cidr): readonly Cidr[] {
  const bit = 0x80 >> (prefix & 7);
  return [0, bit].map((value) => ({
    network: network.map((byte, i) => (i === prefix >> 3 ? (byte & ~bit) | value : byte)),
    prefix: prefix + 1,
  }));
}

/** Whether the block holds loopback addresses and no others: 127.0.0.0/8 or a part of it, ::1/128. */
export function isLoopbackBlock({ cidr: { network, prefix } }: Block): boolean {
  return isLoopback(network) && prefix >= (network.length === 4 ? 8 : 128);
}

// No pod has an address in these: validation refuses them in Endpoints (ValidateNonSpecialIP). An unknown
// address is thus certainly in 0.0.0.0/0 except 169.254.169.254/32, the usual way to fence off cloud metadata.
const NO_POD = ['0.0.0.0/32', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/24'].flatMap(
  (text) => parseCidr(text) ?? [],
);

function podless(range: Cidr): boolean {
  return NO_POD.some((special) => within(range, special));
}

/**
 * Whether the block holds a pod whose address is not known. Such a pod is taken to have an IPv4 address, so
 * that 0.0.0.0/0 holds it for certain; which one is not known, so that nearly every other block may.
 */
export function holdsSomePod(block: Block): Tri {
  const { cidr } = block;
  const except = block.except.filter((range) => !podless(range));
  if (podless(cidr) || except.some((range) => within(cidr, range))) return 'no';
  return cidr.network.length === 4 && cidr.prefix === 0 && except.length === 0 ? 'yes' : 'unknown';
}
