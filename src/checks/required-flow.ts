import type { Cluster } from '../model/cluster.ts';
import { namespaceLabels } from '../model/cluster.ts';
import type { JsonObject } from '../model/json.ts';
import type { Tri } from '../model/labels.ts';
import { operatorsOf } from '../model/operator.ts';
import { COMPONENT_IDS } from '../model/seldon-components.ts';
import type { ComponentId } from '../model/seldon-components.ts';
import { seldonNamespaces } from '../model/seldon-pods.ts';
import type { Effect } from '../policy/check.ts';
import { assumedController, assumedEnd, controllersFor, endsIn } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';

/** A flow that must be open, as a policy's parameters state it. */
export interface RequiredFlow {
  /** A short id that people search for. */
  readonly id: string;
  readonly from: ComponentId;
  readonly to: ComponentId;
  /** The server pod's own port. */
  readonly port: number;
  /** The port instead of it where the client speaks mTLS. */
  readonly tlsPort?: number;
  /** The strongest effect of its being closed. */
  readonly effect?: Effect;
  /** What no longer works then; a clause. */
  readonly breaks: string;
}

/** The parameters of the check. */
export interface MustReachParams {
  readonly flows: readonly RequiredFlow[];
  /** Where the operator may run when it cannot be seen. */
  readonly operatorNamespaces: readonly string[];
}

/** A required flow between the pods of two workloads. */
export interface FlowInstance {
  readonly flow: RequiredFlow;
  readonly client: FlowEnd;
  readonly server: FlowEnd;
  /** Whether the operators of the namespace speak mTLS: the chart sets them and all others from one value. */
  readonly tls: Tri;
}

/** JSON Schema of a list of required flows. */
export const FLOWS_SCHEMA: JsonObject = {
  type: 'array',
  minItems: 1,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'from', 'to', 'port', 'breaks'],
    properties: {
      id: { type: 'string', minLength: 1 },
      from: { enum: [...COMPONENT_IDS] },
      to: { enum: [...COMPONENT_IDS] },
      port: { type: 'integer', minimum: 1, maximum: 65535 },
      tlsPort: { type: 'integer', minimum: 1, maximum: 65535 },
      effect: { enum: ['deny', 'warn', 'record'] },
      breaks: { type: 'string', minLength: 1 },
    },
  },
};

/** The flows that a Seldon namespace needs, between the pods that exist there or will, and from its operators. */
export function flowsOf(
  cluster: Cluster,
  namespace: string,
  flows: readonly RequiredFlow[],
  assumedOperators: readonly string[],
): FlowInstance[] {
  const ends = endsIn(cluster, namespace);
  if (!ends.some((end) => end.component !== 'controller-manager')) return [];
  const watching = controllersFor(cluster, namespace, 'yes');
  const controllers =
    watching.length > 0
      ? watching
      : [assumedController(cluster, namespace, usualNamespaces(cluster, assumedOperators))];
  return instances(flows, commonTls(controllers), (component) =>
    component === 'controller-manager' ? controllers : ends.filter((end) => end.component === component),
  );
}

/** The flows that a namespace would need once Seldon runs in it as upstream makes it. */
export function flowsIfSeldonRan(
  cluster: Cluster,
  namespace: string,
  flows: readonly RequiredFlow[],
  assumedOperators: readonly string[],
): FlowInstance[] {
  const labels = namespaceLabels(cluster, namespace);
  return instances(flows, 'unknown', (component) =>
    component === 'controller-manager'
      ? [assumedController(cluster, namespace, usualNamespaces(cluster, assumedOperators))]
      : [assumedEnd(component, namespace, labels)],
  );
}

/** Where to expect an operator that no namespace is known to be watched by: where there is one, else where they usually are. */
function usualNamespaces(cluster: Cluster, assumed: readonly string[]): readonly string[] {
  const seen = operatorsOf(cluster).map((operator) => operator.namespace);
  return seen.length > 0 ? seen : assumed;
}

/** Every flow with an end in the namespace: those of the namespace itself, and those of an operator in it to others. */
export function flowsTouching(
  cluster: Cluster,
  namespace: string,
  flows: readonly RequiredFlow[],
  assumedOperators: readonly string[],
): FlowInstance[] {
  const own = flowsOf(cluster, namespace, flows, assumedOperators);
  if (!endsIn(cluster, namespace).some((end) => end.component === 'controller-manager')) return own;
  const outgoing = flows.filter((flow) => flow.from === 'controller-manager');
  const others = seldonNamespaces(cluster)
    .filter((other) => other !== namespace)
    .flatMap((other) => flowsOf(cluster, other, outgoing, assumedOperators))
    .filter((instance) => instance.client.pod.namespace === namespace);
  return [...own, ...others];
}

/** Tells a flow between two workloads apart from all others, before and after a change. */
export function flowKey({ flow, client, server }: FlowInstance): string {
  const end = ({ component, pod }: FlowEnd): string => `${component} ${pod.namespace}/${pod.name}`;
  return `${flow.id} ${end(client)} -> ${end(server)}`;
}

function commonTls([first, ...others]: readonly FlowEnd[]): Tri {
  return first !== undefined && others.every(({ tls }) => tls === first.tls) ? first.tls : 'unknown';
}

function instances(
  flows: readonly RequiredFlow[],
  tls: Tri,
  endsOf: (component: ComponentId) => readonly FlowEnd[],
): FlowInstance[] {
  return flows.flatMap((flow) =>
    endsOf(flow.from).flatMap((client) => endsOf(flow.to).map((server) => ({ flow, client, server, tls }))),
  );
}
