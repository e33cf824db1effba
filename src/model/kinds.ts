/** The kinds that the guard reads, with what webhook rules and RBAC need to know of each. */
export interface KindFacts {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespaced: boolean;
}

const core = (resource: string, namespaced = true): KindFacts => ({
  group: '',
  version: 'v1',
  resource,
  namespaced,
});
const apps = (resource: string): KindFacts => ({ group: 'apps', version: 'v1', resource, namespaced: true });
const batch = (resource: string): KindFacts => ({
  group: 'batch',
  version: 'v1',
  resource,
  namespaced: true,
});
const seldon = (resource: string): KindFacts => ({
  group: 'mlops.seldon.io',
  version: 'v1alpha1',
  resource,
  namespaced: true,
});

export const KINDS = {
  Namespace: core('namespaces', false),
  Pod: core('pods'),
  Service: core('services'),
  ConfigMap: core('configmaps'),
  Deployment: apps('deployments'),
  StatefulSet: apps('statefulsets'),
  DaemonSet: apps('daemonsets'),
  ReplicaSet: apps('replicasets'),
  Job: batch('jobs'),
  CronJob: batch('cronjobs'),
  NetworkPolicy: {
    group: 'networking.k8s.io',
    version: 'v1',
    resource: 'networkpolicies',
    namespaced: true,
  },
  SeldonRuntime: seldon('seldonruntimes'),
  SeldonConfig: seldon('seldonconfigs'),
  Server: seldon('servers'),
  ServerConfig: seldon('serverconfigs'),
  Model: seldon('models'),
  Pipeline: seldon('pipelines'),
  Experiment: seldon('experiments'),
} as const satisfies Record<string, KindFacts>;

/** The name of a kind that the guard reads. */
export type Kind = keyof typeof KINDS;

/** The group of an apiVersion: `apps/v1` gives `apps`, `v1` gives the empty (core) group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The known kind for a group and a kind's name, or undefined: a Server of another group is no Seldon Server. */
export function knownKind(group: string, kind: string): Kind | undefined {
  if (!Object.hasOwn(KINDS, kind)) return undefined;
  return KINDS[kind as Kind].group === group ? (kind as Kind) : undefined;
}
