import { at, isObject, listAt, numberAt, stringAt, stringsAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { closed, selects } from '../model/labels.ts';
import type { ApiServer, Reply } from '../sources/api-server.ts';
import type { Place } from '../upkeep/key-store.ts';
import { CONFIGURATIONS, webhooksOf } from '../upkeep/webhook-configurations.ts';
import type { Configuration } from '../upkeep/webhook-configurations.ts';
import { flagOf } from './flag.ts';
import { itemsOf, look, nameIn } from './look.ts';
import type { Sight } from './look.ts';

/** A webhook configuration, or why it is not to be seen. */
export interface Registered {
  readonly configuration: Configuration;
  readonly sight: Sight;
  readonly webhooks: readonly JsonObject[];
}

/** The Service that the API server sends its questions to. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** How the guard comes by its certificate, as its pods say. */
export interface TlsFrom {
  readonly secret: Place;
  /** Whether the guard makes it itself, so that one replica has to lead; undefined where its pods are not to be seen. */
  readonly isSelfMade: boolean | undefined;
}

/** What all examinations look at, looked at once. */
export interface Installation {
  readonly api: ApiServer;
  /** The name of the webhook configurations. */
  readonly name: string;
  readonly namespace: string;
  /** Asked for by whoever asks. */
  readonly wantedNamespace: string | undefined;
  /** The API server's reply to /version. */
  readonly greeting: Reply;
  /** By the API server's clock, in milliseconds since 1970: it is the one that judges certificates. */
  readonly now: number;
  /** The same moment by this machine's clock. */
  readonly lookedAt: number;
  readonly registered: readonly Registered[];
  /** Undefined where the webhooks are called by URL, or none is to be seen. */
  readonly service: ServiceRef | undefined;
  readonly serviceSight: Sight;
  readonly slices: Sight;
  readonly deployments: Sight;
  /** The Deployment behind the Service. */
  readonly deployment: JsonObject | undefined;
  readonly pods: Sight;
  readonly budgets: Sight;
  /** The container that serves; of any of the Deployment's or the pods'. */
  readonly container: JsonObject | undefined;
  readonly tls: TlsFrom;
  readonly secret: Sight;
}

/** What to look at. */
export interface Wanted {
  /** The name of the webhook configurations. */
  readonly webhooks: string;
  /** The guard's namespace; without it the one that the webhooks lead to. */
  readonly namespace: string | undefined;
}

/** As the chart names everything. */
export const NAME = 'seldon-guard';

/** Looks at an installation, with no more than an API server that has answered once. Never throws. */
export async function installationAt(
  api: ApiServer,
  { webhooks: name, namespace: wantedNamespace }: Wanted,
  greeting: Reply,
): Promise<Installation> {
  const lookedAt = Date.now();
  const registered = await Promise.all(
    CONFIGURATIONS.map(async (configuration): Promise<Registered> => {
      const { resource } = configuration;
      const sight = await look(api, { group: 'admissionregistration.k8s.io', version: 'v1', resource, name });
      return { configuration, sight, webhooks: sight.is === 'there' ? webhooksOf(sight.seen) : [] };
    }),
  );
  const service = serviceOf(registered);
  const namespace = service?.namespace ?? wantedNamespace ?? NAME;
  const serviceName = service?.name ?? name;
  const core = { group: '', version: 'v1', namespace };
  const [serviceSight, slices, deployments, budgets] = await Promise.all([
    look(api, { ...core, resource: 'services', name: serviceName }),
    look(api, {
      group: 'discovery.k8s.io',
      version: 'v1',
      namespace,
      resource: 'endpointslices',
      labels: { 'kubernetes.io/service-name': serviceName },
    }),
    look(api, { group: 'apps', version: 'v1', namespace, resource: 'deployments' }),
    look(api, { group: 'policy', version: 'v1', namespace, resource: 'poddisruptionbudgets' }),
  ]);
  const selected = serviceSight.is === 'there' ? stringsAt(serviceSight.seen, 'spec', 'selector') : {};
  const selector = Object.keys(selected).length > 0 ? selected : CHART_LABELS;
  const deployment = itemsOf(deployments)
    .filter(isObject)
    .find(
      (one) =>
        selects(
          { matchLabels: selector },
          closed(stringsAt(one, 'spec', 'template', 'metadata', 'labels')),
        ) === 'yes',
    );
  const pods = await look(api, { ...core, resource: 'pods', labels: selector });
  const container = containerIn(deployment, itemsOf(pods));
  const tls = tlsOf(container, deployment, { namespace, name: `${serviceName}-tls` });
  const secret = await look(api, { ...core, ...tls.secret, resource: 'secrets' });
  return {
    api,
    name,
    namespace,
    wantedNamespace,
    greeting,
    now: dateOf(greeting) ?? lookedAt,
    lookedAt,
    registered,
    service,
    serviceSight,
    slices,
    deployments,
    deployment,
    pods,
    budgets,
    container,
    tls,
    secret,
  };
}

const CHART_LABELS = { 'app.kubernetes.io/name': NAME };

/** When a reply was made, by the clock of whoever made it, in milliseconds since 1970. */
export function dateOf({ headers }: Reply): number | undefined {
  const { date } = headers;
  const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

function serviceOf(registered: readonly Registered[]): ServiceRef | undefined {
  for (const { webhooks } of registered)
    for (const webhook of webhooks) {
      const ref = at(webhook, 'clientConfig', 'service');
      const [namespace, name] = [stringAt(ref, 'namespace'), stringAt(ref, 'name')];
      if (namespace !== undefined && name !== undefined)
        return { namespace, name, port: numberAt(ref, 'port') ?? 443 };
    }
  return undefined;
}

function containerIn(deployment: JsonObject | undefined, pods: readonly Json[]): JsonObject | undefined {
  const containers = [
    ...listAt(deployment, 'spec', 'template', 'spec', 'containers'),
    ...pods.flatMap((pod) => listAt(pod, 'spec', 'containers')),
  ].filter(isObject);
  return containers.find((one) => listAt(one, 'args').includes('serve')) ?? containers[0];
}

/** As the chart has it: --tls-secret where the guard makes its own, else a Secret that is mounted. */
function tlsOf(container: JsonObject | undefined, deployment: JsonObject | undefined, guess: Place): TlsFrom {
  if (container === undefined) return { secret: guess, isSelfMade: undefined };
  const [namespace, name] = (flagOf(container, '--tls-secret') ?? '').split('/');
  if (namespace && name) return { secret: { namespace, name }, isSelfMade: true };
  const mounted = listAt(deployment, 'spec', 'template', 'spec', 'volumes')
    .map((volume) => stringAt(volume, 'secret', 'secretName'))
    .find((one) => one !== undefined);
  return { secret: { ...guess, name: mounted ?? guess.name }, isSelfMade: false };
}

/** Phases of pods that were evicted, or are done. */
const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed']);

/** The pods behind the Service that are there to stay, by name. */
export function podsOf({ pods }: Installation): readonly Json[] {
  return itemsOf(pods)
    .filter(
      (pod) =>
        stringAt(pod, 'metadata', 'deletionTimestamp') === undefined &&
        !ENDED.has(stringAt(pod, 'status', 'phase') ?? ''),
    )
    .toSorted((one, other) => (nameIn(one) < nameIn(other) ? -1 : 1));
}
