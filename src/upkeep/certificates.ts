import { setTimeout as wait } from 'node:timers/promises';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import type { Pair } from '../sources/authority.ts';
import { ensureCaBundle, readTrust } from './ca-bundle.ts';
import { keepKeyring, readKeyring } from './key-store.ts';
import type { Place } from './key-store.ts';
import { bundleOf } from './keyring.ts';
import type { KeyPlan, Keyring } from './keyring.ts';
import { nextKeyring } from './next-keyring.ts';
import { trusts } from './trust.ts';

/** What keeping the certificate needs, and whom it tells. */
export interface CertificateKeeping {
  readonly api: ApiServer;
  /** The Secret. */
  readonly secret: Place;
  /** The name of the webhook configurations. */
  readonly webhooks: string;
  readonly plan: KeyPlan;
  /** Whether this replica is the one that renews. */
  readonly leads: () => boolean;
  /** The certificate to show from now on. */
  readonly show: (leaf: Pair) => void;
  readonly told: (sentence: string) => void;
  /** What went wrong this time; undefined where nothing did. */
  readonly trouble: (trouble: Trouble | undefined) => void;
  readonly everyMs: number;
}

/**
 * Keeps the guard's own certificate until `signal`: every replica shows what the Secret holds as soon as the API server
 * trusts it, and the one that leads renews it and tells the API server whom to trust.
 */
export async function keepCertificates(keeping: CertificateKeeping, signal: AbortSignal): Promise<void> {
  let last: Keyring | undefined;
  let shown: string | undefined;
  while (!signal.aborted) {
    const result = await round(keeping, last).catch(notMade);
    keeping.trouble('refused' in result ? result.refused : result);
    if ('refused' in result && result.keyring !== undefined) {
      last = result.keyring;
      if (result.isTrusted && last.leaf.cert !== shown) {
        keeping.show(last.leaf);
        shown = last.leaf.cert;
      }
    }
    // Soon again while there is another one to show.
    const isShown = shown !== undefined && shown === last?.leaf.cert;
    const pauseMs = isShown ? keeping.everyMs : Math.min(1000, keeping.everyMs);
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

/** The keyring that is kept, and whether the API server trusted its leaf when it was asked. */
interface Round {
  readonly keyring: Keyring | undefined;
  readonly isTrusted: boolean;
  /** Why it could not be renewed or had trusted. What is kept, and trusted, is shown all the same. */
  readonly refused: Trouble | undefined;
}

async function round(
  { api, secret, webhooks, plan, leads, told }: CertificateKeeping,
  last: Keyring | undefined,
): Promise<Round | Trouble> {
  const kept = await readKeyring(api, secret);
  if ('trouble' in kept) return kept;
  const found = await readTrust(api, webhooks);
  if ('trouble' in found) return found;
  const { trust } = found;
  const now = Date.now();
  const roundOf = (keyring: Keyring | undefined, refused?: Trouble): Round => ({
    keyring,
    isTrusted: keyring !== undefined && trusts(trust, keyring.leaf.cert, now),
    refused,
  });
  let { keyring } = kept;
  if (!leads()) return roundOf(keyring);
  const next = await nextKeyring({ kept: keyring, last, trust }, plan, now);
  if (next !== undefined) {
    const refused = await keepKeyring(api, secret, next, kept);
    if (refused !== undefined) return roundOf(keyring, refused);
    told(`the certificate was renewed: ${secret.namespace}/${secret.name}`);
    keyring = next;
  }
  return roundOf(keyring, keyring && (await ensureCaBundle(api, webhooks, bundleOf(keyring), told)));
}

/** An authority that somebody else put there may have a key of a kind that the guard does not sign with. */
function notMade(error: unknown): Trouble {
  const why = error instanceof Error ? error.message : String(error);
  return { ok: false, status: 0, trouble: `no certificate can be made: ${why}` };
}
