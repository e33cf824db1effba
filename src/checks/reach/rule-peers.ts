import { at, listAt } from '../../model/json.ts';
import type { Json, Path } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Direction } from '../../network/pod.ts';

/** The field of a rule that names its peers. */
export const PEER_FIELDS: Readonly<Record<Direction, 'from' | 'to'>> = { ingress: 'from', egress: 'to' };

/** An entry of `from` or `to`, and where it stands. */
export interface RulePeer {
  readonly direction: Direction;
  /** The rule's index. */
  readonly rule: number;
  /** Its own index within the rule. */
  readonly index: number;
  readonly path: Path;
  readonly peer: Json;
}

/** Every peer that the rules of a NetworkPolicy name, in their order. */
export function peersIn({ object }: Manifest): RulePeer[] {
  return (['ingress', 'egress'] as const).flatMap((direction) =>
    listAt(object, 'spec', direction).flatMap((body, rule) =>
      listAt(body, PEER_FIELDS[direction]).map((peer, index) => ({
        direction,
        rule,
        index,
        path: ['spec', direction, rule, PEER_FIELDS[direction], index],
        peer,
      })),
    ),
  );
}

/** A selector of a peer; undefined where it has none. */
export function selectorAt(peer: Json, of: 'podSelector' | 'namespaceSelector'): Json | undefined {
  return at(peer, of) ?? undefined;
}
