import type { Peer, Pod, PodPort } from './pod.ts';
import type { NetworkPolicy } from './policy.ts';
import type { Ports } from './port.ts';
import { ALL_PORTS, portSet, union } from './port-set.ts';
import type { PortRange, PortSet } from './port-set.ts';
import type { Verdict } from './verdict.ts';

/** Whether some of the ports are named, so that it depends on the destination which they are. */
export function hasNames(ports: Ports): boolean {
  return ports !== 'all' && ports.some((clause) => 'name' in clause);
}

/** Whether a rule for incoming traffic names ports: of the very pod that the policy selects. */
export function namesOwnPorts(policy: NetworkPolicy): boolean {
  return policy.ingress.rules.some(({ ports }) => hasNames(ports));
}

/** The same text for pods with the same ports. */
export function portsText({ ports }: Pod): string {
  return ports === undefined ? '?' : JSON.stringify(ports.map((p) => [p.name, p.port, p.protocol]));
}

/** The ports of a rule with names as the destination has them (see `isNamed` in port.ts). */
export function admittedPorts(ports: Ports, to: Peer | undefined): Verdict {
  if (ports === 'all') return { yes: ALL_PORTS, maybe: ALL_PORTS };
  const yes = portSet(
    ports.flatMap((clause): PortRange[] =>
      'first' in clause
        ? [clause]
        : named(clause.name, to)
            .filter((port) => port.protocol === clause.protocol)
            .map(({ port }) => ({ protocol: clause.protocol, first: port, last: port })),
    ),
  );
  return { yes, maybe: union(yes, mayBeNamed(ports, to)) };
}

/** The ports of a destination that have this name. What is no pod, or is as good as its node, names none. */
function named(name: string, to: Peer | undefined): readonly PodPort[] {
  if (to?.kind !== 'pod' || to.hostNetwork) return [];
  return (to.ports ?? []).filter(({ name: own, port }) => own === name && port >= 1 && port <= 65535);
}

/** Where a pod's ports are not known, any port may have the name. */
function mayBeNamed(ports: Exclude<Ports, 'all'>, to: Peer | undefined): PortSet {
  if (to?.kind !== 'pod' || to.hostNetwork || to.ports !== undefined) return portSet([]);
  return portSet(
    ports.flatMap((clause) =>
      'name' in clause ? [{ protocol: clause.protocol, first: 1, last: 65535 }] : [],
    ),
  );
}
