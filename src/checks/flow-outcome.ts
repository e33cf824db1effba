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
  /** The ports that have to be open for it to happen for certain. */
  readonly ports: readonly number[];
  readonly reach: Reach;
  readonly client: FlowEnd;
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

/**
 * With mTLS the client dials the TLS port. Where it cannot be seen which, either port being open is enough; what would
 * have to be opened is the port that the rest of the installation dials, or both.
 */
function outcomeFrom(client: FlowEnd, instance: FlowInstance, cluster: Cluster): FlowOutcome {
  const { flow, server } = instance;
  const { port: plain, tlsPort: tls } = flow;
  const on = (port: number, ports: readonly number[] = [port]): FlowOutcome => {
    const asked: Flow = { from: client.pod, to: server.pod, port, protocol: 'TCP' };
    const reached = reach(asked, (namespace) => policiesOf(cluster, namespace));
    return { allowed: reached.allowed, port, ports, reach: reached, client };
  };
  if (tls === undefined || client.tls === 'no') return on(plain);
  if (client.tls === 'yes') return on(tls);
  const [likely, other] = instance.tls === 'yes' ? [tls, plain] : [plain, tls];
  const ports = instance.tls === 'unknown' ? [likely, other] : [likely];
  const first = on(likely, ports);
  if (first.allowed === 'yes') return first;
  const second = on(other, ports);
  if (second.allowed === 'yes') return second;
  return first.allowed === 'no' && second.allowed === 'unknown' ? second : first;
}

/** The compiled policies of a namespace: the same list as long as the namespace's policies are the same. */
export function policiesOf(cluster: Cluster, namespace: string): readonly NetworkPolicy[] {
  return compilePolicies(cluster.list('NetworkPolicy', namespace));
}
