import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../../model/cluster.ts';
import { at, isObject, objectAt, stringsAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import { operatorsOf } from '../../model/operator.ts';
import { componentOf } from '../../model/seldon-components.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import { isForeseen, sameForNetwork, seldonPodsIn } from '../../model/seldon-pods.ts';
import type { PatchOperation } from '../../model/patch.ts';
import type { Finding } from '../../policy/check.ts';
import { closedFlowFindings, sidesThat } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import type { End } from './flow-ends.ts';
import { flowOutcome } from './flow-outcome.ts';
import { selectionsIn } from './mentions-seldon.ts';
import { flowKey, flowsTouching } from './required-flow.ts';
import type { FlowInstance, WantedFlows } from './required-flow.ts';
import { names, namesPlaces, specsOf } from './flow-spec.ts';
import type { RequiredFlow } from './flow-spec.ts';

/**
 * What a changed Namespace, a changed or new workload, or something that needs a flow (a Pipeline, a Model) means for
 * required flows: rules admit namespaces and pods by their labels. A flow that was open and is closed now because of other
 * labels was closed by the change; one that the object finds closed when it comes, or when it comes to dial another port,
 * stood closed before.
 */
export function* labelFindings(review: Review, wanted: WantedFlows): Generator<Finding> {
  const { object, previous, cluster, before } = review;
  if (before === undefined) return;
  const flows = flowsConcerned(object, wanted.flows);
  if (flows.length === 0) return;
  const isNamespace = object.known === 'Namespace';
  const namespace = isNamespace ? object.name : object.namespace;
  if (!anyPolicyAround(cluster, namespace, flows) || looksAsBefore(review)) return;
  const ask = (world: Cluster): FlowInstance[] =>
    flowsTouching(world, namespace, flows, wanted.operatorNamespaces);
  const makesPods = !isNamespace && object.known !== 'Pipeline' && object.known !== 'Model';
  let past: Map<string, FlowInstance> | undefined;
  const closed: ClosedFlow[] = [];
  for (const instance of ask(cluster)) {
    if (makesPods && instance.client.source !== object && instance.server.source !== object) continue;
    const outcome = flowOutcome(instance, cluster);
    if (outcome.allowed !== 'no') continue;
    past ??= new Map(ask(before).map((other) => [flowKey(other), other]));
    const earlier = past.get(flowKey(instance));
    const standing =
      earlier === undefined || flowOutcome(labelledAs(earlier, instance), before).allowed === 'no';
    // What makes no pods is not asked about what stood closed, unless nobody needed it before.
    if (!makesPods && standing && earlier !== undefined) continue;
    closed.push({ instance, outcome, sides: sidesThat(outcome, 'no'), standing });
  }
  const labels = labelsPath(object);
  const broken = closed.filter(({ standing }) => !standing);
  const fix = previous === undefined ? [] : restored(labels, previous, object, broken);
  yield* closedFlowFindings(broken, {
    problem: 'relabelled',
    namespace,
    fieldOf: () => labels,
    fixFor: () => fix,
  });
  yield* closedFlowFindings(
    closed.filter(({ standing }) => standing),
    { problem: 'opened-by-nobody', namespace, fieldOf: () => (isNamespace ? labels : ['spec']) },
  );
}

/** The flows that the object may have a part in: an end of them, or the reason why they are needed. */
function flowsConcerned(object: Manifest, flows: readonly RequiredFlow[]): readonly RequiredFlow[] {
  switch (object.known) {
    case 'Pipeline':
      return flows.filter(({ when }) => when === 'pipelines');
    case 'Model':
      return flows.filter(({ to }) =>
        specsOf(to).some(
          (spec) => typeof spec === 'object' && 'setting' in spec && spec.setting === 'storage',
        ),
      );
    case 'Server':
      return flows.filter((flow) => names(flow, 'server'));
    case 'Deployment':
    case 'StatefulSet': {
      const own = ownComponent(object);
      return own === undefined ? [] : flows.filter((flow) => names(flow, own));
    }
    default:
      return flows;
  }
}

/**
 * Whether a NetworkPolicy could stand in the way at all: in the namespace, where an operator runs, where it dials to, or
 * where the ends are that a flow names.
 */
function anyPolicyAround(cluster: Cluster, namespace: string, flows: readonly RequiredFlow[]): boolean {
  const operators = operatorsOf(cluster).map((operator) => operator.namespace);
  const isWide = operators.includes(namespace) || flows.some((flow) => namesPlaces(flow));
  if (isWide) return cluster.list('NetworkPolicy').length > 0;
  return [namespace, ...operators].some((place) => cluster.list('NetworkPolicy', place).length > 0);
}

/**
 * Whether the change leaves all as it was that a NetworkPolicy goes by, the ports that are dialled, and from where: an
 * update of something else, or a workload that an operator makes as its SeldonRuntime or Server had it coming.
 */
function looksAsBefore({ object, previous, cluster, before }: Review): boolean {
  if (before === undefined) return false;
  if (previous === undefined)
    return makesPodsItself(object) && isForeseen(object, seldonPodsIn(before, object.namespace), cluster);
  const scope = (world: Cluster, manifest: Manifest): unknown =>
    operatorsOf(world).find((operator) => operator.manifest === manifest)?.scope;
  if (makesPodsItself(object))
    return (
      sameForNetwork(object, previous, cluster) &&
      isDeepStrictEqual(scope(cluster, object), scope(before, previous))
    );
  const same = (...path: Path): boolean =>
    isDeepStrictEqual(at(object.object, ...path), at(previous.object, ...path));
  return same('metadata', 'labels') && (object.known === 'Namespace' || same('spec'));
}

/** Where the labels stand that the object gives to its pods, or to a namespace. */
function labelsPath(object: Manifest): Path {
  return makesPodsItself(object) ? ['spec', 'template', 'metadata', 'labels'] : ['metadata', 'labels'];
}

function makesPodsItself({ known }: Manifest): boolean {
  return known === 'Deployment' || known === 'StatefulSet';
}

function ownComponent({ object }: Manifest): ComponentId | undefined {
  const labels = stringsAt(object, 'spec', 'template', 'metadata', 'labels');
  return componentOf(labels, objectAt(object, 'spec', 'template', 'spec'));
}

/** The flow as it is now, between pods and namespaces that carry the labels they had before. */
function labelledAs(earlier: FlowInstance, now: FlowInstance): FlowInstance {
  const relabelled = (end: End, was: End): End => {
    if (end.pod === undefined || was.pod === undefined) return end;
    const { labels, namespaceLabels } = was.pod;
    const elsewhere = was.elsewhere === undefined ? {} : { elsewhere: was.elsewhere };
    return { ...end, pod: { ...end.pod, labels, namespaceLabels }, ...elsewhere };
  };
  return {
    ...now,
    client: relabelled(now.client, earlier.client),
    server: relabelled(now.server, earlier.server),
  };
}

/** The patch that puts labels back as they were, of those that a policy in the way goes by. */
function restored(
  labels: Path,
  previous: Manifest,
  current: Manifest,
  closed: readonly ClosedFlow[],
): PatchOperation[] {
  const inTheWay = new Set(closed.flatMap(({ sides }) => sides.flatMap(({ isolatedBy }) => isolatedBy)));
  const what = current.known === 'Namespace' ? 'namespaces' : 'pods';
  const selections = [...inTheWay].flatMap(({ manifest }) => selectionsIn(manifest));
  const asked = new Set(
    selections.flatMap(({ of, requirements }) => (of === what ? requirements.map(({ key }) => key) : [])),
  );
  const was = stringsAt(previous.object, ...labels);
  const is = stringsAt(current.object, ...labels);
  const lost = Object.entries(was).filter(([key, value]) => asked.has(key) && is[key] !== value);
  const gained = Object.keys(is).filter((key) => asked.has(key) && was[key] === undefined);
  const pointer = (key: string): string => jsonPointer([...labels, key]);
  if (isObject(at(current.object, ...labels)))
    return [
      ...lost.map(([key, value]): PatchOperation => ({ op: 'add', path: pointer(key), value })),
      ...gained.map((key): PatchOperation => ({ op: 'remove', path: pointer(key) })),
    ];
  if (lost.length === 0 || !isObject(at(current.object, ...labels.slice(0, -1)))) return [];
  return [{ op: 'add', path: jsonPointer(labels), value: Object.fromEntries(lost) }];
}
