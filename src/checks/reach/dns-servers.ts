import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster, Fact } from '../../model/cluster.ts';
import { listAt, numberAt, stringAt, stringsAt } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { closed, selects } from '../../model/labels.ts';
import type { Labels } from '../../model/labels.ts';
import type { Manifest } from '../../model/manifest.ts';
import { addressesOf, declaredPorts, hasEnded } from '../../model/seldon-pods.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { Pod, Protocol } from '../../network/pod.ts';
import { dnsServices, serviceAddresses } from '../names/cluster-dns.ts';

type Strings = Readonly<Record<string, string>>;

/** Pods that answer for the cluster's DNS, on ports of their own. */
export interface DnsServer {
  readonly pod: Pod;
  readonly ports: Readonly<Record<'UDP' | 'TCP', number>>;
  /** The labels by which a rule can name them. */
  readonly selector: Strings;
}

/** The cluster's DNS as the picture tells it. */
export interface DnsServers {
  /** The servers; those that distributions run where none is seen. */
  readonly servers: readonly DnsServer[];
  readonly seen: boolean;
  /** Addresses of the Services, which are translated to those of the pods. */
  readonly serviceAddresses: readonly string[];
  /** Whether a cache of it runs on every node (NodeLocal DNSCache), which the pods ask instead. */
  readonly cache: 'seen' | 'possible' | 'absent';
}

/**
 * Where distributions run the cluster's DNS, by which label, and on which ports: Kubernetes and most others (8053 in
 * Gardener's shoots); OpenShift.
 */
const HOMES: readonly { namespace: string; labels: Strings; ports: readonly number[] }[] = [
  { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, ports: [53, 8053] },
  {
    namespace: 'openshift-dns',
    labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' },
    ports: [5353],
  },
];
/** The label of NodeLocal DNSCache (kubernetes/cluster/addons/dns/nodelocaldns), and kubespray's. */
const CACHE_LABELS: readonly (string | undefined)[] = ['node-local-dns', 'nodelocaldns'];

const MAKERS = ['Deployment', 'DaemonSet'] as const satisfies Kind[];

/** The kinds that `dnsServers` reads. */
export const DNS_SERVER_KINDS: readonly Kind[] = [
  ...new Set<Kind>(['Service', ...MAKERS, 'Pod', 'Namespace', ...POD_TEMPLATE_KINDS]),
];

/** What is seen of the cluster's DNS in one of its homes. */
const SEEN: Fact<readonly DnsServer[]> = {
  name: 'dns-servers',
  kinds: ['Service', ...MAKERS, 'Pod'],
  namespaceItself: true,
  compute(cluster, namespace) {
    const services = dnsServices(cluster).filter((service) => service.namespace === namespace);
    const usual = HOMES.find((home) => home.namespace === namespace)?.labels ?? {};
    const selectors = [...services.map(selectorOf), ...(services.length === 0 ? [usual] : [])].filter(
      (selector) => Object.keys(selector).length > 0,
    );
    const ports = services.flatMap(({ object }) => listAt(object, 'spec', 'ports'));
    const isOne = (labels: Strings): boolean =>
      selectors.some((matchLabels) => selects({ matchLabels }, closed(labels)) === 'yes');
    const made = (kind: Kind): Manifest[] =>
      cluster
        .list(kind, namespace)
        .filter((manifest) => podTemplatesOf(manifest, cluster).some(({ labels }) => isOne(labels)));
    const running = made('Pod').filter((pod) => !hasEnded(pod));
    const found = running.length > 0 ? running : MAKERS.flatMap(made);
    const at = (pod: Pod, selector: Strings): DnsServer => ({ pod, ports: portsOf(pod, ports), selector });
    if (found.length > 0)
      return found.flatMap((manifest) =>
        podTemplatesOf(manifest, cluster).map(({ labels, spec, name }) =>
          at(
            podOf(cluster, namespace, name, closed(labels), spec, addressesOf(manifest)),
            selectors.find((one) => selects({ matchLabels: one }, closed(labels)) === 'yes') ?? labels,
          ),
        ),
      );
    return services.flatMap((service) => {
      const values = selectorOf(service);
      if (Object.keys(values).length === 0) return [];
      return [at(podOf(cluster, namespace, service.name, { values, open: true }), values)];
    });
  },
};

const CACHED: Fact<boolean> = {
  name: 'dns-cache',
  kinds: ['DaemonSet', 'Pod'],
  compute: (cluster, namespace) =>
    (['DaemonSet', 'Pod'] as const).some((kind) =>
      cluster
        .list(kind, namespace)
        .some((manifest) =>
          podTemplatesOf(manifest, cluster).some(({ labels }) => CACHE_LABELS.includes(labels['k8s-app'])),
        ),
    ),
};

/** The cluster's DNS, as the picture tells it or as distributions run it. */
export function dnsServers(cluster: Cluster): DnsServers {
  const found = HOMES.flatMap(({ namespace }) => cluster.derive(SEEN, namespace));
  const seen = found.length > 0;
  const complete = seen && cluster.sees('DaemonSet') && cluster.sees('Pod');
  return {
    servers: seen ? found : HOMES.flatMap((home) => assumed(cluster, home)),
    seen,
    serviceAddresses: dnsServices(cluster).flatMap(serviceAddresses),
    cache: cluster.derive(CACHED, 'kube-system') ? 'seen' : complete ? 'absent' : 'possible',
  };
}

function assumed(cluster: Cluster, { namespace, labels, ports }: (typeof HOMES)[number]): DnsServer[] {
  const pod = podOf(cluster, namespace, 'kube-dns', { values: labels, open: true });
  return ports.map((port) => ({ pod, ports: { UDP: port, TCP: port }, selector: labels }));
}

function selectorOf({ object }: Manifest): Strings {
  return stringsAt(object, 'spec', 'selector');
}

function podOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  labels: Labels,
  spec?: JsonObject,
  addresses: readonly string[] = [],
): Pod {
  return {
    kind: 'pod',
    namespace,
    name,
    labels,
    namespaceLabels: namespaceLabels(cluster, namespace),
    ports: spec === undefined ? undefined : declaredPorts(spec),
    addresses: addresses.length === 0 ? undefined : addresses,
    hostNetwork: spec?.['hostNetwork'] === true,
  };
}

const DNS_PORT = 53;

/** The pods' own ports: what the Service's port 53 leads to, else what they declare under the usual names, else 53. */
function portsOf(pod: Pod, servicePorts: readonly Json[]): DnsServer['ports'] {
  const of = (protocol: Protocol): number => {
    const port = servicePorts.find(
      (entry) => numberAt(entry, 'port') === DNS_PORT && (stringAt(entry, 'protocol') ?? 'TCP') === protocol,
    );
    // "If this is not specified, the value of the 'port' field is used" (ServicePort, targetPort).
    const target =
      port === undefined ? undefined : (numberAt(port, 'targetPort') ?? stringAt(port, 'targetPort'));
    if (typeof target === 'number') return target;
    const named = pod.ports?.find(
      ({ name, protocol: declared }) =>
        declared === protocol && (target === undefined ? name?.startsWith('dns') : name === target),
    );
    return named?.port ?? DNS_PORT;
  };
  return { UDP: of('UDP'), TCP: of('TCP') };
}
