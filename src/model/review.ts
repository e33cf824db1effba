import type { Cluster, Picture } from './cluster.ts';
import type { Manifest } from './manifest.ts';

/** What is asked of the API server; `NONE` where nothing is asked and the state itself is judged (scan, audit). */
export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'NONE';

/** Who asks. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
}

/** One question to the judge. It knows nothing of HTTP. */
export interface Review {
  readonly operation: Operation;
  /** The object as it would be; for DELETE the object that would go. */
  readonly object: Manifest;
  /** The object as it was before, for UPDATE and DELETE. */
  readonly previous: Manifest | undefined;
  readonly user: User;
  /** The world as it would be after the change; for `NONE` the world as it is. */
  readonly cluster: Cluster;
  /** The world before the change; undefined for `NONE`. */
  readonly before: Cluster | undefined;
  /** For `NONE` the manifest before it in the set that is of the same object, if there is one. */
  readonly earlier?: Manifest | undefined;
}

const NOBODY: User = { name: '', groups: [] };

/** The review of a change: the world before it is the picture with the old object, the world after has the new one. */
export function reviewChange(
  picture: Picture,
  change: {
    operation: 'CREATE' | 'UPDATE' | 'DELETE';
    object: Manifest;
    previous?: Manifest | undefined;
    user?: User;
  },
): Review {
  const { operation, object, previous, user = NOBODY } = change;
  const before = previous === undefined ? picture.without(object) : picture.with(previous);
  const cluster = operation === 'DELETE' ? picture.without(object) : before.with(object);
  return { operation, object, previous, user, cluster, before };
}

/**
 * The review of an object as it stands among others, with nothing changing; `earlier` is another manifest of the same object
 * that comes before it in the set.
 */
export function reviewState(cluster: Cluster, object: Manifest, earlier?: Manifest): Review {
  return {
    operation: 'NONE',
    object,
    previous: undefined,
    user: NOBODY,
    cluster,
    before: undefined,
    earlier,
  };
}
