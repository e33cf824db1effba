import type { Path } from '../../model/json.ts';
import { fieldPath } from '../../model/path.ts';
import { firstOf } from '../../model/words.ts';

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  object: 'a map',
  string: 'a string',
  number: 'a number',
  boolean: 'a boolean',
};

/** A type of JSON as a person calls it. */
export function typeText(type: string): string {
  return TYPES[type] ?? type;
}

/** A path in which the steps that nobody chose are empty: `spec.overrides[0].podSpec.containers[].env`. */
export function placeText(path: Path): string {
  return fieldPath(path).replaceAll('[-1]', '[]');
}

/** The most names that fit a sentence. */
const MOST = 12;

/** Names in a sentence, not all of them where they are many. */
export function namesText(names: readonly string[]): string {
  return names.length === 0 ? 'none' : firstOf(names, MOST);
}
