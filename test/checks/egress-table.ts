import { parse } from 'yaml';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Kind } from '../../src/model/kinds.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import { policy } from './seldon-cluster.ts';

/** What happens to an object in a world: `CREATE`, an `UPDATE` where it was something else, a `DELETE`, or nothing. */
export interface Happening {
  readonly previous?: Manifest;
  readonly operation?: 'DELETE' | 'NONE';
  readonly seen?: readonly Kind[];
}

/** The check's findings on an object among others; it sees the kinds that it declares and no more. */
export function findings<P>(
  check: Check<P>,
  params: P,
  world: readonly Manifest[],
  object: Manifest,
  { previous, operation, seen }: Happening = {},
): Finding[] {
  const picture = Picture.of(world, seen === undefined ? {} : { seen });
  const review =
    operation === 'NONE'
      ? reviewState(picture.with(object), object)
      : reviewChange(
          operation === 'DELETE' ? picture.with(object) : picture,
          operation === 'DELETE'
            ? { operation, object, previous: object }
            : previous === undefined
              ? { operation: 'CREATE', object }
              : { operation: 'UPDATE', object, previous },
        );
  const own = (cluster: typeof review.cluster) =>
    new Narrowed(cluster, check.needs, check.name, undefined, check.configMaps?.(params));
  const before = review.before === undefined ? undefined : own(review.before);
  return [...check.evaluate({ ...review, cluster: own(review.cluster), before }, params, [])];
}

/** Findings in short: `closed UDP and TCP 53: Server mlserver (standing)`. */
export function inShort(found: readonly Finding[]): string[] {
  return found
    .map(({ problem, data, standing, effect, unknown }) => {
      const on = data['protocols'] === undefined ? data['ports'] : `${data['protocols']} ${data['port']}`;
      const marks = [
        ...(standing === true ? ['standing'] : []),
        ...(effect === undefined ? [] : [effect]),
        ...(unknown === true ? ['unknown'] : []),
      ];
      return `${problem} ${on}: ${data['from']}${marks.length > 0 ? ` (${marks.join(', ')})` : ''}`;
    })
    .toSorted();
}

/** A NetworkPolicy that isolates every pod of financial-ml for egress, with these rules written in YAML. */
export function egress(rules: string, name = 'policy', podSelector: object = {}): Manifest {
  return policy({ podSelector, policyTypes: ['Egress'], egress: parse(rules) as object }, name);
}

/** The object with the patch of its findings applied. */
export function cured(object: Manifest, found: readonly Finding[]): Manifest {
  const [fix] = found.flatMap((finding) => (finding.fix === undefined ? [] : [finding.fix]));
  return fix === undefined ? object : withObject(object, patched(object.object, fix));
}
