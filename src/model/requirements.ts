import { at, isObject, listAt, stringAt } from './json.ts';
import type { Json, Path } from './json.ts';

/** The labels by which people name a Namespace: the one that Kubernetes sets, and the one that they set by hand. */
export const NAMESPACE_NAME_KEYS: ReadonlySet<string> = new Set(['kubernetes.io/metadata.name', 'name']);

/** What a label selector asks of one label. */
export interface Requirement {
  readonly key: string;
  /** As in matchExpressions; an entry of matchLabels is an `In` of one value. */
  readonly operator: string;
  /** The values that it names, those that are strings. */
  readonly values: readonly string[];
  /** Where it stands within the selector. */
  readonly at: Path;
}

/**
 * The requirements of a label selector, all of which must hold: "A single {key,value} in the matchLabels map is
 * equivalent to an element of matchExpressions, whose key field is "key", the operator is "In", and the values array
 * contains only "value"" (meta/v1 LabelSelector).
 */
export function requirementsOf(selector: Json | undefined): Requirement[] {
  const strings = (values: readonly (Json | undefined)[]): string[] =>
    values.filter((value) => typeof value === 'string');
  const matchLabels = at(selector, 'matchLabels');
  const byLabel = isObject(matchLabels) ? Object.entries(matchLabels) : [];
  return [
    ...byLabel.map(([key, value]) => ({
      key,
      operator: 'In',
      values: strings([value]),
      at: ['matchLabels', key],
    })),
    ...listAt(selector, 'matchExpressions').flatMap((expression, i) => {
      const key = stringAt(expression, 'key');
      if (key === undefined) return [];
      const operator = stringAt(expression, 'operator') ?? '';
      return [{ key, operator, values: strings(listAt(expression, 'values')), at: ['matchExpressions', i] }];
    }),
  ];
}

/**
 * The key of a label that the selector asks for and rules out at once, so that nothing can match it; undefined where there
 * is none. Requirements that the API server refuses are passed over.
 */
export function contradiction(selector: Json | undefined): string | undefined {
  const byKey = Map.groupBy(requirementsOf(selector), ({ key }) => key);
  for (const [key, requirements] of byKey) {
    const of = (operator: string): readonly Requirement[] =>
      requirements.filter((each) => each.operator === operator);
    const [sets, barred] = [of('In'), of('NotIn').flatMap(({ values }) => values)];
    if (sets.some(({ values }) => values.length === 0)) continue;
    const [first, ...others] = sets;
    const left = first?.values.filter(
      (value) => !barred.includes(value) && others.every(({ values }) => values.includes(value)),
    );
    const isRequired = first !== undefined || of('Exists').length > 0;
    if (left?.length === 0 || (isRequired && of('DoesNotExist').length > 0)) return key;
  }
  return undefined;
}

/** A selector as a person calls it: `app=web, tier in (a, b), !legacy`. */
export function selectorWords(selector: Json | undefined): string {
  return requirementsOf(selector)
    .map(({ key, operator, values, at: [list] }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      if (list === 'matchLabels') return `${key}=${values.join()}`;
      return `${key} ${operator === 'NotIn' ? 'notin' : operator.toLowerCase()} (${values.join(', ')})`;
    })
    .join(', ');
}
