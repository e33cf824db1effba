import type { Cluster } from '../../model/cluster.ts';
import { listAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Asked } from '../../model/metallb.ts';
import { nearest } from '../../model/nearest.ts';
import { isWithin, rangeIn } from '../../network/range-text.ts';
import type { IpRange } from '../../network/ip-range.ts';
import type { Data } from '../../policy/check.ts';

/** What is wrong with the pool that a Service asks for, or with an address and the pools. */
export interface PoolFault {
  readonly problem: 'no-such-pool' | 'other-pool' | 'outside-pools';
  readonly data: Data;
}

/** The fault of an `address-pool`: "unknown pool" (internal/allocator, AllocateFromPool). */
export function poolFault(asked: Asked, cluster: Cluster): PoolFault | undefined {
  const names = poolsIn(cluster).map(({ name }) => name);
  if (names.includes(asked.value)) return undefined;
  const near = nearest(asked.value, names);
  return {
    problem: 'no-such-pool',
    data: {
      pool: asked.value,
      pools: poolNames(names),
      instead: near ?? (names.length === 1 ? (names[0] ?? '') : 'an IPAddressPool that exists'),
    },
  };
}

/** The fault of an address: in no pool ("not allowed in config"), or not in the one that the Service asks for as well. */
export function addressFault(
  address: string,
  range: IpRange,
  pool: string | undefined,
  cluster: Cluster,
): PoolFault | undefined {
  const pools = poolsIn(cluster);
  const holders = pools.filter((each) => rangesOf(each).some((one) => isWithin(range, one)));
  const [holder] = holders;
  if (holder === undefined)
    return { problem: 'outside-pools', data: { address, pools: poolNames(pools.map(({ name }) => name)) } };
  // A pool that does not exist is a fault of its own.
  if (pool === undefined || !pools.some(({ name }) => name === pool)) return undefined;
  if (holders.some(({ name }) => name === pool)) return undefined;
  return { problem: 'other-pool', data: { address, pool, holder: holder.name } };
}

function poolsIn(cluster: Cluster): readonly Manifest[] {
  return cluster.list('IPAddressPool').toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Entries that name no addresses hold none. */
function rangesOf({ object }: Manifest): IpRange[] {
  return listAt(object, 'spec', 'addresses').flatMap((text) =>
    typeof text === 'string' ? (rangeIn(text) ?? []) : [],
  );
}

const MOST_NAMED = 5;

function poolNames(names: readonly string[]): string {
  if (names.length === 0) return 'there is no IPAddressPool';
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return `the IPAddressPools are ${names.slice(0, MOST_NAMED).join(', ')}${more}`;
}
