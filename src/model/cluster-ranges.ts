import type { Cluster } from './cluster.ts';
import { environmentOf, textOf } from './container-env.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import { at, listAt, objectAt, stringAt } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import { annotationsOf, nameOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import type { ObjectName } from './object-name.ts';
import { containersOf } from './seldon-pods.ts';

/** Ranges of addresses as somebody wrote them down, and where. */
export interface StatedRanges {
  readonly cidrs: readonly string[];
  /** As a message names it: `--cluster-cidr of Pod kube-system/kube-controller-manager-n1`. */
  readonly where: string;
}

/** The kinds that `statedRanges` reads. */
export const RANGE_KINDS: readonly Kind[] = ['Pod', 'DaemonSet', 'ConfigMap', 'Node'];

const HOME = 'kube-system';
/** Where kubeadm keeps what it was told. */
export const KUBEADM_CONFIG = { namespace: HOME, name: 'kubeadm-config' } as const;
const KUBE_PROXY = { namespace: HOME, name: 'kube-proxy' } as const;
/** The ConfigMaps that `statedRanges` reads. */
export const RANGE_MAPS: readonly ObjectName[] = [KUBEADM_CONFIG, KUBE_PROXY];

/** Where a cluster says which addresses its pods, or its Services, have. */
interface Places {
  /** Flags of the programs by the beginnings of their pods' names, those first that decide. */
  readonly flags: readonly (readonly [program: string, flag: string])[];
  /** Fields of YAML that kubeadm keeps in ConfigMaps: `ClusterConfiguration.networking`, `KubeProxyConfiguration`. */
  readonly fields: readonly (readonly [configMap: Required<ObjectName>, key: string, field: string])[];
  /** The flag of k3s and RKE2, which write their own arguments on the Node. */
  readonly nodeFlag: string;
}

const PODS: Places = {
  flags: [
    ['kube-controller-manager', 'cluster-cidr'],
    ['kube-proxy', 'cluster-cidr'],
  ],
  fields: [
    [KUBEADM_CONFIG, 'ClusterConfiguration', 'podSubnet'],
    [KUBE_PROXY, 'config.conf', 'clusterCIDR'],
  ],
  nodeFlag: 'cluster-cidr',
};
const SERVICES: Places = {
  flags: [
    ['kube-apiserver', 'service-cluster-ip-range'],
    ['kube-controller-manager', 'service-cluster-ip-range'],
  ],
  fields: [[KUBEADM_CONFIG, 'ClusterConfiguration', 'serviceSubnet']],
  nodeFlag: 'service-cidr',
};

/** Where the cluster's pods have their addresses, as far as the picture has it written down. */
export function statedPodRanges(cluster: Cluster): StatedRanges | undefined {
  return stated(cluster, PODS);
}

/** Where the cluster's Services have their addresses, as far as the picture has it written down. */
export function statedServiceRanges(cluster: Cluster): StatedRanges | undefined {
  return stated(cluster, SERVICES);
}

function stated(cluster: Cluster, { flags, fields, nodeFlag }: Places): StatedRanges | undefined {
  for (const [program, flag] of flags) {
    const found = ofProgram(cluster, program, flag);
    if (found !== undefined) return found;
  }
  for (const [{ namespace, name }, key, field] of fields) {
    const map = cluster.get('ConfigMap', namespace, name);
    const found = map && ofField(map, key, field);
    if (found !== undefined) return found;
  }
  for (const node of cluster.list('Node')) {
    const found = ofNode(node, nodeFlag);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Static pods have the node's name behind the program's. */
function ofProgram(cluster: Cluster, program: string, flag: string): StatedRanges | undefined {
  const pods = cluster.list('Pod', HOME).filter(({ name }) => name.startsWith(program));
  const sets = cluster.list('DaemonSet', HOME).filter(({ name }) => name.startsWith(program));
  const specs: [Manifest, Json][] = [
    ...pods.map((pod): [Manifest, Json] => [pod, objectAt(pod.object, 'spec')]),
    ...sets.map((set): [Manifest, Json] => [set, objectAt(set.object, 'spec', 'template', 'spec')]),
  ];
  for (const [manifest, spec] of specs)
    for (const container of containersOf(spec)) {
      const found = ofFlag(container, flag);
      if (found !== undefined) return { cidrs: found, where: `--${flag} of ${nameOf(manifest)}` };
    }
  return undefined;
}

function ofFlag(container: Json, flag: string): readonly string[] | undefined {
  const found = flagOccurrence(container, flag, environmentOf(container));
  return found === undefined ? undefined : cidrsIn(textOf(found.value) ?? '');
}

/** One line of YAML: what kubeadm writes has each of these fields once, with a plain or a quoted text. */
function ofField(map: Manifest, key: string, field: string): StatedRanges | undefined {
  const text = stringAt(map.object, 'data', key) ?? '';
  const value = new RegExp(String.raw`^[ ]*${field}:[ ]*["']?([0-9A-Fa-f:./,]+)`, 'm').exec(text)?.[1];
  const cidrs = cidrsIn(value ?? '');
  return cidrs && { cidrs, where: `${field} of ${nameOf(map)}` };
}

/** The annotation is a list of arguments in JSON (k3s pkg/nodeconfig, `NodeArgsAnnotation`). */
function ofNode(node: Manifest, flag: string): StatedRanges | undefined {
  for (const key of ['k3s.io/node-args', 'rke2.io/node-args']) {
    const text = annotationsOf(node)[key];
    if (text === undefined) continue;
    const cidrs = ofFlag({ args: listIn(text) }, flag);
    if (cidrs !== undefined) return { cidrs, where: `--${flag} of ${nameOf(node)}` };
  }
  return undefined;
}

function listIn(text: string): readonly Json[] {
  try {
    return listAt({ list: JSON.parse(text) as Json }, 'list');
  } catch {
    return [];
  }
}

function cidrsIn(text: string): readonly string[] | undefined {
  const cidrs = text.split(',').filter((one) => one.includes('/'));
  return cidrs.length === 0 ? undefined : cidrs.map((one) => one.trim());
}

/** The ranges that a Node's pods are to have: "podCIDR represents the pod IP range assigned to the node" (NodeSpec). */
export function nodeRanges({ object }: Manifest): readonly string[] {
  const all = listAt(object, 'spec', 'podCIDRs').filter((text) => typeof text === 'string');
  const one = at(object, 'spec', 'podCIDR');
  return all.length > 0 ? all : typeof one === 'string' ? [one] : [];
}
