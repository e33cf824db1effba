import { namespaceLabels } from '../model/cluster.ts';
import type { Cluster } from '../model/cluster.ts';
import { workloadOf } from '../model/controller.ts';
import { isObject, listAt, numberAt, stringAt } from '../model/json.ts';
import type { Kind } from '../model/kinds.ts';
import { closed } from '../model/labels.ts';
import type { Manifest } from '../model/manifest.ts';
import { POD_INDEX_LABEL } from '../model/seldon-components.ts';
import { addressesOf, hasEnded, portsOf } from '../model/seldon-pods.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../model/workload.ts';
import type { PodTemplate } from '../model/workload.ts';
import type { Pod } from './pod.ts';

/** The pods of one controlling owner, under its kind and name, or a Pod that nothing owns. */
export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The pods that exist; without any, those that the manifests will make, one for each sort. */
  readonly pods: readonly Pod[];
}

const MAKERS = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'] as const;
const OPERATED = ['Server', 'SeldonRuntime'] as const;

/** The kinds that `workloadsOf` reads. */
export const WORKLOAD_KINDS: readonly Kind[] = [
  ...new Set<Kind>(['Pod', 'Namespace', ...MAKERS, ...OPERATED, ...POD_TEMPLATE_KINDS]),
];

/**
 * Every workload of a picture, by namespace, name and kind. Finished pods, Jobs that are done and workloads of no replicas
 * have no network and are not among them.
 */
export function workloadsOf(cluster: Cluster): readonly Workload[] {
  const running = new Gathering();
  const coming = new Gathering();
  for (const pod of cluster.list('Pod')) {
    const workload = workloadOf(pod, cluster);
    if (!hasEnded(pod))
      for (const template of podTemplatesOf(pod, cluster))
        running.add(pod.namespace, workload.kind, workload.name, livePod(pod, template, cluster));
  }
  for (const kind of MAKERS)
    for (const maker of cluster.list(kind)) {
      const { kind: own, name } = workloadOf(maker, cluster);
      if (!makesNone(maker))
        for (const template of podTemplatesOf(maker, cluster))
          coming.add(maker.namespace, own, name, madePod(template, cluster));
    }
  for (const kind of OPERATED)
    for (const maker of cluster.list(kind))
      for (const template of makesNone(maker) ? [] : podTemplatesOf(maker, cluster)) {
        const { namespace, name } = template;
        // What the operator has made already stands for itself.
        const there = ['StatefulSet', 'Deployment'].some(
          (made) => running.has(namespace, made, name) || coming.has(namespace, made, name),
        );
        if (!there) coming.add(namespace, operatedKind(maker, template), name, madePod(template, cluster));
      }
  const compare = (a: Workload, b: Workload): number =>
    order(a.namespace, b.namespace) || order(a.name, b.name) || order(a.kind, b.kind);
  return [...new Map([...coming.all, ...running.all]).values()].toSorted(compare);
}

/** Pods by the workload that they are part of. */
class Gathering {
  readonly all = new Map<string, Workload & { readonly pods: Pod[] }>();

  has(namespace: string, kind: string, name: string): boolean {
    return this.all.has(`${namespace}/${kind}/${name}`);
  }

  add(namespace: string, kind: string, name: string, pod: Pod): void {
    const key = `${namespace}/${kind}/${name}`;
    const workload = this.all.get(key);
    if (workload === undefined) this.all.set(key, { kind, namespace, name, pods: [pod] });
    else workload.pods.push(pod);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function makesNone({ known, object }: Manifest): boolean {
  if (numberAt(object, 'spec', 'replicas') === 0 && known !== 'DaemonSet') return true;
  if (known !== 'Job') return false;
  return listAt(object, 'status', 'conditions').some(
    (condition) =>
      ['Complete', 'Failed'].includes(stringAt(condition, 'type') ?? '') &&
      stringAt(condition, 'status') === 'True',
  );
}

/** A SeldonRuntime makes several workloads; those of which the pods are numbered are StatefulSets. */
function operatedKind(maker: Manifest, template: PodTemplate): string {
  if (maker.known === 'Server') return maker.kind;
  return Object.hasOwn(template.labels, POD_INDEX_LABEL) ? 'StatefulSet' : 'Deployment';
}

function madePod(template: PodTemplate, cluster: Cluster): Pod {
  const { namespace, name, labels, spec } = template;
  return {
    kind: 'pod',
    namespace,
    name,
    labels: closed(labels),
    namespaceLabels: namespaceLabels(cluster, namespace),
    ports: portsOf(template),
    addresses: undefined,
    hostNetwork: isObject(spec) && spec['hostNetwork'] === true,
    many: true,
  };
}

function livePod(manifest: Manifest, template: PodTemplate, cluster: Cluster): Pod {
  const node = stringAt(manifest.object, 'spec', 'nodeName');
  const { many: _, ...pod } = madePod(template, cluster);
  return { ...pod, addresses: addressesOf(manifest), ...(node ? { node } : {}) };
}
