import { at, listAt, objectAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { sameObject } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import type { Direction } from '../../network/pod.ts';
import type { NetworkPolicy } from '../../network/policy.ts';
import type { Side } from '../../network/side.ts';
import type { Finding } from '../../policy/check.ts';
import { allowRules, canAllow } from './allow-rules.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { explain } from '../../network/explain.ts';
import { endElsewhere, wideOperatorsIn } from './flow-ends.ts';
import { companions, hasPart, needsOf } from './flow-needs.ts';
import { closedFlowFindings, sidesNotOpen, sidesThat } from './closed-flow.ts';
import { namesOf } from '../../model/words.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { factsMissing } from './facts-missing.ts';
import { flowOutcome, outcomesByPlace } from './flow-outcome.ts';
import type { FlowOutcome } from './flow-outcome.ts';
import { mentionsSeldon } from './mentions-seldon.ts';
import { flowsIfSeldonRan, flowsTouching } from './required-flow.ts';
import type { FlowInstance, WantedFlows } from './required-flow.ts';

/** What a NetworkPolicy does to the required flows whose ends it selects: which it closes, and which nobody can tell. */
export function* policyFindings(review: Review, params: WantedFlows): Generator<Finding> {
  const { object, operation } = review;
  const { instances, problem } = flowsUnder(review, params);
  const closed: ClosedFlow[] = [];
  const uncertain: ClosedFlow[] = [];
  for (const instance of instances) {
    const outcome = flowOutcome(instance, review.cluster);
    if (outcome.allowed === 'yes') continue;
    const before = review.before === undefined ? undefined : flowOutcome(instance, review.before);
    const standing = before?.allowed === 'no' || mayBeAnothersFault(instance, review);
    const answers = (side: Side): boolean => {
      return (
        hasPart(object, side) ||
        (before !== undefined &&
          hasPart(object, before.reach[side.direction]) &&
          before.reach[side.direction].allowed !== side.allowed)
      );
    };
    const sides = sidesNotOpen(outcome).filter(answers);
    if (sides.length === 0) continue;
    if (outcome.allowed === 'no') closed.push({ instance, outcome, sides, standing });
    else if (before?.allowed !== 'unknown') uncertain.push({ instance, outcome, sides, standing });
  }
  const later = operation === 'DELETE' ? [] : laterFlows(review, params);
  const needs = new Map(
    [...closed, ...uncertain, ...later].map((flow) => [flow, needsOf(object, flow, later)]),
  );
  const curable = (flow: ClosedFlow): boolean =>
    flow.sides.every((side) => hasPart(object, side) && canOpen(object, side)) &&
    (needs.get(flow) ?? []).every((need) => canAllow(object, need));
  const cure = allowRules(
    object,
    [...needs].flatMap(([flow, own]) => (curable(flow) ? own : [])),
  );
  const companionFor =
    operation === 'DELETE' ? undefined : companions(object, closed, [...uncertain, ...later], later);
  const fixFor = (flows: readonly ClosedFlow[]): readonly PatchOperation[] =>
    flows.every(curable) ? cure : [];
  yield* closedFlowFindings(closed, {
    problem,
    namespace: object.namespace,
    fieldOf: (directions) => fieldOf(object, directions),
    more: problem === 'would-block' ? { namespace: object.namespace } : {},
    fixFor,
    ...(companionFor === undefined ? {} : { companionFor }),
    // By itself, a policy for some pods may be one of several; one for every pod is what the namespace starts from.
    ...(problem === 'would-block' && !selectsAll(object) ? { effect: 'warn' as const } : {}),
  });
  for (const flow of later) {
    const { client } = flow.instance;
    const told = closed.some(
      ({ instance, sides }) => instance.client.source === client.source && leaves(sides),
    );
    if (!told) yield laterFinding(object, flow, fixFor([flow]));
  }
  if (uncertain.length > 0 && operation !== 'DELETE') {
    const fix = fixFor(uncertain);
    yield {
      problem: 'uncertain',
      field: ['spec'],
      data: {
        flows: namesOf(uncertain.map(flowName)),
        count: uncertain.length === 1 ? 'one flow' : `${uncertain.length} flows`,
        missing: namesOf(missingOf(uncertain)),
      },
      key: 'uncertain',
      unknown: true,
      ...(fix.length > 0 ? { fix } : {}),
    };
  }
}

/**
 * Whether a flow from a client that is only taken to be somewhere may be closed all the same without this policy: there
 * is a place from which it was closed before, or from which this policy has no part in it.
 */
function mayBeAnothersFault(instance: FlowInstance, { object, cluster, before }: Review): boolean {
  if (instance.client.anyone === true) return false;
  const own = (outcome: FlowOutcome): boolean =>
    outcome.allowed !== 'no' || sidesThat(outcome, 'no').some((side) => hasPart(object, side));
  return (
    !outcomesByPlace(instance, cluster).every(own) ||
    (before !== undefined && outcomesByPlace(instance, before).some(({ allowed }) => allowed === 'no'))
  );
}

/**
 * What a policy in an operator's own namespace does to namespaces that Seldon has yet to come to: an operator that
 * watches all of them dials each one's scheduler.
 */
function laterFlows({ object, cluster, before }: Review, { flows }: WantedFlows): ClosedFlow[] {
  const flow = flows.find(({ from, to }) => from === 'controller-manager' && to === 'seldon-scheduler');
  if (flow === undefined) return [];
  const server = endElsewhere('seldon-scheduler');
  return wideOperatorsIn(cluster, object.namespace).flatMap((client) => {
    const instance = { flow, client, server, tls: client.tls };
    const outcome = flowOutcome(instance, cluster);
    const sides = sidesThat(outcome, 'no').filter((side) => hasPart(object, side));
    const standing = before !== undefined && flowOutcome(instance, before).allowed === 'no';
    return sides.length === 0 ? [] : [{ instance, outcome, sides, standing }];
  });
}

function laterFinding(
  policy: Manifest,
  { instance, outcome, sides, standing }: ClosedFlow,
  fix: readonly PatchOperation[],
): Finding {
  const { title } = instance.client;
  return {
    problem: 'later-namespaces',
    field: fieldOf(policy, ['egress']),
    data: {
      from: title,
      namespace: policy.namespace,
      port: outcome.port,
      because: sides.map((side) => explain(side, { pod: title })).join(', and '),
    },
    standing,
    ...(fix.length > 0 ? { fix } : {}),
  };
}

function leaves(sides: readonly Side[]): boolean {
  return sides.some(({ direction }) => direction === 'egress');
}

/**
 * The flows to ask about: those of the Seldon pods that there are. Where the picture could not have held any (a file
 * by itself) but the policy names Seldon, those that Seldon needs wherever it runs.
 */
function flowsUnder(
  { object, operation, cluster }: Review,
  { flows, operatorNamespaces }: WantedFlows,
): { instances: FlowInstance[]; problem: string } {
  const instances = flowsTouching(cluster, object.namespace, flows, operatorNamespaces);
  if (operation === 'DELETE') return { instances, problem: 'closed-by-deletion' };
  const couldNotSee = !cluster.sees('SeldonRuntime') && !cluster.sees('Server');
  if (instances.length === 0 && couldNotSee && mentionsSeldon(object, operatorNamespaces))
    return {
      instances: flowsIfSeldonRan(cluster, object.namespace, flows, operatorNamespaces),
      problem: 'would-block',
    };
  return { instances, problem: 'blocked' };
}

function selectsAll(policy: Manifest): boolean {
  const selector = objectAt(policy.object, 'spec', 'podSelector');
  return (
    Object.keys(objectAt(selector, 'matchLabels')).length + listAt(selector, 'matchExpressions').length === 0
  );
}

/** Whether a rule in the policy opens this side for certain. */
function canOpen(policy: Manifest, { isolatedBy, maybeIsolatedBy }: Side): boolean {
  const is = (other: NetworkPolicy): boolean => sameObject(other.manifest, policy);
  return isolatedBy.some(is) || (isolatedBy.length === 0 && maybeIsolatedBy.every(is));
}

function flowName({ instance, outcome }: ClosedFlow): string {
  const { flow, server } = instance;
  return `${outcome.client.title} -> ${server.title} on ${flow.protocol ?? 'TCP'} ${outcome.port}`;
}

function missingOf(uncertain: readonly ClosedFlow[]): string[] {
  const others = uncertain.map(missingBeside);
  const sides = uncertain.flatMap((flow, i) => (others[i] === undefined ? flow.sides : []));
  return [...others.filter((other) => other !== undefined), ...factsMissing(sides)];
}

/** What is missing of a flow beside the facts that its rules ask for. */
function missingBeside({ instance, outcome }: ClosedFlow): string | undefined {
  const { elsewhere, source, title } = outcome.client;
  if (instance.unseen !== undefined || elsewhere === undefined) return instance.unseen;
  return source === undefined
    ? 'the namespace that the controller-manager runs in'
    : `the namespaces that ${title} watches`;
}

/** The rules of the one direction that matters, where the policy has any; else its spec. */
function fieldOf(policy: Manifest, [direction, ...others]: readonly Direction[]): Path {
  const one = direction !== undefined && others.length === 0;
  return one && at(policy.object, 'spec', direction) !== undefined ? ['spec', direction] : ['spec'];
}
