import { at } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Tri } from '../model/labels.ts';
import type { Bytes } from './address.ts';
import { compileBlock, holds, holdsSomePod } from './block.ts';
import type { Block } from './block.ts';
import { note, notePod } from './missing.ts';
import type { Notes } from './missing.ts';
import type { Peer, Pod } from './pod.ts';
import { compileSelector } from './selector.ts';
import type { Selector } from './selector.ts';

/** One entry of `from` or `to`. */
export type PeerClause =
  /** namespaceSelector undefined: "the policy's own namespace"; podSelector undefined: "all pods". */
  | {
      readonly kind: 'pods';
      readonly podSelector: Selector | undefined;
      readonly namespaceSelector: Selector | undefined;
    }
  | { readonly kind: 'block'; readonly block: Block };

/**
 * The peers of a rule. "If this field is empty or missing, this rule matches all sources" (NetworkPolicyIngressRule)
 * is written `all`, so that an empty list can only mean that every entry was refused: nobody.
 */
export type Peers = 'all' | readonly PeerClause[];

/**
 * One entry of `from` or `to`. The API server refuses one that names no peer ("must specify a peer"), one that has
 * an ipBlock beside a selector ("neither of the other fields can be"), and wrong types: those match nobody.
 */
function compilePeer(entry: Json): PeerClause | undefined {
  const pods = at(entry, 'podSelector') ?? undefined;
  const namespaces = at(entry, 'namespaceSelector') ?? undefined;
  const ipBlock = at(entry, 'ipBlock') ?? undefined;
  if (ipBlock !== undefined) {
    const block = pods === undefined && namespaces === undefined ? compileBlock(ipBlock) : undefined;
    return block === undefined ? undefined : { kind: 'block', block };
  }
  if (pods === undefined && namespaces === undefined) return undefined;
  return {
    kind: 'pods',
    podSelector: pods === undefined ? undefined : compileSelector(pods),
    namespaceSelector: namespaces === undefined ? undefined : compileSelector(namespaces),
  };
}

/** The `from` or `to` of a rule. What is neither a list nor null is refused by the API server: nobody. */
export function compilePeers(peers: Json | undefined): Peers {
  if (peers === undefined || peers === null) return 'all';
  if (!Array.isArray(peers)) return [];
  const entries = peers as readonly Json[];
  return entries.length === 0 ? 'all' : entries.flatMap((entry) => compilePeer(entry) ?? []);
}

/** A peer as seen over one of its addresses; undefined where none is known. */
export interface Seen {
  readonly peer: Peer;
  readonly address: Bytes | undefined;
}

/** Whether the peers of a rule, in a policy of this namespace, include this one. "Combined using a logical OR". */
export function admitsPeer(peers: Peers, namespace: string, seen: Seen, notes?: Notes): Tri {
  if (peers === 'all') return 'yes';
  let result: Tri = 'no';
  for (const clause of peers) {
    const answer =
      clause.kind === 'block'
        ? inBlock(clause.block, seen, notes)
        : isAmong(clause.podSelector, clause.namespaceSelector, namespace, seen.peer, notes);
    if (answer === 'yes') return 'yes';
    if (answer === 'unknown') result = 'unknown';
  }
  return result;
}

/**
 * podSelector and namespaceSelector, alone or together: "the pods matching podSelector in the Namespaces selected
 * by namespaceSelector. Otherwise it selects the pods matching podSelector in the policy's own namespace"
 * (NetworkPolicyPeer). They select pods only; and a plugin commonly "ignores hostNetwork pods when matching
 * podSelector and namespaceSelector" (concepts page).
 */
function isAmong(
  podSelector: Selector | undefined,
  namespaceSelector: Selector | undefined,
  namespace: string,
  peer: Peer,
  notes: Notes | undefined,
): Tri {
  if (peer.kind === 'address' || peer.hostNetwork) return 'no';
  const inNamespace = namespaceAnswer(namespaceSelector, namespace, peer);
  if (inNamespace === 'no') return 'no';
  const isPod = podSelector === undefined ? 'yes' : podSelector(peer.labels);
  if (isPod === 'no') return 'no';
  if (inNamespace === 'unknown') note(notes, 'labels', `Namespace ${peer.namespace}`);
  if (isPod === 'unknown') notePod(notes, 'labels', peer);
  return inNamespace === 'unknown' ? 'unknown' : isPod;
}

function namespaceAnswer(selector: Selector | undefined, namespace: string, pod: Pod): Tri {
  if (selector !== undefined) return selector(pod.namespaceLabels);
  return pod.namespace === namespace ? 'yes' : 'no';
}

/**
 * "Selects particular IP CIDR ranges" (concepts page). They "should be cluster-external IPs", but nothing keeps a pod's
 * own address out of a range. A hostNetwork pod is seen with its node's address: "you can allow traffic from a
 * hostNetwork Pod using an ipBlock rule".
 */
function inBlock(block: Block, { peer, address }: Seen, notes: Notes | undefined): Tri {
  if (address !== undefined) return holds(block, address) ? 'yes' : 'no';
  const answer = peer.kind === 'pod' ? holdsSomePod(block) : 'unknown';
  if (answer === 'unknown' && peer.kind === 'pod') notePod(notes, 'addresses', peer);
  else if (answer === 'unknown' && peer.kind === 'address') note(notes, 'addresses', peer.ip);
  return answer;
}
