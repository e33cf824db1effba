import { isDeepStrictEqual } from 'node:util';
import { listAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { ownContainer } from './container-patch.ts';
import type { Fault } from './pod-findings.ts';

/**
 * What stands twice in a pod and may not: names of containers and of volumes, and the paths at which a container mounts
 * them ("must be unique", core/v1 validateContainers, validateVolumes, ValidateVolumeMounts). The operator puts the lists
 * of a Server behind those of its ServerConfig (common/patch_utils.go:72-98).
 */
export function* twiceFaults({ spec, base }: PodTemplate): Iterable<Fault> {
  const because = base === undefined ? '' : `; its lists are put behind those of ${nameOf(base.manifest)}`;
  const fault = (what: string, name: string): Fault => ({
    problem: 'twice',
    key: ['twice', what, name].join('\n'),
    data: { what, name, because },
  });
  const containers = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')];
  for (const { name } of twinsIn(containers, 'name')) yield fault('container', name);
  const volumes = listAt(spec, 'volumes');
  for (const twins of twinsIn(volumes, 'name'))
    yield {
      ...fault('volume', twins.name),
      cures: curesOf(twins, volumes, (_object, { path }) => [...path, 'volumes']),
    };
  for (const process of processesOf(spec)) yield* mountedTwice(process, fault);
}

function* mountedTwice(process: Process, fault: (what: string, name: string) => Fault): Iterable<Fault> {
  const mounts = listAt(process.container, 'volumeMounts');
  for (const twins of twinsIn(mounts, 'mountPath'))
    yield {
      ...fault(`mount path of container ${process.name}`, twins.name),
      process,
      cures: curesOf(twins, mounts, (object, template) => {
        const own = ownContainer(object, template, process);
        return own === undefined ? undefined : [...own, 'volumeMounts'];
      }),
    };
}

/** A name that several entries of a list have. */
interface Twins {
  readonly name: string;
  /** Where those behind the first one stand. */
  readonly later: readonly number[];
  /** Whether they say nothing else than the first. */
  readonly same: boolean;
}

function twinsIn(entries: readonly Json[], field: 'name' | 'mountPath'): readonly Twins[] {
  const places = new Map<string, number[]>();
  for (const [index, entry] of entries.entries()) {
    const name = stringAt(entry, field);
    if (name === undefined) continue;
    const before = places.get(name);
    if (before === undefined) places.set(name, [index]);
    else before.push(index);
  }
  return [...places].flatMap(([name, [first = 0, ...later]]) => {
    const same = later.every((index) => isDeepStrictEqual(entries[index], entries[first]));
    return later.length === 0 ? [] : [{ name, later, same }];
  });
}

/** Takes out what the judged object says once more in the same words; what it says otherwise may be meant. */
function curesOf(
  { later, same }: Twins,
  merged: readonly Json[],
  listOf: (object: JsonObject, template: PodTemplate) => Path | undefined,
): NonNullable<Fault['cures']> {
  if (!same) return [];
  const patch = (object: JsonObject, template: PodTemplate): PatchOperation[] | undefined => {
    const list = listOf(object, template);
    if (list === undefined) return undefined;
    const inherited = merged.length - listAt(object, ...list).length;
    if (later.some((index) => index < inherited)) return undefined;
    // From the last to the first, so that the indices stay right.
    return later
      .toReversed()
      .map((index) => ({ op: 'remove', path: jsonPointer([...list, index - inherited]) }));
  };
  return [{ words: 'what stands there once more', patch }];
}
