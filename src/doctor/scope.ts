import { at, listAt, numberAt, stringAt, stringsAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { closed, selects } from '../model/labels.ts';
import type { Labels } from '../model/labels.ts';
import type { Examined } from '../reports/health.ts';
import { isFailing } from '../upkeep/webhook-configurations.ts';
import type { Installation } from './installation.ts';
import { look } from './look.ts';
import { unseen } from './unseen.ts';

const CHECK = 'scope';
/** Seconds. A hanging guard makes every write wait so long; the chart has 3. */
const LONG = 5;

/** Where the cluster, or the guard itself, comes up from: what no webhook may stand before. */
interface Vital {
  readonly name: string;
  readonly labels: Labels;
  readonly because: string;
}

/** Whether each webhook is asked about no more than it should be, and is in nobody's way when it does not answer. */
export async function scope(installation: Installation): Promise<Examined[]> {
  const { registered, namespace } = installation;
  const hidden = unseen(installation, CHECK);
  if (registered.every(({ webhooks }) => webhooks.length === 0)) return hidden;
  const vital = await Promise.all([
    vitalOf(installation, 'kube-system', "the cluster's own components come up there"),
    vitalOf(installation, namespace, "the guard's own pods start there"),
  ]);
  const found = registered.flatMap(({ configuration, webhooks }) =>
    webhooks.flatMap((webhook) => {
      const isMutating = configuration.kind === 'MutatingWebhookConfiguration';
      const about = `webhook ${stringAt(webhook, 'name') ?? ''}`;
      const faults = [
        ...namespacesLeftOut(webhook, vital),
        ...broad(webhook),
        ...everywhere(webhook),
        ...slow(webhook),
        ...(isMutating && isFailing(webhook) ? [MUTATION_FAILS] : []),
        ...(stringAt(webhook, 'matchPolicy') === 'Exact' ? [EXACT] : []),
      ];
      if (faults.length > 0) return faults.map((one) => ({ check: CHECK, about, ...one }));
      return { check: CHECK, state: 'ok' as const, about, says: describe(webhook, vital) };
    }),
  );
  return [...hidden, ...found];
}

type Fault = Omit<Examined, 'check' | 'about'>;

const MUTATION_FAILS: Fault = {
  state: 'warning',
  says: 'its failurePolicy is Fail, so that writes are refused while the guard is away, although patches can wait.',
  remedy: 'Set failurePolicy Ignore: what was not patched is still validated.',
};
const EXACT: Fault = {
  state: 'warning',
  says: 'its matchPolicy is Exact, so that an object sent in another version of its API is not judged.',
  remedy: 'Set matchPolicy Equivalent.',
};

async function vitalOf({ api }: Installation, name: string, because: string): Promise<Vital> {
  const sight = await look(api, { group: '', version: 'v1', resource: 'namespaces', name });
  // Every Namespace has this label, put there by the API server (Kubernetes, "Automatic labelling").
  const own = { 'kubernetes.io/metadata.name': name };
  const labels =
    sight.is === 'there'
      ? closed({ ...stringsAt(sight.seen, 'metadata', 'labels'), ...own })
      : { values: own, open: true };
  return { name, labels, because };
}

function namespacesLeftOut(webhook: JsonObject, vital: readonly Vital[]): Fault[] {
  if (isClusterScoped(webhook)) return [];
  const selector = at(webhook, 'namespaceSelector') ?? {};
  return vital.flatMap(({ name, labels, because }): Fault[] => {
    const answer = selects(selector, labels);
    if (answer === 'no') return [];
    const remedy = `Leave it out in the namespaceSelector: {key: kubernetes.io/metadata.name, operator: NotIn, values: [${name}]}.`;
    if (answer === 'unknown')
      return [
        {
          state: 'unknown',
          says: `whether it is asked about namespace ${name} depends on labels of that Namespace, which this user cannot see.`,
          remedy: `Grant the right to get namespaces ${name}, or ask as somebody who has it.`,
        },
      ];
    if (isFailing(webhook))
      return [
        {
          state: 'wrong',
          says: `it is asked about namespace ${name} and its failurePolicy is Fail: while the guard is away writes there are refused, and ${because}.`,
          remedy,
        },
      ];
    // The chart has a webhook for the cluster's DNS that names kube-system and is never in the way.
    if (isChosen(selector, name)) return [];
    return [{ state: 'warning', says: `it is asked about namespace ${name}, and ${because}.`, remedy }];
  });
}

/** Whether a selector asks for the namespace by its name. */
function isChosen(selector: Json, name: string): boolean {
  const key = 'kubernetes.io/metadata.name';
  return (
    stringAt(selector, 'matchLabels', key) === name ||
    listAt(selector, 'matchExpressions').some(
      (one) =>
        stringAt(one, 'key') === key &&
        stringAt(one, 'operator') === 'In' &&
        listAt(one, 'values').includes(name),
    )
  );
}

/** A namespaceSelector is no limit on what is in no namespace, Namespaces alone excepted. */
function isClusterScoped(webhook: JsonObject): boolean {
  return listAt(webhook, 'rules').every(
    (rule) => stringAt(rule, 'scope') === 'Cluster' && !listAt(rule, 'resources').includes('namespaces'),
  );
}

function broad(webhook: JsonObject): Fault[] {
  const isBroad = listAt(webhook, 'rules').some((rule) =>
    ['apiGroups', 'resources'].some((field) =>
      listAt(rule, field).some((value) => value === '*' || value === '*/*'),
    ),
  );
  if (!isBroad) return [];
  return [
    {
      state: isFailing(webhook) ? 'wrong' : 'warning',
      says: `its rules hold "*", so that it is asked about kinds that no policy is about${isFailing(webhook) ? ', nodes and their leases among them, and with failurePolicy Fail they are refused while the guard is away' : ''}.`,
      remedy: 'Install the chart again: its rules are made from the policies.',
    },
  ];
}

/** As the chart has it, what is in no namespace has a webhook of its own that is never in the way. */
function everywhere(webhook: JsonObject): Fault[] {
  const resources = listAt(webhook, 'rules')
    .filter((rule) => stringAt(rule, 'scope') === 'Cluster')
    .flatMap((rule) => listAt(rule, 'resources'))
    .filter((resource) => typeof resource === 'string')
    .filter((resource) => resource !== 'namespaces');
  if (resources.length === 0 || !isFailing(webhook)) return [];
  return [
    {
      state: 'warning',
      says: `it is asked about ${resources.join(', ')}, which are in no namespace that could be left out, and its failurePolicy is Fail: while the guard is away they are refused.`,
      remedy: 'Set failurePolicy Ignore for what is in no namespace: install the chart again.',
    },
  ];
}

function slow(webhook: JsonObject): Fault[] {
  const seconds = numberAt(webhook, 'timeoutSeconds') ?? 10;
  if (seconds <= LONG) return [];
  return [
    {
      state: 'warning',
      says: `its timeoutSeconds is ${seconds}: while the guard hangs every write that it is asked about waits so long.`,
      remedy: 'Set timeoutSeconds to 3: the guard answers in milliseconds.',
    },
  ];
}

function describe(webhook: JsonObject, vital: readonly Vital[]): string {
  const said = ['failurePolicy', 'matchPolicy', 'sideEffects'].map(
    (field) => `${field} ${stringAt(webhook, field) ?? ''}`,
  );
  return `${said.join(', ')}, timeoutSeconds ${numberAt(webhook, 'timeoutSeconds') ?? 10}; ${reachOf(webhook, vital)}.`;
}

function reachOf(webhook: JsonObject, vital: readonly Vital[]): string {
  if (isClusterScoped(webhook)) return 'it is asked about what is in no namespace';
  const selector = at(webhook, 'namespaceSelector') ?? {};
  const asked = vital.filter(({ labels }) => selects(selector, labels) === 'yes').map(({ name }) => name);
  return asked.length > 0
    ? `it is asked about namespace ${asked.join(', ')} by name`
    : `namespaces ${vital.map(({ name }) => name).join(' and ')} are left out`;
}
