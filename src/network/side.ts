import type { Tri } from '../model/labels.ts';
import type { Missing, Notes } from './missing.ts';
import { notePod } from './missing.ts';
import { admitsPeer } from './peers.ts';
import type { Seen } from './peers.ts';
import type { Direction, Flow, Pod } from './pod.ts';
import { isolation } from './isolation.ts';
import type { Isolation } from './isolation.ts';
import type { NetworkPolicy, Rule } from './policy.ts';
import { admitsPort } from './port.ts';

/** A rule of a policy, by its index in `spec.ingress` or `spec.egress`. */
export interface RuleAt {
  readonly policy: NetworkPolicy;
  readonly rule: number;
}

/** Why no policy can stand in the way. */
export type Exemption = 'outside' | 'finished' | 'same-pod' | 'loopback' | 'host-network' | 'own-node';

/** Why one side allows the flow, or does not. */
export type Because =
  | { readonly reason: 'exempt'; readonly exemption: Exemption }
  | { readonly reason: 'not-isolated' }
  | { readonly reason: 'admitted'; readonly by: RuleAt }
  /** Policies isolate the pod, and no rule of theirs admits the flow. */
  | { readonly reason: 'isolated' }
  | {
      readonly reason: 'unknown';
      /** The rules that may admit it. */
      readonly maybe: readonly RuleAt[];
      /** What would have to be known. */
      readonly missing: readonly Missing[];
    };

/** What the policies of one end say: those of the source on egress, those of the destination on ingress. */
export interface Side {
  readonly direction: Direction;
  readonly allowed: Tri;
  readonly because: Because;
  /** The policies that isolate the pod in this direction. Empty where they do not matter (`exempt`). */
  readonly isolatedBy: readonly NetworkPolicy[];
  /** The policies that may isolate it: not all of its labels are known. */
  readonly maybeIsolatedBy: readonly NetworkPolicy[];
}

function admits(rule: Rule, policy: NetworkPolicy, flow: Flow, seen: Seen, notes?: Notes): Tri {
  const port = admitsPort(rule.ports, flow);
  if (port === 'no') return 'no';
  const peer = admitsPeer(rule.peers, policy.namespace, seen);
  if (peer === 'no' || (peer === 'yes' && port === 'yes')) return peer;
  if (notes !== undefined && port === 'unknown') admitsPort(rule.ports, flow, notes);
  if (notes !== undefined && peer === 'unknown') admitsPeer(rule.peers, policy.namespace, seen, notes);
  return 'unknown';
}

/**
 * What the policies that isolate the pod say of a flow between it and the peer seen. "The only allowed connections
 * into the pod are those from the pod's node and those allowed by the ingress list of some NetworkPolicy that applies
 * to the pod for ingress"; "the effects of those ingress lists combine additively" (concepts page).
 */
export function judge(
  direction: Direction,
  pod: Pod,
  seen: Seen,
  flow: Flow,
  policies: readonly NetworkPolicy[],
): Side {
  const { certain, possible } = isolation(policies, pod, direction);
  const side = (allowed: Tri, because: Because): Side => ({
    direction,
    allowed,
    because,
    isolatedBy: certain,
    maybeIsolatedBy: possible,
  });
  if (certain.length === 0 && possible.length === 0) return side('yes', { reason: 'not-isolated' });

  const maybe: RuleAt[] = [];
  for (const policy of certain) {
    const by = firstThatAdmits(policy, direction, flow, seen, maybe);
    if (by !== undefined) return side('yes', { reason: 'admitted', by });
  }
  let admission: RuleAt | undefined;
  let all = true;
  for (const policy of possible) {
    const by = firstThatAdmits(policy, direction, flow, seen, maybe);
    if (by === undefined) all = false;
    else {
      admission ??= by;
      maybe.push(by);
    }
  }
  if (certain.length > 0 && maybe.length === 0) return side('no', { reason: 'isolated' });
  // Whichever of them select the pod, they admit the flow; and if none does, the pod is not isolated.
  if (certain.length === 0 && all && admission !== undefined)
    return side('yes', { reason: 'admitted', by: admission });
  const missing = whatIsMissing(direction, pod, seen, flow, { certain, possible });
  return side('unknown', { reason: 'unknown', maybe, missing });
}

/** The first rule of the policy that admits the flow for certain; those before it that may are added to `maybe`. */
function firstThatAdmits(
  policy: NetworkPolicy,
  direction: Direction,
  flow: Flow,
  seen: Seen,
  maybe: RuleAt[],
): RuleAt | undefined {
  for (const rule of policy[direction].rules) {
    const answer = admits(rule, policy, flow, seen);
    if (answer === 'yes') return { policy, rule: rule.index };
    if (answer === 'unknown') maybe.push({ policy, rule: rule.index });
  }
  return undefined;
}

function whatIsMissing(
  direction: Direction,
  pod: Pod,
  seen: Seen,
  flow: Flow,
  { certain, possible }: Isolation,
): readonly Missing[] {
  const notes: Notes = new Map();
  for (const policy of [...certain, ...possible])
    for (const rule of policy[direction].rules) admits(rule, policy, flow, seen, notes);
  const matters = (policy: NetworkPolicy): boolean =>
    certain.length === 0 || policy[direction].rules.some((r) => admits(r, policy, flow, seen) !== 'no');
  if (possible.some(matters)) notePod(notes, 'labels', pod);
  return [...notes.values()];
}
