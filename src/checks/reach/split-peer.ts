import type { Cluster } from '../../model/cluster.ts';
import type { Json } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { NAMESPACE_NAME_KEYS, requirementsOf, selectorWords } from '../../model/requirements.ts';
import type { Requirement } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import { compileSelector } from '../../network/selector.ts';
import type { Finding } from '../../policy/check.ts';
import { matchedNamespaces, podsIn } from './pods-around.ts';
import { peersIn, selectorAt } from './rule-peers.ts';
import type { RulePeer } from './rule-peers.ts';

/** A namespaceSelector and a podSelector that stand next to each other as two peers. */
interface Pair {
  readonly first: RulePeer;
  readonly second: RulePeer;
  readonly namespaceSelector: Json;
  readonly podSelector: Json;
}

/** One that was meant as one peer, and where the pods are that were meant. */
interface SplitPair extends Pair {
  readonly where: string;
}

/**
 * Two peers where one was meant. A namespaceSelector and a podSelector in one entry mean these pods in those namespaces, in
 * two entries every pod of the namespaces, and these pods of the policy's own namespace. Both are legal; that the first was
 * meant is shown by pods that are in those namespaces, and not in its own.
 */
export function* splitPeers(review: Review): Generator<Finding> {
  const { object } = review;
  const byRule = Map.groupBy(peersIn(object), ({ direction, rule }) => `${direction} ${rule}`);
  for (const peers of byRule.values()) {
    const pairs = splitAmong(review, peers);
    const fix = joined(pairs);
    for (const { first, namespaceSelector, podSelector, where } of pairs) {
      const [namespaces, pods] = [selectorWords(namespaceSelector), selectorWords(podSelector)];
      yield {
        problem: 'split-peer',
        field: first.path,
        data: {
          direction: first.direction,
          index: first.rule,
          namespaces,
          pods,
          where,
          own: object.namespace,
        },
        key: `split-peer ${first.direction} ${namespaces} ${pods}`,
        fix,
      };
    }
  }
}

/** Each peer is part of one pair at most. */
function splitAmong(review: Review, peers: readonly RulePeer[]): SplitPair[] {
  const split: SplitPair[] = [];
  for (let i = 0; i + 1 < peers.length; i++) {
    const [first, second] = peers.slice(i, i + 2) as [RulePeer, RulePeer];
    const pair = pairOf(first, second, first, second) ?? pairOf(first, second, second, first);
    const where = pair === undefined ? undefined : placeOf(review, pair);
    if (pair === undefined || where === undefined) continue;
    split.push({ ...pair, where });
    i++;
  }
  return split;
}

function pairOf(first: RulePeer, second: RulePeer, of: RulePeer, and: RulePeer): Pair | undefined {
  const namespaceSelector = selectorAt(of.peer, 'namespaceSelector');
  const podSelector = selectorAt(and.peer, 'podSelector');
  if (selectorAt(of.peer, 'podSelector') !== undefined) return undefined;
  if (selectorAt(and.peer, 'namespaceSelector') !== undefined) return undefined;
  if (requirementsOf(namespaceSelector).length === 0 || requirementsOf(podSelector).length === 0)
    return undefined;
  if (namespaceSelector === undefined || podSelector === undefined) return undefined;
  return { first, second, namespaceSelector, podSelector };
}

/** Where the pods are that were meant: in one of the namespaces, and not in the policy's own. */
function placeOf({ object, cluster }: Review, { namespaceSelector, podSelector }: Pair): string | undefined {
  const selector = compileSelector(podSelector);
  if (podsIn(cluster, object.namespace).some(({ pod }) => selector(pod.labels) !== 'no')) return undefined;
  const homes = matchedNamespaces(cluster, namespaceSelector) ?? [];
  if (homes.includes(object.namespace)) return undefined;
  return (
    homes.find((home) => podsIn(cluster, home).some(({ pod }) => selector(pod.labels) === 'yes')) ??
    usualPlace(cluster, object.namespace, namespaceSelector, podSelector)
  );
}

/** Pods that are in one namespace of a cluster wherever they can be seen: its DNS, and the operator. */
const ALONE = [
  { key: 'k8s-app', values: ['kube-dns', 'coredns'], home: /^kube-system$/ },
  { key: 'control-plane', values: ['v2-controller-manager'], home: /^/ },
];

function usualPlace(
  cluster: Cluster,
  own: string,
  namespaceSelector: Json,
  podSelector: Json,
): string | undefined {
  const named = requirementsOf(namespaceSelector).find(isName)?.values[0];
  if (named === undefined || named === own) return undefined;
  const asked = requirementsOf(podSelector);
  const isUsual = ALONE.some(
    ({ key, values, home }) =>
      home.test(named) &&
      asked.some((each) => each.key === key && each.values.some((value) => values.includes(value))),
  );
  // Where its pods can be seen, they would have been found.
  return isUsual && podsIn(cluster, named).length === 0 ? named : undefined;
}

function isName({ key, operator }: Requirement): boolean {
  return operator === 'In' && NAMESPACE_NAME_KEYS.has(key);
}

/** The later entry of each pair moved into the earlier; from the last pair to the first, so that indexes hold. */
function joined(pairs: readonly Pair[]): PatchOperation[] {
  return pairs.toReversed().flatMap(({ first, second }): PatchOperation[] => {
    const field = selectorAt(second.peer, 'podSelector') === undefined ? 'namespaceSelector' : 'podSelector';
    const value = selectorAt(second.peer, field) ?? {};
    return [
      { op: 'add', path: jsonPointer([...first.path, field]), value },
      { op: 'remove', path: jsonPointer(second.path) },
    ];
  });
}
