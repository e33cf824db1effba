import { at, isObject, listAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { lastApplied } from '../../model/last-applied.ts';
import type { Manifest } from '../../model/manifest.ts';

/** Per direction: the field that names a rule's peers, and the one that belongs to the other direction. */
const DIRECTIONS = [
  { direction: 'ingress', right: 'from', wrong: 'to' },
  { direction: 'egress', right: 'to', wrong: 'from' },
] as const;

/** A rule of a NetworkPolicy that names its peers under the field of the other direction, and so names none. */
export interface MisplacedPeers {
  readonly direction: 'ingress' | 'egress';
  readonly index: number;
  readonly right: 'from' | 'to';
  readonly wrong: 'from' | 'to';
  /** The rule, and the field that it does not have. */
  readonly rule: Path;
  readonly field: Path;
  readonly peers: Json;
  /** Whether the object still holds the field; what was applied does otherwise. */
  readonly stillThere: boolean;
}

/**
 * The API server prunes a `to` under ingress and a `from` under egress (NetworkPolicyIngressRule has only `from` and
 * `ports`). Files show the field itself; in the webhook what was applied still holds it.
 */
export function misplacedPeers(manifest: Manifest): readonly MisplacedPeers[] {
  const written = lastApplied(manifest);
  return DIRECTIONS.flatMap(({ direction, right, wrong }) =>
    listAt(manifest.object, 'spec', direction).flatMap((rule, index) => {
      if (hasPeers(rule, right)) return [];
      const here = at(rule, wrong);
      const original = listAt(written, 'spec', direction)[index];
      const peers = here ?? (sameButFor(wrong, original, rule) ? at(original, wrong) : undefined);
      if (!isObject(peers) && !isNonEmptyList(peers)) return [];
      const place = ['spec', direction, index];
      const stillThere = here !== undefined;
      return [{ direction, index, right, wrong, rule: place, field: [...place, wrong], peers, stillThere }];
    }),
  );
}

function hasPeers(rule: Json, field: string): boolean {
  return isNonEmptyList(at(rule, field));
}

function isNonEmptyList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value) && value.length > 0;
}

/** Whether the annotation's rule is this one with the pruned field still in it; it is stale otherwise, and says nothing. */
function sameButFor(field: string, original: Json | undefined, rule: Json): boolean {
  if (!isObject(original) || !Object.hasOwn(original, field)) return false;
  const { [field]: _pruned, ...rest } = original;
  const ports = (value: JsonObject): string =>
    JSON.stringify(
      listAt(value, 'ports').map((port) => [at(port, 'port') ?? null, at(port, 'endPort') ?? null]),
    );
  return isObject(rule) && ports(rest) === ports(rule);
}
