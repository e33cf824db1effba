import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import { keep, kept } from '../model/once.ts';

/** The policies that isolate a pod in one direction. */
export interface Isolation {
  readonly certain: readonly NetworkPolicy[];
  /** Those of which it is not known whether they select the pod: not all of its labels are. */
  readonly possible: readonly NetworkPolicy[];
}

type Isolations = Readonly<Record<Direction, Isolation>>;

/** A pod's isolations under one list of policies. */
interface Remembered {
  readonly policies: readonly NetworkPolicy[];
  readonly isolations: Isolations;
}

const LAST = Symbol('isolations under the last two lists of policies');

/**
 * Which of these policies isolate the pod. "A pod is isolated for ingress if there is any NetworkPolicy that both
 * selects the pod and has "Ingress" in its policyTypes", and likewise for egress (concepts page). A policy "selects
 * all pods in the namespace" at most: those of other namespaces do not count. A pod remembers its answers for the last two
 * lists it was asked about (the world before a change, and after it), so hand in the same pods and lists.
 */
export function isolation(policies: readonly NetworkPolicy[], pod: Pod, direction: Direction): Isolation {
  const [last, other] = kept<readonly [Remembered, Remembered?]>(pod, LAST) ?? [];
  if (last?.policies === policies) return last.isolations[direction];
  if (other?.policies === policies) return other.isolations[direction];
  const isolations = isolationsOf(policies, pod);
  const now: Remembered = { policies, isolations };
  keep(pod, LAST, last === undefined ? [now] : [now, last]);
  return isolations[direction];
}

function isolationsOf(policies: readonly NetworkPolicy[], pod: Pod): Isolations {
  const own = policies.filter((policy) => policy.namespace === pod.namespace);
  const certain = own.filter((policy) => policy.podSelector(pod.labels) === 'yes');
  const possible = own.filter((policy) => policy.podSelector(pod.labels) === 'unknown');
  const of = (direction: Direction): Isolation => ({
    certain: certain.filter((policy) => policy[direction].isolates),
    possible: possible.filter((policy) => policy[direction].isolates),
  });
  return { ingress: of('ingress'), egress: of('egress') };
}
