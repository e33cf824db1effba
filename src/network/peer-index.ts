import { at } from '../model/json.ts';
import { admitsPeer } from './peers.ts';
import type { Peers, Seen } from './peers.ts';
import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy, Rule } from './policy.ts';

/** The peers that a rule admits for certain, and those that it may admit, by their places in the list of all. */
export interface Admitted {
  readonly sure: readonly number[];
  readonly perhaps: readonly number[];
}

/** All peers there are, asked which of them a rule admits: once for all rules that read the same. */
export class PeerIndex {
  readonly seen: readonly Seen[];
  readonly #byNamespace = new Map<string, number[]>();
  readonly #admitted = new Map<string, Admitted>();

  constructor(seen: readonly Seen[]) {
    this.seen = seen;
    for (const [i, { peer }] of seen.entries()) {
      if (peer.kind === 'address') continue;
      const others = this.#byNamespace.get(peer.namespace);
      if (others === undefined) this.#byNamespace.set(peer.namespace, [i]);
      else others.push(i);
    }
  }

  /** The peers that a rule of the policy admits. */
  admitted(policy: NetworkPolicy, direction: Direction, { index, peers }: Rule): Admitted {
    const field = direction === 'ingress' ? 'from' : 'to';
    const written = at(policy.manifest.object, 'spec', direction, index, field);
    const key =
      peers === 'all' ? 'all' : `${isOwn(peers) ? policy.namespace : ''} ${JSON.stringify(written)}`;
    let admitted = this.#admitted.get(key);
    if (admitted === undefined) this.#admitted.set(key, (admitted = this.#ask(peers, policy.namespace)));
    return admitted;
  }

  #ask(peers: Peers, namespace: string): Admitted {
    const sure: number[] = [];
    const perhaps: number[] = [];
    for (const i of this.#candidates(peers, namespace)) {
      const answer = admitsPeer(peers, namespace, this.seen[i] as Seen);
      if (answer === 'yes') sure.push(i);
      else if (answer === 'unknown') perhaps.push(i);
    }
    return { sure, perhaps };
  }

  /** The peers that are worth asking about: most rules are about one namespace of many, and about no addresses. */
  #candidates(peers: Peers, namespace: string): Iterable<number> {
    if (peers === 'all' || peers.some((clause) => clause.kind === 'block')) return this.seen.keys();
    const selectors = peers.flatMap((clause) => (clause.kind === 'pods' ? [clause.namespaceSelector] : []));
    return [...this.#byNamespace].flatMap(([name, members]) => {
      const { namespaceLabels } = (this.seen[members[0] as number] as Seen).peer as Pod;
      const may = selectors.some((selector) =>
        selector === undefined ? name === namespace : selector(namespaceLabels) !== 'no',
      );
      return may ? members : [];
    });
  }
}

/** Whether some of the peers are those of the policy's own namespace. */
function isOwn(peers: Exclude<Peers, 'all'>): boolean {
  return peers.some((clause) => clause.kind === 'pods' && clause.namespaceSelector === undefined);
}
