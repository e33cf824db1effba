import { addressesOf } from './address.ts';
import type { Bytes } from './address.ts';
import { indexIn, partition, rangesOf } from './ip-range.ts';
import type { Bits, IpRange } from './ip-range.ts';
import type { Block } from './block.ts';
import type { Seen } from './peers.ts';
import type { Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import type { Workload } from './workload.ts';

/** Pods that no policy can tell apart, by one of them. */
export interface PodClass {
  readonly pod: Pod;
  /** The pod as seen over each of its addresses that policies tell apart; over none where addresses do not matter. */
  readonly seen: readonly Seen[];
}

/** The ipBlocks of the rules of one direction, or of both. */
export function blocksOf(
  policies: readonly NetworkPolicy[],
  directions: readonly ('ingress' | 'egress')[],
): readonly Block[] {
  return policies.flatMap((policy) =>
    directions.flatMap((direction) =>
      policy[direction].rules.flatMap(({ peers }) =>
        peers === 'all' ? [] : peers.flatMap((clause) => (clause.kind === 'block' ? [clause.block] : [])),
      ),
    ),
  );
}

/** The address spaces, cut wherever a block begins or ends. */
export function cutBy(blocks: readonly Block[]): Readonly<Record<Bits, readonly IpRange[]>> {
  const ranges = blocks.flatMap(rangesOf);
  return { 32: partition(32, ranges), 128: partition(128, ranges) };
}

/** Gives the same class for pods that all of these policies see alike. */
export function classifier(
  workloads: readonly Workload[],
  policies: readonly NetworkPolicy[],
): (pod: Pod) => PodClass {
  const blocks = blocksOf(policies, ['ingress', 'egress']);
  const parts = cutBy(blocks);
  // A node matters only to pods that may share it with one on the host network.
  const nodes = workloads.some(({ pods }) => pods.some((pod) => pod.hostNetwork));
  const classes = new Map<string, PodClass>();
  const partOf = (address: Bytes): string =>
    `${address.length} ${indexIn(parts[address.length === 4 ? 32 : 128], address)}`;
  return (pod) => {
    const apart = new Map(
      blocks.length === 0 ? [] : addressesOf(pod).map((address) => [partOf(address), address]),
    );
    const { namespace, labels, ports, hostNetwork, node } = pod;
    const values = Object.entries(labels.values).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([
      namespace,
      values,
      labels.open,
      ports?.map((port) => [port.name, port.port, port.protocol]) ?? null,
      hostNetwork,
      nodes ? node : null,
      [...apart.keys()],
    ]);
    let found = classes.get(key);
    if (found === undefined) {
      const addresses = apart.size === 0 ? [undefined] : [...apart.values()];
      found = { pod, seen: addresses.map((address) => ({ peer: pod, address })) };
      classes.set(key, found);
    }
    return found;
  };
}
