import type { Cluster } from '../../model/cluster.ts';
import { namespaceLabels } from '../../model/cluster.ts';
import type { Tri } from '../../model/labels.ts';
import { once } from '../../model/once.ts';
import { operatorsOf } from '../../model/operator.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import { seldonNamespaces } from '../../model/seldon-pods.ts';
import { assumedController, assumedEnd, controllersFor, endsIn, homeOf } from './flow-ends.ts';
import type { End, FlowEnd } from './flow-ends.ts';
import { specsOf } from './flow-spec.ts';
import type { EndSpec, RequiredFlow } from './flow-spec.ts';
import { isNeeded, mayLieIn, namedEnds } from './named-ends.ts';
import type { NamedEnd } from './named-ends.ts';

/** The parameters of the check. */
export interface MustReachParams {
  readonly flows: readonly RequiredFlow[];
  /** The user's own flows, beside those. */
  readonly ownFlows?: readonly RequiredFlow[];
  /** Where the operator may run when it cannot be seen. */
  readonly operatorNamespaces?: readonly string[];
}

/** The flows of the parameters, the user's own among them, and where to look for operators. */
export interface WantedFlows {
  readonly flows: readonly RequiredFlow[];
  readonly operatorNamespaces: readonly string[];
}

const WANTED = Symbol('wanted flows');

/** What the parameters ask for: worked out once. */
export function wantedFlows(params: MustReachParams): WantedFlows {
  return once(params, WANTED, ({ flows, ownFlows = [], operatorNamespaces = [] }) => ({
    flows: [...flows, ...ownFlows],
    operatorNamespaces,
  }));
}

/** A required flow between the pods of two workloads, or an address. */
export interface FlowInstance {
  readonly flow: RequiredFlow;
  readonly client: End;
  readonly server: End;
  /** Whether the operators of the namespace speak mTLS: the chart sets them and all others from one value. */
  readonly tls: Tri;
  /** The server's own port, where that is not the one that the flow states. */
  readonly port?: number;
  /** The Service by which the server was to be found, and that nobody can see: its pods may listen on any port. */
  readonly unseen?: string;
}

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
  return instances(cluster, namespace, flows, commonTls(controllers), (component) =>
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
  return instances(cluster, namespace, flows, 'unknown', (component) =>
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

/**
 * Every flow with an end in the namespace: those of the namespace itself, those of an operator in it to others, and those
 * of others to pods in it that a flow names.
 */
export function flowsTouching(
  cluster: Cluster,
  namespace: string,
  flows: readonly RequiredFlow[],
  assumedOperators: readonly string[],
): FlowInstance[] {
  const own = flowsOf(cluster, namespace, flows, assumedOperators);
  const isHome = endsIn(cluster, namespace).some((end) => end.component === 'controller-manager');
  const crossing = flows.filter(
    (flow) =>
      (isHome && specsOf(flow.from).includes('controller-manager')) || mayLieIn(flow, cluster, namespace),
  );
  if (crossing.length === 0) return own;
  const others = seldonNamespaces(cluster)
    .filter((other) => other !== namespace)
    .flatMap((other) => flowsOf(cluster, other, crossing, assumedOperators))
    .filter(({ client, server }) => homeOf(client) === namespace || homeOf(server) === namespace);
  return [...own, ...others];
}

/** Tells a flow between two workloads apart from all others, before and after a change. */
export function flowKey({ flow, client, server }: FlowInstance): string {
  const end = (one: End): string => `${one.component ?? ''} ${homeOf(one)}/${one.pod?.name ?? one.title}`;
  return `${flow.id} ${end(client)} -> ${end(server)}`;
}

function commonTls([first, ...others]: readonly FlowEnd[]): Tri {
  return first !== undefined && others.every(({ tls }) => tls === first.tls) ? first.tls : 'unknown';
}

function instances(
  cluster: Cluster,
  namespace: string,
  flows: readonly RequiredFlow[],
  tls: Tri,
  endsOf: (component: ComponentId) => readonly FlowEnd[],
): FlowInstance[] {
  const found: FlowInstance[] = [];
  for (const flow of flows) {
    if (!isNeeded(flow, cluster, namespace)) continue;
    const named = (spec: EndSpec): readonly NamedEnd[] =>
      typeof spec === 'object' || spec === 'anyone'
        ? namedEnds(spec, flow, cluster, namespace)
        : endsOf(spec).map((end) => ({ end }));
    const servers = specsOf(flow.to).flatMap(named);
    if (servers.length === 0) continue;
    for (const { end: client } of specsOf(flow.from).flatMap(named))
      for (const { end: server, ...where } of servers) found.push({ flow, client, server, tls, ...where });
  }
  return found;
}
