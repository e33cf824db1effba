import type { ErrorObject } from 'ajv/dist/2020.js';
import { at } from '../../model/json.ts';
import type { Json, JsonObject, Path, Step } from '../../model/json.ts';
import { RELEASES, validatorOf } from './field-validator.ts';

/** What is wrong at one place of an object. */
export type FieldFault =
  | { readonly is: 'unknown'; readonly path: Path }
  /** It is there in some releases: since or until which. */
  | {
      readonly is: 'of-some-releases';
      readonly path: Path;
      readonly since: string | undefined;
      readonly until: string | undefined;
    }
  /** Something else is expected there, by the names of JSON Schema. */
  | { readonly is: 'of-another-type'; readonly path: Path; readonly expected: readonly string[] };

/** The faults of an object's fields, for the type that its kind has; explicit nulls are none. In a stable order. */
export function fieldFaults(object: JsonObject, type: string): readonly FieldFault[] {
  const faults = validatorOf(type)(object).flatMap((error) => faultOf(object, error) ?? []);
  return faults.filter(({ path }) => !isForOthers(path)).toSorted((a, b) => compare(a.path, b.path));
}

function faultOf(object: JsonObject, { keyword, instancePath, params }: ErrorObject): FieldFault | undefined {
  const path = pathOf(object, instancePath);
  const given = params as Readonly<Record<string, unknown>>;
  if (keyword === 'additionalProperties') {
    const field = [...path, String(given['additionalProperty'])];
    return at(object, ...field) === null ? undefined : { is: 'unknown', path: field };
  }
  if (keyword === RELEASES) {
    const [since, until] = ['since', 'until'].map((name) => given[name]);
    return { is: 'of-some-releases', path, since: textOf(since), until: textOf(until) };
  }
  if (keyword !== 'type') return undefined;
  const expected = (given['type'] as readonly string[]).filter((name) => name !== 'null');
  return { is: 'of-another-type', path, expected };
}

/**
 * What nobody writes for the API server to keep. What stands under `status` is the system's to fill in, by whatever release
 * it is of, and whether the kind has one or, like NetworkPolicy from Kubernetes 1.24 to 1.27 alone, once had: tools write
 * `status: {}` below everything they print. A name that begins with `$` tells whoever merges a patch what to do with it
 * (`$patch: delete`, strategic merge patch).
 */
function isForOthers(field: Path): boolean {
  return field[0] === 'status' || String(field.at(-1)).startsWith('$');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A JSON Pointer as a path into the object: a step into a list is a number. */
function pathOf(object: JsonObject, pointer: string): Path {
  const path: Step[] = [];
  let here: Json | undefined = object;
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const step = Array.isArray(here) ? Number(name) : name;
    path.push(step);
    here = at(here, step);
  }
  return path;
}

function compare(a: Path, b: Path): number {
  for (const [i, step] of a.entries()) {
    const other = b[i];
    if (other === undefined) return 1;
    if (step === other) continue;
    if (typeof step === 'number' && typeof other === 'number') return step - other;
    return String(step) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}
