import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster, Fact, Pick } from '../../model/cluster.ts';
import { listAt, numberAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { closed } from '../../model/labels.ts';
import type { Labels } from '../../model/labels.ts';
import type { Manifest } from '../../model/manifest.ts';
import { keep, kept } from '../../model/once.ts';
import { containersOf, declaredPorts, hasEnded, ownerOf } from '../../model/seldon-pods.ts';
import { podTemplatesOf } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Pod } from '../../network/pod.ts';
import { compileSelector } from '../../network/selector.ts';
import { endsIn, FLOW_END_KINDS } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';

/** Pods that exist, or that a workload will make, whether Seldon's or anybody's. */
export interface PodsAround {
  readonly pod: Pod;
  /** `Deployment web`, `Server mlserver`, `seldon-envoy`. */
  readonly title: string;
  /** Whether a container declares no ports: "not specifying a port here DOES NOT prevent that port from being exposed". */
  readonly mayListenElsewhere: boolean;
  /** The labels by which a rule can name them; undefined where no labels do. */
  readonly selector: Readonly<Record<string, string>> | undefined;
}

const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob'] as const satisfies Kind[];

/** The kinds that pods are looked for in. */
export const PODS_AROUND_KINDS: readonly Kind[] = [
  ...new Set<Kind>([...FLOW_END_KINDS, ...WORKLOADS, 'Pod']),
];

const OTHERS: Fact<readonly PodsAround[]> = {
  name: 'pods-around',
  kinds: [...WORKLOADS, 'Pod'],
  namespaceItself: true,
  compute(cluster, namespace) {
    const pods = cluster.list('Pod', namespace).filter((pod) => !hasEnded(pod));
    const workloads = WORKLOADS.flatMap((kind) => cluster.list(kind, namespace));
    const labels = namespaceLabels(cluster, namespace);
    const all = [...workloads, ...pods].flatMap((manifest) => {
      let around = kept<readonly PodsAround[]>(manifest, AROUND);
      // The same manifest in a namespace with the same labels makes the same pods, whatever else has changed.
      if (around?.every(({ pod }) => pod.namespaceLabels === labels) !== true)
        keep(manifest, AROUND, (around = made(manifest, cluster, labels)));
      return around;
    });
    return [...new Map(all.map((each) => [lookOf(each), each])).values()];
  },
};

const AROUND = Symbol('pods around');

/** The same for pods that no selector and no port tells apart: the many of one Deployment count as one. */
function lookOf({ title, mayListenElsewhere, pod: { labels, ports, hostNetwork } }: PodsAround): string {
  return JSON.stringify([title, mayListenElsewhere, labels.values, ports, hostNetwork]);
}

/** Every sort of pod that is seen in a namespace. */
export function podsIn(cluster: Cluster, namespace: string): readonly PodsAround[] {
  return [...endsIn(cluster, namespace).map(ofSeldon), ...cluster.derive(OTHERS, namespace)];
}

const HOMES: readonly Pick<string>[] = [...WORKLOADS, 'Pod', 'Server', 'SeldonRuntime'].map((kind) => ({
  kind: kind as Kind,
  of: ({ namespace }) => namespace,
}));

const NAMESPACES: Fact<ReadonlySet<string>> = {
  name: 'namespaces-around',
  kinds: [],
  everywhere: ['Namespace'],
  picks: HOMES,
  compute: (cluster) =>
    new Set([
      ...cluster.list('Namespace').map(({ name }) => name),
      ...HOMES.flatMap((home) => cluster.pick(home)),
    ]),
};

/** Every namespace that is seen, by itself or by a pod in it. */
export function namespacesAround(cluster: Cluster): ReadonlySet<string> {
  return cluster.derive(NAMESPACES, '');
}

/** The namespaces that a namespaceSelector matches; undefined where that cannot be told of one. */
export function matchedNamespaces(cluster: Cluster, namespaceSelector: Json): readonly string[] | undefined {
  const selector = compileSelector(namespaceSelector);
  const found: string[] = [];
  for (const namespace of namespacesAround(cluster)) {
    const answer = selector(namespaceLabels(cluster, namespace));
    if (answer === 'unknown') return undefined;
    if (answer === 'yes') found.push(namespace);
  }
  return found;
}

/** Pods of a Seldon component. Of those of upstream's that declare no ports, only the controller-manager listens. */
export function ofSeldon({ component, pod, title, selector }: FlowEnd): PodsAround {
  return { pod, title, mayListenElsewhere: component === 'controller-manager', selector };
}

/** The pods of a manifest that are not among Seldon's: those of others, and those that are scaled to nothing for now. */
function made(manifest: Manifest, cluster: Cluster, namespaceLabels: Labels): PodsAround[] {
  const isOff = numberAt(manifest.object, 'spec', 'replicas') === 0;
  const owner = manifest.known === 'Pod' ? ownerOf(manifest) : undefined;
  return podTemplatesOf(manifest, cluster)
    .filter(({ component }) => component === undefined || isOff)
    .map((template) => podsOf(template, owner ?? template.workload, namespaceLabels));
}

function podsOf(
  { namespace, name, labels, spec }: PodTemplate,
  owner: PodTemplate['workload'],
  namespaceLabels: Labels,
): PodsAround {
  const hostNetwork = spec['hostNetwork'] === true;
  const own = Object.entries(labels).filter(([key]) => !ADDED.test(key));
  return {
    pod: {
      kind: 'pod',
      namespace,
      name,
      labels: closed(labels),
      namespaceLabels,
      ports: declaredPorts(spec),
      addresses: undefined,
      hostNetwork,
    },
    title: `${owner.kind} ${owner.name}`,
    mayListenElsewhere: containersOf(spec).length === 0 || containersOf(spec).some(declaresNothing),
    selector: hostNetwork || own.length === 0 ? undefined : Object.fromEntries(own),
  };
}

/** Labels that controllers give to some pods of a workload and not to others, or that change with each version. */
const ADDED =
  /^(statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|pod-template-hash|controller-revision-hash|helm\.sh\/chart|app\.kubernetes\.io\/version|(batch\.kubernetes\.io\/)?(job-name|controller-uid))$/;

function declaresNothing(container: Json): boolean {
  return listAt(container, 'ports').length === 0;
}
