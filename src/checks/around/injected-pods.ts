import type { Cluster } from '../../model/cluster.ts';
import type { Compute } from '../../model/compute.ts';
import { objectAt, stringAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';

/** A controller that puts containers of its own into pods, and that a quota tells of. */
export interface Injector {
  /** The resource by which the quota counts its objects: `count/workflows.argoproj.io`. */
  readonly counted: string;
  readonly by: string;
  readonly containers: readonly string[];
  /** The ConfigMap in which they are given resources. */
  readonly settings: string;
}

/** Those whose containers state nothing of what the quota asks for, as far as can be seen. */
export function injectorsUnder(
  quota: Manifest,
  asked: readonly Compute[],
  injectors: readonly Injector[],
  cluster: Cluster,
): readonly Injector[] {
  if (asked.length === 0) return [];
  const hard = objectAt(quota.object, 'spec', 'hard');
  return injectors.filter(
    ({ counted, settings }) => Object.hasOwn(hard, counted) && !givesResources(settings, cluster),
  );
}

/** Settings are YAML in a text; one that speaks of resources is believed. */
function givesResources(name: string, cluster: Cluster): boolean {
  return cluster
    .list('ConfigMap')
    .filter((settings) => settings.name === name)
    .some(({ object }) =>
      Object.keys(objectAt(object, 'data')).some((key) =>
        /\bresources\b/.test(stringAt(object, 'data', key) ?? ''),
      ),
    );
}
