import { stringAt } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import { isOff } from '../upkeep/off-switch.ts';
import type { Installation, Registered } from './installation.ts';
import { unknown } from './look.ts';
import { verb } from './remedy.ts';

const CHECK = 'registration';

/** Whether the API server knows of the webhooks at all, calls them, and leads where the guard is. */
export function registration(installation: Installation): Examined[] {
  const { registered, name } = installation;
  const found = registered.map((one) => ofConfiguration(one, name));
  return [...found, ...elsewhere(installation)];
}

function ofConfiguration({ configuration, sight, webhooks }: Registered, name: string): Examined {
  const { kind } = configuration;
  const about = `${kind} ${name}`;
  if (sight.is === 'hidden') return unknown(CHECK, about, sight);
  const isValidating = kind === 'ValidatingWebhookConfiguration';
  const remedy = `Install the chart again (helm upgrade), or put back what was removed: seldon-guard on --restore FILE`;
  if (sight.is === 'absent' || webhooks.length === 0)
    return {
      check: CHECK,
      state: isValidating ? 'wrong' : 'warning',
      about,
      says: `${sight.is === 'absent' ? 'it does not exist' : 'it holds no webhook'}, so that ${isValidating ? 'nothing is refused' : 'nothing is patched'}.`,
      remedy: isValidating ? remedy : `${remedy} (unless mutation.enabled is false in the chart's values).`,
    };
  if (sight.is === 'there' && isOff(sight.seen))
    return {
      check: CHECK,
      state: 'wrong',
      about,
      says: 'it was switched off with seldon-guard off, so that no request is sent to the guard.',
      remedy: `Put it back once nothing speaks against it: ${verb('on', { name })}`,
    };
  const names = webhooks.map((webhook) => stringAt(webhook, 'name') ?? '').join(', ');
  return { check: CHECK, state: 'ok', about, says: `it registers ${names}.` };
}

/** An installation that was moved leaves webhooks behind that lead to where nobody is. */
function elsewhere({ service, wantedNamespace, name }: Installation): Examined[] {
  if (service === undefined || wantedNamespace === undefined || service.namespace === wantedNamespace)
    return [];
  return [
    {
      check: CHECK,
      state: 'wrong',
      about: `webhook configurations ${name}`,
      says: `they lead to Service ${service.namespace}/${service.name}, not to namespace ${wantedNamespace}.`,
      remedy: `Name the namespace that the guard is in (--namespace ${service.namespace}), or install the chart into ${wantedNamespace} again.`,
    },
  ];
}
