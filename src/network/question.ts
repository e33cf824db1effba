import type { Cluster } from '../model/cluster.ts';
import type { Tri } from '../model/labels.ts';
import type { Party, Problem } from './party.ts';
import { classifier } from './pod-class.ts';
import type { Peer, Pod, Protocol } from './pod.ts';
import { compilePolicies } from './policy.ts';
import { reach } from './reach.ts';
import { servicePortNames, serviceTarget } from './service-target.ts';
import type { Side } from './side.ts';
import type { Workload } from './workload.ts';

/** Whether one party reaches another on a port. */
export interface Question {
  readonly from: Party;
  readonly to: Party;
  /** Of the Service, where `to` is one; of the pods otherwise. A name is resolved by each pod. */
  readonly port: number | string;
  /** Without one it is what the named port is of, else TCP. */
  readonly protocol: Protocol | undefined;
}

/** What one side says of one attempt. */
export interface Attempt {
  /** Whose side it is, and the other end: `Deployment shop/cart`, an address. */
  readonly of: string;
  readonly peer: string;
  /** The destination pod's own port. */
  readonly port: number;
  readonly protocol: Protocol;
  readonly side: Side;
}

/** The answer, for every pod of the one to every pod of the other. */
export interface Answer {
  /** Unknown also where some can and some cannot (`mixed`). */
  readonly allowed: Tri;
  readonly mixed: boolean;
  readonly because: readonly Attempt[];
}

interface End {
  readonly title: string;
  readonly peer: Peer;
}
interface Target extends End {
  readonly port: number;
  readonly protocol: Protocol;
}

/** Asks `reach` for every two pods that policies can tell apart. A sentence where the question means nothing. */
export function answerTo(
  question: Question,
  cluster: Cluster,
  workloads: readonly Workload[],
): Answer | Problem {
  const policies = compilePolicies(cluster.list('NetworkPolicy'));
  const classOf = classifier(workloads, policies);
  const targets = targetsOf(question, (party) => endsOf(party, (pod) => classOf(pod).pod));
  if ('problem' in targets) return targets;
  const outcomes = new Set<Tri>();
  const because = new Map<string, Attempt>();
  for (const from of endsOf(question.from, (pod) => classOf(pod).pod))
    for (const { title, peer, port, protocol } of targets) {
      const { allowed, egress, ingress } = reach(
        { from: from.peer, to: peer, port, protocol },
        () => policies,
      );
      outcomes.add(allowed);
      const add = (of: string, other: string, side: Side): void => {
        const attempt = { of, peer: other, port, protocol, side };
        because.set(keyOf(attempt), attempt);
      };
      add(from.title, title, egress);
      add(title, from.title, ingress);
    }
  const [only] = outcomes;
  const mixed = outcomes.size > 1;
  return { allowed: mixed || only === undefined ? 'unknown' : only, mixed, because: [...because.values()] };
}

/** Attempts of which nothing different can be told. */
function keyOf({ of, peer, port, protocol, side }: Attempt): string {
  const { because } = side;
  const rule = because.reason === 'admitted' ? [because.by.policy.name, because.by.rule] : [];
  const names = [...side.isolatedBy, ...side.maybeIsolatedBy].map(({ name }) => name);
  return JSON.stringify([of, peer, port, protocol, side.direction, because.reason, rule, names]);
}

/** The pods of a party, one for each class; where a workload has several they are not one and the same. */
function endsOf(party: Party, representative: (pod: Pod) => Pod): readonly End[] {
  if (party.kind === 'address') return [{ title: party.title, peer: { kind: 'address', ip: party.ip } }];
  return party.workloads.flatMap(({ kind, namespace, name, pods }) => {
    const title = `${kind} ${namespace}/${name}`;
    const apart = pods.length === 1 ? pods : [...new Set(pods.map(representative))];
    return apart.map((pod) => ({ title, peer: pods.length > 1 ? { ...pod, many: true } : pod }));
  });
}

function targetsOf(
  { to, port, protocol }: Question,
  ends: (party: Party) => readonly End[],
): readonly Target[] | Problem {
  const service = to.kind === 'pods' ? to.service : undefined;
  const target = service === undefined ? { port, protocol } : serviceTarget(service, port, protocol);
  if (target === undefined) {
    const known = service === undefined ? [] : servicePortNames(service);
    return {
      problem: `${to.title} has no port ${said(port, protocol)}; it has ${known.join(', ') || 'none'}.`,
    };
  }
  const targets = ends(to).flatMap((end) => portsOn(end, target.port, target.protocol));
  if (targets.length > 0) return targets;
  return { problem: `${to.title} has no container port ${said(target.port, target.protocol)}.` };
}

/** The ports of one end that are meant: the number as it is, whether it is declared or not; a name as the pod declares it. */
function portsOn(end: End, port: number | string, protocol: Protocol | undefined): readonly Target[] {
  if (typeof port === 'number') return [{ ...end, port, protocol: protocol ?? 'TCP' }];
  const declared = end.peer.kind === 'pod' ? (end.peer.ports ?? []) : [];
  return declared
    .filter((one) => one.name === port && (protocol ?? one.protocol) === one.protocol)
    .map((one) => ({ ...end, port: one.port, protocol: one.protocol as Protocol }));
}

function said(port: number | string, protocol: Protocol | undefined): string {
  return protocol === undefined ? String(port) : `${port}/${protocol}`;
}
