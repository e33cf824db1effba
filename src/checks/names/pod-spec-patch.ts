import { at, isObject } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';

/** A field that ought to have a value; `undefined`: it ought not to be there. */
export interface Correction {
  readonly path: Path;
  readonly value: Json | undefined;
}

/**
 * The operations that bring one correction about. Where objects on the way to the field are missing, the first of
 * them is added, with every correction of `all` below it in it: so the patches of several findings, each whole for
 * itself, do not undo one another. Steps below a missing object are fields, never indices.
 */
export function correcting(
  object: JsonObject,
  correction: Correction,
  all: readonly Correction[],
): PatchOperation[] {
  const anchor = firstMissing(object, correction.path);
  if (anchor === undefined) return [];
  const pointer = jsonPointer(anchor);
  if (anchor.length < correction.path.length) {
    if (correction.value === undefined) return [];
    const below = all.filter(({ path }) => anchor.every((step, i) => path[i] === step));
    return [{ op: 'add', path: pointer, value: nested(anchor.length, below) }];
  }
  if (correction.value !== undefined)
    return [
      {
        op: at(object, ...correction.path) === undefined ? 'add' : 'replace',
        path: pointer,
        value: correction.value,
      },
    ];
  return at(object, ...correction.path) === undefined ? [] : [{ op: 'remove', path: pointer }];
}

/** The path up to the first step at which nothing is; undefined where something of another shape stands in the way. */
function firstMissing(object: JsonObject, path: Path): Path | undefined {
  for (let length = 1; length < path.length; length += 1) {
    const here = at(object, ...path.slice(0, length));
    if (here === undefined || here === null) return path.slice(0, length);
    if (typeof path[length] === 'number' ? !Array.isArray(here) : !isObject(here)) return undefined;
  }
  return path;
}

function nested(depth: number, corrections: readonly Correction[]): Json {
  const result: Record<string, Json> = {};
  for (const { path, value } of corrections) {
    if (value === undefined) continue;
    const [step, ...rest] = path.slice(depth);
    if (rest.length === 0) {
      result[String(step)] = value;
      continue;
    }
    const siblings = corrections.filter((other) => other.path[depth] === step);
    result[String(step)] = nested(depth + 1, siblings);
  }
  return result;
}
