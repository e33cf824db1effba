import type { Kind } from './kinds.ts';
import type { Labels } from './labels.ts';
import { closed } from './labels.ts';
import { labelsOf, sameObject } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** A fact derived from the picture, remembered as long as the objects it was derived from are the same. */
export interface Fact<T> {
  readonly name: string;
  /** The kinds that `compute` reads: in the scope's namespace, or everywhere for `everywhere`. */
  readonly kinds: readonly Kind[];
  readonly everywhere?: readonly Kind[];
  readonly compute: (cluster: Cluster, scope: string) => T;
}

/** What a resolver answered for a name; gathered by the world and handed in as data. */
export type Observation =
  | { readonly outcome: 'addresses'; readonly addresses: readonly string[]; readonly resolver: string }
  | { readonly outcome: 'absent' }
  | { readonly outcome: 'failed'; readonly why: string };

/** An immutable, indexed picture of what else is known. It is not a client: nothing in it waits. */
export interface Cluster {
  /** Whether the picture could hold objects of the kind at all; a folder without Namespaces does not see them. */
  sees(kind: Kind): boolean;
  /** The objects of a kind, of one namespace or of all. */
  list(kind: Kind, namespace?: string): readonly Manifest[];
  get(kind: Kind, namespace: string, name: string): Manifest | undefined;
  /** What a resolver answered for a name (absolute, with its final dot); undefined when nobody asked. */
  observed(name: string): Observation | undefined;
  /** A derived fact for a scope (a namespace's name), remembered between questions. */
  derive<T>(fact: Fact<T>, scope: string): T;
  /** When the picture was taken, in milliseconds since 1970. */
  readonly takenAt: number;
}

type Slice = readonly Manifest[];
type KindIndex = ReadonlyMap<string, Slice>;
const NO_OBJECTS: Slice = Object.freeze([]);

interface Remembered {
  /** The slices that the value was derived from; it holds as long as they are the same ones. */
  readonly slices: readonly unknown[];
  readonly value: unknown;
}

/** The one implementation of Cluster. `with` and `without` share everything they do not change. */
export class Picture implements Cluster {
  readonly takenAt: number;
  readonly #index: ReadonlyMap<Kind, KindIndex>;
  readonly #seen: ReadonlySet<Kind>;
  readonly #observations: ReadonlyMap<string, Observation>;
  /** The picture that this one was made from: facts that the change does not touch are remembered there. */
  readonly #parent: Picture | undefined;
  readonly #memory = new Map<string, Remembered>();
  readonly #flat = new Map<Kind, Slice>();

  private constructor(
    index: ReadonlyMap<Kind, KindIndex>,
    seen: ReadonlySet<Kind>,
    observations: ReadonlyMap<string, Observation>,
    takenAt: number,
    parent?: Picture,
  ) {
    this.#index = index;
    this.#seen = seen;
    this.#observations = observations;
    this.takenAt = takenAt;
    this.#parent = parent;
  }

  /**
   * A picture of these manifests. `seen` names the kinds that it could have held; without it (files) a kind
   * is seen when at least one object of it is there. Objects of kinds the guard does not read are left out.
   */
  static of(
    manifests: Iterable<Manifest>,
    options: { seen?: Iterable<Kind>; takenAt?: number } = {},
  ): Picture {
    const index = new Map<Kind, Map<string, Manifest[]>>();
    for (const manifest of manifests) {
      if (manifest.known === undefined) continue;
      let byNamespace = index.get(manifest.known);
      if (byNamespace === undefined) index.set(manifest.known, (byNamespace = new Map()));
      const slice = byNamespace.get(manifest.namespace);
      if (slice === undefined) byNamespace.set(manifest.namespace, [manifest]);
      else slice.push(manifest);
    }
    const seen = new Set(options.seen ?? index.keys());
    return new Picture(index, seen, new Map(), options.takenAt ?? Date.now());
  }

  sees(kind: Kind): boolean {
    return this.#seen.has(kind);
  }

  list(kind: Kind, namespace?: string): Slice {
    if (namespace !== undefined) return this.#index.get(kind)?.get(namespace) ?? NO_OBJECTS;
    const remembered = this.#flat.get(kind);
    if (remembered !== undefined) return remembered;
    const byNamespace = this.#index.get(kind);
    const flat = byNamespace === undefined ? NO_OBJECTS : [...byNamespace.values()].flat();
    this.#flat.set(kind, flat);
    return flat;
  }

