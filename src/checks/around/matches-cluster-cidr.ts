import { RANGE_KINDS, RANGE_MAPS, statedPodRanges, statedServiceRanges } from '../../model/cluster-ranges.ts';
import type { StatedRanges } from '../../model/cluster-ranges.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import { jsonPointer } from '../../model/path.ts';
import { rangeIn } from '../../network/range-text.ts';
import type { Check } from '../../policy/check.ts';
import { calicoPools } from './calico-pools.ts';
import type { CalicoPool } from './calico-pools.ts';
import { placeFinding } from './pool-place.ts';
import { whyServices } from './service-range.ts';

/** What the policy's document and the operator's settings may say. */
export interface CidrParams {
  /** kube-controller-manager --cluster-cidr; empty to go by what the picture has of it. */
  readonly clusterCIDR?: readonly string[];
  /** kube-apiserver --service-cluster-ip-range, likewise. */
  readonly serviceCIDR?: readonly string[];
}

const texts = (description: string): JsonObject => ({
  type: 'array',
  description,
  items: { type: 'string', minLength: 1, maxLength: 64 },
  maxItems: 8,
});

/**
 * Whether Calico gives pods the addresses that the rest of the cluster expects them to have: "the ranges must [be] within
 * the Kubernetes pod CIDR" (Calico, Configure default IP pools), and Services have their addresses elsewhere.
 */
export const matchesClusterCidr: Check<CidrParams> = {
  name: 'matches-cluster-cidr',
  needs: [...new Set<Kind>([...RANGE_KINDS, 'Service', 'IPPool', 'Installation'])],
  configMaps: () => RANGE_MAPS,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      clusterCIDR: texts("The ranges of the cluster's pods, where nothing in the cluster tells"),
      serviceCIDR: texts("The ranges of the cluster's Services, where nothing in the cluster tells"),
    },
  },
  problems: {
    outside: ['pool', 'cidr', 'cluster', 'where'],
    'apart-from-nodes': ['pool', 'cidr', 'node', 'range'],
    'holds-services': ['pool', 'cidr', 'because'],
    'not-known': ['pool', 'cidr'],
  },
  *evaluate({ object, cluster }, { clusterCIDR = [], serviceCIDR = [] }) {
    const pools = calicoPools(object);
    if (pools.length === 0) return;
    const pods = given(clusterCIDR, 'clusterCIDR') ?? statedPodRanges(cluster);
    const services = given(serviceCIDR, 'serviceCIDR') ?? statedServiceRanges(cluster);
    for (const pool of pools) {
      const because = whyServices(pool.range, services, cluster);
      if (because !== undefined)
        yield {
          problem: 'holds-services',
          field: pool.field,
          data: { pool: nameOf(object), cidr: pool.cidr, because },
          key: `holds-services ${pool.cidr}`,
        };
      const place = placeFinding(object, pool, pods, cluster);
      const cidr = place?.problem === 'outside' ? cidrMeant(pool, pools, pods) : undefined;
      const meant = cidr === undefined ? undefined : rangeIn(cidr);
      const isFree = meant !== undefined && whyServices(meant, services, cluster) === undefined;
      if (place !== undefined)
        yield cidr === undefined || !isFree
          ? place
          : { ...place, fix: [{ op: 'replace', path: jsonPointer(pool.field), value: cidr }] };
    }
  },
};

function given(cidrs: readonly string[], parameter: string): StatedRanges | undefined {
  return cidrs.length === 0 ? undefined : { cidrs, where: `parameter ${parameter}` };
}

/** The range that the pool should have: the cluster's own, where there is one of each alone. */
function cidrMeant(
  pool: CalicoPool,
  pools: readonly CalicoPool[],
  pods: StatedRanges | undefined,
): string | undefined {
  const isAlone = pools.every((other) => other === pool || other.range.bits !== pool.range.bits);
  const meant = (pods?.cidrs ?? []).filter((text) => rangeIn(text)?.bits === pool.range.bits);
  return isAlone && meant.length === 1 ? meant[0] : undefined;
}
