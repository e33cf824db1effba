import type { Compute } from './compute.ts';
import { listAt, numberAt, objectAt, stringAt } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import type { Manifest } from './manifest.ts';

/** The names under which a quota counts them ("cpu: same as requests.cpu", Resource Quotas, compute resource quota). */
const COUNTED: ReadonlyMap<string, Compute> = new Map([
  ['cpu', 'requests.cpu'],
  ['memory', 'requests.memory'],
  ['requests.cpu', 'requests.cpu'],
  ['requests.memory', 'requests.memory'],
  ['limits.cpu', 'limits.cpu'],
  ['limits.memory', 'limits.memory'],
]);

/**
 * What every container must state under a quota: it is refused otherwise ("failed quota: must specify"). Other resources
 * are counted without that (k8s.io/apiserver pkg/quota/v1 evaluator/core/pods.go, validationSet).
 */
export function demandedBy({ object }: Manifest): readonly Compute[] {
  const names = Object.keys(objectAt(object, 'spec', 'hard'));
  return [...new Set(names.flatMap((name) => COUNTED.get(name) ?? []))].toSorted();
}

/**
 * Whether a quota counts pods of this spec: every scope that it has must match ("A quota matches and counts usage of
 * resources only if all of the enumerated scopes match", ResourceQuota spec.scopes and spec.scopeSelector).
 */
export function counts({ object }: Manifest, podSpec: JsonObject): boolean {
  const scopes = listAt(object, 'spec', 'scopes').map((scope): Json => ({
    scopeName: scope,
    operator: 'Exists',
  }));
  const selected = listAt(object, 'spec', 'scopeSelector', 'matchExpressions');
  return [...scopes, ...selected].every((scope) => matches(scope, podSpec));
}

function matches(scope: Json, podSpec: JsonObject): boolean {
  switch (stringAt(scope, 'scopeName')) {
    case 'Terminating':
      return numberAt(podSpec, 'activeDeadlineSeconds') !== undefined;
    case 'NotTerminating':
      return numberAt(podSpec, 'activeDeadlineSeconds') === undefined;
    case 'BestEffort':
      return isBestEffort(podSpec);
    case 'NotBestEffort':
      return !isBestEffort(podSpec);
    case 'PriorityClass':
      return matchesPriority(scope, stringAt(podSpec, 'priorityClassName') ?? '');
    default:
      // CrossNamespacePodAffinity, which none of Seldon's pods has, and scopes that are not known yet.
      return false;
  }
}

/** "BestEffort: Match all pods that do not have any requests or limits set for any container". */
function isBestEffort(podSpec: JsonObject): boolean {
  const containers = [...listAt(podSpec, 'initContainers'), ...listAt(podSpec, 'containers')];
  return containers.every((container) =>
    ['requests', 'limits'].every((part) => Object.keys(objectAt(container, 'resources', part)).length === 0),
  );
}

function matchesPriority(scope: Json, priority: string): boolean {
  const named = listAt(scope, 'values').includes(priority);
  switch (stringAt(scope, 'operator')) {
    case 'In':
      return named;
    case 'NotIn':
      return !named;
    case 'DoesNotExist':
      return priority === '';
    default:
      return priority !== '';
  }
}
