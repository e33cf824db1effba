import { at, isObject, listAt, stringAt } from './json.ts';
import type { Json } from './json.ts';

/** A judgement that may lack facts: unknown is said aloud, never rounded to yes or no. */
export type Tri = 'yes' | 'no' | 'unknown';

/** All of them: no beats unknown beats yes. */
export function all(answers: Iterable<Tri>): Tri {
  let result: Tri = 'yes';
  for (const answer of answers) {
    if (answer === 'no') return 'no';
    if (answer === 'unknown') result = 'unknown';
  }
  return result;
}

/** Any of them: yes beats unknown beats no. */
export function any(answers: Iterable<Tri>): Tri {
  let result: Tri = 'no';
  for (const answer of answers) {
    if (answer === 'yes') return 'yes';
    if (answer === 'unknown') result = 'unknown';
  }
  return result;
}

/**
 * What is known of an object's labels. `values` holds those that are known; `open` says that there may be
 * others (a Namespace that is not among the manifests), and `only` limits what a key among those may hold.
 */
export interface Labels {
  readonly values: Readonly<Record<string, string>>;
  readonly open: boolean;
  /** For open labels: key -> the only value it may have, if it is there at all. */
  readonly only?: Readonly<Record<string, string>>;
  /** For open labels: key -> a value that it does not have. */
  readonly never?: Readonly<Record<string, string>>;
}

/** Labels of which every one is known. */
export function closed(values: Readonly<Record<string, string>>): Labels {
  return { values, open: false };
}

function valueOf(map: Labels['only'], key: string): string | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

function hasValue(labels: Labels, key: string, allowed: readonly string[]): Tri {
  const value = valueOf(labels.values, key);
  if (value !== undefined) return allowed.includes(value) ? 'yes' : 'no';
  if (!labels.open) return 'no';
  const never = valueOf(labels.never, key);
  const possible = never === undefined ? allowed : allowed.filter((one) => one !== never);
  const only = valueOf(labels.only, key);
  return possible.length === 0 || (only !== undefined && !possible.includes(only)) ? 'no' : 'unknown';
}

function hasKey(labels: Labels, key: string): Tri {
  if (valueOf(labels.values, key) !== undefined) return 'yes';
  return labels.open ? 'unknown' : 'no';
}

function negate(answer: Tri): Tri {
  return answer === 'yes' ? 'no' : answer === 'no' ? 'yes' : 'unknown';
}

/**
 * Whether a LabelSelector selects an object with these labels. An empty selector selects everything; every
 * requirement must hold ("The requirements are ANDed", meta/v1 LabelSelector). NotIn and DoesNotExist hold
 * where the key is absent. What the API server would refuse (another operator, no values for In or NotIn, a
 * wrong type) selects nothing.
 */
export function selects(selector: Json | undefined, labels: Labels): Tri {
  if (!isObject(selector)) return 'no';
  const answers: Tri[] = [];
  const matchLabels = at(selector, 'matchLabels') ?? {};
  const matchExpressions = at(selector, 'matchExpressions') ?? [];
  if (!isObject(matchLabels) || !Array.isArray(matchExpressions)) return 'no';
  for (const [key, value] of Object.entries(matchLabels))
    answers.push(typeof value === 'string' ? hasValue(labels, key, [value]) : 'no');
  for (const requirement of listAt(selector, 'matchExpressions')) {
    const key = stringAt(requirement, 'key') ?? '';
    const values = listAt(requirement, 'values').filter((value) => typeof value === 'string');
    switch (stringAt(requirement, 'operator')) {
      case 'In':
        answers.push(values.length > 0 ? hasValue(labels, key, values) : 'no');
        break;
      case 'NotIn':
        answers.push(values.length > 0 ? negate(hasValue(labels, key, values)) : 'no');
        break;
      case 'Exists':
        answers.push(hasKey(labels, key));
        break;
      case 'DoesNotExist':
        answers.push(negate(hasKey(labels, key)));
        break;
      default:
        answers.push('no');
    }
  }
  return all(answers);
}
