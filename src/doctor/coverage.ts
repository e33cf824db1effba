import { listAt } from '../model/json.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import { listOf } from '../model/words.ts';
import type { Examined } from '../reports/health.ts';
import type { Installation, Registered } from './installation.ts';
import type { Figures } from './replica-figures.ts';

const CHECK = 'coverage';
/** Everybody writes ConfigMaps all the time: the chart leaves them out, unless the cluster's DNS is to be guarded. */
const BY_CHOICE = 'ConfigMap';

/** Whether the API server asks about all that the replicas' policies are about: those that it was not told of never act. */
export function coverage(seen: readonly Figures[], { registered, name }: Installation): Examined[] {
  return registered.flatMap((one): Examined[] => {
    const { kind } = one.configuration;
    const webhook = kind === 'MutatingWebhookConfiguration' ? 'mutate' : 'validate';
    const wanted = wantedOf(seen, webhook);
    // Whether it is registered at all is asked elsewhere, and a guard of another version may not say what it wants.
    if (one.webhooks.length === 0 || wanted.length === 0) return [];
    const missing = wanted.filter((asked) => !isAsked(asked, one));
    const about = `${kind} ${name}`;
    const said = missing.filter((asked) => asked.kind !== BY_CHOICE);
    if (said.length === 0) {
      const but = missing.length > 0 ? ' but ConfigMaps, as the chart has it without clusterDNS.guarded' : '';
      return [
        { check: CHECK, state: 'ok', about, says: `it is asked about all that policies are about${but}.` },
      ];
    }
    return [
      {
        check: CHECK,
        state: 'warning',
        about,
        says: `it is not asked about ${inShort(said)}, so that the policies about that ${webhook === 'mutate' ? 'patch' : 'refuse'} nothing there.`,
        remedy: `Install the chart again (helm upgrade) with these policies in its values: its rules are made from them${webhook === 'mutate' ? ', and with mutation.everyKind from all' : ''}.`,
      },
    ];
  });
}

interface Asked {
  readonly kind: Kind;
  readonly operation: string;
}

function wantedOf(seen: readonly Figures[], webhook: string): readonly Asked[] {
  return [...new Set(seen.flatMap(({ asksFor }) => asksFor))].flatMap((text) => {
    const [of, kind = '', operation = ''] = text.split(' ');
    // Nothing is left to patch of what is deleted.
    if (of !== webhook || (webhook === 'mutate' && operation === 'DELETE')) return [];
    return Object.hasOwn(KINDS, kind) ? [{ kind: kind as Kind, operation }] : [];
  });
}

function isAsked({ kind, operation }: Asked, { webhooks }: Registered): boolean {
  const { group, resource } = KINDS[kind];
  const wanted = { apiGroups: group, resources: resource, operations: operation };
  return webhooks
    .flatMap((webhook) => listAt(webhook, 'rules'))
    .some((rule) =>
      Object.entries(wanted).every(([field, value]) =>
        listAt(rule, field).some((one) => one === value || one === '*' || one === '*/*'),
      ),
    );
}

/** `Pod (CREATE and UPDATE) and Node (UPDATE)`. */
function inShort(missing: readonly Asked[]): string {
  const byKind = Map.groupBy(missing, ({ kind }) => kind);
  return listOf(
    [...byKind].map(([kind, all]) => `${kind} (${listOf(all.map(({ operation }) => operation))})`),
  );
}
