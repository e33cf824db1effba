import type { Cluster } from '../../model/cluster.ts';
import { closed } from '../../model/labels.ts';
import { once } from '../../model/once.ts';
import { explain } from '../../network/explain.ts';
import type { Pod } from '../../network/pod.ts';
import type { Side } from '../../network/side.ts';
import { apiEndpoints, apiServiceAddresses, endpointName } from './api-server-address.ts';
import type { ApiEndpoint } from './api-server-address.ts';
import { podsOnlyRule } from './api-server-rule.ts';
import { namesOf } from '../../model/words.ts';
import { egressSide } from './egress-fault.ts';
import { factsMissing } from './facts-missing.ts';
import type { EgressFault } from './egress-fault.ts';
import type { Opening } from './egress-opening.ts';

/** The port of the API server's Service. */
const SERVICE_PORT = 443;

/**
 * What keeps a pod from the API server, if anything does. Its Service has port 443; a policy sees the packet once that is
 * addressed to an API server itself, on that one's own port. Where its address is not seen, any of `ports` may be the one,
 * at any address; it is never one that a selector matches.
 */
export function apiServerFault(
  pod: Pod,
  cluster: Cluster,
  ports: readonly number[],
): EgressFault | undefined {
  const endpoints = apiEndpoints(cluster);
  return endpoints.length > 0 ? seenFault(pod, cluster, endpoints) : unseenFault(pod, cluster, ports);
}

function seenFault(pod: Pod, cluster: Cluster, endpoints: readonly ApiEndpoint[]): EgressFault | undefined {
  const to = (ip: string, port: number): Side =>
    egressSide(pod, { kind: 'address', ip }, port, 'TCP', cluster);
  const asked = endpoints.map((endpoint) => ({ endpoint, side: to(endpoint.ip, endpoint.port) }));
  const notOpen = asked.filter(({ side }) => side.allowed !== 'yes');
  const shut = notOpen.filter(({ side }) => side.allowed === 'no');
  const [first = notOpen[0]] = shut;
  if (first === undefined) return undefined;
  const ports = [...new Set(endpoints.map(({ port }) => port))];
  const addresses = apiServiceAddresses(cluster);
  const fault = {
    closed: false,
    because: (pods: string) => explain(first.side, { pod: pods }),
    data: {
      ports: ports.join(' or '),
      servers: namesOf(shut.map(({ endpoint }) => endpointName(endpoint))),
      address: addresses[0] ?? '',
      missing: namesOf(factsMissing(notOpen.map(({ side }) => side))),
    },
    openings: openingsOf(notOpen.map(({ endpoint }) => endpoint)),
  };
  if (notOpen.length > shut.length) return { ...fault, problem: 'uncertain', unknown: true };
  if (asked.length > shut.length) return { ...fault, problem: 'partly-closed' };
  const { ip, port } = first.endpoint;
  // Where the ports are the same it is a question of addresses alone, and a plugin may go by that of the Service: "it is
  // not defined whether this happens before or after NetworkPolicy processing" (concepts page).
  const byService = addresses.some((each) => to(each, SERVICE_PORT).allowed === 'yes');
  if (byService && port === SERVICE_PORT) return { ...fault, problem: 'service-address' };
  if (byService || to(ip, SERVICE_PORT).allowed === 'yes')
    return { ...fault, problem: 'wrong-port', closed: true };
  return closedFault(pod, cluster, [...ports, SERVICE_PORT], fault);
}

function unseenFault(pod: Pod, cluster: Cluster, ports: readonly number[]): EgressFault | undefined {
  const client = once(pod, AWAY, () => ({ ...pod, node: 'another node' }));
  const asked = ports.map((port) => ({ port, side: egressSide(client, SOMEWHERE, port, 'TCP', cluster) }));
  const open = asked.filter(({ side }) => side.allowed === 'yes');
  if (open.some(({ port }) => port !== SERVICE_PORT)) return undefined;
  const unsure = asked.find(({ side }) => side.allowed === 'unknown');
  const side = (unsure ?? asked[0])?.side;
  if (side === undefined) return undefined;
  const fault = {
    closed: false,
    because: (pods: string) => explain(side, { pod: pods }),
    data: {
      ports: ports.slice(0, 2).join(' or '),
      servers: '',
      address: '',
      missing: 'EndpointSlice default/kubernetes',
    },
  };
  if (unsure !== undefined) return { ...fault, problem: 'uncertain', unknown: true };
  if (open.length > 0) return { ...fault, problem: 'service-port', unknown: true };
  return closedFault(pod, cluster, ports, fault);
}

const AWAY = Symbol('on another node than the API server');

/**
 * An API server of which nothing is seen: like a pod on its node's network it has an address that no pod network gives, and
 * selectors pass it by. It is not on the client's own node, which a pod may always reach: pods move.
 */
const SOMEWHERE: Pod = {
  kind: 'pod',
  namespace: '',
  name: 'kube-apiserver',
  labels: closed({}),
  namespaceLabels: closed({}),
  ports: undefined,
  addresses: undefined,
  hostNetwork: true,
  node: 'the control plane',
};

/** Closed for certain; said otherwise where a rule was meant for it. */
function closedFault(
  pod: Pod,
  cluster: Cluster,
  ports: readonly number[],
  fault: Omit<EgressFault, 'problem'>,
): EgressFault {
  const rule = podsOnlyRule(pod, cluster, ports);
  if (rule === undefined) return { ...fault, problem: 'closed', closed: true };
  return { ...fault, problem: 'only-pods', closed: true, data: { ...fault.data, ...rule } };
}

function openingsOf(endpoints: readonly ApiEndpoint[]): Opening[] {
  const byPort = Map.groupBy(endpoints, ({ port }) => port);
  return [...byPort].map(([port, those]) => ({
    to: those.map(({ ip }) => ({ ipBlock: { cidr: `${ip}/${ip.includes(':') ? 128 : 32}` } })),
    ports: [{ protocol: 'TCP', port }],
  }));
}
