import type { Cluster } from '../../model/cluster.ts';
import type { JsonObject } from '../../model/json.ts';
import { operatorsOf } from '../../model/operator.ts';
import { isSelected } from '../../network/excess.ts';
import type { Access, Subject, Width } from '../../network/least-policy.ts';
import type { Direction } from '../../network/pod.ts';
import { canName, rulesFor } from './allow-rules.ts';
import { endElsewhere, endsIn, homeOf } from './flow-ends.ts';
import type { End } from './flow-ends.ts';
import { flowOutcome } from './flow-outcome.ts';
import { subjectOf } from './flows-of-pods.ts';
import type { FlowInstance } from './required-flow.ts';

/** Peers that a user names: an entry of `from`, and how it is called. */
export interface NamedPeer {
  readonly title: string;
  readonly peer: JsonObject;
}

/**
 * What a required flow takes on each side that has a subject's pods, on the ports that would have to be opened in this
 * picture. `clients` are those who dial seldon-mesh from outside; anybody where nobody is named.
 */
export function flowAccess(
  closed: Cluster,
  subjects: readonly Subject[],
  instance: FlowInstance,
  clients: readonly NamedPeer[],
): Access[] {
  const { flow, client, server } = instance;
  const ends = [
    ['egress', client, server],
    ['ingress', server, client],
  ] as const satisfies readonly (readonly [Direction, End, End])[];
  return flowOutcome(instance, closed).toOpen.flatMap(({ port }) =>
    ends.flatMap(([direction, own, peer]): Access[] => {
      const subject = subjectOf(own, subjects);
      if (subject === undefined) return [];
      return peersOf(subject, direction, peer, instance, closed, clients).map((found): Access => {
        const purpose = {
          id: flow.id,
          peer: found.title,
          breaks: flow.breaks,
          ...(found.width && { width: found.width }),
        };
        const protocol = flow.protocol ?? 'TCP';
        const all = found.width === 'service';
        return { subject, direction, peer: found.peer, port: all ? undefined : { protocol, port }, purpose };
      });
    }),
  );
}

interface FoundPeer {
  readonly title: string;
  readonly peer: JsonObject | undefined;
  readonly width?: Width;
}

/** The entry of a rule that names the other end of a flow, and no more than that where it can be done. */
function peersOf(
  subject: Subject,
  direction: Direction,
  end: End,
  { unseen }: FlowInstance,
  cluster: Cluster,
  clients: readonly NamedPeer[],
): readonly FoundPeer[] {
  const home = homeOf(end);
  const title = home === '' || home === subject.namespace ? end.title : `${end.title} (namespace ${home})`;
  const named = (peer: End, width?: Width): FoundPeer => ({
    title: peer === end ? title : end.title,
    peer: entryFor(subject.namespace, direction, peer),
    ...(width && { width }),
  });
  if (end.anyone === true)
    return clients.length > 0 ? clients : [{ title: end.title, peer: undefined, width: 'anyone' }];
  if (end.elsewhere !== undefined) return [named(endElsewhere('controller-manager'), 'namespace')];
  if (direction === 'egress' && end.component !== undefined && isWide(cluster, subject))
    return [named(endElsewhere(end.component), 'later')];
  if (unseen !== undefined && direction === 'egress') {
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': home } };
    return [{ title: unseen, peer: { namespaceSelector }, width: 'service' }];
  }
  if (canName(end) && end.pod?.hostNetwork !== true) return [named(end)];
  return [{ title, peer: undefined, width: end.pod === undefined ? 'address' : 'unnamed' }];
}

/** Whether the pods are those of an operator that watches every namespace, also those to come, or that may. */
function isWide(cluster: Cluster, subject: Subject): boolean {
  const wide = operatorsOf(cluster).filter(({ scope }) => scope === 'all' || scope === undefined);
  return endsIn(cluster, subject.namespace).some(
    ({ pod, source }) => wide.some(({ manifest }) => manifest === source) && isSelected(pod, subject),
  );
}

function entryFor(namespace: string, direction: Direction, peer: End): JsonObject | undefined {
  const [rule] = rulesFor(namespace, direction, [{ direction, peer, port: 1 }]);
  const entries = rule?.[direction === 'ingress' ? 'from' : 'to'] as readonly JsonObject[] | undefined;
  return entries?.[0];
}
