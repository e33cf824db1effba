import type { Cluster, Pick } from './cluster.ts';
import { argumentsOf, envOf } from './container-env.ts';
import type { EnvValue } from './container-env.ts';
import { goBoolean, goFlags } from './go-flags.ts';
import { listAt, objectAt, stringAt, stringsAt } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import type { Tri } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { componentOf, COMPONENTS } from './seldon-components.ts';
import { seldonRelease } from './seldon-version.ts';

/** A controller-manager in the picture. */
export interface Operator {
  readonly manifest: Manifest;
  /** Where it runs, and where it looks up SeldonConfigs and ServerConfigs. */
  readonly namespace: string;
  /** `all`, or the namespaces that it watches; undefined where its settings are not to be seen. */
  readonly scope: 'all' | readonly string[] | undefined;
  /** Whether it runs Servers as Deployments (2.10, --use-deployments-for-servers). */
  readonly serversAreDeployments: Tri;
  watches(namespace: string): Tri;
}

/** The kinds that the look-ups of operator namespaces and configurations read. */
export const OPERATOR_CONFIG_KINDS: readonly Kind[] = ['Deployment', 'SeldonConfig', 'ServerConfig'];

/** The boolean flags of the manager (operator/main.go:107-128). */
const BOOLEAN_FLAGS = ['version', 'leader-elect', 'clusterwide', 'use-deployments-for-servers', 'zap-devel'];

function manager(podSpec: Json): Json | undefined {
  const containers = listAt(podSpec, 'containers');
  const [name] = COMPONENTS['controller-manager'].containers;
  return containers.find((container) => stringAt(container, 'name') === name) ?? containers[0];
}

function truth(value: EnvValue): boolean | undefined {
  return value.known ? (goBoolean(value.value ?? 'false') ?? false) : undefined;
}

/**
 * The namespaces that the flags say (getWatchNamespaceConfig, operator/main.go:65-95): its own without --clusterwide;
 * with it all, or those of --watch-namespaces and its own.
 */
