import { stringsAt } from '../model/json.ts';
import type { Path } from '../model/json.ts';
import { jsonPointer } from '../model/path.ts';
import type { Review } from '../model/review.ts';
import { componentOf } from '../model/seldon-components.ts';
import type { PatchOperation } from '../model/patch.ts';
import type { Finding } from '../policy/check.ts';
import { closedFlowFindings, sidesThat } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { flowOutcome } from './flow-outcome.ts';
import { flowKey, flowsTouching } from './required-flow.ts';
import type { FlowInstance, MustReachParams } from './required-flow.ts';

/**
 * What a changed Namespace or a changed or new workload means for required flows: rules admit namespaces and pods by
 * their labels. A flow that was open and is closed now was closed by the change; one that the object finds closed when
 * it comes stood closed before.
 */
export function* labelFindings(review: Review, params: MustReachParams): Generator<Finding> {
  const { object, previous, cluster, before } = review;
  if (before === undefined) return;
  const isNamespace = object.known === 'Namespace';
  const labels: Path = isNamespace ? ['metadata', 'labels'] : ['spec', 'template', 'metadata', 'labels'];
  if (makesPodsItself(review) && componentOf(stringsAt(object.object, ...labels)) === undefined) return;
  const namespace = isNamespace ? object.name : object.namespace;
  const ask = (world: typeof cluster): FlowInstance[] =>
    flowsTouching(world, namespace, params.flows, params.operatorNamespaces);
  const mine = ask(cluster).filter(
    ({ client, server }) => isNamespace || client.source === object || server.source === object,
  );
  if (mine.length === 0) return;
  const past = new Map(ask(before).map((instance) => [flowKey(instance), instance]));
  const closed: ClosedFlow[] = [];
  for (const instance of mine) {
    const outcome = flowOutcome(instance, cluster);
    if (outcome.allowed !== 'no') continue;
    const earlier = past.get(flowKey(instance));
    const standing = earlier === undefined || flowOutcome(earlier, before).allowed === 'no';
    closed.push({ instance, outcome, sides: sidesThat(outcome, 'no'), standing });
  }
  const fieldOf = (): Path => labels;
  yield* closedFlowFindings(
    closed.filter(({ standing }) => !standing),
    {
      problem: 'relabelled',
      namespace,
      fieldOf,
      fix: previous === undefined ? undefined : restored(labels, previous.object, object.object, closed),
    },
  );
  // A Namespace is not asked about what stood closed: its labels did not do it.
  if (!isNamespace)
    yield* closedFlowFindings(
      closed.filter(({ standing }) => standing),
      { problem: 'opened-by-nobody', namespace, fieldOf: () => ['spec'] },
    );
}

function makesPodsItself({ object }: Review): boolean {
  return object.known === 'Deployment' || object.known === 'StatefulSet';
}

/** The patch that puts back the labels which the change took away or gave another value, and which a policy asks for. */
function restored(
  labels: Path,
  previous: unknown,
  current: unknown,
  closed: readonly ClosedFlow[],
): PatchOperation[] {
  const rules = closed.flatMap(({ sides }) =>
    sides.flatMap(({ isolatedBy }) => isolatedBy.map(({ manifest }) => manifest.object['spec'])),
  );
  const asked = new Set(rules.map((spec) => JSON.stringify(spec)));
  const [was, is] = [stringsAt(previous, ...labels), stringsAt(current, ...labels)];
  const changed = Object.entries(was).filter(
    ([key, value]) => is[key] !== value && [...asked].some((spec) => spec.includes(JSON.stringify(key))),
  );
  if (changed.length === 0) return [];
  if (Object.keys(is).length === 0)
    return [{ op: 'add', path: jsonPointer(labels), value: Object.fromEntries(changed) }];
  return changed.map(([key, value]) => ({ op: 'add', path: jsonPointer([...labels, key]), value }));
}
