import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster, Fact } from '../../model/cluster.ts';
import { closed } from '../../model/labels.ts';
import type { Labels, Tri } from '../../model/labels.ts';
import { stringAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { operatorsOf, OPERATORS } from '../../model/operator.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import { POD_INDEX_LABEL, POD_NAME_LABEL } from '../../model/seldon-components.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import { seldonPodsIn, SELDON_POD_KINDS } from '../../model/seldon-pods.ts';
import type { PodPort as DeclaredPort, SeldonPod } from '../../model/seldon-pods.ts';
import type { Block } from '../../network/block.ts';
import type { Pod, PodPort } from '../../network/pod.ts';
import { keep, kept } from '../../model/once.ts';

/** One end of a required flow: pods, as the network sees them and as a person calls them. */
export interface FlowEnd {
  /** The component of Seldon's that they are; undefined for other pods, which a flow names by itself. */
  readonly component: ComponentId | undefined;
  readonly pod: Pod;
  /** `seldon-envoy`, `Server mlserver`. */
  readonly title: string;
  /** The labels by which a rule can name these pods and no others; undefined where no labels do. */
  readonly selector: Readonly<Record<string, string>> | undefined;
  /** The entry of `from` or `to` that names them, where that is not by `selector` and their namespace. */
  readonly rule?: JsonObject;
  /** Whether it dials the scheduler's mTLS ports. */
  readonly tls: Tri;
  /** The object that makes the pods; undefined for pods that are only taken to be there. */
  readonly source: Manifest | undefined;
  /** Where else the pods may be instead, for pods that are only taken to be the ones. */
  readonly elsewhere?: readonly End[];
  /** Set where any one of these places will do: the flow is closed only if it is closed from all of them. */
  readonly anyone?: true;
}

/** Addresses that no pod of the cluster has. */
export interface AddressEnd extends Omit<FlowEnd, 'pod' | 'component'> {
  readonly component?: undefined;
  readonly pod?: undefined;
  /** All of them; undefined for a host whose addresses nobody can see. */
  readonly block: Block | undefined;
}

/** Either end of a required flow. */
export type End = FlowEnd | AddressEnd;

/** The namespace of an end; empty for what is in none. */
export function homeOf(end: End): string {
  return end.pod?.namespace ?? '';
}

/** The kinds that the ends of flows are made from. */
export const FLOW_END_KINDS = [
  ...new Set([...SELDON_POD_KINDS, 'Namespace' as const, 'Deployment' as const]),
];

const ENDS: Fact<readonly FlowEnd[]> = {
  name: 'flow-ends',
  kinds: SELDON_POD_KINDS,
  everywhere: ['SeldonConfig', 'ServerConfig'],
  picks: [OPERATORS],
  namespaceItself: true,
  compute: (cluster, namespace) => {
    const labels = namespaceLabels(cluster, namespace);
    return seldonPodsIn(cluster, namespace).map((pod) => {
      if (isAmbiguous(pod, cluster)) return endOf(pod, labels, true);
      let end = kept<FlowEnd>(pod, END);
      // The same pods in a namespace with the same labels are the same end, whatever else has changed.
      if (end?.pod.namespaceLabels !== labels) keep(pod, END, (end = endOf(pod, labels)));
      return end;
    });
  },
};

const END = Symbol('flow end');

/**
 * Whether the configuration of the pods is there, but it cannot be seen which of several it is: they may have labels and
 * ports of which nothing is known. One that is not there at all is taken for upstream's.
 */
function isAmbiguous({ component, source, missing }: SeldonPod, cluster: Cluster): boolean {
  if (missing === undefined) return false;
  const [kind, field] =
    component === 'server'
      ? (['ServerConfig', 'serverConfig'] as const)
      : (['SeldonConfig', 'seldonConfig'] as const);
  const name = stringAt(source.object, 'spec', field);
  return cluster.list(kind).some((config) => config.name === name);
}

function endOf(pod: SeldonPod, labels: Labels, ambiguous = false): FlowEnd {
  const { component, namespace, name, addresses, hostNetwork } = pod;
  return {
    component,
    pod: {
      kind: 'pod',
      namespace,
      name,
      labels: ambiguous ? { values: pod.labels, open: true } : closed(pod.labels),
      namespaceLabels: labels,
      ports: ambiguous ? undefined : pod.ports.map(networkPort),
      addresses: addresses.length === 0 ? undefined : addresses,
      hostNetwork,
    },
    title: component === 'server' ? `Server ${name}` : name,
    selector: selectorOf(pod),
    tls: pod.controlPlaneTls,
    source: pod.source,
  };
}

/** Every Seldon pod of a namespace that exists or will, as an end of flows. */
export function endsIn(cluster: Cluster, namespace: string): readonly FlowEnd[] {
  return cluster.derive(ENDS, namespace);
}

/** The controller-managers that watch a namespace, or those of which it cannot be seen whether they do. */
export function controllersFor(cluster: Cluster, namespace: string, watches: Tri): readonly FlowEnd[] {
  return operatorsOf(cluster)
    .filter((operator) => operator.watches(namespace) === watches)
    .flatMap((operator) =>
      endsIn(cluster, operator.namespace).filter((end) => end.source === operator.manifest),
    );
}

/** Stands for any namespace but those that are named: no Namespace can be called so. */
export const ANOTHER_NAMESPACE = '*';

/** The component as upstream makes it, in a namespace that nobody has named yet. */
export function endElsewhere(component: ComponentId): FlowEnd {
  const values = { 'kubernetes.io/metadata.name': ANOTHER_NAMESPACE };
  const only = { name: ANOTHER_NAMESPACE };
  return labelledSomehow(assumedEnd(component, ANOTHER_NAMESPACE, { values, open: true, only }));
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
 * The controller-manager of an operator that cannot be seen: one of those that may watch the namespace, or one in one of
 * the usual namespaces, in the namespace itself, or in any other, of which nothing is known.
 */
export function assumedController(cluster: Cluster, namespace: string, usual: readonly string[]): FlowEnd {
  const candidates = [...new Set([...usual, namespace])].map((candidate) =>
    labelledSomehow(assumedEnd('controller-manager', candidate, namespaceLabels(cluster, candidate))),
  );
  const anywhere = labelledSomehow(assumedEnd('controller-manager', '', { values: {}, open: true }));
  const [first, ...others] = [...controllersFor(cluster, namespace, 'unknown'), ...candidates, anywhere];
  return { ...first, elsewhere: others };
}

/** The same pods, which may have other labels beside those that are known: nobody has seen them. */
function labelledSomehow(end: FlowEnd): FlowEnd {
  return { ...end, pod: { ...end.pod, labels: { ...end.pod.labels, open: true } } };
}

function networkPort({ name, port, protocol }: DeclaredPort): PodPort {
  const known = protocol === 'UDP' || protocol === 'SCTP' ? protocol : 'TCP';
  return { ...(name === undefined ? {} : { name }), port, protocol: known };
}

/** Labels that Kubernetes gives to some pods of a workload and not to others. */
const NOT_OF_ALL: ReadonlySet<string> = new Set([
  POD_NAME_LABEL,
  POD_INDEX_LABEL,
  'pod-template-hash',
  'controller-revision-hash',
]);

/**
 * The constant labels of the component where the pods carry them, else the Server's name, else all labels of theirs. No
 * selector matches a pod on the host network for certain, and one without labels would match everybody.
 */
function selectorOf({ component, labels, hostNetwork }: SeldonPod): FlowEnd['selector'] {
  if (hostNetwork) return undefined;
  const constant = Object.entries(COMPONENTS[component].labels);
  if (constant.every(([key, value]) => labels[key] === value)) return Object.fromEntries(constant);
  const server = labels['seldon-server-name'];
  if (server !== undefined) return { 'seldon-server-name': server };
  const own = Object.entries(labels).filter(([key]) => !NOT_OF_ALL.has(key));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}
