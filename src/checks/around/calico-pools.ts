import { at, listAt, stringAt } from '../../model/json.ts';
import type { Json, Path } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { rangeIn } from '../../network/range-text.ts';
import type { IpRange } from '../../network/ip-range.ts';

/** A range out of which Calico gives addresses to pods. */
export interface CalicoPool {
  readonly cidr: string;
  readonly range: IpRange;
  readonly field: Path;
}

/**
 * The pools that an IPPool or an Installation has Calico give to pods. One that is disabled, or allowed for something else
 * alone (IPPool spec.disabled, spec.allowedUses: "Workload", "Tunnel", "LoadBalancer"), or for no node at all, gives no pod an
 * address, and neither do those of an Installation that leaves pod networking to another plugin (spec.cni.type).
 */
export function calicoPools({ known, object }: Manifest): readonly CalicoPool[] {
  if (known === 'IPPool') return poolOf(at(object, 'spec'), ['spec', 'cidr']);
  if (known !== 'Installation' || (stringAt(object, 'spec', 'cni', 'type') ?? 'Calico') !== 'Calico')
    return [];
  const path = ['spec', 'calicoNetwork', 'ipPools'];
  return listAt(object, ...path).flatMap((pool, index) => poolOf(pool, [...path, index, 'cidr']));
}

function poolOf(pool: Json | undefined, field: Path): CalicoPool[] {
  const cidr = stringAt(pool, 'cidr') ?? '';
  const uses = listAt(pool, 'allowedUses');
  const range = cidr.includes('/') ? rangeIn(cidr) : undefined;
  const isForNone = /^\s*!\s*all\(\)\s*$/.test(stringAt(pool, 'nodeSelector') ?? '');
  const isForPods =
    at(pool, 'disabled') !== true && !isForNone && (uses.length === 0 || uses.includes('Workload'));
  return range === undefined || !isForPods ? [] : [{ cidr, range, field }];
}