  get(kind: Kind, namespace: string, name: string): Manifest | undefined {
    return this.list(kind, namespace).findLast((manifest) => manifest.name === name);
  }

  observed(name: string): Observation | undefined {
    return this.#observations.get(name);
  }

  derive<T>(fact: Fact<T>, scope: string): T {
    const key = `${fact.name}\n${scope}`;
    const slices = this.#slices(fact, scope);
    const same = (others: readonly unknown[]): boolean => others.every((other, i) => other === slices[i]);
    const remembered = this.#memory.get(key);
    if (remembered !== undefined && same(remembered.slices)) return remembered.value as T;
    if (this.#parent !== undefined && same(this.#parent.#slices(fact, scope)))
      return this.#parent.derive(fact, scope);
    const value = fact.compute(this, scope);
    this.#memory.set(key, { slices, value });
    return value;
  }

  /** The picture with one object added, or put in the place of its earlier version. */
  with(manifest: Manifest): Picture {
    return this.#changed(manifest, [manifest]);
  }

  /** The picture without one object. */
  without(manifest: Manifest): Picture {
    return this.#changed(manifest, []);
  }

  /** The picture with answers of resolvers in it. */
  observing(observations: ReadonlyMap<string, Observation>): Picture {
    return new Picture(this.#index, this.#seen, observations, this.takenAt, this);
  }

  #changed(manifest: Manifest, instead: readonly Manifest[]): Picture {
    const kind = manifest.known;
    if (kind === undefined) return this;
    const before = this.list(kind, manifest.namespace);
    const others = before.filter((other) => !sameObject(other, manifest));
    const slice = others.length === 0 && instead.length === 0 ? NO_OBJECTS : [...others, ...instead];
    const byNamespace = new Map(this.#index.get(kind)).set(manifest.namespace, slice);
    const index = new Map(this.#index).set(kind, byNamespace);
    return new Picture(index, this.#seen, this.#observations, this.takenAt, this);
  }

  /** What a fact is derived from, by identity: a namespace's objects of a kind, or all of a kind. */
  #slices(fact: Fact<unknown>, scope: string): readonly unknown[] {
    return [
      ...fact.kinds.map((kind) => this.list(kind, scope)),
      ...(fact.everywhere ?? []).map((kind) => this.#index.get(kind)),
    ];
  }
}

/**
 * The picture narrowed to the kinds that a check declared: reading another one is a programming error that
 * throws, so that the declaration (from which RBAC and webhook rules are made) cannot be wrong.
 */
export function narrow(cluster: Cluster, kinds: readonly Kind[], who: string): Cluster {
  const allowed = new Set(kinds);
  const only = (kind: Kind): void => {
    if (!allowed.has(kind))
      throw new Error(`check ${who} read kind ${kind}, which it does not declare in needs`);
  };
  return {
    takenAt: cluster.takenAt,
    sees: (kind) => (only(kind), cluster.sees(kind)),
    list: (kind, namespace) => (only(kind), cluster.list(kind, namespace)),
    get: (kind, namespace, name) => (only(kind), cluster.get(kind, namespace, name)),
    observed: (name) => cluster.observed(name),
    derive: (fact, scope) => {
      for (const kind of fact.kinds) only(kind);
      for (const kind of fact.everywhere ?? []) only(kind);
      return cluster.derive(fact, scope);
    },
  };
}

/**
 * What is known of a namespace's labels. Kubernetes sets `kubernetes.io/metadata.name` on every Namespace
 * (API reference, "Automatic labelling"). Where the Namespace is not in the picture the rest is open, save
 * that a label `name` is taken to hold the namespace's own name if anything: the convention that such labels follow.
 */
export function namespaceLabels(cluster: Cluster, namespace: string): Labels {
  const found = cluster.get('Namespace', '', namespace);
  const automatic = { 'kubernetes.io/metadata.name': namespace };
  if (found !== undefined) return closed({ ...labelsOf(found), ...automatic });
  return { values: automatic, open: true, only: { name: namespace } };
}
