import { addressText, firstAddress } from './ip-range.ts';
import type { IpRange } from './ip-range.ts';
import { PeerIndex } from './peer-index.ts';
import type { Seen } from './peers.ts';
import { blocksOf, classifier, cutBy } from './pod-class.ts';
import type { PodClass } from './pod-class.ts';
import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import { SideTables } from './side-table.ts';
import type { SideTable } from './side-table.ts';
import type { Verdicts } from './verdict.ts';
import type { Workload } from './workload.ts';

/** Who connects: the pods of a workload, or addresses outside. */
export type Endpoint =
  | { readonly kind: 'workload'; readonly workload: Workload }
  | { readonly kind: 'range'; readonly range: IpRange };

/** An endpoint with what the policies see of it. */
export interface End {
  readonly endpoint: Endpoint;
  readonly parts: readonly Part[];
}
/** Pods of an endpoint that policies see alike, or addresses; without a table they are exempt from policies. */
export interface Part {
  /** The places in the list of all that is seen: one for each address that policies tell apart. */
  readonly at: readonly number[];
  readonly pod: Pod | undefined;
  readonly egress: SideTable;
  readonly ingress: SideTable;
}

/** All that may connect, and all that may be connected to. */
export function endsOf(
  workloads: readonly Workload[],
  policies: readonly NetworkPolicy[],
  verdicts: Verdicts,
): { sources: End[]; destinations: End[] } {
  const classOf = classifier(workloads, policies);
  const classes = workloads.map(({ pods }) => [...new Set(pods.map(classOf))]);
  const seen: Seen[] = [];
  const places = new Map<Seen, number>();
  const place = (one: Seen): number => {
    let at = places.get(one);
    if (at === undefined) places.set(one, (at = seen.push(one) - 1));
    return at;
  };
  for (const each of new Set(classes.flat())) each.seen.forEach(place);
  const ranges = (direction: Direction): End[] => rangesOutside(policies, direction, place);
  const outside = { ingress: ranges('ingress'), egress: ranges('egress') };
  const tables = new SideTables(new PeerIndex(seen), verdicts);
  const byNamespace = Map.groupBy(policies, (policy) => policy.namespace);
  const parts = new Map<PodClass, Part>();
  const partOf = (each: PodClass): Part => {
    let part = parts.get(each);
    if (part === undefined) {
      const { pod } = each;
      const table = (direction: Direction): SideTable =>
        pod.hostNetwork ? undefined : tables.tableOf(direction, pod, byNamespace.get(pod.namespace) ?? []);
      part = { at: each.seen.map(place), pod, egress: table('egress'), ingress: table('ingress') };
      parts.set(each, part);
    }
    return part;
  };
  const inside = workloads.map((workload, i): End => ({
    endpoint: { kind: 'workload', workload },
    parts: (classes[i] ?? []).map(partOf),
  }));
  return { sources: [...inside, ...outside.ingress], destinations: [...inside, ...outside.egress] };
}

function rangesOutside(
  policies: readonly NetworkPolicy[],
  direction: Direction,
  place: (seen: Seen) => number,
): End[] {
  const blocks = blocksOf(policies, [direction]);
  const parts = cutBy(blocks);
  const ranges = [...parts[32], ...(parts[128].length > 1 || blocks.some(isIPv6) ? parts[128] : [])];
  return ranges.map((range) => {
    const address = firstAddress(range);
    const at = [place({ peer: { kind: 'address', ip: addressText(address) }, address })];
    return {
      endpoint: { kind: 'range', range },
      parts: [{ at, pod: undefined, egress: undefined, ingress: undefined }],
    };
  });
}

function isIPv6({ cidr }: { readonly cidr: { readonly network: readonly number[] } }): boolean {
  return cidr.network.length === 16;
}
