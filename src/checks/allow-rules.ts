import { at, isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Direction } from '../network/pod.ts';
import type { PatchOperation } from '../model/patch.ts';
import { ANOTHER_NAMESPACE } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';

/** What a policy would have to admit: the peer's pods, on one port, in one direction. */
export interface Need {
  readonly direction: Direction;
  readonly peer: FlowEnd;
  readonly port: number;
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
  return peer.selector !== undefined && (present === undefined || Array.isArray(present));
}

function rulesFor(namespace: string, direction: Direction, needs: readonly Need[]): JsonObject[] {
  const byPeer = new Map<string, { peer: JsonObject; ports: Set<number> }>();
  for (const need of needs) {
    const peer = peerOf(namespace, need.peer);
    if (peer === undefined) continue;
    const key = JSON.stringify(peer);
    const entry = byPeer.get(key);
    if (entry === undefined) byPeer.set(key, { peer, ports: new Set([need.port]) });
    else entry.ports.add(need.port);
  }
  const field = direction === 'ingress' ? 'from' : 'to';
  const byPorts = Map.groupBy(byPeer.values(), ({ ports }) => [...ports].toSorted((a, b) => a - b).join());
  return [...byPorts.values()].map((peers) => ({
    [field]: peers.map(({ peer }) => peer),
    ports: [...(peers[0]?.ports ?? [])]
      .toSorted((a, b) => a - b)
      .map((port): Json => ({ protocol: 'TCP', port })),
  }));
}

function peerOf(namespace: string, { pod, selector }: FlowEnd): JsonObject | undefined {
  if (selector === undefined) return undefined;
  const podSelector = { matchLabels: { ...selector } };
  if (pod.namespace === namespace) return { podSelector };
  if (pod.namespace === ANOTHER_NAMESPACE) return { namespaceSelector: {}, podSelector };
  return {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': pod.namespace } },
    podSelector,
  };
}
