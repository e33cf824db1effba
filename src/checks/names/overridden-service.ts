import type { Cluster } from '../../model/cluster.ts';
import { replicaOf, runtimeService } from '../../model/operator-services.ts';
import { sameAddress, serviceAddresses } from './cluster-dns.ts';
import { hostName } from './host-entries.ts';
import type { HostEntry } from './host-entries.ts';

/** The name that nothing but Seldon has a use for; the others may be aliased outside of the cluster's zone. */
const SCHEDULER = 'seldon-scheduler';

/**
 * The Service of Seldon's, written namespace/name, that a host's name belongs to; undefined where it is none's, or the entry
 * says what the Service does. In the cluster's zone the name is the Service's; a name such as seldon-mesh.lab may be
 * anybody's, unless lab is a namespace with Seldon in it.
 */
export function overriddenService(
  { name, address }: HostEntry,
  domain: string,
  cluster: Cluster,
): string | undefined {
  const host = hostName(name);
  const ending = [`.svc.${domain}`, '.svc'].find((one) => host.endsWith(one)) ?? '';
  const [service = '', namespace = '', ...rest] = host.slice(0, host.length - ending.length).split('.');
  if (namespace === '' || rest.length > 0) return undefined;
  const hasSeldon = ['SeldonRuntime', 'Server'] as const;
  const isMeant =
    ending !== '' ||
    service === SCHEDULER ||
    hasSeldon.some((kind) => cluster.list(kind, namespace).length > 0);
  const server = replicaOf(service)?.server ?? '';
  const isSeldons =
    runtimeService(service, undefined) !== undefined ||
    cluster.get('Server', namespace, server) !== undefined;
  if (!isMeant || !isSeldons) return undefined;
  const own = cluster.get('Service', namespace, service);
  const isSame = own !== undefined && serviceAddresses(own).some((one) => sameAddress(one, address));
  return isSame ? undefined : `${namespace}/${service}`;
}
