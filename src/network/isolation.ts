import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';

/** The policies that isolate a pod in one direction. */
export interface Isolation {
  readonly certain: readonly NetworkPolicy[];
  /** Those of which it is not known whether they select the pod: not all of its labels are. */
  readonly possible: readonly NetworkPolicy[];
}

type Isolations = Readonly<Record<Direction, Isolation>>;

const remembered = new WeakMap<readonly NetworkPolicy[], WeakMap<Pod, Isolations>>();

/**
 * Which of these policies isolate the pod. "A pod is isolated for ingress if there is any NetworkPolicy that both
 * selects the pod and has "Ingress" in its policyTypes", and likewise for egress (concepts page). A policy "selects
 * all pods in the namespace" at most: those of other namespaces do not count. Remembered for as long as the list of
 * policies and the pod live, so hand in the same ones.
 */
export function isolation(policies: readonly NetworkPolicy[], pod: Pod, direction: Direction): Isolation {
  let byPod = remembered.get(policies);
  if (byPod === undefined) remembered.set(policies, (byPod = new WeakMap()));
  let isolations = byPod.get(pod);
  if (isolations === undefined) byPod.set(pod, (isolations = isolationsOf(policies, pod)));
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
