import { at, listAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { NAMESPACE_NAME_KEYS, requirementsOf } from '../../model/requirements.ts';
import type { Requirement } from '../../model/requirements.ts';
import { componentOf } from '../../model/seldon-components.ts';

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
    requirements.some(
      ({ key, operator, values }) =>
        // The other operators name what must not be there, or no value at all.
        operator === 'In' &&
        values.some((value) =>
          of === 'pods'
            ? componentOf({ [key]: value }) !== undefined
            : NAMESPACE_NAME_KEYS.has(key) && operatorNamespaces.includes(value),
        ),
    ),
  );
}

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
