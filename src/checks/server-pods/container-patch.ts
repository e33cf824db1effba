import { environmentOf } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import { at, isObject, listAt, objectAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';

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

/** Where a container, as one object writes it, is told something: its entry of `env`, or its argument (`--flag`). */
export function settingWithin(setting: string): (container: Json | undefined) => Path | undefined {
  return (container) => {
    const environment = environmentOf(container);
    if (!setting.startsWith('--')) {
      const index = environment.indexOf(setting);
      return index === undefined ? undefined : ['env', index];
    }
    const found = flagOccurrence(container, setting.slice(2), environment);
    return found === undefined ? undefined : [found.list, found.index];
  };
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
  return behindArguments(object, template, process, `--${flag}=${value}`);
}

/**
 * Gives a program one more argument. Undefined where the manifest writes none, for they would take the place of the
 * image's own (core/v1 Container.args), and where another program, such as a shell, would get it.
 */
export function addingArgument(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  argument: string,
): PatchOperation[] | undefined {
  const { container, name } = process;
  const [program] = listAt(container, 'command');
  const isOwn = program === undefined || (typeof program === 'string' && program.split('/').at(-1) === name);
  return isOwn && listAt(container, 'args').length > 0
    ? behindArguments(object, template, process, argument)
    : undefined;
}

function behindArguments(
  object: JsonObject,
  template: PodTemplate,
  process: Process,
  argument: string,
): PatchOperation[] | undefined {
  const own = ownContainer(object, template, process);
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

/** The operations of several steps, each on what those before it have made; undefined where one is not possible. */
export function inTurn(
  object: JsonObject,
  steps: readonly ((now: JsonObject) => PatchOperation[] | undefined)[],
): PatchOperation[] | undefined {
  const operations: PatchOperation[] = [];
  let now = object;
  for (const [i, step] of steps.entries()) {
    const next = step(now);
    if (next === undefined) return undefined;
    operations.push(...next);
    if (i + 1 < steps.length) now = stepped(now, next);
  }
  return operations;
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
    now = put(now, steps, operation);
  }
  return isObject(now) ? now : object;
}

function put(
  here: Json | undefined,
  [step = '', ...rest]: readonly string[],
  operation: PatchOperation,
): Json {
  if (Array.isArray(here)) {
    const list = [...(here as readonly Json[])];
    const index = step === '-' ? list.length : Number(step);
    if (rest.length > 0) list[index] = put(list[index], rest, operation);
    else if (operation.op === 'remove') list.splice(index, 1);
    else list.splice(index, operation.op === 'add' ? 0 : 1, operation.value);
    return list;
  }
  const fields: JsonObject = isObject(here) ? here : {};
  if (rest.length === 0 && operation.op === 'remove')
    return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== step));
  const next = Object.hasOwn(fields, step) ? fields[step] : undefined;
  const value = rest.length === 0 && operation.op !== 'remove' ? operation.value : put(next, rest, operation);
  return { ...fields, [step]: value };
}
