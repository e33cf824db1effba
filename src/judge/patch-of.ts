import { isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { patched } from '../model/patch.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Judgement } from './decision.ts';

/**
 * The patches of several judgements as one; findings that are cured by one and the same operation share it. Where several add
 * the same thing that is missing (a list, a podSpec, a container to merge by its name), it is added once with what all of them
 * put into it: one after the other they would undo each other. What takes items out of lists comes last, since the items behind
 * them move up.
 */
export function patchOf(judgements: readonly Judgement[]): PatchOperation[] {
  // Findings that one patch cures hold the very same one.
  const patches = new Set(judgements.map((judgement) => judgement.patch ?? []));
  if (patches.size === 1) return [...([...patches][0] ?? [])];
  const merged: PatchOperation[] = [];
  const all = [...patches].map(folded);
  for (const patch of [false, true].flatMap((takes) => all.filter((each) => each.some(isTaken) === takes))) {
    const earlier = merged.length;
    for (const operation of movedUp(patch, merged.filter(isTaken))) {
      // Once items are taken out, an index says no more which item it was.
      const isSure = !/\/\d+(\/|$)/.test(operation.path) || !merged.some(isTaken);
      const i = isSure ? merged.findIndex((other, at) => at < earlier && isOneThing(other, operation)) : -1;
      if (i === -1) merged.push(operation);
      else merged[i] = joined(merged[i] as PatchOperation, operation);
    }
  }
  return merged;
}

/** Whether it takes an item out of a list. */
function isTaken({ op, path }: PatchOperation): boolean {
  return op === 'remove' && /\/\d+$/.test(path);
}

/** The patch as it is to be once these items are taken out; what it has to do with one of them is left out. */
function movedUp(patch: readonly PatchOperation[], taken: readonly PatchOperation[]): PatchOperation[] {
  let before = taken.map(({ path }) => path);
  return patch.flatMap((operation) => {
    let path: string | undefined = operation.path;
    const after: string[] = [];
    for (const other of before) {
      // The others move up as well, where this one takes an item out.
      const left = path !== undefined && isTaken(operation) ? pathWithout(other, path) : other;
      if (path !== undefined) path = pathWithout(path, other);
      if (left !== undefined) after.push(left);
    }
    before = after;
    return path === undefined ? [] : [{ ...operation, path }];
  });
}

/** A path once an item of a list is taken out; undefined where it leads into that. */
function pathWithout(path: string, item: string): string | undefined {
  const list = item.slice(0, item.lastIndexOf('/') + 1);
  if (!path.startsWith(list)) return path;
  const [index = '', ...rest] = path.slice(list.length).split('/');
  const [here, gone] = [Number(index), Number(item.slice(list.length))];
  if (here === gone) return undefined;
  return here > gone ? [`${list}${here - 1}`, ...rest].join('/') : path;
}

/** The patch with what it adds to something of its own put into that at once. */
function folded(patch: readonly PatchOperation[]): PatchOperation[] {
  const done: PatchOperation[] = [];
  for (const operation of patch) {
    const i = done.findIndex(
      (other) => other.op === 'add' && operation.path.startsWith(`${other.path}/`) && !isAppended(other),
    );
    const parent = done[i];
    if (parent === undefined || parent.op === 'remove') done.push(operation);
    else {
      const path = `/value${operation.path.slice(parent.path.length)}`;
      const { value } = patched({ value: parent.value }, [{ ...operation, path }]);
      done[i] = { ...parent, value: value as Json };
    }
  }
  return done;
}

/** Whether two operations put something in the same place, or are one. */
function isOneThing(a: PatchOperation, b: PatchOperation): boolean {
  if (a.path !== b.path || a.op !== b.op) return false;
  if (a.op === 'remove' || b.op === 'remove') return true;
  if (isAppended(a)) return isOneItem(a.value, b.value);
  return isSame(a.value, b.value) || (a.op === 'add' && canJoin(a.value, b.value));
}

function joined(a: PatchOperation, b: PatchOperation): PatchOperation {
  return a.op === 'remove' || b.op === 'remove' ? a : { ...a, value: union(a.value, b.value) };
}

function canJoin(a: Json, b: Json): boolean {
  return (Array.isArray(a) && Array.isArray(b)) || (isObject(a) && isObject(b));
}

/** Both together: fields of both, items of both; items of one name (containers, variables, ports) are one. */
function union(a: Json, b: Json): Json {
  if (Array.isArray(a) && Array.isArray(b)) {
    const items: Json[] = [...(a as readonly Json[])];
    for (const item of b as readonly Json[]) {
      const i = items.findIndex((other) => isOneItem(other, item));
      if (i === -1) items.push(item);
      else items[i] = union(items[i] as Json, item);
    }
    return items;
  }
  if (!isObject(a) || !isObject(b)) return b;
  const fields = new Map(Object.entries(a as JsonObject) as [string, Json][]);
  for (const [key, value] of Object.entries(b as JsonObject) as [string, Json][]) {
    const earlier = fields.get(key);
    fields.set(key, earlier === undefined ? value : union(earlier, value));
  }
  return Object.fromEntries(fields);
}

function isOneItem(a: Json, b: Json): boolean {
  if (isSame(a, b)) return true;
  return isObject(a) && isObject(b) && typeof a['name'] === 'string' && a['name'] === b['name'];
}

function isSame(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether it adds to the end of a list: what comes after it cannot say in which place that is. */
function isAppended({ path }: PatchOperation): boolean {
  return path.endsWith('/-');
}
