import { dirname, resolve } from 'node:path';
import { listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';

/** A kustomization and the file that it stands in. */
export interface Kustomization {
  readonly file: string;
  readonly value: Json;
}

/**
 * The files, as absolute paths, that kustomizations lay over other objects and that none of them has for a resource. A patch
 * holds what differs: judged as an object of its own, it would lack all the rest (kustomization.yaml: `patches[].path`, and
 * `patchesStrategicMerge`, which also takes a patch itself in the place of its path).
 */
export function kustomizePatches(kustomizations: readonly Kustomization[]): ReadonlySet<string> {
  const patches = new Set<string>();
  const resources = new Set<string>();
  for (const { file, value } of kustomizations) {
    const absolute = (path: string): string => resolve(dirname(file), path);
    for (const patch of listAt(value, 'patches')) {
      const path = stringAt(objectAt(patch), 'path');
      if (path !== undefined) patches.add(absolute(path));
    }
    for (const path of listAt(value, 'patchesStrategicMerge'))
      if (typeof path === 'string' && !path.includes('\n')) patches.add(absolute(path));
    for (const path of listAt(value, 'resources'))
      if (typeof path === 'string') resources.add(absolute(path));
  }
  return new Set([...patches].filter((path) => !resources.has(path)));
}
