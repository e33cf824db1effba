import type { Cluster } from '../model/cluster.ts';
import type { Manifest } from '../model/manifest.ts';
import { reviewState } from '../model/review.ts';
import type { Decision } from './decision.ts';
import { judge } from './judge.ts';
import type { Bench } from './judge.ts';

/** Judges objects as they stand, all of them together as one cluster: one decision per object, in their order. */
export function inspect(objects: Iterable<Manifest>, cluster: Cluster, bench: Bench): Decision[] {
  return [...objects].map((object) => judge(reviewState(cluster, object), bench));
}
