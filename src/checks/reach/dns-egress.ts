import type { Cluster } from '../../model/cluster.ts';
import type { JsonObject } from '../../model/json.ts';
import { explain } from '../../network/explain.ts';
import type { Pod } from '../../network/pod.ts';
import type { Side } from '../../network/side.ts';
import { namesOf } from '../../model/words.ts';
import { dnsServers } from './dns-servers.ts';
import type { DnsServer, DnsServers } from './dns-servers.ts';
import { egressSide, openest } from './egress-fault.ts';
import { factsMissing } from './facts-missing.ts';
import type { EgressFault } from './egress-fault.ts';
import type { Opening } from './egress-opening.ts';

/** What the policies say of one protocol: whether the DNS is open, or only what may not be what the pod asks. */
interface Answer {
  readonly state: 'open' | 'closed' | 'unknown' | 'past-cache' | 'service-address' | 'no-cache';
  readonly sides: readonly [Side, ...Side[]];
}

const DNS_PORT = 53;
/** No cluster has it (RFC 5737): a rule that admits it was not written for the cache on the node. */
const ANY_OUTSIDE = '203.0.113.1';

/**
 * What keeps a pod from the cluster's DNS, if anything does. Queries go over UDP, and over TCP where an answer does not fit
 * (RFC 7766); "If not specified, this field defaults to TCP" (NetworkPolicyPort, protocol). Where nothing of the DNS is
 * seen, any place at which distributions run it is good enough. `caches` are the addresses of NodeLocal DNSCache.
 */
export function dnsFault(pod: Pod, cluster: Cluster, caches: readonly string[]): EgressFault | undefined {
  const dns = dnsServers(cluster);
  const [udp, tcp] = [ask(pod, 'UDP', dns, cluster, caches), ask(pod, 'TCP', dns, cluster, caches)];
  if (udp.state === 'open' && tcp.state === 'open') return undefined;
  const [server] = dns.servers;
  const port = dns.cache === 'seen' ? DNS_PORT : (server?.ports.UDP ?? DNS_PORT);
  const told = udp.state === 'open' ? tcp : udp;
  const both = tcp.state === told.state && udp.state === told.state;
  const protocols = both ? 'UDP and TCP' : udp.state === 'open' ? 'TCP' : 'UDP';
  const missing = factsMissing(told.sides);
  return {
    problem: problemOf(udp, tcp, told),
    closed: udp.state === 'closed',
    ...(UNSEEN.has(told.state) ? { unknown: true as const } : {}),
    because: (pods) => explain(told.sides[0], { pod: pods }),
    data: {
      protocols,
      port,
      address: (told.state === 'service-address' ? dns.serviceAddresses : caches)[0] ?? '',
      missing: namesOf(missing),
    },
    openings: openingsOf(dns, caches, [
      ...(udp.state === 'open' ? [] : (['UDP'] as const)),
      ...(tcp.state === 'open' ? [] : (['TCP'] as const)),
    ]),
  };
}

const UNSEEN: ReadonlySet<Answer['state']> = new Set(['unknown', 'no-cache']);

function problemOf(udp: Answer, tcp: Answer, told: Answer): string {
  if (udp.state === 'closed') return tcp.state === 'open' ? 'tcp-only' : 'closed';
  if (told.state === 'closed') return 'udp-only';
  return told.state === 'unknown' ? 'uncertain' : told.state;
}

function ask(
  pod: Pod,
  protocol: 'UDP' | 'TCP',
  dns: DnsServers,
  cluster: Cluster,
  caches: readonly string[],
): Answer {
  const address = (ip: string): Side => egressSide(pod, { kind: 'address', ip }, DNS_PORT, protocol, cluster);
  const servers = dns.servers.map((server) =>
    egressSide(pod, server.pod, server.ports[protocol], protocol, cluster),
  );
  const [first = address(ANY_OUTSIDE), ...others] = servers;
  const answer = (state: Answer['state']): Answer => ({ state, sides: [first, ...others] });
  const toServers = openest(servers);
  if (toServers === 'yes' && dns.cache !== 'seen') return answer('open');
  const toCache = openest(caches.map(address)) === 'yes';
  const toService = openest(dns.serviceAddresses.map(address)) === 'yes';
  // The cache answers at the Service's address as well (kube-proxy in iptables mode), on the pod's own node.
  if (dns.cache === 'seen' && (toCache || toService)) return answer('open');
  if (toServers === 'yes') return answer('past-cache');
  if (toCache && address(ANY_OUTSIDE).allowed !== 'yes')
    return answer(dns.cache === 'absent' ? 'no-cache' : 'open');
  if (toService) return answer('service-address');
  return answer(toServers === 'no' ? 'closed' : 'unknown');
}

/** The rule for what the pods ask: the cache on the node where there is one, else the DNS pods. */
function openingsOf(
  dns: DnsServers,
  caches: readonly string[],
  protocols: readonly ('UDP' | 'TCP')[],
): Opening[] {
  const [cache] = caches;
  if (dns.cache === 'seen' && cache !== undefined) {
    const to = [{ ipBlock: { cidr: `${cache}/${cache.includes(':') ? 128 : 32}` } }];
    return [{ to, ports: protocols.map((protocol) => ({ protocol, port: DNS_PORT })) }];
  }
  const [server] = dns.servers;
  if (server === undefined) return [];
  return [
    {
      to: [peerOf(server)],
      ports: protocols.map((protocol) => ({ protocol, port: server.ports[protocol] })),
    },
  ];
}

function peerOf({ pod, selector }: DnsServer): JsonObject {
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': pod.namespace } },
    podSelector: { matchLabels: { ...selector } },
  };
}
