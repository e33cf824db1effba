import { rangeName } from '../network/ip-range.ts';
import type { Endpoint } from '../network/listing-end.ts';
import { isFull, portRanges } from '../network/port-set.ts';
import type { PortSet } from '../network/port-set.ts';

/** An endpoint as JSON calls it: a workload, or a range of addresses outside. */
export type PeerJson =
  { readonly kind: string; readonly namespace: string; readonly name: string } | { readonly ip: string };

/** Ports as JSON has them; `endPort` is absent where the range is one port. */
export type PortsJson =
  'all' | readonly { readonly protocol: string; readonly port: number; readonly endPort?: number }[];

/** The endpoint for JSON. */
export function peerJson(endpoint: Endpoint): PeerJson {
  if (endpoint.kind === 'range') return { ip: rangeName(endpoint.range) };
  const { kind, namespace, name } = endpoint.workload;
  return { kind, namespace, name };
}

/** The endpoint as a person calls it: `Deployment shop/cart`, `10.0.0.0-10.255.255.255`. */
export function peerText(endpoint: Endpoint): string {
  if (endpoint.kind === 'range') return rangeName(endpoint.range);
  const { kind, namespace, name } = endpoint.workload;
  return `${kind} ${namespace}/${name}`;
}

/** What stands for every port of every protocol. */
export const ALL_PORTS = 'all ports';

/** The ports for JSON: "all" where it is every port of TCP, UDP and SCTP. */
export function portsJson(set: PortSet): PortsJson {
  if (isFull(set)) return 'all';
  return portRanges(set).map(({ protocol, first, last }) => ({
    protocol,
    port: first,
    ...(last === first ? {} : { endPort: last }),
  }));
}

/** `all ports`, `TCP 80, 8000-9000; UDP 53`, `no ports`. */
export function portsText(set: PortSet): string {
  if (isFull(set)) return ALL_PORTS;
  const byProtocol = Map.groupBy(portRanges(set), ({ protocol }) => protocol);
  if (byProtocol.size === 0) return 'no ports';
  return [...byProtocol]
    .map(([protocol, ranges]) => {
      const numbers = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
      return `${protocol} ${numbers.join(', ')}`;
    })
    .join('; ');
}
