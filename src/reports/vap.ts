import type { Bench } from '../judge/judge.ts';
import type { JsonObject } from '../model/json.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Policy } from '../policy/catalogue.ts';
import type { Effect } from '../policy/check.ts';
import { weaker } from '../policy/effect.ts';
import type { InCel, NamedExpression, Told } from '../policy/in-cel.ts';
import { fill, placeholdersOf } from '../policy/message.ts';
import { chosenEffect } from '../policy/settings.ts';
import type { ChosenEffect, Settings } from '../policy/settings.ts';
import { holdsAt, WAIVER_PREFIX } from '../policy/waiver.ts';
import type { Waiver } from '../policy/waiver.ts';

const UNSAID = 'CEL cannot say the very same with nothing but the object';

/** What became of a policy: its manifests, and what of it they leave to the webhook. */
export interface Exported {
  readonly policy: string;
  readonly manifests: readonly JsonObject[];
  /** One sentence each. */
  readonly left: readonly string[];
}

const API_VERSION = 'admissionregistration.k8s.io/v1';
const ACTIONS = { deny: 'Deny', warn: 'Warn', record: 'Audit' } as const;
type Met = keyof typeof ACTIONS | 'off';

/** The label by which a binding chooses namespaces; every Namespace has it. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/**
 * A policy as ValidatingAdmissionPolicies with their bindings, one for each of its problems that CEL can say, under these settings
 * at a moment (waivers end). Deletions are left out, of which the guard refuses none.
 */
export function vapOf(policy: Policy, { catalogue, settings, now }: Bench): Exported {
  const ids = catalogue.policies.map(({ id }) => id);
  const said = policy.check.inCel?.(policy.params, ids) ?? [];
  const nothing = (why: string): Exported => ({ policy: policy.id, manifests: [], left: [why] });
  if (said.length === 0) return nothing(UNSAID);
  const asked = said.filter((inCel) => rulesFor(policy, inCel).length > 0);
  if (asked.length === 0) return nothing('it is asked neither when objects are made nor when they change');
  const chosen = Object.keys(settings.policies[policy.id]?.namespaces ?? {});
  const lonely = kindsOf(policy, asked).filter((kind) => !KINDS[kind].namespaced && kind !== 'Namespace');
  if (chosen.length > 0 && lonely.length > 0)
    return nothing(`a binding cannot choose namespaces for it: ${lonely.join(', ')} lie in none`);
  const manifests = asked.flatMap((inCel) => {
    const name = nameFor(policy, inCel);
    const effects = new Map(
      chosen.map((namespace) => [namespace, effectIn(policy, inCel, settings, namespace)]),
    );
    const bindings = bindingsOf(name, effectIn(policy, inCel, settings, ''), effects);
    return bindings.length === 0 ? [] : [policyManifest(name, policy, inCel, settings, now), ...bindings];
  });
  if (manifests.length === 0) return nothing('it is switched off by settings');
  return { policy: policy.id, manifests, left: leftOver(policy, said) };
}

/** For the policy, where it is about one thing alone; else for the problem as well. */
function nameFor({ id, check }: Policy, { problem }: InCel): string {
  const isOnly = Object.keys(check.problems).length === 1;
  return `${isOnly ? '' : `${problem}.`}${id}.seldon-guard.io`;
}

function kindsOf({ appliesTo }: Policy, said: readonly InCel[]): readonly Kind[] {
  return [...new Set(said.flatMap(({ kinds }) => kinds ?? (Object.keys(appliesTo) as Kind[])))];
}

function rulesFor(policy: Policy, inCel: InCel): readonly JsonObject[] {
  return kindsOf(policy, [inCel]).flatMap((kind) => ruleFor(policy, kind));
}

function policyManifest(
  name: string,
  policy: Policy,
  inCel: InCel,
  settings: Settings,
  now: number,
): JsonObject {
  const { variables, validations, told } = inCel;
  const matchConditions = [
    ...inCel.matchConditions,
    notWaived(policy.id),
    ...settings.waivers.flatMap((waiver, i) =>
      waiver.policy === policy.id && holdsAt(waiver, now) ? [notCovered(waiver, i)] : [],
    ),
  ];
  const brief = policy.problems[inCel.problem]?.brief ?? '';
  const isFilled = placeholdersOf(brief).length > 0;
  const spoken = told === undefined || !isFilled ? {} : { messageExpression: wordsInCel(brief, told) };
  return {
    apiVersion: API_VERSION,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      failurePolicy: settings.onError === 'deny' ? 'Fail' : 'Ignore',
      matchConstraints: { resourceRules: rulesFor(policy, inCel) },
      matchConditions: matchConditions.map(expressed),
      ...(variables.length === 0 ? {} : { variables: variables.map(expressed) }),
      validations: validations.map(({ message, ...more }) => ({
        ...more,
        message: message ?? fill(isFilled ? policy.title : brief, {}),
        ...spoken,
      })),
    },
  };
}

