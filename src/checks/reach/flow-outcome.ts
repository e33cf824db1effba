import type { Cluster } from '../../model/cluster.ts';
import type { Tri } from '../../model/labels.ts';
import { firstAddress, partition, rangesOf, addressText } from '../../network/ip-range.ts';
import type { Address, Flow, Peer } from '../../network/pod.ts';
import { compilePolicies } from '../../network/policy.ts';
import type { NetworkPolicy } from '../../network/policy.ts';
import { reach } from '../../network/reach.ts';
import type { Reach } from '../../network/reach.ts';
import { homeOf } from './flow-ends.ts';
import type { AddressEnd, End } from './flow-ends.ts';
import type { FlowInstance } from './required-flow.ts';
import { portBehind } from './service-port.ts';

/** What the policies say of a flow on one port. */
export interface OnPort {
  readonly port: number;
  readonly reach: Reach;
}

/** Whether a required flow can happen, on which port it was judged, and from where where that is not certain. */
export interface FlowOutcome extends OnPort {
  readonly allowed: Tri;
  readonly client: End;
  /** The ports that would have to be open for it to happen, that one among them. */
  readonly toOpen: readonly OnPort[];
}

/** Judges a required flow under all policies of a picture. */
export function flowOutcome(instance: FlowInstance, cluster: Cluster): FlowOutcome {
  const { client } = instance;
  const first = outcomeFrom(client, instance, cluster);
  if (first.allowed === 'no' && instance.unseen !== undefined && mayListenElsewhere(instance, first, cluster))
    return { ...first, allowed: 'unknown' };
  if (first.allowed === 'yes' || client.elsewhere === undefined) return first;
  let doubtful = first.allowed === 'unknown';
  for (const place of client.elsewhere) {
    const outcome = outcomeFrom(place, instance, cluster);
    // One place from which it works is enough where every place is a guess: nothing is held against the policy then.
    if (outcome.allowed === 'yes' && client.source === undefined) return outcome;
    if (outcome.allowed !== 'no') doubtful = true;
  }
  if (!doubtful) return first;
  return { ...first, allowed: client.anyone === true ? 'yes' : 'unknown' };
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
function outcomeFrom(client: End, instance: FlowInstance, cluster: Cluster): FlowOutcome {
  const { flow, tls } = instance;
  const on = (dialled: number): OnPort => {
    const port = flow.through === undefined ? dialled : podPort(instance, dialled, cluster);
    return { port, reach: reachOn(client, instance, port, cluster) };
  };
  const outcome = (spoken: OnPort, ...others: OnPort[]): FlowOutcome => {
    return { ...spoken, allowed: spoken.reach.allowed, client, toOpen: [spoken, ...others] };
  };
  const { tlsPort } = flow;
  const port = instance.port ?? flow.port ?? 0;
  if (tlsPort === undefined || client.tls === 'no') return outcome(on(port));
  if (client.tls === 'yes') return outcome(on(tlsPort));
  const likely = on(tls === 'yes' ? tlsPort : port);
  if (likely.reach.allowed === 'yes') return outcome(likely);
  const other = on(tls === 'yes' ? port : tlsPort);
  if (other.reach.allowed === 'yes') return outcome(other);
  if (closedSides(other) < closedSides(likely)) return outcome(other, likely);
  return tls === 'unknown' ? outcome(likely, other) : outcome(likely);
}

/**
 * The pods' port that a client dials through a Service: that of the container port which the Service names. Where the
 * Service names none of the server's, nobody listens, and what policies should admit is the port that upstream has.
 */
function podPort({ flow, server }: FlowInstance, port: number, cluster: Cluster): number {
  const { service, port: dialled = port } = flow.through ?? { service: '' };
  const found = server.pod && cluster.get('Service', server.pod.namespace, service);
  if (found === undefined || server.pod === undefined) return port;
  const behind = portBehind(found, dialled, server.pod);
  return server.pod.ports?.some((declared) => declared.port === behind) === true ? (behind ?? port) : port;
}

function reachOn(client: End, { flow, server }: FlowInstance, port: number, cluster: Cluster): Reach {
  const policies = (namespace: string): readonly NetworkPolicy[] => policiesOf(cluster, namespace);
  const protocol = flow.protocol ?? 'TCP';
  const asked = (from: Peer, to: Peer): Reach => {
    const flow: Flow = { from, to, port, protocol };
    return reach(flow, policies);
  };
  if (client.pod !== undefined && server.pod !== undefined) return asked(client.pod, server.pod);
  let worst: Reach | undefined;
  for (const from of peersOf(client, policies(homeOf(server))))
    for (const to of peersOf(server, policies(homeOf(client)))) {
      const answer = asked(from, to);
      if (worst === undefined || RANK[answer.allowed] < RANK[worst.allowed]) worst = answer;
    }
  return worst ?? asked({ kind: 'address', ip: client.title }, { kind: 'address', ip: server.title });
}

const RANK: Readonly<Record<Tri, number>> = { no: 0, unknown: 1, yes: 2 };

/** What the network sees of an end: of addresses, one out of each range that these policies tell apart. */
function peersOf(end: End, policies: readonly NetworkPolicy[]): readonly Peer[] {
  if (end.pod !== undefined) return [end.pod];
  return end.block === undefined ? [{ kind: 'address', ip: end.title }] : addressesIn(end.block, policies);
}

function addressesIn(block: NonNullable<AddressEnd['block']>, policies: readonly NetworkPolicy[]): Address[] {
  const cuts = policies.flatMap(({ ingress, egress }) =>
    [...ingress.rules, ...egress.rules].flatMap(({ peers }) =>
      peers === 'all' ? [] : peers.flatMap((peer) => (peer.kind === 'block' ? rangesOf(peer.block) : [])),
    ),
  );
  const own = rangesOf(block);
  const bits = own[0]?.bits ?? 32;
  return partition(bits, [...own, ...cuts])
    .filter(({ first }) => own.some((range) => range.first <= first && first <= range.last))
    .map((range) => ({ kind: 'address', ip: addressText(firstAddress(range)) }));
}

/** Whether the flow would get through on any other port that the policies in the way name. */
function mayListenElsewhere(instance: FlowInstance, closed: FlowOutcome, cluster: Cluster): boolean {
  const ports = new Set<number>();
  for (const { direction, isolatedBy } of [closed.reach.egress, closed.reach.ingress])
    for (const policy of isolatedBy)
      for (const { ports: admitted } of policy[direction].rules)
        if (admitted !== 'all')
          for (const clause of admitted) ports.add('first' in clause ? clause.first : closed.port);
  return [...ports].some((port) => reachOn(closed.client, instance, port, cluster).allowed !== 'no');
}

function closedSides({ reach: { egress, ingress } }: OnPort): number {
  return Number(egress.allowed === 'no') + Number(ingress.allowed === 'no');
}

/** The compiled policies of a namespace: the same list as long as the namespace's policies are the same. */
export function policiesOf(cluster: Cluster, namespace: string): readonly NetworkPolicy[] {
  return compilePolicies(cluster.list('NetworkPolicy', namespace));
}
