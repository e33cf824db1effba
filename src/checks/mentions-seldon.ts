import { isObject, listAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import { componentOf } from '../model/seldon-components.ts';

/**
 * Whether a NetworkPolicy names Seldon by itself: a peer or a selected pod with the labels of one of its components,
 * or a namespace called as one of the operator's. Such a policy was written for a namespace that Seldon runs in, even
 * where no SeldonRuntime is among the manifests.
 */
export function mentionsSeldon(policy: Manifest, operatorNamespaces: readonly string[]): boolean {
  return [...selectorsIn(policy.object)].some((selector) => {
    const labels = namedLabels(selector);
    if (componentOf(labels) !== undefined) return true;
    const namespace = labels['kubernetes.io/metadata.name'] ?? labels['name'];
    return namespace !== undefined && operatorNamespaces.includes(namespace);
  });
}

function* selectorsIn(object: Json): Generator<Json> {
  const spec = isObject(object) ? object['spec'] : undefined;
  if (!isObject(spec)) return;
  if (spec['podSelector'] !== undefined) yield spec['podSelector'];
  for (const [direction, field] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    for (const rule of listAt(spec, direction))
      for (const peer of listAt(rule, field))
        if (isObject(peer))
          for (const selector of [peer['namespaceSelector'], peer['podSelector']])
            if (selector !== undefined) yield selector;
}

/** The labels that a selector asks for by one value each. */
function namedLabels(selector: Json): Record<string, string> {
  const labels: Record<string, string> = {};
  if (!isObject(selector)) return labels;
  const matchLabels = selector['matchLabels'];
  if (isObject(matchLabels))
    for (const [key, value] of Object.entries(matchLabels))
      if (typeof value === 'string') labels[key] = value;
  for (const requirement of listAt(selector, 'matchExpressions')) {
    const [key, [value, ...others]] = [stringAt(requirement, 'key'), listAt(requirement, 'values')];
    if (stringAt(requirement, 'operator') !== 'In' || key === undefined || others.length > 0) continue;
    if (typeof value === 'string') labels[key] = value;
  }
  return labels;
}
