import ipaddr from 'ipaddr.js';
import type { Cluster } from '../../model/cluster.ts';
import { listAt, stringAt } from '../../model/json.ts';
import { labelsOf, nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';

/** The addresses at which a cluster's own DNS is known to answer. */
export interface ClusterNameservers {
  /** Of the Service, or as settings name them: what the kubelet gives to pods. Empty where they are not known. */
  readonly addresses: readonly string[];
  /** By what they are known: `Service kube-system/kube-dns`, or the parameter. */
  readonly known: string | undefined;
  /** The Service whose address it is, if it is one in the picture. */
  serviceAt(address: string): Manifest | undefined;
}

/** The Services by which distributions publish the cluster's DNS (Kubernetes and k3s; OpenShift). */
const DNS_SERVICES = [
  { namespace: 'kube-system', name: 'kube-dns' },
  { namespace: 'openshift-dns', name: 'dns-default' },
];
/** The label of CoreDNS Services of other names (kubernetes/cluster/addons/dns/coredns). */
const DNS_LABEL = { namespace: 'kube-system', key: 'k8s-app', value: 'kube-dns' };

/** The Service by which the cluster's DNS is looked for, as a message names it when it is not there. */
export const DNS_SERVICE = 'Service kube-system/kube-dns';

/** The addresses of a Service inside the cluster; a headless one has none. */
export function serviceAddresses(service: Manifest): readonly string[] {
  const first = stringAt(service.object, 'spec', 'clusterIP');
  const all = listAt(service.object, 'spec', 'clusterIPs').filter((entry) => typeof entry === 'string');
  return [...new Set([...(first === undefined ? [] : [first]), ...all])].filter(isAddress);
}

/** The Services of the cluster's DNS, those of the usual names first. */
export function dnsServices(cluster: Cluster): readonly Manifest[] {
  const named = DNS_SERVICES.flatMap(({ namespace, name }) => cluster.get('Service', namespace, name) ?? []);
  const labelled = cluster
    .list('Service', DNS_LABEL.namespace)
    .filter((service) => labelsOf(service)[DNS_LABEL.key] === DNS_LABEL.value && !named.includes(service));
  return [...named, ...labelled];
}

/** Whether a text is an IP address as programs read it: four decimal numbers, or IPv6. */
export function isAddress(text: string): boolean {
  // The library finds out about names by throwing, which takes its time.
  if (!/^[\d.]+$|:/.test(text)) return false;
  return ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);
}

/** Whether two texts are one address, however it is written. */
export function sameAddress(a: string, b: string): boolean {
  if (a === b) return true;
  const canonical = canonicalAddress(a);
  return canonical !== undefined && canonical === canonicalAddress(b);
}

/** The same few addresses are compared again and again. */
const known = new Map<string, string | undefined>();
const MOST_KNOWN = 1000;

function canonicalAddress(text: string): string | undefined {
  if (known.has(text)) return known.get(text);
  const canonical = isAddress(text) ? ipaddr.parse(text).toString() : undefined;
  if (known.size < MOST_KNOWN) known.set(text, canonical);
  return canonical;
}

/** What settings and the picture tell of the cluster's DNS; settings come first. */
export function clusterNameservers(cluster: Cluster, settings: readonly string[]): ClusterNameservers {
  const services = dnsServices(cluster).filter((service) => serviceAddresses(service).length > 0);
  return {
    addresses: [...new Set([...settings, ...services.flatMap(serviceAddresses)])],
    known:
      settings.length > 0
        ? 'parameter clusterDNS'
        : services[0] === undefined
          ? undefined
          : nameOf(services[0]),
    serviceAt: (address) =>
      cluster
        .list('Service')
        .find((service) => serviceAddresses(service).some((one) => sameAddress(one, address))),
  };
}
