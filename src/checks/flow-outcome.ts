import type { Cluster } from '../model/cluster.ts';
import type { Tri } from '../model/labels.ts';
import type { Flow } from '../network/pod.ts';
import { compilePolicies } from '../network/policy.ts';
import type { NetworkPolicy } from '../network/policy.ts';
import { reach } from '../network/reach.ts';
import type { Reach } from '../network/reach.ts';
import type { FlowEnd } from './flow-ends.ts';
import type { FlowInstance } from './required-flow.ts';

/** What the policies say of a flow on one port. */
export interface OnPort {
  readonly port: number;
  readonly reach: Reach;
}

/** Whether a required flow can happen, on which port it was judged, and from where where that is not certain. */
export interface FlowOutcome extends OnPort {
  readonly allowed: Tri;
  readonly client: FlowEnd;
  /** The ports that would have to be open for it to happen, that one among them. */
  readonly toOpen: readonly OnPort[];
}

/** Judges a required flow under all policies of a picture. Seldon's flows are TCP. */
export function flowOutcome(instance: FlowInstance, cluster: Cluster): FlowOutcome {
  const { client } = instance;
  const first = outcomeFrom(client, instance, cluster);
  if (first.allowed === 'yes' || client.elsewhere === undefined) return first;
  let doubtful = first.allowed === 'unknown';
  for (const place of client.elsewhere) {
    const outcome = outcomeFrom(place, instance, cluster);
    // One place from which it works is enough where every place is a guess: nothing is held against the policy then.
    if (outcome.allowed === 'yes' && client.source === undefined) return outcome;
    if (outcome.allowed !== 'no') doubtful = true;
  }
  return doubtful ? { ...first, allowed: 'unknown' } : first;
}

/** The same from every place where the client may be, one by one; none for a client that is known to be where it is. */
export function outcomesByPlace(instance: FlowInstance, cluster: Cluster): FlowOutcome[] {
  const { client } = instance;
  const places = client.elsewhere === undefined ? [] : [client, ...client.elsewhere];
  return places.map((place) => outcomeFrom(place, instance, cluster));
}

/**
 * With mTLS the client dials the TLS port. Where it cannot be seen which, either port being open is enough; where neither
 * is, the one that fewer sides close is spoken of. The one to open then is that which the rest of the installation dials,
 * or both.
 */
function outcomeFrom(client: FlowEnd, { flow, server, tls }: FlowInstance, cluster: Cluster): FlowOutcome {
  const on = (port: number): OnPort => {
    const asked: Flow = { from: client.pod, to: server.pod, port, protocol: 'TCP' };
    return { port, reach: reach(asked, (namespace) => policiesOf(cluster, namespace)) };
  };
  const outcome = (spoken: OnPort, ...others: OnPort[]): FlowOutcome => {
    return { ...spoken, allowed: spoken.reach.allowed, client, toOpen: [spoken, ...others] };
  };
  const { port, tlsPort } = flow;
  if (tlsPort === undefined || client.tls === 'no') return outcome(on(port));
  if (client.tls === 'yes') return outcome(on(tlsPort));
  const likely = on(tls === 'yes' ? tlsPort : port);
  if (likely.reach.allowed === 'yes') return outcome(likely);
  const other = on(tls === 'yes' ? port : tlsPort);
  if (other.reach.allowed === 'yes') return outcome(other);
  if (closedSides(other) < closedSides(likely)) return outcome(other, likely);
  return tls === 'unknown' ? outcome(likely, other) : outcome(likely);
}

function closedSides({ reach: { egress, ingress } }: OnPort): number {
  return Number(egress.allowed === 'no') + Number(ingress.allowed === 'no');
}

/** The compiled policies of a namespace: the same list as long as the namespace's policies are the same. */
export function policiesOf(cluster: Cluster, namespace: string): readonly NetworkPolicy[] {
  return compilePolicies(cluster.list('NetworkPolicy', namespace));
}
