import { isObject, listAt, stringAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';

/**
 * How the operator lays a Server's (or a SeldonRuntime override's) podSpec over the one of the configuration:
 * common.MergePodSpecs (operator/controllers/reconcilers/common/patch_utils.go:72-98), that is
 * mergo.Merge(dst, src, WithOverride, WithAppendSlice) of dario.cat/mergo v1.0.0 on the Go types. Go's types are
 * not in the JSON, but they show where they matter: only maps and ports need a table or a rule of their own.
 */

/**
 * The fields of an override that the operator knows (operator/apis/mlops/v1alpha1/podspec.go:19-180); the CRD has
 * no others, so that the API server prunes them (`serviceAccount`, `ephemeralContainers`, `os` ...).
 */
const OVERRIDABLE: ReadonlySet<string> = new Set([
  'volumes',
  'initContainers',
  'containers',
  'restartPolicy',
  'terminationGracePeriodSeconds',
  'activeDeadlineSeconds',
  'dnsPolicy',
  'nodeSelector',
  'serviceAccountName',
  'automountServiceAccountToken',
  'nodeName',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'shareProcessNamespace',
  'securityContext',
  'imagePullSecrets',
  'hostname',
  'subdomain',
  'affinity',
  'schedulerName',
  'tolerations',
  'hostAliases',
  'priorityClassName',
  'priority',
  'dnsConfig',
  'readinessGates',
  'runtimeClassName',
  'enableServiceLinks',
  'preemptionPolicy',
  'overhead',
  'topologySpreadConstraints',
  'setHostnameAsFQDN',
]);

/** The fields that are Go maps (of strings, or of quantities): keys are united, and the override's value always wins. */
const MAPS: ReadonlySet<string> = new Set(['nodeSelector', 'limits', 'requests', 'overhead']);

/** A value that Go would hold as its zero: "" and 0 and false never override, nor does what a pointer to them holds. */
function isZero(value: Json): boolean {
  return value === '' || value === 0 || value === false;
}

/** One object over another, key by key; Object.fromEntries keeps a key such as `__proto__` plain data. */
function union(base: JsonObject, entries: Iterable<readonly [string, Json | undefined]>): JsonObject {
  return Object.fromEntries([...Object.entries(base), ...entries]);
}

/** Quantities are strings once the API server has read them. */
function mergeMap(base: Json | undefined, override: JsonObject): JsonObject {
  const entries = Object.entries(override).filter(([, value]) => value !== null);
  return union(
    isObject(base) ? base : {},
    entries.map(([key, value]) => [key, typeof value === 'number' ? String(value) : value]),
  );
}

function mergeValue(field: string, base: Json | undefined, override: Json | undefined): Json | undefined {
  if (override === undefined || override === null) return base;
  if (isObject(override) && MAPS.has(field)) return mergeMap(base, override);
  if (base === undefined || base === null) return override;
  if (Array.isArray(override))
    return Array.isArray(base) ? [...(base as readonly Json[]), ...(override as readonly Json[])] : override;
  if (isObject(override)) return isObject(base) ? mergeFields(base, override) : override;
  // An IntOrString is a struct {Type, IntVal, StrVal}, and Type 0 is the zero value: a number laid over a name
  // leaves Type at "string", and with it the name; a name laid over a number sets Type, and with it the name.
  if (typeof base === 'string' && typeof override === 'number') return base;
  if (typeof base === 'number' && typeof override === 'string') return override;
  return isZero(override) ? base : override;
}

function mergeFields(
  base: JsonObject,
  override: JsonObject,
  takes: (field: string) => boolean = () => true,
): JsonObject {
  const valueOf = (field: string): Json | undefined => (Object.hasOwn(base, field) ? base[field] : undefined);
  return union(
    base,
    Object.entries(override)
      .filter(([field, value]) => takes(field) && value !== null)
      .map(([field, value]) => [field, mergeValue(field, valueOf(field), value)]),
  );
}

/**
 * The containers of the merged pod: those of the override first, each laid over the ones of the same name, then the
 * remaining ones in their order (MergeContainers, patch_utils.go:101-131). None can be removed.
 */
function mergeContainers(base: readonly Json[], overrides: readonly Json[]): readonly Json[] {
  const named = (container: Json): string => stringAt(container, 'name') ?? '';
  const existing = base.filter(isObject);
  const laid = overrides.filter(isObject);
  const merged = laid.flatMap((override) => {
    const same = existing.filter((container) => named(container) === named(override));
    return same.length === 0 ? [override] : same.map((container) => mergeFields(container, override));
  });
  const names = new Set(laid.map(named));
  return [...merged, ...existing.filter((container) => !names.has(named(container)))];
}

/** The pod spec that the operator makes of a configuration's podSpec and the one laid over it; either may be missing. */
export function mergePodSpecs(base: Json | undefined, override: Json | undefined): JsonObject {
  const below: JsonObject = isObject(base) ? base : {};
  if (!isObject(override)) return below;
  return {
    ...mergeFields(below, override, (field) => field !== 'containers' && OVERRIDABLE.has(field)),
    containers: mergeContainers(listAt(below, 'containers'), listAt(override, 'containers')),
  };
}
