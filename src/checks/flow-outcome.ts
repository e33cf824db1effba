import type { Cluster } from '../model/cluster.ts';
import type { Tri } from '../model/labels.ts';
import type { Flow } from '../network/pod.ts';
import { compilePolicies } from '../network/policy.ts';
import type { NetworkPolicy } from '../network/policy.ts';
import { reach } from '../network/reach.ts';
import type { Reach } from '../network/reach.ts';
import type { FlowEnd } from './flow-ends.ts';
import type { FlowInstance } from './required-flow.ts';

/** Whether a required flow can happen, on which port it was judged, and from where where that is not certain. */
export interface FlowOutcome {
  readonly allowed: Tri;
  readonly port: number;
  readonly reach: Reach;
  readonly client: FlowEnd;
}

/** Judges a required flow under all policies of a picture. Seldon's flows are TCP. */
export function flowOutcome(instance: FlowInstance, cluster: Cluster): FlowOutcome {
  const { client } = instance;
  const places = [client, ...(client.elsewhere ?? [])];
  const outcomes: FlowOutcome[] = [];
  for (const place of places) {
    const outcome = outcomeFrom(place, instance, cluster);
    // One place from which it works is enough where the place is a guess: nothing is held against the policy then.
    if (outcome.allowed === 'yes') return outcome;
    outcomes.push(outcome);
  }
  const [first] = outcomes as [FlowOutcome];
  return outcomes.some((outcome) => outcome.allowed === 'unknown') ? { ...first, allowed: 'unknown' } : first;
}

/** With mTLS the client dials the TLS port. Where it cannot be seen which, either port being open is enough. */
function outcomeFrom(client: FlowEnd, { flow, server }: FlowInstance, cluster: Cluster): FlowOutcome {
  const on = (port: number): FlowOutcome => {
    const asked: Flow = { from: client.pod, to: server.pod, port, protocol: 'TCP' };
    const reached = reach(asked, (namespace) => policiesOf(cluster, namespace));
    return { allowed: reached.allowed, port, reach: reached, client };
  };
  const { port, tlsPort } = flow;
  if (tlsPort === undefined || client.tls === 'no') return on(port);
  if (client.tls === 'yes') return on(tlsPort);
  const plain = on(port);
  if (plain.allowed === 'yes') return plain;
  const tls = on(tlsPort);
  if (tls.allowed === 'yes') return tls;
  return plain.allowed === 'no' && tls.allowed === 'unknown' ? tls : plain;
}

/** The compiled policies of a namespace: the same list as long as the namespace's policies are the same. */
export function policiesOf(cluster: Cluster, namespace: string): readonly NetworkPolicy[] {
  return compilePolicies(cluster.list('NetworkPolicy', namespace));
}
