import { objectAt, stringAt } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import { CONFIGURATIONS, changeConfiguration, webhooksOf } from './webhook-configurations.ts';

/**
 * Sees to it that the API server trusts these authorities when it calls the webhooks of that name: their `caBundle` is what
 * it should be. A configuration that is not there is nobody's trouble: the guard may have been taken out of the way.
 */
export async function ensureCaBundle(
  api: ApiServer,
  name: string,
  bundle: string,
): Promise<Trouble | undefined> {
  const caBundle = Buffer.from(bundle).toString('base64');
  for (const configuration of CONFIGURATIONS) {
    const result = await changeConfiguration(api, configuration, name, (now) => withBundle(now, caBundle));
    if ('trouble' in result) return result;
  }
  return undefined;
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
