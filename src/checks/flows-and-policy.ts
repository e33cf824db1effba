import { at, listAt, objectAt } from '../model/json.ts';
import type { Path } from '../model/json.ts';
import { sameObject } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Review } from '../model/review.ts';
import type { Direction } from '../network/pod.ts';
import type { NetworkPolicy } from '../network/policy.ts';
import type { Side } from '../network/side.ts';
import type { Finding } from '../policy/check.ts';
import { allowRules, canAllow } from './allow-rules.ts';
import type { Need } from './allow-rules.ts';
import type { PatchOperation } from '../model/patch.ts';
import { explain } from '../network/explain.ts';
import { endElsewhere, wideOperatorsIn } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';
import { closedFlowFindings, endsOfSide, namesOf, sidesNotOpen, sidesThat } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { flowOutcome, outcomesByPlace } from './flow-outcome.ts';
import type { FlowOutcome } from './flow-outcome.ts';
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
  // What is closed on one side may be in doubt on the other, and would be the next thing to be said.
  const needsOf = (flow: ClosedFlow): Need[] =>
    flow.outcome.toOpen.flatMap(({ port, reach: { egress, ingress } }) =>
      [egress, ingress]
        .filter((side) => side.allowed !== 'yes' && hasPart(object, side))
        .map((side) => ({ direction: side.direction, peer: peerOf(flow, side, later), port })),
    );
  const curable = (flow: ClosedFlow): boolean =>
    flow.sides.every((side) => hasPart(object, side) && canOpen(object, side)) &&
    needsOf(flow).every((need) => canAllow(object, need));
  const cure = allowRules(object, [...closed, ...uncertain, ...later].filter(curable).flatMap(needsOf));
  const fixFor = (flows: readonly ClosedFlow[]): readonly PatchOperation[] =>
    flows.every(curable) ? cure : [];
  yield* closedFlowFindings(closed, {
    problem,
    namespace: object.namespace,
    fieldOf: (directions) => fieldOf(object, directions),
    more: problem === 'would-block' ? { namespace: object.namespace } : {},
    fixFor,
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
        missing: namesOf(uncertain.flatMap(missingOf)),
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
function laterFlows({ object, cluster, before }: Review, { flows }: MustReachParams): ClosedFlow[] {
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

/** Whether the policy is one of those that isolate the pods of this side; where that is in doubt, one that may. */
function hasPart(policy: Manifest, { isolatedBy, maybeIsolatedBy, allowed }: Side): boolean {
  const is = (other: NetworkPolicy): boolean => sameObject(other.manifest, policy);
  return isolatedBy.some(is) || (allowed === 'unknown' && maybeIsolatedBy.some(is));
}

/** Whether a rule in the policy opens this side for certain. */
function canOpen(policy: Manifest, { isolatedBy, maybeIsolatedBy }: Side): boolean {
  const is = (other: NetworkPolicy): boolean => sameObject(other.manifest, policy);
  return isolatedBy.some(is) || (isolatedBy.length === 0 && maybeIsolatedBy.every(is));
}

/** Who has to be admitted on a side of a flow. An operator that can reach no later namespace gets a rule for all of them. */
function peerOf(closed: ClosedFlow, { direction }: Side, later: readonly ClosedFlow[]): FlowEnd {
  const { subject, peer } = endsOfSide(direction, closed);
  if (direction === 'ingress' || subject.pod.namespace === peer.pod.namespace) return peer;
  const toAll = later.find(({ instance }) => instance.client.source === subject.source)?.instance.server;
  return toAll !== undefined && toAll.component === peer.component ? toAll : peer;
}

function flowName({ instance, outcome }: ClosedFlow): string {
  return `${outcome.client.title} -> ${instance.server.title} on TCP ${outcome.port}`;
}

function missingOf({ outcome, sides }: ClosedFlow): string[] {
  const { elsewhere, source, title } = outcome.client;
  if (elsewhere !== undefined)
    return [
      source === undefined
        ? 'the namespace that the controller-manager runs in'
        : `the namespaces that ${title} watches`,
    ];
  return sides.flatMap(({ because }) =>
    because.reason === 'unknown' ? because.missing.map(({ what, of }) => `the ${what} of ${of}`) : [],
  );
}

/** The rules of the one direction that matters, where the policy has any; else its spec. */
function fieldOf(policy: Manifest, [direction, ...others]: readonly Direction[]): Path {
  const one = direction !== undefined && others.length === 0;
  return one && at(policy.object, 'spec', direction) !== undefined ? ['spec', direction] : ['spec'];
}
