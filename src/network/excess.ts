import { closed, selects } from '../model/labels.ts';
import { addressesOf } from './address.ts';
import { firstAddress, addressText } from './ip-range.ts';
import type { Access, Subject } from './least-policy.ts';
import { connectionsBetween } from './listing.ts';
import type { Endpoint } from './listing-end.ts';
import { admitsPeer, compilePeers } from './peers.ts';
import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import { ALL_PORTS, difference, isEmpty, NO_PORTS, portSet, union } from './port-set.ts';
import type { PortSet } from './port-set.ts';
import type { Workload } from './workload.ts';

/** A connection to or from a subject's pods that is open on more ports than it needs. */
export interface Excess {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly ports: PortSet;
}

/**
 * What the policies leave open for certain to or from the subjects' pods beyond the accesses that were asked for. Both
 * sides of a connection have to be asked for where both are subjects. Pods on the host network are nobody's to isolate.
 */
export function* excessOf(
  subjects: readonly Subject[],
  accesses: readonly Access[],
  workloads: readonly Workload[],
  policies: readonly NetworkPolicy[],
): Generator<Excess> {
  const known = new Map<Endpoint, readonly Subject[]>();
  const subjectsAt = (endpoint: Endpoint): readonly Subject[] => {
    let found = known.get(endpoint);
    if (found === undefined)
      known.set(endpoint, (found = subjects.filter((subject) => isOf(endpoint, subject))));
    return found;
  };
  for (const { from, to, verdict } of connectionsBetween(workloads, policies)) {
    const sides: readonly [Direction, Endpoint, Endpoint][] = [
      ['egress', from, to],
      ['ingress', to, from],
    ];
    let ports = NO_PORTS;
    for (const [direction, own, peer] of sides) {
      const here = subjectsAt(own);
      if (here.length === 0) continue;
      const asked = accesses.filter(
        (access) => access.direction === direction && here.includes(access.subject) && covers(access, peer),
      );
      ports = union(ports, difference(verdict.yes, asked.map(portsOf).reduce(union, NO_PORTS)));
    }
    if (!isEmpty(ports)) yield { from, to, ports };
  }
}

/** Whether the pods of a workload are a subject's; where they differ, whether any is. */
function isOf(endpoint: Endpoint, subject: Subject): boolean {
  return endpoint.kind === 'workload' && endpoint.workload.pods.some((pod) => isSelected(pod, subject));
}

/** Whether the subject's policy selects the pod. */
export function isSelected({ namespace, labels, hostNetwork }: Pod, subject: Subject): boolean {
  return (
    !hostNetwork &&
    namespace === subject.namespace &&
    selects({ matchLabels: subject.labels }, closed(labels.values)) === 'yes'
  );
}

function covers({ peer, subject }: Access, endpoint: Endpoint): boolean {
  if (peer === undefined) return true;
  const peers = compilePeers([peer]);
  if (endpoint.kind === 'range') {
    const address = firstAddress(endpoint.range);
    const seen = { peer: { kind: 'address', ip: addressText(address) }, address } as const;
    return admitsPeer(peers, subject.namespace, seen) === 'yes';
  }
  return endpoint.workload.pods.some((pod) =>
    [...addressesOf(pod), undefined].some(
      (address) => admitsPeer(peers, subject.namespace, { peer: pod, address }) === 'yes',
    ),
  );
}

function portsOf({ port }: Access): PortSet {
  if (port === undefined) return ALL_PORTS;
  return portSet([{ protocol: port.protocol, first: port.port, last: port.port }]);
}
