import { booleanAt, listAt, numberAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import { isFailing } from '../upkeep/webhook-configurations.ts';
import type { Installation } from './installation.ts';
import { itemsOf, unknown } from './look.ts';
import { verb } from './remedy.ts';

const CHECK = 'endpoints';

/** Whether somebody stands behind the Service to answer the API server. */
export function endpoints(installation: Installation): Examined[] {
  const { registered, service, serviceSight, slices, namespace, name } = installation;
  const webhooks = registered.flatMap((one) => one.webhooks);
  const about = `Service ${service?.namespace ?? namespace}/${service?.name ?? name}`;
  if (webhooks.length > 0 && service === undefined)
    return [
      unknown(CHECK, 'webhooks', {
        why: 'they are called by URL: what stands behind it cannot be seen from here.',
        remedy: 'The probe admission shows whether somebody answers.',
      }),
    ];
  const isOutage = webhooks.some(isFailing);
  const outcome = isOutage
    ? 'so that every write that the webhooks are asked about is refused (failurePolicy Fail)'
    : 'so that nothing is judged (failurePolicy Ignore)';
  const remedy = `${isOutage ? `Free the cluster first: ${verb('off', installation)}. Then see` : 'See'} why no pod is ready: kubectl -n ${namespace} describe pods`;
  const wrong = (says: string, cure: string): Examined => ({
    check: CHECK,
    state: 'wrong',
    about,
    says,
    remedy: cure,
  });
  if (serviceSight.is === 'hidden') return [unknown(CHECK, about, serviceSight)];
  if (serviceSight.is === 'absent')
    return [
      wrong(
        `it does not exist, ${outcome}.`,
        isOutage
          ? `Free the cluster first: ${verb('off', installation)}. Then install the chart again.`
          : 'Install the chart again.',
      ),
    ];
  const ports = listAt(serviceSight.seen, 'spec', 'ports').map((port) => numberAt(port, 'port'));
  if (service !== undefined && !ports.includes(service.port))
    return [
      wrong(
        `it has no port ${service.port}, which the webhooks lead to, ${outcome}.`,
        `Install the chart again, or set clientConfig.service.port to one of ${ports.join(', ')}.`,
      ),
    ];
  if (slices.is === 'hidden') return [unknown(CHECK, about, slices)];
  const ready = readyIn(itemsOf(slices));
  if (ready === 0) return [wrong(`no ready endpoint stands behind it, ${outcome}.`, remedy)];
  return [
    {
      check: CHECK,
      state: 'ok',
      about,
      says: `${ready === 1 ? '1 ready endpoint stands' : `${ready} ready endpoints stand`} behind it.`,
    },
  ];
}

/** Of a Service with addresses of two families each pod is in a slice of either. */
function readyIn(slices: readonly Json[]): number {
  const families = Map.groupBy(slices, (slice) => stringAt(slice, 'addressType'));
  const counts = [...families.values()].map(
    (family) =>
      family
        .flatMap((slice) => listAt(slice, 'endpoints'))
        // "A nil value should be interpreted as true" (discovery/v1 EndpointConditions).
        .filter((endpoint) => booleanAt(endpoint, 'conditions', 'ready') !== false).length,
  );
  return Math.max(0, ...counts);
}
