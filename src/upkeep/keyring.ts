import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { issue, makeAuthority } from '../sources/authority.ts';
import type { Pair } from '../sources/authority.ts';
import { isTrusted, isValidAt } from '../sources/certificates-in.ts';

/** All that the guard's own certificate is made of, as the replicas share it. */
export interface Keyring {
  /** Signs the leaf. */
  readonly authority: Pair;
  /** What the webhook shows. */
  readonly leaf: Pair;
  /** Will sign the next leaf, once everybody trusts it. */
  readonly next: Pair | undefined;
  /** The certificate of the authority before this one: replicas may still show a leaf of it. */
  readonly old: string | undefined;
  /** When `next` or `old` last came, in milliseconds since 1970. */
  readonly since: number;
}

/** How long certificates live, and how long everybody gets to learn of a new authority. */
export interface KeyPlan {
  readonly hosts: readonly string[];
  readonly authorityMs: number;
  readonly leafMs: number;
  readonly settleMs: number;
}

/** The plan of an installation: renewed when a third of the time is left, long before the end. */
export function keyPlan(hosts: readonly string[]): KeyPlan {
  const day = 86_400_000;
  return { hosts, authorityMs: 720 * day, leafMs: 90 * day, settleMs: 600_000 };
}

/**
 * The next keyring, or undefined where this one is as it should be. A new authority is first trusted, then used, and the
 * old one trusted until no replica shows a leaf of it any more: at no moment is a leaf shown that is not trusted. Throws where
 * the authority cannot sign.
 */
export async function renewed(
  keyring: Keyring | undefined,
  plan: KeyPlan,
  now: number,
): Promise<Keyring | undefined> {
  const leafOf = async (authority: Pair): Promise<Pair> => {
    const leaf = await issue(authority, plan.hosts, now, plan.leafMs);
    // Somebody else put it there. One that nobody accepts would be made again, and written, every few seconds.
    if (!isShowable(leaf, authority, now)) throw new Error('its authority may not sign certificates');
    return leaf;
  };
  const isAlive = ({ cert }: Pair): boolean => isValidAt(new X509Certificate(cert), now);
  const next = keyring?.next !== undefined && isAlive(keyring.next) ? keyring.next : undefined;
  if (keyring === undefined || (next === undefined && !isAlive(keyring.authority))) {
    const authority = await makeAuthority(now, plan.authorityMs);
    return { authority, leaf: await leafOf(authority), next: undefined, old: undefined, since: now };
  }
  const { authority, leaf, old, since } = keyring;
  // Either way: a replica's clock may have been ahead. Where the authority has ended there is nothing to wait for.
  const hasSettled = Math.abs(now - since) >= plan.settleMs;
  if (next !== undefined && (hasSettled || !isAlive(authority)))
    return { authority: next, leaf: await leafOf(next), next: undefined, old: authority.cert, since: now };
  // A leaf that nobody accepts, or soon nobody will, cannot wait for another authority: the cluster may have been off for
  // months.
  if (!isShowable(leaf, authority, now) || endOf(leaf.cert) - now < 2 * plan.settleMs)
    return { ...keyring, leaf: await leafOf(authority) };
  if (next === undefined && old !== undefined && hasSettled) return { ...keyring, old: undefined };
  if (next === undefined && old === undefined && isAging(authority.cert, plan.authorityMs, now))
    return { ...keyring, next: await makeAuthority(now, plan.authorityMs), since: now };
  const names = new X509Certificate(leaf.cert);
  const isFor = (host: string) => (isIP(host) === 0 ? names.checkHost(host) : names.checkIP(host));
  const isComplete = plan.hosts.every(isFor);
  // A leaf that is aging when its authority is about to change waits for the new one.
  if (!isComplete || (next === undefined && isAging(leaf.cert, plan.leafMs, now)))
    return { ...keyring, leaf: await leafOf(authority) };
  return undefined;
}

/** The authorities that clients must trust, one PEM after the other: what `caBundle` holds. */
export function bundleOf({ authority, next, old }: Keyring): string {
  return [authority.cert, next?.cert, old].filter((pem) => pem !== undefined).join('');
}

/** The end of a certificate's life, in milliseconds since 1970. */
export function endOf(pem: string): number {
  return new X509Certificate(pem).validToDate.getTime();
}

function isAging(pem: string, lifeMs: number, now: number): boolean {
  return endOf(pem) - now < lifeMs / 3;
}

function isShowable(leaf: Pair, authority: Pair, now: number): boolean {
  return isTrusted([new X509Certificate(leaf.cert)], [new X509Certificate(authority.cert)], now);
}
