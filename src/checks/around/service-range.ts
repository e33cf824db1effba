import type { Cluster } from '../../model/cluster.ts';
import type { StatedRanges } from '../../model/cluster-ranges.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { IpRange } from '../../network/ip-range.ts';
import { isWithin, overlap, rangeIn } from '../../network/range-text.ts';
import { serviceAddresses } from '../names/cluster-dns.ts';

/** Those of the family of another range; a text that names no range is passed over. */
export function rangesLike(range: IpRange, cidrs: readonly string[]): IpRange[] {
  return cidrs.flatMap((text) => rangeIn(text) ?? []).filter(({ bits }) => bits === range.bits);
}

/** Why a range is not free of Services, in words that follow "because". */
export function whyServices(
  range: IpRange,
  services: StatedRanges | undefined,
  cluster: Cluster,
): string | undefined {
  if (services !== undefined && rangesLike(range, services.cidrs).some((one) => overlap(one, range)))
    return `Services have theirs out of ${services.cidrs.join(', ')} (${services.where})`;
  const found = servicesIn(cluster, (address) => isWithin(address, range));
  return found && `${nameOf(found.service)} has ${found.address}`;
}

/** The first Service with an address of which something holds, and the address. */
export function servicesIn(
  cluster: Cluster,
  isMeant: (address: IpRange) => boolean,
): { service: Manifest; address: string } | undefined {
  for (const service of cluster.list('Service'))
    for (const address of serviceAddresses(service)) {
      const range = rangeIn(address);
      if (range !== undefined && isMeant(range)) return { service, address };
    }
  return undefined;
}
