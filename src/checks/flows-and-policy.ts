import { at, listAt, objectAt } from '../model/json.ts';
import type { Path } from '../model/json.ts';
import { sameObject } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Review } from '../model/review.ts';
import type { Direction } from '../network/pod.ts';
import type { NetworkPolicy } from '../network/policy.ts';
import type { Side } from '../network/side.ts';
import type { Finding } from '../policy/check.ts';
import { allowRules } from './allow-rules.ts';
import type { Need } from './allow-rules.ts';
import { explain } from '../network/explain.ts';
import { endElsewhere, wideOperatorsIn } from './flow-ends.ts';
import { closedFlowFindings, endsOfSide, namesOf, sidesNotOpen, sidesThat } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { flowOutcome } from './flow-outcome.ts';
import { mentionsSeldon } from './mentions-seldon.ts';
import { flowsIfSeldonRan, flowsTouching } from './required-flow.ts';
import type { FlowInstance, MustReachParams } from './required-flow.ts';

/** What a NetworkPolicy does to the required flows whose ends it selects: which it closes, and which nobody can tell. */
export function* policyFindings(review: Review, params: MustReachParams): Generator<Finding> {
  const { object, operation } = review;
  const { instances, problem } = flowsUnder(review, params);
  const closed: ClosedFlow[] = [];
  const uncertain: ClosedFlow[] = [];
  for (const instance of instances) {
    const outcome = flowOutcome(instance, review.cluster);
    if (outcome.allowed === 'yes') continue;
    const before = review.before === undefined ? undefined : flowOutcome(instance, review.before);
    const standing = before?.allowed === 'no';
    const answers = (side: Side): boolean => {
      const { subject } = endsOfSide(side.direction, { instance, outcome });
      if (subject.pod.namespace !== object.namespace) return false;
      return (
        hasPart(object, side) ||
        (before !== undefined && before.reach[side.direction].allowed !== side.allowed)
      );
    };
    const sides = sidesNotOpen(outcome).filter(answers);
    if (sides.length === 0) continue;
    if (outcome.allowed === 'no') closed.push({ instance, outcome, sides, standing });
    else if (before?.allowed !== 'unknown') uncertain.push({ instance, outcome, sides, standing });
  }
  const needs = [...closed, ...uncertain].flatMap((flow) =>
    flow.sides.filter((side) => hasPart(object, side)).map((side) => needOf(flow, side)),
  );
  const cure = operation === 'DELETE' ? [] : allowRules(object, needs);
  yield* closedFlowFindings(closed, {
    problem,
    namespace: object.namespace,
    fieldOf: (directions) => fieldOf(object, directions),
    more: problem === 'would-block' ? { namespace: object.namespace } : {},
    fix: cure,
    // By itself, a policy for some pods may be one of several; one for every pod is what the namespace starts from.
    ...(problem === 'would-block' && !selectsAll(object) ? { effect: 'warn' as const } : {}),
  });
  if (closed.length === 0 && operation !== 'DELETE') yield* futureFindings(review, params);
  if (uncertain.length > 0 && operation !== 'DELETE')
    yield {
      problem: 'uncertain',
      field: ['spec'],
      data: {
        flows: namesOf(uncertain.map(flowName)),
        count: uncertain.length === 1 ? 'one flow' : `${uncertain.length} flows`,
        missing: namesOf(uncertain.flatMap(missingOf)),
      },
      key: 'uncertain',
      unknown: true,
      ...(cure.length > 0 ? { fix: cure } : {}),
    };
}

/**
 * What a policy in an operator's own namespace does to namespaces that Seldon has yet to come to: an operator that
 * watches all of them dials each one's scheduler.
 */
function* futureFindings(
  { object, cluster, before }: Review,
  { flows }: MustReachParams,
): Generator<Finding> {
  const flow = flows.find(({ from, to }) => from === 'controller-manager' && to === 'seldon-scheduler');
  if (flow === undefined) return;
  const server = endElsewhere('seldon-scheduler');
  for (const client of wideOperatorsIn(cluster, object.namespace)) {
    const instance = { flow, client, server };
    const outcome = flowOutcome(instance, cluster);
    const [side] = sidesThat(outcome, 'no');
    if (side === undefined || !hasPart(object, side)) continue;
    yield {
      problem: 'later-namespaces',
      field: fieldOf(object, ['egress']),
      data: {
        from: client.title,
        namespace: object.namespace,
        port: outcome.port,
        because: explain(side, { pod: client.title }),
      },
      standing: before !== undefined && flowOutcome(instance, before).allowed === 'no',
      fix: allowRules(object, [{ direction: 'egress', peer: server, port: outcome.port }]),
    };
  }
}

/**
 * The flows to ask about: those of the Seldon pods that there are. Where the picture could not have held any (a file
 * by itself) but the policy names Seldon, those that Seldon needs wherever it runs.
 */
function flowsUnder(
  { object, operation, cluster }: Review,
  { flows, operatorNamespaces }: MustReachParams,
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

/** Whether the policy is one of those that isolate the pods of this side, or may. */
function hasPart(policy: Manifest, side: Side): boolean {
  const is = (other: NetworkPolicy): boolean => sameObject(other.manifest, policy);
  return side.isolatedBy.some(is) || side.maybeIsolatedBy.some(is);
}

function needOf(closed: ClosedFlow, { direction }: Side): Need {
  return { direction, peer: endsOfSide(direction, closed).peer, port: closed.outcome.port };
}

function flowName({ instance, outcome }: ClosedFlow): string {
  return `${outcome.client.title} -> ${instance.server.title} on TCP ${outcome.port}`;
}

function missingOf({ outcome, sides }: ClosedFlow): string[] {
  if (outcome.client.elsewhere !== undefined) return ['the namespace that the controller-manager runs in'];
  return sides.flatMap(({ because }) =>
    because.reason === 'unknown' ? because.missing.map(({ what, of }) => `the ${what} of ${of}`) : [],
  );
}

/** The rules of the one direction that matters, where the policy has any; else its spec. */
function fieldOf(policy: Manifest, [direction, ...others]: readonly Direction[]): Path {
  const one = direction !== undefined && others.length === 0;
  return one && at(policy.object, 'spec', direction) !== undefined ? ['spec', direction] : ['spec'];
}
