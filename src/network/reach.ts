import { all } from '../model/labels.ts';
import type { Tri } from '../model/labels.ts';
import { addressesOf, isLoopback } from './address.ts';
import type { Bytes } from './address.ts';
import type { Missing } from './missing.ts';
import { peerName } from './pod.ts';
import type { Direction, Flow, Peer, Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import { judge } from './side.ts';
import type { Because, Exemption, RuleAt, Side } from './side.ts';

/** Whether a flow gets through, and what each side says. */
export interface Reach {
  readonly allowed: Tri;
  readonly egress: Side;
  readonly ingress: Side;
}

/**
 * Whether the NetworkPolicies let the flow through. "For a connection from a source pod to a destination pod to be
 * allowed, both the egress policy on the source pod and the ingress policy on the destination pod need to allow the
 * connection" (concepts page). Total and pure. A yes or no holds whatever the unknown facts turn out to be.
 */
export function reach(flow: Flow, policiesOf: (namespace: string) => readonly NetworkPolicy[]): Reach {
  const egress = sideOf('egress', flow.from, flow.to, flow, policiesOf);
  const ingress = sideOf('ingress', flow.to, flow.from, flow, policiesOf);
  return { allowed: all([egress.allowed, ingress.allowed]), egress, ingress };
}

function sideOf(
  direction: Direction,
  subject: Peer,
  peer: Peer,
  flow: Flow,
  policiesOf: (namespace: string) => readonly NetworkPolicy[],
): Side {
  // "NetworkPolicies apply to a connection with a pod on one or both ends" (concepts page): only pods are selected.
  if (subject.kind === 'address') return exempt(direction, 'outside');
  const exemption = exemptionOf(subject, peer);
  if (exemption !== undefined) return exempt(direction, exemption);
  const policies = policiesOf(subject.namespace);
  const [first, ...others] = addressesOf(peer);
  const side = overAddresses(direction, subject, peer, [first, ...others], flow, policies);
  return side.allowed !== 'yes' && mayBeOwnNode(subject, peer) ? unknownNode(side, subject, peer) : side;
}

/** A pod of a dual-stack cluster has several addresses, and the connection may use any of them. */
function overAddresses(
  direction: Direction,
  subject: Pod,
  peer: Peer,
  addresses: readonly (Bytes | undefined)[],
  flow: Flow,
  policies: readonly NetworkPolicy[],
): Side {
  const sides = addresses.map((address) => judge(direction, subject, { peer, address }, flow, policies));
  const [first] = sides as [Side, ...Side[]];
  if (sides.every((side) => side.allowed === first.allowed)) return first;
  const maybe = sides.flatMap(({ because }) => rulesOf(because));
  const missing = sides.flatMap(({ because }) => (because.reason === 'unknown' ? because.missing : []));
  const inUse = { what: 'address in use', of: peerName(peer) } as const;
  return unknown(first, maybe, [inUse, ...missing]);
}

function rulesOf(because: Because): readonly RuleAt[] {
  if (because.reason === 'admitted') return [because.by];
  return because.reason === 'unknown' ? because.maybe : [];
}

/** The side with another answer: unknown, for these reasons, each named once. */
function unknown(side: Side, maybe: readonly RuleAt[], missing: readonly Missing[]): Side {
  const rules = new Map(maybe.map((at) => [`${at.policy.name}[${at.rule}]`, at]));
  const facts = new Map(missing.map((fact) => [`${fact.what} of ${fact.of}`, fact]));
  const because = { reason: 'unknown', maybe: [...rules.values()], missing: [...facts.values()] } as const;
  return { ...side, allowed: 'unknown', because };
}

const exemptions = new Map<string, Side>();

function exempt(direction: Direction, exemption: Exemption): Side {
  const key = `${direction} ${exemption}`;
  let side = exemptions.get(key);
  if (side === undefined) {
    const because = { reason: 'exempt', exemption } as const;
    side = Object.freeze({ direction, allowed: 'yes', because, isolatedBy: [], maybeIsolatedBy: [] });
    exemptions.set(key, side);
  }
  return side;
}

function exemptionOf(pod: Pod, peer: Peer): Exemption | undefined {
  // A finished pod has given its address back: there is no network left to police, and no flow to break.
  if (pod.finished === true || (peer.kind === 'pod' && peer.finished === true)) return 'finished';
  // "Exception: a pod cannot block access to itself" (concepts page).
  if (isSamePod(pod, peer)) return 'same-pod';
  if (peer.kind === 'address' && addressesOf(peer).some(isLoopback)) return 'loopback';
  // "Behaviour for hostNetwork pods is undefined"; in "the most common implementation" traffic to and from them "is
  // treated the same as all other traffic to/from the node IP" (concepts page), which no policy selects.
  if (pod.hostNetwork) return 'host-network';
  // "Traffic to and from the node where a Pod is running is always allowed" (concepts page); "OR if the traffic source
  // is the pod's local node" (NetworkPolicySpec).
  if (peer.kind === 'pod' && peer.hostNetwork && pod.node !== undefined && pod.node === peer.node)
    return 'own-node';
  return undefined;
}

function isSamePod(pod: Pod, peer: Peer): boolean {
  if (peer.kind === 'address' || pod.many === true) return false;
  return pod.namespace === peer.namespace && pod.name === peer.name;
}

/** A hostNetwork pod is its node, and it is not known whether that is the pod's own node. */
function mayBeOwnNode(pod: Pod, peer: Peer): boolean {
  if (peer.kind === 'address' || !peer.hostNetwork) return false;
  return pod.node === undefined || peer.node === undefined;
}

function unknownNode(side: Side, pod: Pod, peer: Peer): Side {
  const { because } = side;
  const nodeless = [pod, peer].filter((end) => end.kind === 'pod' && end.node === undefined);
  const nodes = nodeless.map((end) => ({ what: 'node', of: peerName(end) }) as const);
  const missing = because.reason === 'unknown' ? because.missing : [];
  return unknown(side, rulesOf(because), [...missing, ...nodes]);
}
