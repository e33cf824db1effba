import { environmentOf } from '../model/container-env.ts';
import { at, isObject, listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import type { PatchOperation } from '../model/patch.ts';
import { jsonPointer } from '../model/path.ts';
import type { PodTemplate } from '../model/workload.ts';
import { flagOccurrence } from './flag-occurrence.ts';

/** A container of an effective pod. */
export interface Process {
  readonly list: 'containers' | 'initContainers';
  readonly index: number;
  readonly name: string;
  readonly container: Json;
}

/** The containers of a pod that run while it runs: those, and the init containers that never end (sidecars). */
export function processesOf(spec: JsonObject): readonly Process[] {
  const of = (list: Process['list']): Process[] =>
    listAt(spec, list).map((container, index) => ({
      list,
      index,
      name: stringAt(container, 'name') ?? '',
      container,
    }));
  return [
    ...of('containers'),
    ...of('initContainers').filter(({ container }) => stringAt(container, 'restartPolicy') === 'Always'),
  ];
}

/** Where the judged object itself writes the container: its only place, or the override of a merged pod. */
export function ownContainer(object: JsonObject, template: PodTemplate, process: Process): Path | undefined {
  const list: Path = [...template.path, process.list];
  // Where nothing is laid over anything, the effective pod is the written one.
  if (template.base === undefined && template.missing === undefined)
    return isObject(at(object, ...list, process.index)) ? [...list, process.index] : undefined;
  if (process.list === 'initContainers') return undefined;
  const index = listAt(object, ...list).findLastIndex(
    (container) => isObject(container) && stringAt(container, 'name') === process.name,
  );
  return index < 0 ? undefined : [...list, index];
}

/**
 * Sets a variable of a container: in the entry that counts, or in a new one at the end, which counts in a merged pod
 * too. Undefined where the object cannot say it.
 */
export function settingEnv(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  entry: JsonObject & { readonly name: string },
): PatchOperation[] | undefined {
  const own = ownContainer(object, template, process);
  if (own === undefined) return addingContainer(object, template, process, { env: [entry] });
  const index = environmentOf(at(object, ...own)).indexOf(entry.name);
  if (index === undefined) return appending(object, [...own, 'env'], entry);
  const path = [...own, 'env', index];
  const before = objectAt(object, ...path);
  const plain = Object.keys(before).every((key) => key === 'name' || key === 'value') && 'value' in before;
  return entry['value'] !== undefined && plain
    ? [{ op: 'replace', path: jsonPointer([...path, 'value']), value: entry['value'] }]
    : [{ op: 'replace', path: jsonPointer(path), value: entry }];
}

/** Sets a flag that a container has already: in its place, or by one more argument where that counts. */
export function settingFlag(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  flag: string,
  value: string,
): PatchOperation[] | undefined {
  const environment = environmentOf(process.container);
  const effective = flagOccurrence(process.container, flag, environment);
  const own = ownContainer(object, template, process);
  const mine = own === undefined ? undefined : flagOccurrence(at(object, ...own), flag, environment);
  if (own !== undefined && mine !== undefined && mine.list === effective?.list)
    return [
      {
        op: 'replace',
        path: jsonPointer([...own, mine.list, mine.index]),
        value: mine.rewritten(value),
      },
    ];
  if (effective === undefined || effective.inLine) return undefined;
  const argument = `--${flag}=${value}`;
  return own === undefined
    ? addingContainer(object, template, process, { args: [argument] })
    : appending(object, [...own, 'args'], argument);
}

function appending(object: JsonObject, list: Path, entry: Json): PatchOperation[] {
  return Array.isArray(at(object, ...list))
    ? [{ op: 'add', path: jsonPointer([...list, '-']), value: entry }]
    : [{ op: 'add', path: jsonPointer(list), value: [entry] }];
}

/** An override for a container that only the configuration below has. */
function addingContainer(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  fields: JsonObject,
): PatchOperation[] | undefined {
  if (template.base === undefined || process.list !== 'containers' || process.name === '') return undefined;
  const container = { name: process.name, ...fields };
  return isObject(at(object, ...template.path))
    ? appending(object, [...template.path, 'containers'], container)
    : [{ op: 'add', path: jsonPointer(template.path), value: { containers: [container] } }];
}

/**
 * The object as the operations leave it, sharing everything else with the one given. `patched` copies all of it, which
 * is too dear for every step of every finding on an object of megabytes.
 */
export function stepped(object: JsonObject, operations: readonly PatchOperation[]): JsonObject {
  let now: Json = object;
  for (const operation of operations) {
    const steps = operation.path
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    if (operation.op !== 'remove') now = put(now, steps, operation.value, operation.op === 'add');
  }
  return isObject(now) ? now : object;
}

function put(
  here: Json | undefined,
  [step = '', ...rest]: readonly string[],
  value: Json,
  insert: boolean,
): Json {
  if (Array.isArray(here)) {
    const list = [...(here as readonly Json[])];
    const index = step === '-' ? list.length : Number(step);
    if (rest.length === 0) list.splice(index, insert ? 0 : 1, value);
    else list[index] = put(list[index], rest, value, insert);
    return list;
  }
  const fields: JsonObject = isObject(here) ? here : {};
  const next = Object.hasOwn(fields, step) ? fields[step] : undefined;
  return { ...fields, [step]: rest.length === 0 ? value : put(next, rest, value, insert) };
}
