/** The kinds that the guard reads, with what webhook rules and RBAC need to know of each. */
export interface KindFacts {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** Another API that serves the same objects, under the same kind and resource. */
  readonly also?: { readonly group: string; readonly version: string };
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

const foreign = (group: string, version: string, resource: string, namespaced = true): KindFacts => ({
  group,
  version,
  resource,
  namespaced,
});

export const KINDS = {
  Namespace: core('namespaces', false),
  Node: core('nodes', false),
  Pod: core('pods'),
  Service: core('services'),
  Endpoints: core('endpoints'),
  EndpointSlice: foreign('discovery.k8s.io', 'v1', 'endpointslices'),
  ConfigMap: core('configmaps'),
  ResourceQuota: core('resourcequotas'),
  LimitRange: core('limitranges'),
  HorizontalPodAutoscaler: foreign('autoscaling', 'v2', 'horizontalpodautoscalers'),
  Ingress: foreign('networking.k8s.io', 'v1', 'ingresses'),
  VirtualService: foreign('networking.istio.io', 'v1', 'virtualservices'),
  Gateway: foreign('networking.istio.io', 'v1', 'gateways'),
  IPAddressPool: foreign('metallb.io', 'v1beta1', 'ipaddresspools'),
  // Calico's own API server takes them as projectcalico.org/v3 and keeps them as custom resources of the other group.
  IPPool: {
    ...foreign('crd.projectcalico.org', 'v1', 'ippools', false),
    also: { group: 'projectcalico.org', version: 'v3' },
  },
  Installation: foreign('operator.tigera.io', 'v1', 'installations', false),
  Deployment: apps('deployments'),
  StatefulSet: apps('statefulsets'),
  DaemonSet: apps('daemonsets'),
  ReplicaSet: apps('replicasets'),
  Job: batch('jobs'),
  CronJob: batch('cronjobs'),
  NetworkPolicy: foreign('networking.k8s.io', 'v1', 'networkpolicies'),
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
  const facts: KindFacts = KINDS[kind as Kind];
  return facts.group === group || facts.also?.group === group ? (kind as Kind) : undefined;
}
