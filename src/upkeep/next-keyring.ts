import { makeAuthority } from '../sources/authority.ts';
import { bundleOf, renewed } from './keyring.ts';
import type { KeyPlan, Keyring } from './keyring.ts';
import { holds, strangersIn } from './trust.ts';
import type { Trust } from './trust.ts';

/** What there is to go by. */
export interface Grounds {
  /** The keyring that is kept; undefined where there is none, or what is there is none. */
  readonly kept: Keyring | undefined;
  /** The last one that this replica knew of. */
  readonly last: Keyring | undefined;
  readonly trust: Trust;
}

/**
 * The keyring to be kept from now on, or undefined where the one that is kept may stay. It takes a step only after the API
 * server trusts all of the last one, and none of those that replicas may show a certificate of is forgotten for it.
 */
export async function nextKeyring(
  { kept, last, trust }: Grounds,
  plan: KeyPlan,
  now: number,
): Promise<Keyring | undefined> {
  // Removed or spoilt: the API server trusts it and the replicas show it, so it goes on. Whoever removes a certificate's
  // Secret wants another certificate, as with cert-manager: that comes in the course of things, with another authority.
  if (kept === undefined && last !== undefined)
    return { ...last, next: last.next ?? (await makeAuthority(now, plan.authorityMs)), since: now };
  const keyring = kept ?? (await renewed(undefined, plan, now));
  if (keyring === undefined) return undefined;
  // Begun anew, or brought back from a backup: replicas still show a certificate of whom the API server trusts.
  const strangers = strangersIn(trust, bundleOf(keyring), now);
  if (strangers !== '' && !holds(trust, keyring.authority.cert))
    return { ...keyring, old: `${keyring.old ?? ''}${strangers}`, since: now };
  if (kept === undefined) return keyring;
  return holds(trust, bundleOf(kept)) ? renewed(kept, plan, now) : undefined;
}
