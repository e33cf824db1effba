import { isDeepStrictEqual } from 'node:util';
import type { Cluster } from '../model/cluster.ts';
import { at, isObject, objectAt, stringsAt } from '../model/json.ts';
import type { Path } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import { jsonPointer } from '../model/path.ts';
import type { Review } from '../model/review.ts';
import { operatorsOf } from '../model/operator.ts';
import { componentOf, COMPONENT_IDS } from '../model/seldon-components.ts';
import type { ComponentId } from '../model/seldon-components.ts';
import { sameForNetwork } from '../model/seldon-pods.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Finding } from '../policy/check.ts';
import { closedFlowFindings, sidesThat } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import type { FlowEnd } from './flow-ends.ts';
import { flowOutcome } from './flow-outcome.ts';
import { selectionsIn } from './mentions-seldon.ts';
import { flowKey, flowsTouching } from './required-flow.ts';
import type { FlowInstance, MustReachParams } from './required-flow.ts';

/**
 * What a changed Namespace or a changed or new workload means for required flows: rules admit namespaces and pods by
 * their labels. A flow that was open and is closed now because of other labels was closed by the change; one that the
 * object finds closed when it comes, or when it comes to dial another port, stood closed before.
 */
export function* labelFindings(review: Review, params: MustReachParams): Generator<Finding> {
  const { object, previous, cluster, before } = review;
  if (before === undefined) return;
  const isNamespace = object.known === 'Namespace';
  if (makesPodsItself(object) && ownComponent(object) === undefined) return;
  const namespace = isNamespace ? object.name : object.namespace;
  if (!anyPolicyAround(cluster, namespace) || looksAsBefore(review)) return;
  const concerned = componentsOf(object);
  const flows = params.flows.filter(({ from, to }) => concerned.has(from) || concerned.has(to));
  const ask = (world: Cluster): FlowInstance[] =>
    flowsTouching(world, namespace, flows, params.operatorNamespaces);
  const mine = ask(cluster).filter(
    ({ client, server }) => isNamespace || client.source === object || server.source === object,
  );
  if (mine.length === 0) return;
  let past: Map<string, FlowInstance> | undefined;
  const closed: ClosedFlow[] = [];
  for (const instance of mine) {
    const outcome = flowOutcome(instance, cluster);
    if (outcome.allowed !== 'no') continue;
    past ??= new Map(ask(before).map((other) => [flowKey(other), other]));
    const earlier = past.get(flowKey(instance));
    const standing =
      earlier === undefined || flowOutcome(labelledAs(earlier, instance), before).allowed === 'no';
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
  // A Namespace is not asked about what stood closed: its labels did not do it.
  if (!isNamespace)
    yield* closedFlowFindings(
      closed.filter(({ standing }) => standing),
      { problem: 'opened-by-nobody', namespace, fieldOf: () => ['spec'] },
    );
}

const EVERY_COMPONENT: ReadonlySet<ComponentId> = new Set(COMPONENT_IDS);

/** The components that the object may make pods of. */
function componentsOf(object: Manifest): ReadonlySet<ComponentId> {
  if (object.known === 'Server') return new Set(['server']);
  const own = makesPodsItself(object) ? ownComponent(object) : undefined;
  return own === undefined ? EVERY_COMPONENT : new Set([own]);
}

/** Whether a NetworkPolicy could stand in the way at all: in the namespace, where an operator runs, or where it dials to. */
function anyPolicyAround(cluster: Cluster, namespace: string): boolean {
  const operators = operatorsOf(cluster).map((operator) => operator.namespace);
  if (operators.includes(namespace)) return cluster.list('NetworkPolicy').length > 0;
  return [namespace, ...operators].some((place) => cluster.list('NetworkPolicy', place).length > 0);
}

/** Whether an update leaves all as it was that a NetworkPolicy goes by, the ports that are dialled, and from where. */
function looksAsBefore({ object, previous, cluster, before }: Review): boolean {
  if (previous === undefined || before === undefined) return false;
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
  const relabelled = (end: FlowEnd, was: FlowEnd): FlowEnd => {
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
