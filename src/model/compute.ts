import type { Cluster } from './cluster.ts';
import { listAt, objectAt, stringAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/** What of a container's resources a quota may count. */
export type Compute = 'requests.cpu' | 'requests.memory' | 'limits.cpu' | 'limits.memory';

type Part = 'limits' | 'requests';
const partsOf = (compute: Compute): readonly [Part, 'cpu' | 'memory'] =>
  compute.split('.') as [Part, 'cpu' | 'memory'];
const has = (map: JsonObject, key: string): boolean => (map[key] ?? null) !== null;

/** Whether a container states it; a request that is not written is its limit (core/v1 SetDefaults_Pod). */
export function states(container: Json, compute: Compute): boolean {
  const [part, resource] = partsOf(compute);
  return (
    has(objectAt(container, 'resources', part), resource) ||
    (part === 'requests' && has(objectAt(container, 'resources', 'limits'), resource))
  );
}

/**
 * What the LimitRanges of a namespace give to each container that does not state it: `default` and `defaultRequest`, and
 * where those are not written `max`, the default and `min` (core/v1 SetDefaults_LimitRangeItem). Only items of type
 * Container have defaults.
 */
export function givenIn(cluster: Cluster, namespace: string): ReadonlySet<Compute> {
  const items = cluster
    .list('LimitRange', namespace)
    .flatMap(({ object }) => listAt(object, 'spec', 'limits'))
    .filter((item) => stringAt(item, 'type') === 'Container');
  const given = new Set<Compute>();
  for (const item of items)
    for (const resource of ['cpu', 'memory'] as const) {
      const writes = (...fields: readonly string[]): boolean =>
        fields.some((field) => has(objectAt(item, field), resource));
      if (writes('default', 'max')) given.add(`limits.${resource}`);
      if (writes('default', 'max', 'defaultRequest', 'min')) given.add(`requests.${resource}`);
    }
  return given;
}