function scopeOf(namespace: string, clusterwide: EnvValue, watched: EnvValue): Operator['scope'] {
  const wide = truth(clusterwide);
  if (wide === false) return [namespace];
  if (wide === undefined || !watched.known) return undefined;
  const names = (watched.value ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return (watched.value ?? '') === '' ? 'all' : [...new Set([...names, namespace])];
}

function operatorOf(manifest: Manifest): Operator {
  const { namespace } = manifest;
  const container = manager(objectAt(manifest.object, 'spec', 'template', 'spec'));
  const fields = { 'metadata.namespace': namespace };
  const args = argumentsOf(container, fields);
  const flags = goFlags(args, BOOLEAN_FLAGS);
  // A Deployment that lists no arguments is a fragment: the chart's own, which refer to these variables, are implied.
  const setting = (flag: string, variable: string): EnvValue =>
    args.length === 0
      ? envOf(container, variable, fields)
      : (flags.get(flag) ?? { known: true, value: undefined });
  const scope = scopeOf(
    namespace,
    setting('clusterwide', 'CLUSTERWIDE'),
    setting('watch-namespaces', 'WATCH_NAMESPACES'),
  );
  const deployments = truth(flags.get('use-deployments-for-servers') ?? { known: true, value: undefined });
  return {
    manifest,
    namespace,
    scope,
    serversAreDeployments: deployments === undefined ? 'unknown' : deployments ? 'yes' : 'no',
    watches(asked) {
      if (scope === 'all' || asked === namespace) return 'yes';
      if (scope === undefined) return 'unknown';
      return scope.includes(asked) ? 'yes' : 'no';
    },
  };
}

/** The operators, picked out of all Deployments by the labels of their pods. */
export const OPERATORS: Pick<Operator> = {
  kind: 'Deployment',
  of: (manifest) => {
    const labels = stringsAt(manifest.object, 'spec', 'template', 'metadata', 'labels');
    return componentOf(labels) === 'controller-manager' ? operatorOf(manifest) : undefined;
  },
};

/** The controller-managers in the picture, recognised by the labels of their pods. */
export function operatorsOf(cluster: Cluster): readonly Operator[] {
  return cluster.pick(OPERATORS);
}

/** Where the operator of a namespace is, as far as the picture tells. */
export interface OperatorHome {
  /** The one namespace it must be; undefined when there is none, or when several are possible. */
  readonly namespace: string | undefined;
  /** Every namespace it may be. */
  readonly candidates: readonly string[];
  /** By what it was found: an operator that watches the namespace, one that may, or the configurations lying there. */
  readonly by: 'operator' | 'possible-operator' | 'configs' | 'nothing';
  /** What Servers become there: Deployments where every operator in question says so (2.10). */
  readonly serversBecome: 'StatefulSet' | 'Deployment';
  /** The release of Seldon Core there, where it is known. */
  readonly release: string | undefined;
}

function home(
  cluster: Cluster,
  by: OperatorHome['by'],
  namespaces: readonly string[],
  operators: readonly Operator[] = [],
): OperatorHome {
  const candidates = [...new Set(namespaces)].toSorted();
  const deployments = operators.length > 0 && operators.every((one) => one.serversAreDeployments === 'yes');
  return {
    namespace: candidates.length === 1 ? candidates[0] : undefined,
    candidates,
    by,
    serversBecome: deployments ? 'Deployment' : 'StatefulSet',
    release: seldonRelease(cluster),
  };
}

/** Where the operator that serves a namespace runs: the visible one that watches it, else where configurations lie. */
export function operatorHome(cluster: Cluster, namespace: string): OperatorHome {
  const operators = operatorsOf(cluster);
  for (const [answer, by] of [
    ['yes', 'operator'],
    ['unknown', 'possible-operator'],
  ] as const) {
    const watching = operators.filter((one) => one.watches(namespace) === answer);
    const namespaces = watching.map((one) => one.namespace);
    if (watching.length > 0) return home(cluster, by, namespaces, watching);
  }
  const configs = [...cluster.list('SeldonConfig'), ...cluster.list('ServerConfig')];
  return home(
    cluster,
    configs.length === 0 ? 'nothing' : 'configs',
    configs.map((config) => config.namespace),
  );
}

/** The namespace in which Servers and SeldonRuntimes of `namespace` find their configurations, where it is certain. */
export function operatorNamespaceFor(cluster: Cluster, namespace: string): string | undefined {
  return operatorHome(cluster, namespace).namespace;
}

/** A configuration found, or the words for what was looked for in vain. */
export type ConfigLookup =
  | { readonly config: Manifest; readonly missing: undefined }
  | { readonly config: undefined; readonly missing: string };

/**
 * The SeldonConfig or ServerConfig of that name for objects of `namespace`: the operator gets it in its own
 * namespace alone (operator/apis/mlops/v1alpha1/serverconfig_types.go:75-86, seldonconfig_types.go:160-169; a
 * `ns/name` is not parsed). Where that namespace is not known, the one object of that name anywhere is taken.
 */
export function configFor(
  cluster: Cluster,
  kind: 'SeldonConfig' | 'ServerConfig',
  name: string,
  operator: OperatorHome,
): ConfigLookup {
  const { namespace, candidates } = operator;
  if (namespace !== undefined) {
    const config = cluster.get(kind, namespace, name);
    const where = namespace === '' ? name : `${namespace}/${name}`;
    return config === undefined ? { config, missing: `${kind} ${where}` } : { config, missing: undefined };
  }
  const found = candidates.flatMap((candidate) => cluster.get(kind, candidate, name) ?? []);
  const [config] = found;
  if (config !== undefined && found.length === 1) return { config, missing: undefined };
  const among = (found.length > 1 ? found.map((each) => each.namespace) : candidates).join(', ');
  return { config: undefined, missing: `${kind} ${name}${among === '' ? '' : ` (in one of ${among})`}` };
}
