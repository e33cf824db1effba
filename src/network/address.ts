import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Peer } from './pod.ts';
import { once } from '../model/once.ts';

/** An IP address as its bytes: four for IPv4, sixteen for IPv6. */
export type Bytes = readonly number[];

/**
 * The bytes of an address, or undefined where the API server would not take it for one. IPv4 is four decimal
 * parts: ipaddr.js would also read `10.1`, `0x0a000001` and (as octal!) `010.0.0.1`, while the API server
 * reads leading zeros as decimal (k8s.io/utils/net ParseIPSloppy). An IPv4-mapped IPv6 address is the IPv4
 * address, as for Go's net.IP. An address with a zone is none.
 */
export function parseAddress(text: string): Bytes | undefined {
  const parts = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(text);
  if (parts !== null) {
    const bytes = parts.slice(1).map(Number);
    return bytes.every((byte) => byte <= 255) ? bytes : undefined;
  }
  if (text.includes('%') || !isIPv6(text)) return undefined;
  const bytes = ipaddr.IPv6.parse(text).toByteArray();
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** Whether these bytes are an IPv4 address written as IPv6 (::ffff:0:0/96). */
function isMapped(bytes: Bytes): boolean {
  return bytes.length === 16 && bytes.every((byte, i) => i >= 12 || byte === (i < 10 ? 0 : 255));
}

/** Whether the address is a loopback one: 127.0.0.0/8 or ::1. */
export function isLoopback(address: Bytes): boolean {
  if (address.length === 4) return address[0] === 127;
  return address.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

const NONE: readonly Bytes[] = Object.freeze([]);
const PARSED = Symbol('parsed addresses');

/** The addresses of a peer that can be read; none where they are not known. */
export function addressesOf(peer: Peer): readonly Bytes[] {
  return once(peer, PARSED, () => {
    const texts = peer.kind === 'address' ? [peer.ip] : (peer.addresses ?? NONE);
    return texts.flatMap((text) => {
      const bytes = typeof text === 'string' ? parseAddress(text) : undefined;
      return bytes === undefined ? [] : [bytes];
    });
  });
}
