import type { Cluster } from '../../model/cluster.ts';
import { nameOf } from '../../model/manifest.ts';
import { nearest } from '../../model/nearest.ts';
import { SCALABLE } from './scale-target.ts';
import type { Scalable, ScaleTarget } from './scale-target.ts';

/** What may have been meant by a target that is not there. */
export interface NearTarget {
  /** `Server financial-ml/mlserver` */
  readonly title: string;
  /** What has the very name, and is of another kind; undefined where the name is only alike. */
  readonly kind: Scalable | undefined;
  readonly name: string;
}

/** What has the name of a target that is not there, or one like it among those of its kind, in the same namespace. */
export function nearTarget(
  cluster: Cluster,
  kind: Scalable,
  { namespace, name }: ScaleTarget,
): NearTarget | undefined {
  for (const other of SCALABLE) {
    const found = cluster.get(other, namespace, name);
    if (found !== undefined) return { title: nameOf(found), kind: other, name };
  }
  const others = cluster.list(kind, namespace);
  const near = nearest(
    name,
    others.map((each) => each.name),
  );
  const found = others.find((each) => each.name === near);
  return found === undefined ? undefined : { title: nameOf(found), kind: undefined, name: found.name };
}
