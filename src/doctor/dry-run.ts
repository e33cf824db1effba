import { listAt, objectAt, stringAt, stringsAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { closed, selects } from '../model/labels.ts';
import type { Reply, Trouble } from '../sources/api-server.ts';
import type { Installation, Registered } from './installation.ts';
import { messageOf } from './look.ts';

/** What became of a dry run. */
export type Outcome = Judged | Unjudged;

/** The API server has an answer. */
export interface Judged {
  /** By the guard; admitted without a word, or with a warning about the policy that should refuse. */
  readonly is: 'refused' | 'admitted' | 'warned';
}

/** The API server has no answer: the guard could not be asked, somebody else stood before it, or this user may not ask. */
export type Unjudged =
  { readonly is: 'failed' | 'strange'; readonly says: string } | { readonly is: 'forbidden' };

/** What to ask for: a Namespace, and the policy that has something against it. */
export interface Asked {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly policy: string;
}

/** Asks the API server to make a Namespace, as a dry run: all of admission is done, and nothing is kept. Never throws. */
export async function dryRun({ api, registered }: Installation, asked: Asked): Promise<Outcome> {
  const { name, labels, policy } = asked;
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } };
  return outcomeOf(
    await api.raw('/api/v1/namespaces?dryRun=All', { method: 'POST', body }),
    registered,
    policy,
  );
}

/** Labels with which a new Namespace is within a webhook's selectors; undefined where no webhook is asked about any. */
export function labelsThatAreAsked({ webhooks }: Registered): Readonly<Record<string, string>> | undefined {
  for (const webhook of webhooks) {
    const isAsked = listAt(webhook, 'rules').some(
      (rule) =>
        holds(rule, 'apiGroups', '') &&
        holds(rule, 'resources', 'namespaces') &&
        holds(rule, 'operations', 'CREATE'),
    );
    if (!isAsked) continue;
    const selectors = ['namespaceSelector', 'objectSelector'].map((field) => objectAt(webhook, field));
    const labels = Object.assign({}, ...selectors.map(wanted)) as Record<string, string>;
    if (selectors.every((selector) => selects(selector, closed(labels)) === 'yes')) return labels;
  }
  return undefined;
}

function holds(rule: Json, field: string, value: string): boolean {
  return listAt(rule, field).some((one) => one === value || one === '*');
}

function wanted(selector: JsonObject): Record<string, string> {
  const labels: Record<string, string> = { ...stringsAt(selector, 'matchLabels') };
  for (const requirement of listAt(selector, 'matchExpressions')) {
    const key = stringAt(requirement, 'key') ?? '';
    const operator = stringAt(requirement, 'operator');
    if (operator === 'Exists') labels[key] ??= '';
    if (operator === 'In') labels[key] ??= stringAt(requirement, 'values', 0) ?? '';
  }
  return labels;
}

function outcomeOf(reply: Reply | Trouble, registered: readonly Registered[], policy: string): Outcome {
  if (!reply.ok) return { is: 'strange', says: reply.trouble };
  const own = registered.flatMap(({ webhooks }) => webhooks.map((webhook) => stringAt(webhook, 'name')));
  if (reply.status < 300) {
    const warnings = [reply.headers['warning'] ?? []].flat();
    return { is: warnings.some((text) => text.includes(policy)) ? 'warned' : 'admitted' };
  }
  const message = messageOf(reply);
  const [, refuser] = /^admission webhook "([^"]+)" denied the request/.exec(message) ?? [];
  if (refuser !== undefined && own.includes(refuser)) return { is: 'refused' };
  const [, caller] = /failed calling webhook "([^"]+)"/.exec(message) ?? [];
  if (caller !== undefined && own.includes(caller)) return { is: 'failed', says: message };
  if (reply.status === 403 && message.includes('cannot create resource')) return { is: 'forbidden' };
  return { is: 'strange', says: message };
}
