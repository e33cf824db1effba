import { setTimeout as wait } from 'node:timers/promises';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import type { Pair } from '../sources/authority.ts';
import { ensureCaBundle } from './ca-bundle.ts';
import { keepKeyring, readKeyring } from './key-store.ts';
import type { Place } from './key-store.ts';
import { bundleOf, renewed } from './keyring.ts';
import type { KeyPlan } from './keyring.ts';

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
  readonly trouble: (trouble: Trouble) => void;
  readonly everyMs: number;
}

/**
 * Keeps the guard's own certificate until `signal`: every replica shows what the Secret holds, and the one that leads renews
 * it and tells the API server whom to trust. The keyring goes a step further only after the API server trusts the last one.
 */
export async function keepCertificates(keeping: CertificateKeeping, signal: AbortSignal): Promise<void> {
  let shown: string | undefined;
  while (!signal.aborted) {
    const result = await round(keeping);
    if ('trouble' in result) keeping.trouble(result);
    else if (result.leaf !== undefined && result.leaf.cert !== shown) {
      keeping.show(result.leaf);
      shown = result.leaf.cert;
    }
    // Soon again while there is nothing to show.
    const pauseMs = shown === undefined ? Math.min(1000, keeping.everyMs) : keeping.everyMs;
    await wait(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}

async function round({
  api,
  secret,
  webhooks,
  plan,
  leads,
  told,
}: CertificateKeeping): Promise<{ leaf: Pair | undefined } | Trouble> {
  const kept = await readKeyring(api, secret);
  if ('trouble' in kept) return kept;
  const { keyring } = kept;
  if (!leads()) return { leaf: keyring?.leaf };
  if (keyring !== undefined) {
    const trouble = await ensureCaBundle(api, webhooks, bundleOf(keyring));
    if (trouble !== undefined) return trouble;
  }
  const next = await renewed(keyring, plan, Date.now());
  if (next === undefined) return { leaf: keyring?.leaf };
  const refused = await keepKeyring(api, secret, next, kept);
  if (refused !== undefined) return refused;
  told(`the certificate was renewed: ${secret.namespace}/${secret.name}`);
  const trouble = await ensureCaBundle(api, webhooks, bundleOf(next));
  return trouble ?? { leaf: next.leaf };
}
