import type { Kind } from '../../model/kinds.ts';
import type { Review } from '../../model/review.ts';

/** Namespaces that every cluster has and that nobody writes into manifests. */
const IN_EVERY_CLUSTER = ['default', 'kube-system', 'kube-public'];

/**
 * Whether an object of the kind that is not in the picture does not exist. At admission a picture holds every object of
 * the kinds that it sees. At rest a set of manifests is seldom all there is: only one with the Namespaces that every
 * cluster is born with is taken for a cluster.
 */
export function isWhole({ operation, cluster }: Review, kind: Kind): boolean {
  if (!cluster.sees(kind)) return false;
  if (operation !== 'NONE') return true;
  return IN_EVERY_CLUSTER.every((name) => cluster.get('Namespace', '', name) !== undefined);
}

/** That something is not in the picture, in words that claim no more than it shows. */
export function absenceOf(what: string, surely: boolean): string {
  return surely ? `there is no ${what}` : `no ${what} is among the objects seen`;
}
