import { isDeeperThan, listAt, objectAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Direction } from '../../network/pod.ts';
import { canName, rulesFor } from './allow-rules.ts';
import type { Need } from './allow-rules.ts';
import type { End } from './flow-ends.ts';

/** A need of pods that a policy isolates. */
export interface Opening extends Need {
  /** The pods that the policy isolates. */
  readonly subject: End;
  /** Whether nothing but this policy isolates them in that direction. */
  readonly alone: boolean;
}

/** spec, ingress, a rule, from, a peer, a selector, matchExpressions, an expression, values, and some to spare. */
const DEEPEST = 20;
const TYPE: Readonly<Record<Direction, string>> = { ingress: 'Ingress', egress: 'Egress' };

/**
 * NetworkPolicies to stand beside one that closes flows: each for the pods of one end, so that nothing is opened for any
 * others. Policies add up, so the first one stays as it is. They have to be there before it, and a policy isolates the
 * pods that it selects by itself: where nothing else did so before, they repeat its rules for those pods.
 */
export function companionOf(policy: Manifest, openings: readonly Opening[]): JsonObject[] {
  // No rule is so deep, and what is none cannot be repeated.
  if (isDeeperThan(DEEPEST, objectAt(policy.object, 'spec'))) return [];
  const named = openings.filter(({ subject, peer }) => canName(subject) && canName(peer));
  const bySubject = Map.groupBy(named, ({ subject }) => JSON.stringify(podSelectorOf(subject)));
  return [...bySubject.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined ? [] : [beside(policy, first.subject, own)];
  });
}

function beside(policy: Manifest, subject: End, openings: readonly Opening[]): JsonObject {
  const directions = (['ingress', 'egress'] as const).filter((direction) =>
    openings.some((opening) => opening.direction === direction),
  );
  const rules = (direction: Direction): JsonObject => {
    const needs = openings.filter((opening) => opening.direction === direction);
    const repeated = needs.some(({ alone }) => alone) ? listAt(policy.object, 'spec', direction) : [];
    return { [direction]: [...repeated, ...rulesFor(policy.namespace, direction, needs)] };
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `${wordFor(subject)}-beside-${policy.name}`, namespace: policy.namespace },
    spec: {
      podSelector: podSelectorOf(subject),
      policyTypes: directions.map((direction) => TYPE[direction]),
      ...(Object.assign({}, ...directions.map(rules)) as JsonObject),
    },
  };
}

function podSelectorOf({ rule, selector }: End): JsonObject {
  const own = rule?.['podSelector'];
  return (own as JsonObject | undefined) ?? { matchLabels: { ...selector } };
}

/** A word for the pods that may stand in an object's name: the value of one of their labels. */
function wordFor({ selector, title }: End): string {
  const word = (Object.values(selector ?? {})[0] ?? title).toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return word.replaceAll(/^-|-$/g, '') || 'pods';
}
