import { at } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { overrideOf } from '../../model/runtime-components.ts';

const PLACE = ['spec', 'overrides'];

/** The patch on a SeldonRuntime that leaves components without pods: replicas 0 in the override that counts, or in a new one. */
export function switchOff(runtime: Manifest, components: readonly string[]): readonly PatchOperation[] {
  const added: JsonObject[] = [];
  const operations: PatchOperation[] = [];
  for (const name of components) {
    const override = overrideOf(runtime, name);
    if (override === undefined) added.push({ name, replicas: 0 });
    else operations.push({ op: 'add', path: jsonPointer([...PLACE, override.index, 'replicas']), value: 0 });
  }
  if (!Array.isArray(at(runtime.object, ...PLACE)))
    return [{ op: 'add', path: jsonPointer(PLACE), value: added }];
  return [
    ...operations,
    ...added.map((value): PatchOperation => ({ op: 'add', path: jsonPointer([...PLACE, '-']), value })),
  ];
}
