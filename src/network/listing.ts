import type { Cluster } from '../model/cluster.ts';
import type { Kind } from '../model/kinds.ts';
import { endsOf } from './listing-end.ts';
import type { End, Endpoint, Part } from './listing-end.ts';
import { compilePolicies } from './policy.ts';
import type { NetworkPolicy } from './policy.ts';
import { ALL_PORTS } from './port-set.ts';
import type { SideTable } from './side-table.ts';
import { Verdicts } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { WORKLOAD_KINDS, workloadsOf } from './workload.ts';
import type { Workload } from './workload.ts';

/** Two endpoints and the ports that one reaches the other on. A pod of each is enough. */
export interface Connection {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly verdict: Verdict;
}

/** The kinds that a listing is made from. */
export const LISTING_KINDS: readonly Kind[] = [...WORKLOAD_KINDS, 'NetworkPolicy'];

/**
 * Every connection that is open or may be, by source and then by destination: workloads in the order given, then addresses.
 * A workload's connections to itself are left out, and those between addresses. IPv4 addresses are cut where a policy's
 * ipBlock of that direction begins or ends; IPv6 ones are listed only where policies of that direction name any. For
 * each pair and port the answer is that of `reach`; where pods of a workload differ, it is open when it is for some.
 */
export function* connectionsBetween(
  workloads: readonly Workload[],
  policies: readonly NetworkPolicy[],
): Generator<Connection> {
  const verdicts = new Verdicts();
  const { sources, destinations } = endsOf(workloads, policies, verdicts);
  for (const from of sources)
    for (const to of destinations) {
      if (from.endpoint === to.endpoint) continue;
      if (from.endpoint.kind === 'range' && to.endpoint.kind === 'range') continue;
      const verdict = between(from, to, verdicts);
      if (verdict !== verdicts.none)
        yield { from: from.endpoint, to: to.endpoint, verdict: verdicts.at(verdict) };
    }
}

/** The connections of everything in a picture. */
export function connectionsIn(cluster: Cluster): Iterable<Connection> {
  return connectionsBetween(workloadsOf(cluster), compilePolicies(cluster.list('NetworkPolicy')));
}

function between(from: End, to: End, verdicts: Verdicts): number {
  let result = verdicts.none;
  for (const source of from.parts)
    for (const destination of to.parts) {
      const egress = sideOf(source.egress, source, destination, verdicts);
      const ingress = sideOf(destination.ingress, destination, source, verdicts);
      result = verdicts.either(result, verdicts.both(egress, ingress));
    }
  return result;
}

function sideOf(table: SideTable, { pod }: Part, peer: Part, verdicts: Verdicts): number {
  if (table === undefined) return verdicts.all;
  const { at } = peer;
  let verdict = table[at[0] as number] as number;
  // A connection to a pod of several addresses may use any of them.
  for (let i = 1; i < at.length; i++) verdict = verdicts.oneOf(verdict, table[at[i] as number] as number);
  if (peer.pod?.hostNetwork !== true) return verdict;
  const [own, other] = [pod?.node, peer.pod.node];
  if (own !== undefined && other !== undefined) return own === other ? verdicts.all : verdict;
  return verdicts.of(verdicts.at(verdict).yes, ALL_PORTS);
}
