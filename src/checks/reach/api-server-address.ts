import type { Cluster, Fact } from '../../model/cluster.ts';
import { listAt, numberAt, stringAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { labelsOf } from '../../model/manifest.ts';
import { serviceAddresses } from '../names/cluster-dns.ts';

/** An address and port at which an API server itself listens: what a packet to its Service is sent to. */
export interface ApiEndpoint {
  readonly ip: string;
  readonly port: number;
}

/** The kinds that `apiEndpoints` and `apiServiceAddresses` read. */
export const API_SERVER_KINDS: readonly Kind[] = ['EndpointSlice', 'Endpoints', 'Service'];

// "The kubernetes Service in the default namespace" (concepts, Accessing the API from a Pod); the API server itself keeps
// its Endpoints and EndpointSlice (pkg/controlplane/reconcilers).
const HOME = 'default';
const NAME = 'kubernetes';

const ENDPOINTS: Fact<readonly ApiEndpoint[]> = {
  name: 'api-endpoints',
  kinds: ['EndpointSlice', 'Endpoints'],
  compute(cluster, namespace) {
    const slices = cluster
      .list('EndpointSlice', namespace)
      .filter((slice) => slice.name === NAME || labelsOf(slice)['kubernetes.io/service-name'] === NAME)
      .flatMap(({ object }) =>
        pairs(
          listAt(object, 'endpoints').flatMap((endpoint) => strings(listAt(endpoint, 'addresses'))),
          listAt(object, 'ports'),
        ),
      );
    const subsets = listAt(cluster.get('Endpoints', namespace, NAME)?.object, 'subsets').flatMap((subset) =>
      pairs(
        listAt(subset, 'addresses').flatMap((address) => stringAt(address, 'ip') ?? []),
        listAt(subset, 'ports'),
      ),
    );
    return [...new Map([...slices, ...subsets].map((each) => [endpointName(each), each])).values()];
  },
};

/** Where the API servers themselves listen; none where that is not seen. */
export function apiEndpoints(cluster: Cluster): readonly ApiEndpoint[] {
  return cluster.derive(ENDPOINTS, HOME);
}

/** The addresses of the API server's Service. */
export function apiServiceAddresses(cluster: Cluster): readonly string[] {
  const service = cluster.get('Service', HOME, NAME);
  return service === undefined ? [] : serviceAddresses(service);
}

/** How a person writes an endpoint: `10.0.0.1:6443`. */
export function endpointName({ ip, port }: ApiEndpoint): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function strings(values: readonly Json[]): string[] {
  return values.filter((value) => typeof value === 'string');
}

function pairs(addresses: readonly string[], ports: readonly Json[]): ApiEndpoint[] {
  const numbers = ports.flatMap((entry) => numberAt(entry, 'port') ?? []);
  return addresses.flatMap((ip) => numbers.map((port) => ({ ip, port })));
}
