import type { Cluster } from '../../model/cluster.ts';
import { stringAt, stringsAt } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { COMPONENTS, componentOf } from '../../model/seldon-components.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { clusterNameservers } from '../names/cluster-dns.ts';
import { podAddressOf } from './pod-address.ts';

/** What a host name is to an agent that looks for the scheduler of its namespace. */
export type Named =
  /** That scheduler; by a Service of somebody's own, whose ports count then. */
  | { readonly is: 'scheduler'; readonly service: Manifest | undefined }
  | { readonly is: 'other'; readonly what: string }
  | { readonly is: 'unknown'; readonly because: string };

/** The Service that the operator makes in every namespace with a SeldonRuntime (service_reconciler.go:131-187). */
export const SCHEDULER = COMPONENTS['seldon-scheduler'].name ?? 'seldon-scheduler';

const RIGHT: Named = { is: 'scheduler', service: undefined };

/**
 * What a text names for pods of `namespace`; undefined: for pods of whatever namespace a ServerConfig is used in. The
 * operator's own Service is taken to be there; of others it is said that they are not only where Services are seen.
 */
export function schedulerNamed(
  text: string,
  { spec }: PodTemplate,
  namespace: string | undefined,
  cluster: Cluster,
): Named {
  const address = podAddressOf([text], spec);
  switch (address.at) {
    case 'name':
      return ofName(address.name, namespace, cluster);
    case 'address': {
      const service = clusterNameservers(cluster, []).serviceAt(address.address);
      return service === undefined
        ? { is: 'unknown', because: 'is an address that no object seen has' }
        : ofService(service, namespace, `the address of ${nameOf(service)}`);
    }
    case 'nowhere':
      return { is: 'other', what: 'neither a host name nor an address' };
    case 'unknown':
      return { is: 'unknown', because: address.because };
    default:
      return { is: 'other', what: 'the pod itself' };
  }
}

function ofName(name: string, namespace: string | undefined, cluster: Cluster): Named {
  const [host = '', second, third] = name.split('.');
  if (third !== undefined && third !== 'svc')
    return { is: 'unknown', because: 'is a name outside the cluster' };
  const within = second ?? namespace;
  if (host === SCHEDULER)
    return namespace === undefined || within === namespace
      ? RIGHT
      : { is: 'other', what: `the scheduler of namespace ${within ?? ''}` };
  if (within === undefined)
    return { is: 'unknown', because: 'names a Service in whatever namespace the pods are' };
  const service = cluster.get('Service', within, host);
  if (service !== undefined) return ofService(service, namespace, `the name of ${nameOf(service)}`);
  return cluster.sees('Service')
    ? { is: 'other', what: `and there is no Service ${within}/${host}` }
    : {
        is: 'unknown',
        because: `names Service ${within}/${host}, and Services are not among the objects seen`,
      };
}

/** A Service leads to the scheduler by the selector of its pods, or by its name where it is ExternalName. */
function ofService(service: Manifest, namespace: string | undefined, what: string): Named {
  const isLocal = namespace === undefined || service.namespace === namespace;
  if (service.name === SCHEDULER) {
    if (isLocal) return RIGHT;
  } else if (stringAt(service.object, 'spec', 'type') === 'ExternalName') {
    const [host, within] = (stringAt(service.object, 'spec', 'externalName') ?? '').split('.');
    if (host === SCHEDULER && (namespace === undefined || within === namespace)) return RIGHT;
  } else if (isLocal && componentOf(stringsAt(service.object, 'spec', 'selector')) === 'seldon-scheduler')
    return { is: 'scheduler', service };
  return { is: 'other', what };
}
