import type { Picture } from '../model/cluster.ts';
import type { LiveCluster } from './live-cluster.ts';

/** Where the picture of the cluster comes from, whatever it is. */
export interface World {
  picture(): Picture;
  /** Whether everything that can be read has been read. */
  ready(): boolean;
  /** The moment (milliseconds since 1970) up to which the picture is known to be right. */
  asOf(): number;
  /** Set where that is too long ago to rely on: that moment. */
  staleSince(): number | undefined;
}

/** A world that somebody says is so: it does not age. */
export function givenWorld(picture: () => Picture): World {
  const asOf = Date.now();
  return { picture, ready: () => true, asOf: () => asOf, staleSince: () => undefined };
}

/** A running cluster, which counts as unknown when it has not been heard of for `staleMs`. */
export function liveWorld(live: LiveCluster, staleMs: number): World {
  return {
    picture: () => live.picture(),
    ready: () => live.synced,
    asOf: () => live.asOf,
    staleSince: () => (Date.now() - live.asOf > staleMs ? live.asOf : undefined),
  };
}