/** The words about all of the findings, one behind the other. */
function wordsInCel(brief: string, { findings, data }: Told): string {
  const parts = brief
    .split(/\{([\w-]+)\}/)
    .map((part, i) => (i % 2 === 0 ? JSON.stringify(part) : (data[part] ?? JSON.stringify(`{${part}}`))))
    .filter((part) => part !== '""');
  return `${findings}.map(each, ${parts.join(' + ')}).join('; ')`;
}

function expressed({ name, expression }: NamedExpression): JsonObject {
  return { name, expression };
}

function ruleFor({ appliesTo }: Policy, kind: Kind): JsonObject[] {
  const operations = (appliesTo[kind] ?? []).filter((operation) => operation !== 'DELETE');
  const { group, version, resource, namespaced } = KINDS[kind];
  if (operations.length === 0) return [];
  return [
    {
      apiGroups: [group],
      apiVersions: [version],
      operations: [...operations],
      resources: [resource],
      scope: namespaced ? 'Namespaced' : 'Cluster',
    },
  ];
}

/** One binding for all namespaces without a choice of their own, and one for those with the same choice. */
function bindingsOf(name: string, otherwise: Met, chosen: ReadonlyMap<string, Met>): JsonObject[] {
  const all = [...chosen.keys()].toSorted();
  const byEffect = Map.groupBy(all, (namespace) => chosen.get(namespace) as Met);
  return [
    ...binding(name, name, otherwise, all.length === 0 ? undefined : { operator: 'NotIn', values: all }),
    ...[...byEffect].flatMap(([effect, values]) =>
      binding(`${effect}.${name}`, name, effect, { operator: 'In', values }),
    ),
  ];
}

function binding(
  name: string,
  policyName: string,
  effect: Met,
  namespaces: { operator: string; values: readonly string[] } | undefined,
): JsonObject[] {
  if (effect === 'off') return [];
  const where =
    namespaces === undefined
      ? {}
      : {
          matchResources: {
            namespaceSelector: { matchExpressions: [{ key: NAMESPACE_NAME, ...namespaces }] },
          },
        };
  return [
    {
      apiVersion: API_VERSION,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName, validationActions: [ACTIONS[effect]], ...where },
    },
  ];
}

/** The effect of a new fault in a namespace, as judge/effect has it for a finding without a patch. */
function effectIn(policy: Policy, { problem }: InCel, settings: Settings, namespace: string): Met {
  const chosen: ChosenEffect | undefined = chosenEffect(settings, policy.id, namespace);
  if (chosen === 'off') return 'off';
  const own = policy.problems[problem]?.effect;
  const effect: Effect = own === undefined ? (chosen ?? policy.effect) : weaker(own, chosen ?? 'deny');
  if (effect !== 'fix') return effect;
  return (own ?? policy.effect) === 'deny' ? 'deny' : 'warn';
}

/** A reason, then owner and end (policy/waiver): a waiver without a reason, or with what is not understood, does not count. */
const WAIVER =
  '^\\s*([^|<\\s]|[^|<\\s][^|]*|<([^|]*[^|>\\s])?)\\s*(\\|\\s*(owner\\s*(=[^|]*)?|until\\s*=\\s*[0-9]{4}-[0-9]{2}-[0-9]{2}|[^|=]*=\\s*<[^|]*>)\\s*)*$';

function notWaived(policy: string): NamedExpression {
  const key = `'${WAIVER_PREFIX}${policy}'`;
  const annotations = 'object.metadata.annotations';
  return {
    name: 'not-waived-on-the-object',
    expression: `!(has(${annotations}) && ${key} in ${annotations} && ${annotations}[${key}].matches(${JSON.stringify(WAIVER)}))`,
  };
}

/** What is to get a name yet may have none here. */
const NAME = "(has(object.metadata.name) ? object.metadata.name : '')";

function notCovered({ namespace, kind, name }: Waiver, index: number): NamedExpression {
  const of = `object.kind == 'Namespace' ? ${NAME} : request.namespace`;
  const parts = [
    ...(namespace === undefined ? [] : [`(${of}) == ${JSON.stringify(namespace)}`]),
    ...(kind === undefined ? [] : [`object.kind == ${JSON.stringify(kind)}`]),
    ...(name === undefined ? [] : [`${NAME} == ${JSON.stringify(name)}`]),
  ];
  return { name: `not-waived-by-settings-${index}`, expression: `!(${parts.join(' && ') || 'true'})` };
}

function leftOver(policy: Policy, said: readonly InCel[]): string[] {
  const partly = said.flatMap(({ problem, left }) => (left === undefined ? [] : [`${problem} ${left}`]));
  const others = Object.keys(policy.problems).filter((each) => said.every(({ problem }) => problem !== each));
  return [...partly, ...(others.length === 0 ? [] : [`${others.join(', ')}: ${UNSAID}`])];
}
