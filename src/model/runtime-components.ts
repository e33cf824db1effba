import type { Cluster } from './cluster.ts';
import { isObject, listAt, objectAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Manifest } from './manifest.ts';
import { configFor, operatorHome } from './operator.ts';
import type { OperatorHome } from './operator.ts';
import { RUNTIME_COMPONENTS } from './seldon-components.ts';

/** A component as a SeldonConfig defines it; without an index it is upstream's, of which only the name is known. */
export interface ComponentDefinition {
  readonly index: number | undefined;
  readonly name: string;
  readonly object: JsonObject;
}

/** What a SeldonRuntime is laid over: its SeldonConfig's components, or upstream's where that is not to be seen. */
export interface RuntimeBase {
  readonly config: Manifest | undefined;
  /** What was looked for in vain ("SeldonConfig seldon-system/default"). */
  readonly missing: string | undefined;
  readonly components: readonly ComponentDefinition[];
}

/** Until then an override's podSpec was laid over Deployments alone (SeldonIO/seldon-core#6349). */
export const POD_SPEC_SINCE = '2.9.0';

/** One entry of a SeldonRuntime's `spec.overrides`. */
export interface RuntimeOverride {
  readonly index: number;
  readonly object: JsonObject;
}

/** The components of a SeldonConfig; entries without a name are none. */
export function componentsIn(config: Manifest): readonly ComponentDefinition[] {
  return listAt(config.object, 'spec', 'components').flatMap((object, index) => {
    const name = stringAt(object, 'name');
    return isObject(object) && name !== undefined ? [{ index, name, object }] : [];
  });
}

/** The SeldonConfig of a SeldonRuntime and the components that it brings. */
export function runtimeBase(
  runtime: Manifest,
  cluster: Cluster,
  operator: OperatorHome = operatorHome(cluster, runtime.namespace),
): RuntimeBase {
  const name = stringAt(runtime.object, 'spec', 'seldonConfig') ?? '';
  const { config, missing } = configFor(cluster, 'SeldonConfig', name, operator);
  const components =
    config === undefined
      ? RUNTIME_COMPONENTS.map((each) => ({ index: undefined, name: each, object: {} }))
      : componentsIn(config);
  return { config, missing, components };
}

/** The override that counts for a component: of several of a name the last (runtime_reconciler.go:283-286). */
export function overrideOf(runtime: Manifest, component: string): RuntimeOverride | undefined {
  const overrides = listAt(runtime.object, 'spec', 'overrides');
  const index = overrides.findLastIndex((override) => stringAt(override, 'name') === component);
  return index < 0 ? undefined : { index, object: objectAt(overrides, index) };
}

/**
 * The field by which an override leaves its component without pods, if it does: `disable`, or `replicas: 0`. The
 * SeldonConfig's own replicas do not count (runtime_reconciler.go:251-257, 289-295).
 */
export function switchedOffBy(override: RuntimeOverride | undefined): 'disable' | 'replicas' | undefined {
  if (override?.object['disable'] === true) return 'disable';
  return override?.object['replicas'] === 0 ? 'replicas' : undefined;
}
