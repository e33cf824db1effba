import { stringAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { Nameserver } from '../../model/resolv-conf.ts';
import { isForeign, ownConfig, ownList, standsInOwn } from './dns-subject.ts';
import type { DnsSubject } from './dns-subject.ts';
import type { Correction } from './pod-spec-patch.ts';

/** What the kubelet writes for the cluster's DNS. */
export const GOOD_NDOTS = '5';
const MOST_NAMESERVERS = 16;

/** The dnsPolicy that counts. */
export function policyOf(spec: JsonObject): string {
  return stringAt(spec, 'dnsPolicy') || 'ClusterFirst';
}

/** The dnsPolicy by which the pod asks the cluster's DNS. */
export function clusterPolicy(spec: JsonObject): string {
  return spec['hostNetwork'] === true ? 'ClusterFirstWithHostNet' : 'ClusterFirst';
}

/** Asks the cluster's DNS by dnsPolicy. */
export const askCluster = (spec: JsonObject): Correction => ({
  path: ['dnsPolicy'],
  value: clusterPolicy(spec),
});

/** Puts the cluster's DNS in the place of foreign nameservers; where that cannot be done here, asks it by dnsPolicy. */
export function foreignCorrections(
  subject: DnsSubject,
  first: Nameserver,
  known: string | undefined,
): Correction[] {
  const { spec } = subject;
  const own = ownList(subject, 'nameservers');
  if (!standsInOwn(subject, 'nameservers', first.index)) return [askCluster(spec)];
  const kept = withoutForeign(subject, own);
  const path: Path = ['dnsConfig', 'nameservers'];
  if (known !== undefined) return [{ path, value: kept.length > 0 ? kept : [known] }];
  return [askCluster(spec), { path, value: kept.length > 0 ? kept : undefined }];
}

/** The nameservers that may stay. The API server takes three; far behind those nothing is looked at any more. */
export function withoutForeign(subject: DnsSubject, own: readonly Json[]): readonly Json[] {
  return own.filter(
    (entry, i) => i < MOST_NAMESERVERS && typeof entry === 'string' && !isForeign(subject, entry),
  );
}

/** Leaves of the nameservers those that are kept, and no empty list or dnsConfig. */
export function withoutNameservers(subject: DnsSubject, kept: readonly Json[]): Correction {
  if (kept.length > 0) return { path: ['dnsConfig', 'nameservers'], value: kept };
  const others = Object.keys(ownConfig(subject)).filter((field) => field !== 'nameservers');
  return { path: others.length === 0 ? ['dnsConfig'] : ['dnsConfig', 'nameservers'], value: undefined };
}
