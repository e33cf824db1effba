import type { Kind } from '../model/kinds.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { Catalogue } from './catalogue.ts';

/** What the checks of a catalogue read of a cluster. */
export interface Needs {
  /** The kinds of which they read all objects. */
  readonly kinds: readonly Kind[];
  /** ConfigMaps may hold what is nobody's business: of all of them these are read. */
  readonly configMaps: readonly ObjectName[];
}

/**
 * What a running cluster has to be read for. Every check that a policy of a user's may have is used by one that comes with the
 * guard, or needs no kind besides, so that no policy that is loaded later needs another kind (test/policy/needs.test.ts).
 */
export function needsOf({ policies }: Catalogue): Needs {
  const kinds = new Set<Kind>(policies.flatMap(({ check }) => check.needs));
  kinds.delete('ConfigMap');
  const named = policies.flatMap(({ check, params }) => check.configMaps?.(params) ?? []);
  const configMaps = new Map(named.map((one) => [`${one.namespace ?? ''}/${one.name}`, one]));
  return {
    kinds: [...kinds],
    configMaps: [...configMaps].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  };
}
