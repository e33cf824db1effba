import { annotationsOf } from '../model/manifest.ts';
import { at, isObject, listAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Check, Finding } from '../policy/check.ts';
import { jsonPointer } from '../model/path.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Per direction: the field that names a rule's peers, and the one that belongs to the other direction. */
const DIRECTIONS = [
  { direction: 'ingress', right: 'from', wrong: 'to' },
  { direction: 'egress', right: 'to', wrong: 'from' },
] as const;

/**
 * Whether a NetworkPolicy's rules say what was written. The API server prunes a `to` under ingress and a `from` under
 * egress (NetworkPolicyIngressRule has only `from` and `ports`), and the rule that is left names no peer: "If this
 * field is empty or missing, this rule matches all sources". Files show the field itself; in the webhook kubectl's
 * last-applied annotation still holds it.
 */
export const rulesAsWritten: Check = {
  name: 'rules-as-written',
  needs: [],
  params: { type: 'object', additionalProperties: false },
  problems: { 'misplaced-peers': ['direction', 'index', 'right', 'wrong', 'everyone'] },
  *evaluate({ object }): Generator<Finding> {
    const written = lastApplied(annotationsOf(object)[LAST_APPLIED]);
    for (const { direction, right, wrong } of DIRECTIONS) {
      const rules = listAt(object.object, 'spec', direction);
      for (const [index, rule] of rules.entries()) {
        if (hasPeers(rule, right)) continue;
        const here = at(rule, wrong);
        const original = listAt(written, 'spec', direction)[index];
        const peers = here ?? (sameButFor(wrong, original, rule) ? at(original, wrong) : undefined);
        if (!isObject(peers) && !isNonEmptyList(peers)) continue;
        const place = ['spec', direction, index];
        yield {
          problem: 'misplaced-peers',
          field: [...place, wrong],
          data: {
            direction,
            index,
            right,
            wrong,
            everyone: direction === 'ingress' ? 'admits every source' : 'admits every destination',
          },
          // Where it is no list, nobody can tell what was meant.
          ...(isObject(peers) ? {} : { fix: moved(place, right, wrong, peers, here !== undefined) }),
        };
      }
    }
  },
};

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

function moved(
  place: readonly (string | number)[],
  right: string,
  wrong: string,
  peers: Json,
  stillThere: boolean,
): PatchOperation[] {
  const add: PatchOperation = { op: 'add', path: jsonPointer([...place, right]), value: peers };
  return stillThere ? [{ op: 'remove', path: jsonPointer([...place, wrong]) }, add] : [add];
}

function lastApplied(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not kubectl's own: it always writes JSON. Somebody else's text says nothing about this object.
    return undefined;
  }
}
