import { at, isObject, listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Judgement } from './decision.ts';

/**
 * The companions of several judgements as one manifest: policies for the same pods are one policy with the rules of all,
 * and several policies are one List, as kubectl takes it. Undefined where there are none.
 */
export function companionOf(judgements: readonly Judgement[]): JsonObject | undefined {
  const lists = new Set(judgements.flatMap(({ companion }) => (companion === undefined ? [] : [companion])));
  const byPods = new Map<string, JsonObject>();
  for (const manifest of [...lists].flat()) {
    const pods = JSON.stringify(at(manifest, 'spec', 'podSelector'));
    const earlier = byPods.get(pods);
    byPods.set(pods, earlier === undefined ? manifest : merged(earlier, manifest));
  }
  const policies = withOwnNames(inOrder([...byPods.values()]));
  const [first, ...others] = policies;
  if (first === undefined || others.length === 0) return first;
  return { apiVersion: 'v1', kind: 'List', items: policies };
}

/**
 * Those for some pods, with the rules of those for all pods, and then the latter: applied one by one, none takes away for
 * the moment what another one is to open.
 */
function inOrder(policies: readonly JsonObject[]): JsonObject[] {
  const [wide, narrow] = [policies.filter(isForAll), policies.filter((policy) => !isForAll(policy))];
  return [...narrow.map((policy) => wide.reduce(withRulesOf, policy)), ...wide];
}

function isForAll(policy: JsonObject): boolean {
  return Object.values(objectAt(policy, 'spec', 'podSelector')).every(
    (part) => Object.keys(part ?? {}).length === 0,
  );
}

/** The policy with another one's rules in the directions that it isolates itself. */
function withRulesOf(policy: JsonObject, other: JsonObject): JsonObject {
  const types = listAt(policy, 'spec', 'policyTypes');
  const spec = Object.fromEntries(
    Object.entries(objectAt(other, 'spec')).filter(([field]) =>
      types.includes(field === 'ingress' ? 'Ingress' : field === 'egress' ? 'Egress' : field),
    ),
  );
  return merged(policy, { spec: { ...spec, policyTypes: types } });
}

function merged(a: JsonObject, b: JsonObject): JsonObject {
  const spec: Record<string, Json> = { podSelector: at(a, 'spec', 'podSelector') ?? {} };
  for (const field of ['policyTypes', 'ingress', 'egress']) {
    const [some, others] = [at(a, 'spec', field), at(b, 'spec', field)];
    if (some === undefined && others === undefined) continue;
    const all = [...listAt(a, 'spec', field), ...listAt(b, 'spec', field)];
    const distinct = [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
    spec[field] =
      field === 'policyTypes' ? ['Ingress', 'Egress'].filter((type) => all.includes(type)) : distinct;
  }
  return { ...a, spec };
}

/** Of policies for other pods that would have one name, the later ones get a number. */
function withOwnNames(policies: readonly JsonObject[]): JsonObject[] {
  const taken = new Map<string, number>();
  return policies.map((policy) => {
    const name = stringAt(policy, 'metadata', 'name') ?? '';
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    const metadata = at(policy, 'metadata');
    if (count === 1 || !isObject(metadata)) return policy;
    return { ...policy, metadata: { ...metadata, name: `${name}-${count}` } };
  });
}
