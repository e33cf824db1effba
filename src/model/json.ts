/**
 * Reading unknown JSON without trusting it. An AdmissionReview may carry any type at any path (a CRD without
 * a schema, a fuzzer, a future Kubernetes), so nothing here throws: what is not of the asked type is absent.
 * Only own properties count, so that a key such as `__proto__` is plain data.
 */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** One step into a JSON value: a field's name or a list's index. */
export type Step = string | number;
/** Where in an object something stands, from its root. */
export type Path = readonly Step[];

const EMPTY_OBJECT: JsonObject = Object.freeze({});
const EMPTY_LIST: readonly Json[] = Object.freeze([]);

/** Whether the value is a JSON object (not a list, not null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at `path`, or undefined where any step is missing or of another type. Explicit null is returned as null. */
export function at(value: unknown, ...path: Path): Json | undefined {
  let here: unknown = value;
  for (const step of path) {
    if (typeof step === 'number') {
      if (!Array.isArray(here)) return undefined;
      here = here[step];
    } else {
      if (!isObject(here) || !Object.hasOwn(here, step)) return undefined;
      here = here[step];
    }
  }
  return here as Json | undefined;
}

/** The object at `path`; an empty one where it is absent, null or of another type. */
export function objectAt(value: unknown, ...path: Path): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : EMPTY_OBJECT;
}

/** The list at `path`; an empty one where it is absent, null or of another type. */
export function listAt(value: unknown, ...path: Path): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? (found as readonly Json[]) : EMPTY_LIST;
}

/** The string at `path`, or undefined. */
export function stringAt(value: unknown, ...path: Path): string | undefined {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : undefined;
}

/** The number at `path`, or undefined. */
export function numberAt(value: unknown, ...path: Path): number | undefined {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
}

/** The boolean at `path`, or undefined. */
export function booleanAt(value: unknown, ...path: Path): boolean | undefined {
  const found = at(value, ...path);
  return typeof found === 'boolean' ? found : undefined;
}

/**
 * The map of strings at `path` (labels, annotations, matchLabels); entries of another type are left out. Where every entry
 * is a string it is the object itself.
 */
export function stringsAt(value: unknown, ...path: Path): Readonly<Record<string, string>> {
  const found = objectAt(value, ...path);
  if (Object.values(found).every((entry) => typeof entry === 'string'))
    return found as Record<string, string>;
  const strings: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, entry] of Object.entries(found)) if (typeof entry === 'string') strings[key] = entry;
  return strings;
}

/** Whether lists and objects stand in each other more than so many times: garbage, on which recursion would run out of stack. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let here: unknown[] = [value];
  for (let level = 0; level <= levels; level++) {
    here = here.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (here.length === 0) return false;
  }
  return true;
}
