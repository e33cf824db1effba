import { listAt, stringAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';

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
