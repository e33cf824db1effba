import { isolation } from './isolation.ts';
import type { PeerIndex } from './peer-index.ts';
import type { Direction, Pod } from './pod.ts';
import type { NetworkPolicy, Rule } from './policy.ts';
import { ALL_PORTS, NO_PORTS } from './port-set.ts';
import { admittedPorts, hasNames, namesOwnPorts, portsText } from './rule-ports.ts';
import type { Verdicts } from './verdict.ts';

/** What the policies of a pod say of each peer, as the number of a verdict; undefined where they let everything pass. */
export type SideTable = Uint32Array | undefined;

/**
 * The same as `side.ts` says of one flow, for all peers and all ports at once. Pods that the same policies isolate share
 * a table.
 */
export class SideTables {
  readonly #peers: PeerIndex;
  readonly #verdicts: Verdicts;
  readonly #ids = new Map<NetworkPolicy, number>();
  readonly #tables = new Map<string, SideTable>();

  constructor(peers: PeerIndex, verdicts: Verdicts) {
    this.#peers = peers;
    this.#verdicts = verdicts;
  }

  /** The table of a pod that is not on the host network, under the policies of its namespace. */
  tableOf(direction: Direction, pod: Pod, policies: readonly NetworkPolicy[]): SideTable {
    const { certain, possible } = isolation(policies, pod, direction);
    if (certain.length === 0 && possible.length === 0) return undefined;
    // Only for incoming traffic do named ports depend on the pod itself.
    const own = direction === 'ingress' && [...certain, ...possible].some(namesOwnPorts) ? pod : undefined;
    const ids = (list: readonly NetworkPolicy[]): string => list.map((policy) => this.#id(policy)).join();
    const key = `${direction} ${ids(certain)} ${ids(possible)} ${own === undefined ? '' : portsText(own)}`;
    if (!this.#tables.has(key))
      this.#tables.set(
        key,
        certain.length > 0
          ? this.#isolated(direction, certain, possible, own)
          : this.#perhapsIsolated(direction, possible, own),
      );
    return this.#tables.get(key);
  }

  /** What is admitted by policies that select the pod, and perhaps by those that may select it. */
  #isolated(
    direction: Direction,
    certain: readonly NetworkPolicy[],
    possible: readonly NetworkPolicy[],
    own: Pod | undefined,
  ): Uint32Array {
    const table = this.#nothing();
    for (const policy of certain) this.#admit(table, policy, direction, own, true);
    for (const policy of possible) this.#admit(table, policy, direction, own, false);
    return table;
  }

  /** Whichever of them select the pod, they admit what all of them do; and if none does, the pod is not isolated. */
  #perhapsIsolated(
    direction: Direction,
    possible: readonly NetworkPolicy[],
    own: Pod | undefined,
  ): Uint32Array {
    const tables = possible.map((policy) => {
      const table = this.#nothing();
      this.#admit(table, policy, direction, own, true);
      return table;
    });
    return this.#nothing().map((_, i) => {
      const every = tables.reduce(
        (verdict, table) => this.#verdicts.both(verdict, table[i] as number),
        this.#verdicts.all,
      );
      return this.#verdicts.of(this.#verdicts.at(every).yes, ALL_PORTS);
    });
  }

  #nothing(): Uint32Array {
    return new Uint32Array(this.#peers.seen.length).fill(this.#verdicts.none);
  }

  /** Adds to the table what the rules of a policy admit. `own` is the pod, where its own names of ports matter. */
  #admit(
    table: Uint32Array,
    policy: NetworkPolicy,
    direction: Direction,
    own: Pod | undefined,
    selects: boolean,
  ): void {
    for (const rule of policy[direction].rules) {
      const { sure, perhaps } = this.#peers.admitted(policy, direction, rule);
      const verdictFor = this.#verdictFor(rule, direction, own);
      const add = (places: readonly number[], certain: boolean): void => {
        for (const i of places) table[i] = this.#verdicts.either(table[i] as number, verdictFor(i, certain));
      };
      add(sure, selects);
      add(perhaps, false);
    }
  }

  /** What the rule admits of a peer that it names, or of one that it only may name. */
  #verdictFor(
    { ports }: Rule,
    direction: Direction,
    own: Pod | undefined,
  ): (peer: number, certain: boolean) => number {
    const { seen } = this.#peers;
    const number = (to: Pod | (typeof seen)[number]['peer'] | undefined, certain: boolean): number => {
      const { yes, maybe } = admittedPorts(ports, to);
      return this.#verdicts.of(certain ? yes : NO_PORTS, maybe);
    };
    if (direction === 'egress' && hasNames(ports))
      return (peer, certain) => number(seen[peer]?.peer, certain);
    const [yes, perhaps] = [number(own, true), number(own, false)];
    return (_, certain) => (certain ? yes : perhaps);
  }

  #id(policy: NetworkPolicy): number {
    let id = this.#ids.get(policy);
    if (id === undefined) this.#ids.set(policy, (id = this.#ids.size));
    return id;
  }
}
