import { namespaceLabels } from '../model/cluster.ts';
import type { Cluster, Fact } from '../model/cluster.ts';
import { closed } from '../model/labels.ts';
import type { Labels, Tri } from '../model/labels.ts';
import type { Manifest } from '../model/manifest.ts';
import { operatorsOf } from '../model/operator.ts';
import { COMPONENTS } from '../model/seldon-components.ts';
import type { ComponentId } from '../model/seldon-components.ts';
import { seldonPodsIn, SELDON_POD_KINDS } from '../model/seldon-pods.ts';
import type { PodPort as DeclaredPort } from '../model/seldon-pods.ts';
import type { Pod, PodPort } from '../network/pod.ts';

/** One end of a required flow: the pods of a component, as the network sees them and as a person calls them. */
export interface FlowEnd {
  readonly component: ComponentId;
  readonly pod: Pod;
  /** `seldon-envoy`, `Server mlserver`. */
  readonly title: string;
  /** The labels by which a rule can name these pods and no others. */
  readonly selector: Readonly<Record<string, string>>;
  /** Whether it dials the scheduler's mTLS ports. */
  readonly tls: Tri;
  /** The object that makes the pods; undefined for pods that are only taken to be there. */
  readonly source: Manifest | undefined;
  /** Where else the pods may be instead, for pods that are only taken to be somewhere. */
  readonly elsewhere?: readonly FlowEnd[];
}

/** The kinds that the ends of flows are made from. */
export const FLOW_END_KINDS = [
  ...new Set([...SELDON_POD_KINDS, 'Namespace' as const, 'Deployment' as const]),
];

const ENDS: Fact<readonly FlowEnd[]> = {
  name: 'flow-ends',
  kinds: SELDON_POD_KINDS,
  everywhere: ['Namespace', 'SeldonConfig', 'ServerConfig', 'Deployment'],
  compute: (cluster, namespace) => {
    const labels = namespaceLabels(cluster, namespace);
    return seldonPodsIn(cluster, namespace).map((pod): FlowEnd => {
      const component = pod.component;
      return {
        component,
        pod: {
          kind: 'pod',
          namespace,
          name: pod.name,
          labels: closed(pod.labels),
          namespaceLabels: labels,
          ports: pod.ports.map(networkPort),
          addresses: pod.addresses.length === 0 ? undefined : pod.addresses,
          hostNetwork: pod.hostNetwork,
        },
        title: component === 'server' ? `Server ${pod.name}` : pod.name,
        selector: selectorOf(component, pod.labels),
        tls: pod.controlPlaneTls,
        source: pod.source,
      };
    });
  },
};

/** Every Seldon pod of a namespace that exists or will, as an end of flows. */
export function endsIn(cluster: Cluster, namespace: string): readonly FlowEnd[] {
  return cluster.derive(ENDS, namespace);
}

/** The controller-managers that watch a namespace, or may. */
export function controllersFor(cluster: Cluster, namespace: string): readonly FlowEnd[] {
  return operatorsOf(cluster)
    .filter((operator) => operator.watches(namespace) !== 'no')
    .flatMap((operator) =>
      endsIn(cluster, operator.namespace).filter((end) => end.source === operator.manifest),
    );
}

/** Stands for any namespace but those that are named: no Namespace can be called so. */
export const ANOTHER_NAMESPACE = '*';

/** The component as upstream makes it, in a namespace that nobody has named yet. */
export function endElsewhere(component: ComponentId): FlowEnd {
  const values = { 'kubernetes.io/metadata.name': ANOTHER_NAMESPACE };
  return assumedEnd(component, ANOTHER_NAMESPACE, { values, open: true, only: { name: ANOTHER_NAMESPACE } });
}

/** The controller-managers in a namespace that watch every namespace. */
export function wideOperatorsIn(cluster: Cluster, namespace: string): readonly FlowEnd[] {
  const wide = operatorsOf(cluster).filter(
    (operator) => operator.namespace === namespace && operator.scope === 'all',
  );
  return endsIn(cluster, namespace).filter((end) =>
    wide.some((operator) => operator.manifest === end.source),
  );
}

/** The component as upstream makes it, in a namespace where none of its pods can be seen. */
export function assumedEnd(component: ComponentId, namespace: string, labels: Labels): FlowEnd {
  const { name, labels: own, ports } = COMPONENTS[component];
  const title = name ?? 'each Server';
  return {
    component,
    pod: {
      kind: 'pod',
      namespace,
      name: title,
      labels: closed({ ...own }),
      namespaceLabels: labels,
      ports: ports.map((port) => ({ name: port.name, port: port.port, protocol: 'TCP' })),
      addresses: undefined,
      hostNetwork: false,
    },
    title,
    selector: own,
    tls: 'unknown',
    source: undefined,
  };
}

/**
 * The controller-manager of an operator that cannot be seen: in one of the usual namespaces, in the namespace itself, or
 * in any other, of which nothing is known.
 */
export function assumedController(cluster: Cluster, namespace: string, usual: readonly string[]): FlowEnd {
  const candidates = [...new Set([...usual, namespace])].map((candidate) =>
    assumedEnd('controller-manager', candidate, namespaceLabels(cluster, candidate)),
  );
  const anywhere = assumedEnd('controller-manager', '', { values: {}, open: true });
  const [first = anywhere, ...others] = candidates;
  return { ...first, elsewhere: [...others, anywhere] };
}

function networkPort({ name, port, protocol }: DeclaredPort): PodPort {
  const known = protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
  return { ...(name === undefined ? {} : { name }), port, protocol: known };
}

/** The constant labels of the component, as far as the pods carry them; all of theirs where they carry none. */
function selectorOf(
  component: ComponentId,
  labels: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const constant = Object.entries(COMPONENTS[component].labels);
  if (constant.every(([key, value]) => labels[key] === value)) return Object.fromEntries(constant);
  const server = labels['seldon-server-name'];
  return server === undefined ? { ...labels } : { 'seldon-server-name': server };
}
