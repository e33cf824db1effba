import { booleanAt, isObject, listAt, stringAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** What a pod's resolv.conf begins with: the cluster's DNS, the node's own file, or nothing. */
export type DnsBase = 'cluster' | 'node' | 'nothing';

/** A nameserver that dnsConfig adds, and where it stands in dnsConfig.nameservers. */
export interface Nameserver {
  readonly address: string;
  readonly index: number;
}

/** A pod's resolv.conf as the kubelet builds it, as far as the pod's spec tells. */
export interface ResolvConf {
  readonly base: DnsBase;
  /** Those that dnsConfig adds to the base's, in order, without those that do not fit. */
  readonly nameservers: readonly Nameserver[];
  /** Every search domain that the spec tells, in order; a base of `node` or `cluster` may have the node's besides. */
  readonly searches: readonly string[];
  /** From how many dots a name is asked as it is before the search domains; undefined where the node's file says so. */
  readonly ndots: number | undefined;
  /** Where in dnsConfig.options the entry stands that decides ndots. */
  readonly ndotsIndex: number | undefined;
  /** Whether a resolver asks the nameservers in turn, not each only after the one before it was silent. */
  readonly rotates: boolean;
}

/** What the kubelet of the cluster is told, and the pod's spec is not. */
export interface ClusterDns {
  /** The pod's namespace; empty where it is not known. */
  readonly namespace: string;
  /** kubelet --cluster-domain. */
  readonly domain: string;
  /** kubelet --cluster-dns, as far as it is known. */
  readonly addresses: readonly string[];
}

// k8s.io/kubernetes pkg/apis/core/validation: MaxDNSNameservers, MaxDNSSearchPaths, MaxDNSSearchListChars.
const MOST_NAMESERVERS = 3;
const MOST_SEARCHES = 32;
const MOST_SEARCH_CHARACTERS = 2048;
const LONGEST_DOMAIN = 253;
/** What a resolver takes where resolv.conf says nothing (resolv.conf(5)), and where the kubelet speaks for the cluster. */
const RESOLVER_NDOTS = 1;
const CLUSTER_NDOTS = 5;

/** A domain as it is compared: without the final dot, in lower case. */
export function sameDomain(a: string, b: string): boolean {
  const plain = (domain: string): string => domain.toLowerCase().replace(/\.$/, '');
  return plain(a) === plain(b);
}

/** The search domains that the kubelet gives every pod under ClusterFirst (generateSearchesForDNSClusterFirst). */
export function clusterSearches(dns: ClusterDns): readonly string[] {
  const own = dns.namespace === '' ? [] : [`${dns.namespace}.svc.${dns.domain}`];
  return [...own, `svc.${dns.domain}`, dns.domain];
}

/**
 * What the file begins with. ClusterFirst on a pod of the host's network falls back to the node's file, and what
 * is no policy at all counts as ClusterFirst (k8s.io/kubernetes pkg/kubelet/network/dns/dns.go, getPodDNSType).
 */
export function dnsBaseOf(podSpec: JsonObject): DnsBase {
  const policy = stringAt(podSpec, 'dnsPolicy') || 'ClusterFirst';
  if (policy === 'None') return 'nothing';
  if (policy === 'Default') return 'node';
  return policy === 'ClusterFirst' && booleanAt(podSpec, 'hostNetwork') === true ? 'node' : 'cluster';
}

/**
 * The pod's resolv.conf. dnsConfig's nameservers and searches are put behind those of the base, duplicates left
 * out; of its options the last one of a name counts, before the base's (dns.go: GetPodDNS, appendDNSConfig,
 * mergeDNSOptions, formDNSConfigFitsLimits).
 */
export function resolvConfOf(podSpec: JsonObject, dns: ClusterDns): ResolvConf {
  const base = dnsBaseOf(podSpec);
  const config = podSpec['dnsConfig'];
  const inherited = base === 'cluster' ? dns.addresses : [];
  // Of the node's nameservers the number is not known; the cluster's DNS is one at least.
  const room = MOST_NAMESERVERS - Math.max(inherited.length, base === 'nothing' ? 0 : 1);
  const ndots = lastOption(config, 'ndots');
  return {
    base,
    nameservers: added(config, inherited).slice(0, Math.max(room, 0)),
    searches: fitting([...(base === 'cluster' ? clusterSearches(dns) : []), ...strings(config, 'searches')]),
    ndots: ndots === undefined ? inheritedNdots(base) : dotsOf(ndots.value),
    ndotsIndex: ndots?.index,
    rotates: lastOption(config, 'rotate') !== undefined,
  };
}

function strings(config: Json | undefined, field: string): string[] {
  return listAt(config, field).filter((entry) => typeof entry === 'string');
}

function added(config: Json | undefined, inherited: readonly string[]): Nameserver[] {
  const seen = new Set(inherited);
  const nameservers: Nameserver[] = [];
  for (const [index, address] of listAt(config, 'nameservers').entries()) {
    if (typeof address !== 'string' || seen.has(address)) continue;
    seen.add(address);
    nameservers.push({ address, index });
  }
  return nameservers;
}

function fitting(searches: readonly string[]): string[] {
  const fit: string[] = [];
  let characters = -1;
  for (const domain of [...new Set(searches)].slice(0, MOST_SEARCHES)) {
    if (domain.length > LONGEST_DOMAIN) continue;
    characters += domain.length + 1;
    if (characters > MOST_SEARCH_CHARACTERS) break;
    fit.push(domain);
  }
  return fit;
}

/** The entry of dnsConfig.options that counts for a name. A whole option as name (`ndots:1`) reaches the file as well. */
function lastOption(
  config: Json | undefined,
  name: string,
): { index: number; value: string | undefined } | undefined {
  for (const [index, option] of [...listAt(config, 'options').entries()].toReversed()) {
    const called = stringAt(option, 'name');
    if (called === name) return { index, value: textOf(option) };
    if (called?.startsWith(`${name}:`) === true) return { index, value: called.slice(name.length + 1) };
  }
  return undefined;
}

function textOf(option: Json): string | undefined {
  const value = isObject(option) ? option['value'] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function inheritedNdots(base: DnsBase): number | undefined {
  return base === 'cluster' ? CLUSTER_NDOTS : base === 'nothing' ? RESOLVER_NDOTS : undefined;
}

/** Resolvers read what is no number as 0, and more than 15 as 15; `ndots` without a value is not the option. */
function dotsOf(value: string | undefined): number {
  if (value === undefined || value === '') return RESOLVER_NDOTS;
  const dots = /^\d+/.exec(value.trim());
  return dots === null ? 0 : Math.min(Number(dots[0]), 15);
}
