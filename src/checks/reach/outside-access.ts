import type { Cluster } from '../../model/cluster.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import type { Access, Purpose, Subject } from '../../network/least-policy.ts';
import { apiServerFault } from './api-server-egress.ts';
import { dnsFault } from './dns-egress.ts';
import { dnsServers } from './dns-servers.ts';
import type { Opening } from './egress-opening.ts';
import type { NamedPeer } from './flow-access.ts';
import type { FlowEnd } from './flow-ends.ts';
import type { NetworkRequirements } from './network-requirements.ts';

/**
 * The way to the cluster's DNS. Where a cache on the node cannot be ruled out, it is opened beside the DNS
 * pods: its addresses are nobody else's.
 */
export function dnsAccess(
  closed: Cluster,
  subject: Subject,
  { pod }: FlowEnd,
  { nodeLocalDNS }: NetworkRequirements,
): Access[] {
  const { cache, seen } = dnsServers(closed);
  const caches: Opening[] = nodeLocalDNS.map((ip) => ({
    to: [{ ipBlock: { cidr: `${ip}/${ip.includes(':') ? 128 : 32}` } }],
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  }));
  const openings = dnsFault(pod, closed, nodeLocalDNS)?.openings ?? [];
  const purpose = { id: 'DNS', breaks: '' };
  const dns = { ...purpose, peer: "the cluster's DNS", ...(seen ? {} : ({ width: 'usual' } as const)) };
  const onNode = { ...purpose, peer: "a cache of the cluster's DNS on the node", width: 'usual' } as const;
  return [
    ...opened(subject, openings, dns),
    ...opened(subject, cache === 'possible' ? caches : [], seen ? onNode : dns),
  ];
}

/** The way to the API server, for those that need it. Where it cannot be seen whether a component speaks mTLS, it may have to read its certificates. */
export function apiAccess(
  closed: Cluster,
  subject: Subject,
  { pod, component, tls }: FlowEnd,
  { apiClients, apiPorts }: NetworkRequirements,
): Access[] {
  const client = apiClients.find(
    ({ from, withTls }) => from === component && (withTls !== true || tls !== 'no'),
  );
  const fault = client && apiServerFault(pod, closed, apiPorts);
  if (client === undefined || fault === undefined) return [];
  const purpose = { id: 'API server', peer: 'the API server', breaks: client.breaks };
  if (fault.openings !== undefined) return opened(subject, fault.openings, purpose);
  return apiPorts.slice(0, 2).map((port): Access => ({
    subject,
    direction: 'egress',
    peer: undefined,
    port: { protocol: 'TCP', port },
    purpose: { ...purpose, width: 'address' },
  }));
}

function opened(subject: Subject, openings: readonly Opening[], purpose: Purpose): Access[] {
  return openings.flatMap(({ to, ports }) =>
    to.flatMap((peer) =>
      ports.map((port): Access => ({ subject, direction: 'egress', peer, port, purpose })),
    ),
  );
}

/**
 * The ports at which metrics are scraped: of the agent, the inference server and the pipeline gateway, and Envoy's
 * (prometheus/monitors, k8s/yaml/components.yaml:945-947).
 */
const METRICS: ReadonlySet<string | undefined> = new Set(['metrics', 'server-metrics', 'envoy-stats']);

/** Metrics, for those who scrape them. */
export function metricsAccess(
  subject: Subject,
  { component, pod }: FlowEnd,
  scrapers: readonly NamedPeer[],
): Access[] {
  const declared = pod.ports ?? (component === undefined ? [] : COMPONENTS[component].ports);
  return scrapers.flatMap(({ title, peer }) =>
    declared
      .filter(({ name }) => METRICS.has(name))
      .map(({ port }): Access => ({
        subject,
        direction: 'ingress',
        peer,
        port: { protocol: 'TCP', port },
        purpose: { id: 'metrics', peer: title, breaks: '' },
      })),
  );
}
