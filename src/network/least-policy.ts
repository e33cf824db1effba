import type { JsonObject } from '../model/json.ts';
import type { Direction, Protocol } from './pod.ts';

/** Pods that get a NetworkPolicy of their own, and its name. Without labels they are all pods of the namespace. */
export interface Subject {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Why an access is as wide as it is, where it names more than the one peer that it is for. */
export type Width =
  /** Nobody knows who the peers are. */
  | 'anyone'
  /** The peer's address cannot be seen. */
  | 'address'
  /** No selector finds the peer: it is on its node's network, or has no labels. */
  | 'unnamed'
  /** The Service by which the peer is found cannot be seen: its pods may listen on any port. */
  | 'service'
  /** The peer's namespace cannot be seen. */
  | 'namespace'
  /** Pods of namespaces that are yet to come are meant as well. */
  | 'later'
  /** The peer cannot be seen, and is taken to be where it usually is. */
  | 'usual';

/** What an access is for. */
export interface Purpose {
  /** `F2`, `DNS`. */
  readonly id: string;
  /** The peer as a person calls it. */
  readonly peer: string;
  /** What no longer works without it; a clause, or empty. */
  readonly breaks: string;
  readonly width?: Width;
}

/** Something that pods need to be able to do, or to have done to them. */
export interface Access {
  readonly subject: Subject;
  readonly direction: Direction;
  /** An entry of `from` or `to`; without one anybody is admitted. */
  readonly peer: JsonObject | undefined;
  /** Without one every port is open. */
  readonly port: { readonly protocol: Protocol; readonly port: number } | undefined;
  readonly purpose: Purpose;
}

/** A NetworkPolicy that admits what was asked for and nothing else, and what each of its rules is for. */
export interface LeastPolicy {
  readonly subject: Subject;
  readonly object: JsonObject;
  readonly rules: Readonly<Record<Direction, readonly Rule[]>>;
}

/** A rule of it. */
export interface Rule {
  readonly rule: JsonObject;
  readonly purposes: readonly Purpose[];
}

/**
 * One policy for each subject. It isolates the pods in both directions: "if no policyTypes are specified on a NetworkPolicy
 * then by default Ingress will always be set and Egress will be set if the NetworkPolicy has any egress rules" (concepts
 * page), so both are. Peers that need the same ports share a rule. The same accesses in any order make the same text.
 */
export function leastPolicies(subjects: readonly Subject[], accesses: readonly Access[]): LeastPolicy[] {
  return subjects.map((subject) => {
    const own = accesses.filter((access) => access.subject === subject);
    const rules = { ingress: rulesOf('ingress', own), egress: rulesOf('egress', own) };
    const field = (direction: Direction): JsonObject =>
      rules[direction].length === 0 ? {} : { [direction]: rules[direction].map(({ rule }) => rule) };
    const object = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: subject.name, namespace: subject.namespace },
      spec: {
        podSelector: Object.keys(subject.labels).length === 0 ? {} : { matchLabels: { ...subject.labels } },
        policyTypes: ['Ingress', 'Egress'],
        ...field('ingress'),
        ...field('egress'),
      },
    };
    return { subject, object, rules };
  });
}

function rulesOf(direction: Direction, accesses: readonly Access[]): Rule[] {
  const own = accesses.filter((access) => access.direction === direction);
  // An entry beside others cannot say anybody: that takes a rule of its own, one for each purpose.
  const byPeer = Map.groupBy(own, ({ peer, purpose }) =>
    peer === undefined ? `~ ${purpose.id}` : JSON.stringify(peer),
  );
  const byPorts = Map.groupBy([...byPeer].toSorted(byKey), ([key, group]) => {
    const ports = [...new Set(group.map(portKey))].toSorted().join();
    return key.startsWith('~') ? `${ports} ${key}` : ports;
  });
  return [...byPorts].toSorted(byKey).map(([, groups]) => ruleOf(direction, groups));
}

function ruleOf(direction: Direction, groups: readonly (readonly [string, readonly Access[]])[]): Rule {
  const entries = groups.flatMap(([, [first]]) => first?.peer ?? []);
  const accesses = groups.flatMap(([, group]) => group);
  const ports = new Map(
    accesses
      .toSorted((a, b) => (portKey(a) < portKey(b) ? -1 : 1))
      .map((access) => [portKey(access), access.port]),
  );
  const purposes = new Map(accesses.map(({ purpose }) => [JSON.stringify(purpose), purpose]));
  return {
    rule: {
      ...(entries.length === 0 ? {} : { [direction === 'ingress' ? 'from' : 'to']: entries }),
      ...(ports.has(EVERY_PORT)
        ? {}
        : { ports: [...ports.values()].flatMap((port) => (port ? { ...port } : [])) }),
    },
    purposes: [...purposes.values()].toSorted((a, b) => order(a.id, b.id) || order(a.peer, b.peer)),
  };
}

const EVERY_PORT = '';

/** Sorts by the number, and UDP before TCP, as people write it. */
function portKey({ port }: Access): string {
  if (port === undefined) return EVERY_PORT;
  return `${String(port.port).padStart(5)} ${port.protocol === 'UDP' ? 0 : 1}${port.protocol}`;
}

function byKey([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return order(a, b);
}

/** `F2` before `F10`. */
function order(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
