import type { Cluster } from '../../model/cluster.ts';
import { nodeRanges } from '../../model/cluster-ranges.ts';
import type { StatedRanges } from '../../model/cluster-ranges.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { IpRange } from '../../network/ip-range.ts';
import { commonPrefix, isWithin, overlap, rangeIn } from '../../network/range-text.ts';
import type { Finding } from '../../policy/check.ts';
import type { CalicoPool } from './calico-pools.ts';
import { rangesLike, servicesIn } from './service-range.ts';

/** How many bits longer a Node's prefix may be than the cluster's (k8s.io/kubernetes cidrset, clusterSubnetMaxDiff). */
const MOST_NODE_BITS = 16;

/** What is wrong with where a pool lies among the cluster's addresses. */
export function placeFinding(
  object: Manifest,
  { cidr, range, field }: CalicoPool,
  pods: StatedRanges | undefined,
  cluster: Cluster,
): Finding | undefined {
  const data = { pool: nameOf(object), cidr };
  const expected = rangesLike(range, pods?.cidrs ?? []);
  if (pods !== undefined && expected.length > 0) {
    if (expected.some((one) => isWithin(range, one))) return undefined;
    return {
      problem: 'outside',
      field,
      data: { ...data, cluster: pods.cidrs.join(', '), where: pods.where },
      key: `outside ${cidr}`,
    };
  }
  const nodes = nodesLike(range, cluster);
  const [first] = nodes;
  if (first === undefined) return { problem: 'not-known', field, data, unknown: true };
  if (nodes.some((node) => overlap(node.range, range))) return undefined;
  return {
    problem: 'apart-from-nodes',
    field,
    data: { ...data, node: first.node, range: first.text },
    key: `apart-from-nodes ${cidr}`,
    ...(isTooFar(range, first.range, cluster) ? {} : { effect: 'warn' as const }),
  };
}

interface NodeRange {
  readonly node: string;
  readonly text: string;
  readonly range: IpRange;
}

function nodesLike(range: IpRange, cluster: Cluster): NodeRange[] {
  return cluster.list('Node').flatMap((node) =>
    nodeRanges(node).flatMap((text) => {
      const own = rangeIn(text);
      return own === undefined || own.bits !== range.bits ? [] : [{ node: nameOf(node), text, range: own }];
    }),
  );
}

/**
 * Whether no cluster CIDR holds a Node's range and the pool: it would be as large as the allocator of the Nodes' ranges takes
 * at the very most, or larger, or Services would have their addresses in it.
 */
function isTooFar(pool: IpRange, node: IpRange, cluster: Cluster): boolean {
  const prefix = commonPrefix(pool, node);
  if (prefix <= commonPrefix(node, node) - MOST_NODE_BITS) return true;
  const isInside = (address: IpRange): boolean =>
    address.bits === node.bits && commonPrefix(node, address) >= prefix;
  return servicesIn(cluster, isInside) !== undefined;
}
