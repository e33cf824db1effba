import type { Cluster } from '../model/cluster.ts';
import { stringAt } from '../model/json.ts';
import { groupOf } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import { reviewState } from '../model/review.ts';
import type { Decision } from './decision.ts';
import { judge } from './judge.ts';
import type { Bench } from './judge.ts';

/** Judges objects as they stand, all of them together as one cluster: one decision per object, in their order. */
export function inspect(objects: Iterable<Manifest>, cluster: Cluster, bench: Bench): Decision[] {
  const earlier = new Map<string, Manifest>();
  return [...objects].map((object) => {
    const id = idOf(object);
    const before = id === undefined ? undefined : earlier.get(id);
    if (id !== undefined) earlier.set(id, object);
    return judge(reviewState(cluster, object, before), bench);
  });
}

/** What two manifests of one object share; an object that the API server is to name is another one each time. */
function idOf({ apiVersion, kind, namespace, object }: Manifest): string | undefined {
  const name = stringAt(object, 'metadata', 'name');
  return name === undefined ? undefined : JSON.stringify([groupOf(apiVersion), kind, namespace, name]);
}
