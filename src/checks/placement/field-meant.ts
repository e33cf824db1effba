import { isObject, objectAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { fieldAt, fieldsOf } from '../../model/known-fields.ts';
import type { Field, Fields } from '../../model/known-fields.ts';
import { nearest } from '../../model/nearest.ts';
import { jsonPointer } from '../../model/path.ts';
import type { PatchOperation } from '../../model/patch.ts';

/** What somebody may have meant by a field that does not exist. */
export interface Meant {
  /** The field of the same object whose name is nearest, of those that are not used there. */
  readonly nearest: Path | undefined;
  /** The nearest place where a field of that very name stands; a step into a list that nobody chose is -1. */
  readonly elsewhere: Path | undefined;
  /** The fields that the object has. */
  readonly fields: readonly string[];
}

/** How far below a place, and below each object around it, a field of the same name is looked for. */
const [BELOW, AROUND] = [4, 2];

/** What may be meant by the field at `path`, which the type does not have. */
export function meantBy(object: JsonObject, type: string, path: Path): Meant {
  const place = path.slice(0, -1);
  const name = String(path.at(-1));
  const fields = fieldsIn(type, place) ?? {};
  const used = objectAt(object, ...place);
  const free = Object.keys(fields).filter((each) => !Object.hasOwn(used, each));
  const near = nearest(name, free);
  return {
    nearest: near === undefined ? undefined : [...place, near],
    elsewhere: elsewhere(type, place, name),
    fields: Object.keys(fields).toSorted(),
  };
}

function fieldsIn(type: string, place: Path): Fields | undefined {
  const field = fieldAt(type, place);
  return field?.shape === 'one' ? fieldsOf(field.type) : undefined;
}

/** Below the place first, then below what is around it, from the inside to the outside. */
function elsewhere(type: string, place: Path, name: string): Path | undefined {
  for (let length = place.length; length >= 0; length -= 1) {
    const around = place.slice(0, length);
    const found = below(fieldsIn(type, around), name, length === place.length ? BELOW : AROUND);
    if (found !== undefined) return [...around, ...found];
  }
  return undefined;
}

/** The shortest way down to a field of that name. */
function below(fields: Fields | undefined, name: string, depth: number): Path | undefined {
  let level: readonly (readonly [Path, Fields | undefined])[] = [[[], fields]];
  for (let i = 0; i < depth; i += 1) {
    const found = level.find(([, each]) => each !== undefined && Object.hasOwn(each, name));
    if (found !== undefined) return [...found[0], name];
    level = level.flatMap(([path, each]) =>
      Object.entries(each ?? {}).map(([step, field]) => [
        [...path, ...into(step, field)],
        fieldsOf(field.type),
      ]),
    );
  }
  return undefined;
}

function into(step: string, { shape }: Field): Path {
  return shape === 'one' ? [step] : [step, -1];
}

/** Where values stand that may be secret: a patch would print them. */
const PRIVATE: ReadonlySet<unknown> = new Set([
  'annotations',
  'args',
  'binaryData',
  'command',
  'data',
  'env',
  'value',
]);

/** The patch that moves a value to the field that was meant; none where it would show what may be secret. */
export function renamed(
  path: Path,
  to: Path,
  value: Json,
  stillThere: boolean,
): PatchOperation[] | undefined {
  if ([...path, ...to].some((step) => PRIVATE.has(step)) || holdsPrivate(value)) return undefined;
  const add: PatchOperation = { op: 'add', path: jsonPointer(to), value };
  return stillThere ? [{ op: 'remove', path: jsonPointer(path) }, add] : [add];
}

function holdsPrivate(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(holdsPrivate);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([name, inner]) => PRIVATE.has(name) || holdsPrivate(inner));
}
