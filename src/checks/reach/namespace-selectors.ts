import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster } from '../../model/cluster.ts';
import { at, isObject } from '../../model/json.ts';
import type { Json, Path } from '../../model/json.ts';
import { closed, selects } from '../../model/labels.ts';
import { labelsOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { requirementsOf, selectorWords } from '../../model/requirements.ts';
import type { Requirement } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import type { Finding } from '../../policy/check.ts';
import { namesOf } from '../../model/words.ts';
import { namespacesAround } from './pods-around.ts';
import { selectorAt } from './rule-peers.ts';
import type { RulePeer } from './rule-peers.ts';
import { isWhole } from './whole-cluster.ts';

/** The one label that every Namespace has ("Automatic labelling", concepts page of Namespaces). */
const AUTOMATIC = 'kubernetes.io/metadata.name';

/** Whether people give a label of this key the Namespace's own name. */
function isNameLike({ key, operator }: Requirement): boolean {
  return operator === 'In' && key !== AUTOMATIC && /(^|\/)(name|namespace|ns)$/.test(key);
}

/** A namespaceSelector that matches no Namespace for certain. */
interface Unmatched {
  readonly peer: RulePeer;
  readonly selector: Json;
  readonly path: Path;
}

/**
 * What is wrong with the namespaceSelectors of a policy: they match none of the Namespaces that there are, or go by labels
 * that somebody has to set, on Namespaces that cannot be seen.
 */
export function* namespaceFindings(review: Review, peers: readonly RulePeer[]): Generator<Finding> {
  const { cluster } = review;
  const unseen: Unmatched[] = [];
  for (const peer of peers) {
    const selector = selectorAt(peer.peer, 'namespaceSelector');
    if (selector === undefined || !asksForSomething(selector) || matchesAny(cluster, selector)) continue;
    const unmatched = { peer, selector, path: [...peer.path, 'namespaceSelector'] };
    const meant = cluster.list('Namespace').find((namespace) => byName(selector, namespace) !== undefined);
    if (meant !== undefined) {
      if (!isNamedBeside(meant, peer, peers)) yield unlabelled(unmatched, meant);
    } else if (isWhole(review, 'Namespace')) yield noNamespace(unmatched);
    else if (requirementsOf(selector).some(({ key, operator }) => key !== AUTOMATIC && isPositive(operator)))
      unseen.push(unmatched);
  }
  if (unseen.length > 0) yield unseenNamespaces(unseen);
}

function isPositive(operator: string): boolean {
  return operator === 'In' || operator === 'Exists';
}

/** Whether some label must be there: what only must not be there is absent from most Namespaces. */
function asksForSomething(selector: Json): boolean {
  return requirementsOf(selector).some(({ operator }) => isPositive(operator));
}

function matchesAny(cluster: Cluster, selector: Json): boolean {
  for (const namespace of namespacesAround(cluster))
    if (selects(selector, namespaceLabels(cluster, namespace)) === 'yes') return true;
  return false;
}

/** The requirement that keeps the selector from matching this Namespace, which it calls by its name. */
function byName(selector: Json, namespace: Manifest): Requirement | undefined {
  return requirementsOf(selector).find((requirement) => {
    if (!isNameLike(requirement) || !requirement.values.includes(namespace.name)) return false;
    const labels = { ...labelsOf(namespace), [AUTOMATIC]: namespace.name, [requirement.key]: namespace.name };
    return selects(selector, closed(labels)) === 'yes';
  });
}

/** Whether another peer of the same rule names the Namespace in a way that does match: somebody who was not sure. */
function isNamedBeside(namespace: Manifest, { path, peer }: RulePeer, peers: readonly RulePeer[]): boolean {
  const labels = closed({ ...labelsOf(namespace), [AUTOMATIC]: namespace.name });
  const place = JSON.stringify(path.slice(0, -1));
  const pods = JSON.stringify(selectorAt(peer, 'podSelector') ?? {});
  return peers.some(
    (other) =>
      JSON.stringify(other.path.slice(0, -1)) === place &&
      [pods, '{}'].includes(JSON.stringify(selectorAt(other.peer, 'podSelector') ?? {})) &&
      selects(selectorAt(other.peer, 'namespaceSelector'), labels) === 'yes',
  );
}

function whereOf({ direction, rule }: RulePeer): string {
  return `${direction} rule ${rule}`;
}

function unlabelled({ peer, selector, path }: Unmatched, namespace: Manifest): Finding {
  const requirement = byName(selector, namespace);
  const words = selectorWords(selector);
  return {
    problem: 'namespace-unlabelled',
    field: path,
    data: { where: whereOf(peer), selector: words, namespace: namespace.name },
    key: `${peer.direction} ${words}`,
    fix: requirement === undefined ? [] : renamed(path, selector, requirement),
  };
}

function noNamespace({ peer, selector, path }: Unmatched): Finding {
  const words = selectorWords(selector);
  return {
    problem: 'no-namespace',
    field: path,
    data: { where: whereOf(peer), selector: words },
    key: `${peer.direction} ${words}`,
  };
}

function unseenNamespaces(unseen: readonly Unmatched[]): Finding {
  const words = [...new Set(unseen.map(({ selector }) => selectorWords(selector)))];
  return {
    problem: 'namespace-unseen',
    field: unseen[0]?.path ?? ['spec'],
    data: {
      selectors: namesOf(words),
      count: words.length === 1 ? (words[0] ?? '') : `${words.length} selectors`,
    },
    key: words.toSorted().join(' '),
    unknown: true,
    fix: unseen.flatMap(({ path, selector }) =>
      requirementsOf(selector)
        .filter(isNameLike)
        .flatMap((requirement) => renamed(path, selector, requirement)),
    ),
  };
}

/** The requirement moved to the label that Kubernetes sets, where the selector does not ask for that already. */
function renamed(path: Path, selector: Json, { at: place, key, values }: Requirement): PatchOperation[] {
  if (requirementsOf(selector).some((other) => other.key === AUTOMATIC)) return [];
  const here = [...path, ...place];
  if (place[0] !== 'matchLabels')
    return [{ op: 'replace', path: jsonPointer([...here, 'key']), value: AUTOMATIC }];
  const [value] = values;
  if (value === undefined || !isObject(at(selector, 'matchLabels')) || key === AUTOMATIC) return [];
  return [
    { op: 'remove', path: jsonPointer(here) },
    { op: 'add', path: jsonPointer([...here.slice(0, -1), AUTOMATIC]), value },
  ];
}
