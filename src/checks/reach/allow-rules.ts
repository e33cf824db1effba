import { at, isObject } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Direction } from '../../network/pod.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { ANOTHER_NAMESPACE, homeOf } from './flow-ends.ts';
import type { End } from './flow-ends.ts';

/** What a policy would have to admit: the peer's pods, on one port, in one direction. */
export interface Need {
  readonly direction: Direction;
  readonly peer: End;
  readonly port: number;
  /** TCP without one. */
  readonly protocol?: string;
}

/**
 * The patch that adds to a NetworkPolicy the rules for these needs and nothing else; peers that need the same ports share
 * a rule. Peers in other namespaces are named by `kubernetes.io/metadata.name`, which Kubernetes sets on every Namespace;
 * pods of a namespace that nobody has named yet are named with all of them. Peers that no labels name are left out, and
 * so are rules that would take the place of something that is no list.
 */
export function allowRules(policy: Manifest, needs: readonly Need[]): PatchOperation[] {
  const operations: PatchOperation[] = [];
  for (const direction of ['ingress', 'egress'] as const) {
    const rules = rulesFor(
      policy.namespace,
      direction,
      needs.filter((need) => need.direction === direction && canAllow(policy, need)),
    );
    if (rules.length === 0) continue;
    const path = `/spec/${direction}`;
    if (Array.isArray(at(policy.object, 'spec', direction)))
      operations.push(
        ...rules.map((rule): PatchOperation => ({ op: 'add', path: `${path}/-`, value: rule })),
      );
    else operations.push({ op: 'add', path, value: rules });
  }
  return isObject(policy.object['spec']) ? operations : [];
}

/** Whether such a rule can be written, and can be added. */
export function canAllow(policy: Manifest, { direction, peer }: Need): boolean {
  const present = at(policy.object, 'spec', direction) ?? undefined;
  return canName(peer) && (present === undefined || Array.isArray(present));
}

/** Whether a rule can name these pods or addresses, and no others. */
export function canName({ rule, selector }: End): boolean {
  return rule !== undefined || selector !== undefined;
}

/** The rules that a policy in this namespace needs in one direction, and nothing else. */
export function rulesFor(namespace: string, direction: Direction, needs: readonly Need[]): JsonObject[] {
  const byPeer = new Map<string, { peer: JsonObject; ports: Map<string, JsonObject> }>();
  for (const need of needs) {
    const peer = peerOf(namespace, need.peer);
    if (peer === undefined) continue;
    const key = JSON.stringify(peer);
    let entry = byPeer.get(key);
    if (entry === undefined) byPeer.set(key, (entry = { peer, ports: new Map() }));
    const { protocol = 'TCP', port } = need;
    entry.ports.set(`${String(port).padStart(5)} ${protocol}`, { protocol, port });
  }
  const field = direction === 'ingress' ? 'from' : 'to';
  const byPorts = Map.groupBy(byPeer.values(), ({ ports }) => [...ports.keys()].toSorted().join());
  return [...byPorts.values()].map((peers) => ({
    [field]: peers.map(({ peer }) => peer),
    ports: [...(peers[0]?.ports ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port),
  }));
}

function peerOf(namespace: string, end: End): JsonObject | undefined {
  const { rule, selector } = end;
  const peer =
    rule ?? (selector === undefined ? undefined : { podSelector: { matchLabels: { ...selector } } });
  if (peer === undefined || 'ipBlock' in peer) return peer;
  const home = homeOf(end);
  if (home === namespace) return peer;
  if (home === ANOTHER_NAMESPACE) return { namespaceSelector: {}, ...peer };
  return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': home } }, ...peer };
}
