import type { Cluster, Pick } from './cluster.ts';
import { at, listAt, objectAt, stringAt } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import type { Manifest } from './manifest.ts';
import { configFor, operatorHome, OPERATOR_CONFIG_KINDS } from './operator.ts';

/** What Seldon's pods need beside each other, and find the address of in a setting or a Model. */
export type Dependency = 'kafka' | 'tracing' | 'storage';

/** A host name or address as it is written, and a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The kinds that are read for the addresses. */
export const DEPENDENCY_KINDS: readonly Kind[] = [...OPERATOR_CONFIG_KINDS, 'SeldonRuntime', 'Model'];

/**
 * The addresses that a Seldon namespace depends on, as far as the manifests tell them: the SeldonRuntime's settings before
 * the SeldonConfig's ("AddDefaults", operator/apis/mlops/v1alpha1/seldonconfig_types.go:171-267), and the places that
 * Models are fetched from. A Secret is never read: what it holds cannot be seen.
 */
export function dependenciesOf(
  dependency: Dependency,
  cluster: Cluster,
  namespace: string,
): readonly HostPort[] {
  const [runtime] = cluster.list('SeldonRuntime', namespace);
  if (runtime === undefined) return [];
  const name = stringAt(runtime.object, 'spec', 'seldonConfig') ?? '';
  const { config } = configFor(cluster, 'SeldonConfig', name, operatorHome(cluster, namespace));
  const settings = [at(runtime.object, 'spec', 'config'), at(config?.object, 'spec', 'config')];
  if (dependency === 'storage')
    return distinct(cluster.list('Model', namespace).flatMap((model) => storageOf(model, settings)));
  for (const each of settings) {
    const found = settingsIn(each, dependency);
    if (found.length > 0) return distinct(found);
  }
  return [];
}

function settingsIn(config: Json | undefined, dependency: 'kafka' | 'tracing'): HostPort[] {
  if (dependency === 'kafka')
    return (stringAt(config, 'kafkaConfig', 'bootstrap.servers') ?? '')
      .split(',')
      .flatMap((server) => hostPort(server));
  const tracing = objectAt(config, 'tracingConfig');
  return tracing['disable'] === true ? [] : hostPort(stringAt(tracing, 'otelExporterEndpoint') ?? '');
}

/** The ports that are meant where an address names none. */
const USUAL: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** `host:port`, `http://host`, `SASL_SSL://host:port`; nothing where no port can be told. */
function hostPort(text: string): HostPort[] {
  const parts =
    /^\s*(?:(\w+):\/\/)?(?:[^@/\s]*@)?(\[[0-9A-Fa-f:.]+\]|[^:/?#\s]+)(?::(\d{1,5}))?(?:[/?#].*)?\s*$/.exec(
      text,
    );
  const host = parts?.[2]?.replaceAll(/[[\]]/g, '').toLowerCase();
  const port = parts?.[3] === undefined ? USUAL[parts?.[1]?.toLowerCase() ?? ''] : Number(parts[3]);
  return host === undefined || port === undefined || port < 1 || port > 65535 ? [] : [{ host, port }];
}

const GOOGLE: HostPort = { host: 'storage.googleapis.com', port: 443 };

/**
 * Where rclone fetches a Model from: the host of its storageUri, Google's for `gs://`, and for another remote the endpoint
 * that the settings give it. One whose remote is in a Secret cannot be seen.
 */
function storageOf({ object }: Manifest, settings: readonly (Json | undefined)[]): HostPort[] {
  const uri = stringAt(object, 'spec', 'storageUri') ?? '';
  const [, scheme] = /^(\w+):\/\//.exec(uri) ?? [];
  if (scheme === undefined) return [];
  if (Object.hasOwn(USUAL, scheme)) return hostPort(uri);
  const remotes = settings.flatMap((config) => remotesIn(config, scheme));
  if (remotes.length > 0) return remotes.slice(0, 1).flatMap((endpoint) => hostPort(endpoint));
  return scheme === 'gs' ? [GOOGLE] : [];
}

/** The endpoints of a remote of that name (agentConfig.rclone.config: one JSON text for each remote). */
function remotesIn(config: Json | undefined, name: string): string[] {
  return listAt(config, 'agentConfig', 'rclone', 'config').flatMap((text) => {
    const remote = typeof text === 'string' ? parsed(text) : undefined;
    if (stringAt(remote, 'name') !== name) return [];
    return stringAt(remote, 'parameters', 'endpoint') ?? [];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function distinct(endpoints: readonly HostPort[]): HostPort[] {
  return [...new Map(endpoints.map((one) => [`${one.host}:${one.port}`, one])).values()];
}

/** A Service by its name in a pod's search path. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/**
 * The Service that a host name means to a pod of a namespace: `name`, `name.namespace`, `name.namespace.svc...`, or the name
 * of a single pod below it. Undefined for an address and for a name outside the cluster.
 */
export function serviceNamed(host: string, namespace: string): ServiceName | undefined {
  const labels = host.replace(/\.$/, '').split('.');
  const svc = labels.indexOf('svc');
  const name = svc < 0 ? labels : labels.slice(0, svc);
  if (svc < 0 && labels.length > 2) return undefined;
  const [first, second] = name.slice(-2);
  if (first === undefined || first === '' || host.includes(':')) return undefined;
  return second === undefined ? { namespace, name: first } : { namespace: second, name: first };
}

const homesIn = (
  kind: Kind,
  hosts: (manifest: Manifest) => readonly HostPort[],
): Pick<readonly string[]> => ({
  kind,
  of: (manifest) => {
    const homes = hosts(manifest).flatMap(
      ({ host }) => serviceNamed(host, manifest.namespace)?.namespace ?? [],
    );
    return homes.length > 0 ? homes : undefined;
  },
});
const configured = (dependency: 'kafka' | 'tracing'): Pick<readonly string[]>[] =>
  (['SeldonConfig', 'SeldonRuntime'] as const).map((kind) =>
    homesIn(kind, ({ object }) => settingsIn(at(object, 'spec', 'config'), dependency)),
  );
const HOMES: Readonly<Record<Dependency, readonly Pick<readonly string[]>[]>> = {
  kafka: configured('kafka'),
  tracing: configured('tracing'),
  storage: [homesIn('Model', (model) => storageOf(model, []))],
};

/** Whether a dependency of any Seldon namespace may lie in this one. */
export function holdsDependency(dependency: Dependency, cluster: Cluster, namespace: string): boolean {
  return HOMES[dependency].some((home) => cluster.pick(home).some((found) => found.includes(namespace)));
}

/** Whether Istio puts a sidecar into the namespace's pods (istio.io, "Automatic sidecar injection"). */
export function isInjected(labels: Readonly<Record<string, string>>): boolean {
  if (labels['istio-injection'] !== undefined) return labels['istio-injection'] === 'enabled';
  return labels['istio.io/rev'] !== undefined;
}
