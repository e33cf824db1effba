import type { Cluster } from '../model/cluster.ts';
import { stringAt, stringsAt } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import { hasEnded } from '../model/seldon-pods.ts';
import { addressesOf, parseAddress } from './address.ts';
import { leadsTo } from './service-target.ts';
import type { Workload } from './workload.ts';

/** Who is asked about: pods, by themselves or behind a Service, or an address that is no pod's. */
export type Party =
  | {
      readonly kind: 'pods';
      /** `Deployment shop/cart`, `Service shop/cart`. */
      readonly title: string;
      readonly workloads: readonly Workload[];
      /** The Service through which they are reached. */
      readonly service?: Manifest;
    }
  | { readonly kind: 'address'; readonly title: string; readonly ip: string };

/** A sentence why a name or a question means nothing. */
export interface Problem {
  readonly problem: string;
}

/**
 * Who is meant by `NS/NAME` or `Kind/NS/NAME` (a workload, a pod of one, or a Service), by `service/NAME` in `namespace`, or
 * by an address; one that a pod has is that pod.
 */
export function partyOf(
  text: string,
  cluster: Cluster,
  workloads: readonly Workload[],
  namespace?: string,
): Party | Problem {
  if (parseAddress(text) !== undefined) return byAddress(text, workloads);
  const parts = text.split('/');
  const [kind, ns = '', name = ''] = parts.length === 3 ? parts : [undefined, ...parts];
  if (parts.length > 3 || ns === '' || name === '')
    return { problem: `${text} is neither NS/NAME, Kind/NS/NAME, service/NAME nor an IP address.` };
  if (kind !== undefined && isService(kind)) return behind(cluster, workloads, ns, name);
  const named = candidates(cluster, workloads, ns, name).filter(
    (workload) => kind === undefined || workload.kind.toLowerCase() === kind.toLowerCase(),
  );
  const [first, second] = named;
  if (second !== undefined) {
    const kinds = named.map((workload) => `${workload.kind}/${ns}/${name}`);
    return { problem: `${text} is ambiguous: it may be ${kinds.join(' or ')}.` };
  }
  if (first !== undefined) return { kind: 'pods', title: `${first.kind} ${ns}/${name}`, workloads: [first] };
  if (kind === undefined && isService(ns) && namespace !== undefined)
    return behind(cluster, workloads, namespace, name);
  if (kind === undefined && cluster.get('Service', ns, name) !== undefined)
    return behind(cluster, workloads, ns, name);
  return { problem: absent(text, cluster, workloads, ns, name) };
}

/** The workloads of that name; else the one pod that is called so, by itself. */
function candidates(
  cluster: Cluster,
  workloads: readonly Workload[],
  namespace: string,
  name: string,
): readonly Workload[] {
  const inside = workloads.filter((workload) => workload.namespace === namespace);
  const named = inside.filter((workload) => workload.name === name);
  if (named.length > 0 || cluster.get('Pod', namespace, name) === undefined) return named;
  const pods = inside.flatMap((workload) => workload.pods).filter((pod) => pod.name === name);
  return pods.length === 0 ? [] : [{ kind: 'Pod', namespace, name, pods }];
}

function isService(kind: string): boolean {
  return ['service', 'services', 'svc'].includes(kind.toLowerCase());
}

function behind(
  cluster: Cluster,
  workloads: readonly Workload[],
  namespace: string,
  name: string,
): Party | Problem {
  const title = `Service ${namespace}/${name}`;
  const service = cluster.get('Service', namespace, name);
  if (service === undefined) return { problem: `There is no ${title}.` };
  const selector = stringsAt(service.object, 'spec', 'selector');
  if (Object.keys(selector).length === 0 || stringAt(service.object, 'spec', 'type') === 'ExternalName')
    return { problem: `${title} selects no pods: name what is behind it instead.` };
  const chosen = workloads.flatMap((workload) => {
    const pods = workload.pods.filter((pod) => leadsTo(service, pod));
    return pods.length === 0 ? [] : [{ ...workload, pods }];
  });
  if (chosen.length === 0)
    return { problem: `${title} leads nowhere: no pod has the labels that it selects.` };
  return { kind: 'pods', title, workloads: chosen, service };
}

function byAddress(ip: string, workloads: readonly Workload[]): Party {
  const wanted = parseAddress(ip)?.join();
  for (const workload of workloads)
    for (const pod of workload.pods)
      // On the host network the address is the node's, and others have it as well.
      if (!pod.hostNetwork && addressesOf(pod).some((address) => address.join() === wanted))
        return { kind: 'pods', title: ip, workloads: [{ ...workload, pods: [pod] }] };
  return { kind: 'address', title: ip, ip };
}

function absent(
  text: string,
  cluster: Cluster,
  workloads: readonly Workload[],
  namespace: string,
  name: string,
): string {
  const pod = cluster.get('Pod', namespace, name);
  if (pod !== undefined && hasEnded(pod)) return `Pod ${namespace}/${name} is finished and has no network.`;
  const elsewhere = new Set(
    workloads.filter((workload) => workload.name === name).map(({ namespace: ns }) => ns),
  );
  const hint = elsewhere.size === 0 ? '' : `; there is one in ${[...elsewhere].join(', ')}`;
  return `There is no workload ${text} among the manifests${hint}.`;
}
