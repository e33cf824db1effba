import { objectAt, stringAt } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import { certificatesIn } from '../sources/certificates-in.ts';
import {
  CONFIGURATIONS,
  changeConfiguration,
  configurationPath,
  webhooksOf,
} from './webhook-configurations.ts';
import type { Trust } from './trust.ts';

/**
 * Sees to it that the API server trusts these authorities when it calls the webhooks of that name: their `caBundle` is what
 * it should be. A configuration that is not there is nobody's trouble: the guard may have been taken out of the way. `told`
 * learns of each that had to be written: where somebody else writes it too, again and again.
 */
export async function ensureCaBundle(
  api: ApiServer,
  name: string,
  bundle: string,
  told: (sentence: string) => void,
): Promise<Trouble | undefined> {
  const caBundle = Buffer.from(bundle).toString('base64');
  for (const configuration of CONFIGURATIONS) {
    const result = await changeConfiguration(api, configuration, name, (now) => withBundle(now, caBundle));
    if ('trouble' in result) return result;
    if (result.outcome === 'changed') told(`caBundle was put right: ${configuration.kind} ${name}`);
  }
  return undefined;
}

/** Whom the API server trusts when it calls the webhooks of that name, one after the other. */
export async function readTrust(api: ApiServer, name: string): Promise<{ readonly trust: Trust } | Trouble> {
  const trust = [];
  for (const configuration of CONFIGURATIONS) {
    const found = await api.get(configurationPath(configuration, name));
    if (!found.ok && found.status !== 404) return found;
    for (const webhook of found.ok ? webhooksOf(found.body) : [])
      trust.push(certificatesIn(stringAt(webhook, 'clientConfig', 'caBundle')) ?? []);
  }
  return { trust };
}

function withBundle(configuration: JsonObject, caBundle: string): JsonObject {
  const webhooks = webhooksOf(configuration);
  if (webhooks.every((webhook) => stringAt(webhook, 'clientConfig', 'caBundle') === caBundle))
    return configuration;
  const trusting = webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { ...objectAt(webhook, 'clientConfig'), caBundle },
  }));
  return { ...configuration, webhooks: trusting };
}
