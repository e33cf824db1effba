import type { Tri } from '../../model/labels.ts';
import { any } from '../../model/labels.ts';
import type { PodPort } from '../../network/pod.ts';
import type { PortClause } from '../../network/port.ts';
import type { PodsAround } from './pods-around.ts';

/** Whether any of the pods listens on a port that the entry of a rule names. A name is one that a container declares. */
export function declares(pods: readonly PodsAround[], clause: PortClause): Tri {
  return any(
    pods.map(({ pod, mayListenElsewhere }): Tri => {
      if (pod.ports === undefined) return 'unknown';
      if (pod.ports.some((port) => namesPort(clause, port))) return 'yes';
      return 'first' in clause && (mayListenElsewhere || isInjected(clause)) ? 'unknown' : 'no';
    }),
  );
}

/** The ports of the sidecars that Istio (istio.io, "Ports used by Istio") and Linkerd put into pods that do not declare them. */
const INJECTED: readonly (readonly [number, number])[] = [
  [15000, 15099],
  [4140, 4191],
];

function isInjected({ first, last }: { first: number; last: number }): boolean {
  return INJECTED.some(([from, to]) => first >= from && last <= to);
}

/** Whether the entry of a rule names this port of a pod. */
export function namesPort(clause: PortClause, { name, port, protocol }: PodPort): boolean {
  if (protocol !== clause.protocol) return false;
  return 'name' in clause ? name === clause.name : port >= clause.first && port <= clause.last;
}

/** `TCP 80`, `TCP 9000-9010`, `TCP http`. */
export function portWords(clause: PortClause): string {
  if ('name' in clause) return `${clause.protocol} ${clause.name}`;
  const { protocol, first, last } = clause;
  return first === last ? `${protocol} ${first}` : `${protocol} ${first}-${last}`;
}

const MOST = 6;

/** What the pods declare: their ports, or the names of these. */
export function portsOf(pods: readonly PodsAround[], names: boolean): string {
  const ports = pods.flatMap(({ pod }) => pod.ports ?? []);
  const words = names
    ? ports.flatMap(({ name }) => name ?? [])
    : ports.toSorted((a, b) => a.port - b.port).map(({ port }) => String(port));
  const distinct = [...new Set(words)];
  if (distinct.length === 0) return 'none';
  const more = distinct.length > MOST ? [`${distinct.length - MOST} more`] : [];
  return [...distinct.slice(0, MOST), ...more].join(', ');
}
