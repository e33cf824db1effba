import type { Cluster } from '../../model/cluster.ts';
import type { Tri } from '../../model/labels.ts';
import type { Flow, Peer, Pod, Protocol } from '../../network/pod.ts';
import { reach } from '../../network/reach.ts';
import type { Side } from '../../network/side.ts';
import type { Data } from '../../policy/check.ts';
import { policiesOf } from './flow-outcome.ts';
import type { Opening } from './egress-opening.ts';

/** What keeps a pod from something outside its namespace that it needs, or may. */
export interface EgressFault {
  /** One of the check's problems. */
  readonly problem: string;
  /** Whether it is closed for certain; otherwise it is in doubt, or only partly so. */
  readonly closed: boolean;
  readonly unknown?: true;
  /** What the policies say, with the pods called as given. */
  readonly because: (pods: string) => string;
  readonly data: Data;
  /** The fewest rules that open it; undefined where the peer is not known. */
  readonly openings?: readonly Opening[];
}

/** What the egress rules of the pod's own namespace say of a connection from it; the other side is not its business. */
export function egressSide(pod: Pod, to: Peer, port: number, protocol: Protocol, cluster: Cluster): Side {
  const flow: Flow = { from: pod, to, port, protocol };
  const policies = policiesOf(cluster, pod.namespace);
  return reach(flow, (namespace) => (namespace === pod.namespace ? policies : [])).egress;
}

/** Whether any of the sides is open; where none is, whether one may be. */
export function openest(sides: readonly Side[]): Tri {
  if (sides.some(({ allowed }) => allowed === 'yes')) return 'yes';
  return sides.some(({ allowed }) => allowed === 'unknown') ? 'unknown' : 'no';
}
