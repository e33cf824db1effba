import { isObject, listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';

/** The two configurations that register the guard's webhooks, both under one name. */
export const CONFIGURATIONS = [
  { kind: 'ValidatingWebhookConfiguration', resource: 'validatingwebhookconfigurations' },
  { kind: 'MutatingWebhookConfiguration', resource: 'mutatingwebhookconfigurations' },
] as const;

/** One of them. */
export type Configuration = (typeof CONFIGURATIONS)[number];

const CONFLICT = 409;

/** Where the API server keeps one. */
export function configurationPath({ resource }: Configuration, name: string): string {
  return `/apis/admissionregistration.k8s.io/v1/${resource}/${encodeURIComponent(name)}`;
}

/** The webhooks of a configuration. */
export function webhooksOf(configuration: Json): readonly JsonObject[] {
  return listAt(configuration, 'webhooks').filter(isObject);
}

/** Whether a write is refused while a webhook does not answer. */
export function isFailing(webhook: JsonObject): boolean {
  // "Defaults to Fail" (admissionregistration/v1).
  return stringAt(webhook, 'failurePolicy') !== 'Ignore';
}

/** What became of a configuration that was to be changed. */
export type Changed = { readonly outcome: 'changed' | 'unchanged' | 'absent' } | Trouble;

/**
 * Changes a configuration as `change` says (the very same object: nothing to change), and everything else in it stays. Where
 * somebody else writes in between, it is done once more on what they wrote.
 */
export async function changeConfiguration(
  api: ApiServer,
  configuration: Configuration,
  name: string,
  change: (now: JsonObject) => JsonObject,
): Promise<Changed> {
  const path = configurationPath(configuration, name);
  for (;;) {
    const found = await api.get(path);
    if (!found.ok) return found.status === 404 ? { outcome: 'absent' } : found;
    const now = objectAt(found.body);
    const wanted = change(now);
    if (wanted === now) return { outcome: 'unchanged' };
    const answer = await api.send(path, { method: 'PUT', body: wanted });
    if (answer.ok) return { outcome: 'changed' };
    if (answer.status !== CONFLICT) return answer;
  }
}
