import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster } from '../../model/cluster.ts';
import { at, listAt, objectAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { NAMESPACE_NAME_KEYS, requirementsOf } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import { componentOf } from '../../model/seldon-components.ts';
import type { Direction } from '../../network/pod.ts';
import { compileSelector } from '../../network/selector.ts';
import { assumedEnd } from './flow-ends.ts';
import { matchedNamespaces, ofSeldon, podsIn } from './pods-around.ts';
import type { PodsAround } from './pods-around.ts';
import { PEER_FIELDS, selectorAt } from './rule-peers.ts';
import { isWhole } from './whole-cluster.ts';

/** The pods whose ports the rules of one direction name: "destination ports for outgoing traffic", own ports for incoming. */
export interface Listeners {
  readonly pods: readonly PodsAround[];
  /** Whether those are all that there are now: no other namespace can have more. */
  readonly all: boolean;
  /** Whether they are the pods of one application, so that others of the kind would have the same ports. */
  readonly chosen: boolean;
}

/**
 * The pods that listen on the other end of a rule, as far as they can be seen: for an ingress rule those that the policy
 * selects, for an egress rule those of its peers. Undefined where some of them cannot be seen, or need not be pods at all.
 */
export function listenersOf(review: Review, direction: Direction, rule: Json): Listeners | undefined {
  const { object, cluster } = review;
  if (direction === 'ingress') {
    const podSelector = objectAt(object.object, 'spec', 'podSelector');
    const pods = selected(cluster, [object.namespace], podSelector);
    return pods === undefined
      ? undefined
      : { pods, all: true, chosen: requirementsOf(podSelector).length > 0 };
  }
  const peers = listAt(rule, PEER_FIELDS.egress);
  const found = peers.map((peer) => ofPeer(review, peer));
  if (found.length === 0 || !found.every((each) => each !== undefined)) return undefined;
  return {
    pods: [...new Set(found.flatMap(({ pods }) => pods))],
    all: found.every(({ all }) => all),
    chosen: found.every(({ chosen }) => chosen),
  };
}

function ofPeer(review: Review, peer: Json): Listeners | undefined {
  const { object, cluster } = review;
  if ((at(peer, 'ipBlock') ?? undefined) !== undefined) return undefined;
  const [podSelector, namespaceSelector] = [
    selectorAt(peer, 'podSelector') ?? {},
    selectorAt(peer, 'namespaceSelector'),
  ];
  const home =
    namespaceSelector === undefined ? [object.namespace] : matchedNamespaces(cluster, namespaceSelector);
  // Of a namespace whose pods are not here nobody knows the ports.
  if (
    home === undefined ||
    home.some((namespace) => podsIn(cluster, namespace).length === 0 && home.length > 1)
  )
    return undefined;
  const pods = selected(cluster, home, podSelector);
  const chosen = requirementsOf(podSelector).length > 0;
  // Such a rule is written for the API server, too, which is none of these pods.
  if (pods === undefined || (!chosen && home.includes('kube-system'))) return undefined;
  const all =
    namespaceSelector === undefined || isNamed(namespaceSelector, home) || isWhole(review, 'Namespace');
  return { pods, all, chosen };
}

/** The pods that a selector selects, if there are any and it selects them for certain. */
function selected(
  cluster: Cluster,
  namespaces: readonly string[],
  podSelector: Json,
): readonly PodsAround[] | undefined {
  const selector = compileSelector(podSelector);
  const pods = namespaces
    .flatMap((namespace) => [...podsIn(cluster, namespace), ...assumedIn(cluster, namespace, podSelector)])
    .filter(({ pod }) => selector(pod.labels) !== 'no');
  // "Behaviour for hostNetwork pods is undefined" (concepts page).
  const certain =
    pods.length > 0 && pods.every(({ pod }) => !pod.hostNetwork && selector(pod.labels) === 'yes');
  return certain ? pods : undefined;
}

/** Where no Seldon pods can be seen (a file by itself), those of the components that the selector names, as upstream makes them. */
function assumedIn(cluster: Cluster, namespace: string, podSelector: Json): PodsAround[] {
  if (cluster.sees('SeldonRuntime') || cluster.sees('Server')) return [];
  if (podsIn(cluster, namespace).length > 0) return [];
  const labels = namespaceLabels(cluster, namespace);
  return requirementsOf(podSelector)
    .flatMap(({ key, values }) => values.flatMap((value) => componentOf({ [key]: value }) ?? []))
    .map((component) => ofSeldon(assumedEnd(component, namespace, labels)));
}

/** Whether the selector names its namespaces, and they are all here. */
function isNamed(namespaceSelector: Json, namespaces: readonly string[]): boolean {
  return requirementsOf(namespaceSelector).some(
    ({ key, operator, values }) =>
      NAMESPACE_NAME_KEYS.has(key) &&
      operator === 'In' &&
      values.length > 0 &&
      values.every((value) => namespaces.includes(value)),
  );
}
