import { listAt, stringAt } from '../../model/json.ts';
import type { Json, Path } from '../../model/json.ts';

/** Where a container has the last entry of that name in a list (env, volumeMounts); undefined where it has none. */
export function entryOf(container: Json | undefined, list: string, name: string): Path | undefined {
  const index = listAt(container, list).findLastIndex((entry) => stringAt(entry, 'name') === name);
  return index < 0 ? undefined : [list, index];
}
