import type { Cluster } from '../../model/cluster.ts';
import { at, listAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Labels, Tri } from '../../model/labels.ts';
import { requirementsOf } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import { translatingServices } from '../../model/services.ts';
import type { ServicePort } from '../../model/services.ts';
import { admitsPeer } from '../../network/peers.ts';
import type { Peers } from '../../network/peers.ts';
import type { Direction, Peer, Pod, Protocol } from '../../network/pod.ts';
import { compilePolicies } from '../../network/policy.ts';
import { admitsPort } from '../../network/port.ts';
import type { PortClause } from '../../network/port.ts';
import type { PodsAround } from './pods-around.ts';
import { PEER_FIELDS } from './rule-peers.ts';

/** Where a Service that was named by its own port leads: a port of its pods. */
export interface ServiceTarget {
  readonly service: string;
  readonly pods: PodsAround;
  readonly port: number;
  readonly protocol: Protocol;
  /** The name of the pods' port, where it has one. */
  readonly name: string | undefined;
}

/** Where the Services lead whose own port the entry of a rule names. */
export function behindServices(
  cluster: Cluster,
  pods: readonly PodsAround[],
  clause: PortClause,
): ServiceTarget[] {
  const isMeant = (port: ServicePort): boolean => isNamedBy(port, clause);
  return pods.flatMap((each) =>
    translatingServices(cluster, each.pod.namespace, each.pod.labels.values, ({ ports }) =>
      ports.some(isMeant),
    ).flatMap(({ name, ports }) =>
      ports.filter(isMeant).flatMap((port) => targetOf(name, port, each, clause.protocol)),
    ),
  );
}

/** A range is not taken for somebody's Service. */
function isNamedBy({ name, port, protocol }: ServicePort, clause: PortClause): boolean {
  if (protocol !== clause.protocol) return false;
  return 'name' in clause ? name === clause.name : clause.first === clause.last && port === clause.first;
}

function targetOf(
  service: string,
  { target }: ServicePort,
  pods: PodsAround,
  protocol: Protocol,
): ServiceTarget[] {
  const declared = pods.pod.ports?.find(
    (each) => each.protocol === protocol && (each.name === target || each.port === target),
  );
  const port = typeof target === 'number' ? target : declared?.port;
  return port === undefined ? [] : [{ service, pods, port, protocol, name: declared?.name }];
}

/**
 * Whether a rule may open the Service's pods on the port that they have, to somebody that this rule names: in this policy,
 * or in another one of the namespace. What cannot be told counts as a yes: nothing is then called closed.
 */
export function isOpened(
  { object, cluster }: Review,
  direction: Direction,
  index: number,
  target: ServiceTarget,
): boolean {
  const { pod } = target.pods;
  const subject: Labels =
    direction === 'ingress' ? pod.labels : anyOf(at(object.object, 'spec', 'podSelector'), {});
  const named = listAt(object.object, 'spec', direction, index, PEER_FIELDS[direction]);
  const peers: readonly Peer[] =
    direction === 'egress' ? [pod] : named.map((peer) => stranger(object.namespace, peer));
  const flow = { from: pod, to: pod, port: target.port, protocol: target.protocol };
  return compilePolicies(cluster.list('NetworkPolicy', object.namespace)).some(
    (policy) =>
      policy[direction].isolates &&
      policy.podSelector(subject) !== 'no' &&
      policy[direction].rules.some(
        (rule) =>
          admitsPort(rule.ports, flow) !== 'no' && includesAny(rule.peers, object.namespace, peers) !== 'no',
      ),
  );
}

/** A rule without peers names everybody, and so somebody of every other rule. */
function includesAny(peers: Peers, namespace: string, sources: readonly Peer[]): Tri {
  if (peers === 'all' || sources.length === 0) return 'yes';
  const answers = sources.map((peer) => admitsPeer(peers, namespace, { peer, address: undefined }));
  return answers.every((answer) => answer === 'no') ? 'no' : 'unknown';
}

/** Somebody that an entry of `from` names, of whom nothing else is known. An ipBlock may hold anybody. */
function stranger(namespace: string, peer: Json): Pod {
  const namespaceSelector = at(peer, 'namespaceSelector') ?? undefined;
  const isBlock = (at(peer, 'ipBlock') ?? undefined) !== undefined;
  const home = { 'kubernetes.io/metadata.name': namespace };
  const isElsewhere = namespaceSelector !== undefined || isBlock;
  const namespaceLabels = isElsewhere ? anyOf(namespaceSelector, {}) : anyOf(undefined, home);
  const homes = requirementsOf(namespaceSelector).filter(({ key }) => key === 'kubernetes.io/metadata.name');
  return {
    kind: 'pod',
    namespace: isElsewhere ? (homes[0]?.values[0] ?? '') : namespace,
    name: '',
    labels: anyOf(at(peer, 'podSelector'), {}),
    namespaceLabels,
    ports: undefined,
    addresses: undefined,
    hostNetwork: false,
  };
}

/** Labels that a selector asks for one value of; whatever else there is, is open. */
function anyOf(selector: Json | undefined, known: Readonly<Record<string, string>>): Labels {
  const asked = requirementsOf(selector).flatMap(({ key, operator, values }) =>
    operator === 'In' && values.length === 1 ? values.map((value) => [key, value] as const) : [],
  );
  return { values: { ...known, ...Object.fromEntries(asked) }, open: true };
}
