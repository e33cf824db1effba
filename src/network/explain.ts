import { listOf } from '../model/words.ts';
import type { Direction } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import type { Exemption, Side } from './side.ts';

const EXEMPT: Readonly<Record<Exemption, string>> = {
  outside: 'NetworkPolicies apply to pods only',
  finished: 'a finished pod has no network',
  'same-pod': 'a pod always reaches itself',
  loopback: 'loopback traffic stays within the pod',
  'host-network': 'NetworkPolicies do not apply to pods on the host network',
  'own-node': 'traffic between a pod and its own node is always allowed',
};
const NOTHING: Readonly<Record<Direction, string>> = {
  ingress: 'that admits anyone',
  egress: 'that lets anything out',
};

/** What the flow's ends are called in the sentence. */
export interface Words {
  /** The pod whose policies these are; default `the pod`. */
  readonly pod?: string;
  /** What a rule admits or not; default `it`, the flow. */
  readonly peer?: string;
}

/**
 * Why a side allows the flow or not: a clause in the present tense, to stand after "because" or a colon, with neither
 * a capital nor a full stop.
 */
export function explain(side: Side, { pod = 'the pod', peer = 'it' }: Words = {}): string {
  const { because, direction, isolatedBy } = side;
  switch (because.reason) {
    case 'exempt':
      return EXEMPT[because.exemption];
    case 'not-isolated':
      return `no NetworkPolicy selects ${pod} for ${direction}`;
    case 'admitted':
      return `spec.${direction}[${because.by.rule}] of NetworkPolicy ${because.by.policy.name} admits ${peer}`;
    case 'isolated':
      return blocked(direction, isolatedBy, pod, peer);
    case 'unknown': {
      const missing = because.missing.map(({ what, of }) => `the ${what} of ${of}`);
      const plural = missing.length > 1 || because.missing[0]?.what.endsWith('s') === true;
      const depends = `depends on ${listOf(missing)}, which ${plural ? 'are' : 'is'} not known`;
      return `whether ${inDoubt(side, peer)} ${depends}`;
    }
  }
}

/** `NetworkPolicy a admits it` where only its rules are in doubt, `NetworkPolicies a and b stop it` otherwise. */
function inDoubt({ because, isolatedBy, maybeIsolatedBy }: Side, peer: string): string {
  const maybe = because.reason === 'unknown' ? because.maybe.map(({ policy }) => policy) : [];
  const admitting = maybe.length > 0 && maybeIsolatedBy.length === 0;
  const policies = new Set(admitting ? maybe : [...isolatedBy, ...maybeIsolatedBy]);
  const verb = admitting ? 'admit' : 'stop';
  return `${named([...policies])} ${policies.size === 1 ? `${verb}s` : verb} ${peer}`;
}

function blocked(direction: Direction, by: readonly NetworkPolicy[], pod: string, peer: string): string {
  const one = by.length === 1;
  if (by.every((policy) => policy[direction].rules.length === 0))
    return one
      ? `${named(by)} selects ${pod} for ${direction} and has no rule ${NOTHING[direction]}`
      : `${named(by)} select ${pod} for ${direction} and have no rule ${NOTHING[direction]}`;
  return one
    ? `no ${direction} rule of ${named(by)} admits ${peer}`
    : `${named(by)} isolate ${pod} and no ${direction} rule of theirs admits ${peer}`;
}

/** `NetworkPolicy a`, `NetworkPolicies a and b`: by name, in alphabetical order. */
function named(policies: readonly NetworkPolicy[]): string {
  const names = policies.map(({ name }) => name).toSorted();
  return `${names.length === 1 ? 'NetworkPolicy' : 'NetworkPolicies'} ${listOf(names)}`;
}
