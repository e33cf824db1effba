import { at, isObject, listAt, objectAt } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import type { Protocol } from '../../network/pod.ts';

/** A rule that lets pods out: to these peers, on these ports. */
export interface Opening {
  readonly to: readonly JsonObject[];
  readonly ports: readonly { readonly protocol: Protocol; readonly port: number }[];
}

/**
 * The patch that adds rules for these openings to a NetworkPolicy, and nothing else; openings to the same peers share a
 * rule. Empty where a rule would take the place of something that is no list.
 */
export function openEgress(policy: Manifest, openings: readonly Opening[]): PatchOperation[] {
  const present = at(policy.object, 'spec', 'egress') ?? undefined;
  if (!isObject(policy.object['spec']) || (present !== undefined && !Array.isArray(present))) return [];
  const rules = rulesFor(openings);
  if (rules.length === 0) return [];
  if (present === undefined) return [{ op: 'add', path: '/spec/egress', value: rules }];
  return rules.map((value): PatchOperation => ({ op: 'add', path: '/spec/egress/-', value }));
}

/**
 * The same as a NetworkPolicy to stand beside the one that closes them, for the same pods. It has to be there before that
 * one, and isolates the pods by itself: so it repeats the other's rules.
 */
export function openBeside(policy: Manifest, word: string, openings: readonly Opening[]): JsonObject[] {
  const rules = rulesFor(openings);
  if (rules.length === 0) return [];
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: `${word}-beside-${policy.name}`, namespace: policy.namespace },
      spec: {
        podSelector: objectAt(policy.object, 'spec', 'podSelector'),
        policyTypes: ['Egress'],
        egress: [...listAt(policy.object, 'spec', 'egress'), ...rules],
      },
    },
  ];
}

function rulesFor(openings: readonly Opening[]): JsonObject[] {
  const byPeers = Map.groupBy(openings, ({ to }) => JSON.stringify(to));
  return [...byPeers.values()].map((group): JsonObject => {
    const ports = new Map(
      group.flatMap((opening) => opening.ports).map((port) => [`${port.protocol} ${port.port}`, port]),
    );
    // UDP first, as people write it.
    const inOrder = [...ports.values()].toSorted(
      (a, b) => a.port - b.port || (a.protocol > b.protocol ? -1 : 1),
    );
    return {
      to: group[0]?.to ?? [],
      ports: inOrder.map(({ protocol, port }): Json => ({ protocol, port })),
    };
  });
}
