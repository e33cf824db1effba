import { isCelError } from '@bufbuild/cel';
import type { CelValue } from '@bufbuild/cel';
import type { Json, JsonObject } from '../../model/json.ts';
import { groupOf, KINDS } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import { CannotJudge } from '../../policy/cannot-judge.ts';
import { celValue, lazyMap } from './cel-value.ts';
import type { CelParams, Expression, Rules, Scope } from './cel-rules.ts';

/**
 * What the expressions of a policy find under their names, as a ValidatingAdmissionPolicy has it (admissionregistration.k8s.io/v1
 * Validation.expression). An object at rest is judged as if it were made now, by nobody. What cannot be seen is thrown as
 * CannotJudge when an expression asks for it.
 */
export function scopeOf(rules: Rules, review: Review, { values = {} }: CelParams): Scope {
  const variables = new Map<string, CelValue>();
  const variable = (name: string): CelValue | undefined => {
    const expression = rules.variables.get(name);
    if (expression === undefined) return undefined;
    if (!variables.has(name)) variables.set(name, valueOf(expression, scope));
    return variables.get(name);
  };
  // Without a prototype: every name that is not there is not there.
  const scope = Object.create(null, {
    object: { get: () => celValue(review.operation === 'DELETE' ? null : review.object.object) },
    oldObject: { get: () => celValue(oldObject(review)?.object ?? null) },
    request: { get: () => request(review) },
    params: { value: celValue(values) },
    namespaceObject: { get: () => namespaceObject(review) },
    variables: { value: lazyMap([...rules.variables.keys()], variable) },
  }) as Scope;
  return scope;
}

/** The value of an expression. Throws CannotJudge where it has none. */
export function valueOf({ place, evaluate }: Expression, scope: Scope): CelValue {
  const value = evaluate(scope);
  if (!isCelError(value)) return value;
  if (value.cause instanceof CannotJudge) throw value.cause;
  throw new CannotJudge(`${place} of the policy has no value for it`, { cause: value });
}

function oldObject({ operation, previous, object }: Review): Manifest | undefined {
  return operation === 'DELETE' ? (previous ?? object) : previous;
}

/** The fields of AdmissionRequest that a review knows. */
function request({ operation, object, user }: Review): CelValue {
  const { kind, apiVersion, name, namespace, known } = object;
  const group = groupOf(apiVersion);
  const version = apiVersion.slice(group === '' ? 0 : group.length + 1);
  const fields: Record<string, Json> = {
    kind: { group, version, kind },
    resource: { group, version, resource: known === undefined ? '' : KINDS[known].resource },
    name,
    namespace,
    operation: operation === 'NONE' ? 'CREATE' : operation,
  };
  const userInfo: JsonObject = { username: user.name, groups: user.groups };
  return lazyMap([...Object.keys(fields), 'userInfo'], (field) => {
    if (field !== 'userInfo') return fields[field] === undefined ? undefined : celValue(fields[field]);
    if (operation === 'NONE')
      throw new CannotJudge('nobody asks for what is only looked at', { unseen: true });
    return celValue(userInfo);
  });
}

/** The Namespace that the object lies in; null for one that lies in none. */
function namespaceObject({ object, cluster }: Review): CelValue {
  if (object.namespace === '') return null;
  const found = cluster.get('Namespace', '', object.namespace);
  if (found === undefined)
    throw new CannotJudge(
      `Namespace ${object.namespace} of ${nameOf(object)} is not among the objects seen`,
      {
        unseen: true,
      },
    );
  return celValue(found.object);
}
