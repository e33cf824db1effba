import { at, isObject, listAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import { componentOf } from '../model/seldon-components.ts';

/** What a selector asks of one label; `values` are those that it may have, where the selector names any. */
interface Requirement {
  readonly key: string;
  readonly values: readonly string[];
}

/** A label selector somewhere in a NetworkPolicy, and what it selects. */
export interface Selection {
  readonly of: 'pods' | 'namespaces';
  readonly requirements: readonly Requirement[];
}

/**
 * Whether a NetworkPolicy names Seldon by itself: a peer or a selected pod with the labels of one of its components,
 * or a namespace called as one of the operator's. Such a policy was written for a namespace that Seldon runs in, even
 * where no SeldonRuntime is among the manifests.
 */
export function mentionsSeldon(policy: Manifest, operatorNamespaces: readonly string[]): boolean {
  return selectionsIn(policy).some(({ of, requirements }) =>
    requirements.some(({ key, values }) =>
      values.some((value) =>
        of === 'pods'
          ? componentOf({ [key]: value }) !== undefined
          : NAME_KEYS.has(key) && operatorNamespaces.includes(value),
      ),
    ),
  );
}

const NAME_KEYS: ReadonlySet<string> = new Set(['kubernetes.io/metadata.name', 'name']);

/** Every selector of a NetworkPolicy: that of the pods it is for, and those of its rules' peers. */
export function selectionsIn({ object }: Manifest): Selection[] {
  const selections: Selection[] = [
    { of: 'pods', requirements: requirementsOf(at(object, 'spec', 'podSelector')) },
  ];
  for (const [direction, field] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    for (const rule of listAt(object, 'spec', direction))
      for (const peer of listAt(rule, field))
        selections.push(
          { of: 'namespaces', requirements: requirementsOf(at(peer, 'namespaceSelector')) },
          { of: 'pods', requirements: requirementsOf(at(peer, 'podSelector')) },
        );
  return selections;
}

function requirementsOf(selector: Json | undefined): Requirement[] {
  const strings = (values: readonly (Json | undefined)[]): string[] =>
    values.filter((value) => typeof value === 'string');
  const matchLabels = at(selector, 'matchLabels');
  const byLabel = isObject(matchLabels) ? Object.entries(matchLabels) : [];
  return [
    ...byLabel.map(([key, value]) => ({ key, values: strings([value]) })),
    ...listAt(selector, 'matchExpressions').flatMap((expression) => {
      const key = stringAt(expression, 'key');
      if (key === undefined) return [];
      // The other operators name what must not be there, or no value at all.
      const isIn = stringAt(expression, 'operator') === 'In';
      return [{ key, values: isIn ? strings(listAt(expression, 'values')) : [] }];
    }),
  ];
}
