import type { Kind } from './kinds.ts';
import type { Labels } from './labels.ts';
import { closed } from './labels.ts';
import { labelsOf, sameObject } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { isNamed } from './object-name.ts';
import type { ObjectName } from './object-name.ts';
import { once } from './once.ts';

/** A fact derived from the picture, remembered as long as the objects it was derived from are the same. */
export interface Fact<T> {
  readonly name: string;
  /** The kinds that `compute` reads: in the scope's namespace, or everywhere for `everywhere`. */
  readonly kinds: readonly Kind[];
  readonly everywhere?: readonly Kind[];
  /** What it takes that is picked out of all objects of a kind. */
  readonly picks?: readonly Pick<unknown>[];
  /** Set where it reads the Namespace that the scope names, and no other. */
  readonly namespaceItself?: true;
  readonly compute: (cluster: Cluster, scope: string) => T;
  /** The same from what it was before objects of one of `kinds` went and came in the scope, where that is less work. */
  readonly update?: (value: T, gone: readonly Manifest[], come: readonly Manifest[], cluster: Cluster) => T;
}

/** A few objects picked out of all those of a kind, each by itself: what a change of another object leaves as it is. */
export interface Pick<T> {
  readonly kind: Kind;
  /** What the object gives; undefined for those that are not meant. */
  readonly of: (manifest: Manifest) => T | undefined;
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
  /** What is picked out of all objects of a kind: the same list as long as none of those picked changes. */
  pick<T>(pick: Pick<T>): readonly T[];
  /** A derived fact for a scope (a namespace's name), remembered between questions. */
  derive<T>(fact: Fact<T>, scope: string): T;
  /** The release of Seldon Core (`2.9.1`), where the guard was told it; `seldonRelease` finds it otherwise. */
  readonly seldonVersion?: string | undefined;
}

type Slice = readonly Manifest[];
const NO_OBJECTS: Slice = Object.freeze([]);

/** What one picture has other than the picture it was made from: the objects of one kind in one namespace. */
export interface Change {
  readonly kind: Kind;
  readonly namespace: string;
  /** All that there are now. */
  readonly slice: Slice;
  readonly gone: readonly Manifest[];
  readonly come: readonly Manifest[];
}

/** Derived values that a picture hands on; beyond that many, those of namespaces long gone are among them. */
const MOST_REMEMBERED = 20_000;

/** Where a picture gets what it does not hold itself. */
type Base =
  | { readonly index: ReadonlyMap<Kind, ReadonlyMap<string, Slice>>; readonly seen: ReadonlySet<Kind> }
  | { readonly parent: Picture; readonly change: Change | undefined };

interface Picked {
  readonly by: ReadonlyMap<Manifest, unknown>;
  readonly values: readonly unknown[];
}

interface Remembered {
  /** What the value was derived from; it holds as long as those are the same ones. */
  readonly sources: readonly unknown[];
  readonly value: unknown;
}

/**
 * The one implementation of Cluster. A picture made by `with` or `without` holds the change alone and asks its parent for
 * the rest: an admission makes two, and each costs as much as the objects of one kind in one namespace.
 */
export class Picture implements Cluster {
  readonly #base: Base;
  readonly #observations: ReadonlyMap<string, Observation>;
  #memory = new Map<string, Remembered>();
  readonly #picked = new Map<Pick<unknown>, Picked>();
  readonly #flat = new Map<Kind, Slice>();

  private constructor(base: Base, observations: ReadonlyMap<string, Observation>) {
    this.#base = base;
    this.#observations = observations;
  }

  /**
   * A picture of these manifests. `seen` names the kinds that it could have held; without it (files) a kind
   * is seen when at least one object of it is there. Objects of kinds the guard does not read are left out.
   */
  static of(manifests: Iterable<Manifest>, options: { seen?: Iterable<Kind> } = {}): Picture {
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
    return new Picture({ index, seen }, new Map());
  }

  sees(kind: Kind): boolean {
    const base = this.#base;
    return 'seen' in base ? base.seen.has(kind) : base.parent.sees(kind);
  }

  list(kind: Kind, namespace?: string): Slice {
    const base = this.#base;
    if (namespace === undefined) return this.#all(kind);
    if ('index' in base) return base.index.get(kind)?.get(namespace) ?? NO_OBJECTS;
    const { change, parent } = base;
    return change?.kind === kind && change.namespace === namespace
      ? change.slice
      : parent.list(kind, namespace);
  }

  #all(kind: Kind): Slice {
    const base = this.#base;
    if ('parent' in base && base.change?.kind !== kind) return base.parent.list(kind);
    let flat = this.#flat.get(kind);
    if (flat === undefined) this.#flat.set(kind, (flat = this.#flatten(kind)));
    return flat;
  }

  #flatten(kind: Kind): Slice {
    const base = this.#base;
    if ('index' in base) return [...(base.index.get(kind)?.values() ?? [])].flat();
    const gone = new Set(base.change?.gone);
    return [
      ...base.parent.list(kind).filter((manifest) => !gone.has(manifest)),
      ...(base.change?.come ?? []),
    ];
  }

  get(kind: Kind, namespace: string, name: string): Manifest | undefined {
    const base = this.#base;
    if ('parent' in base && (base.change?.kind !== kind || base.change.namespace !== namespace))
      return base.parent.get(kind, namespace, name);
    if ('parent' in base) return base.change?.slice.findLast((manifest) => manifest.name === name);
    return byName(this.list(kind, namespace)).get(name);
  }

  observed(name: string): Observation | undefined {
    return this.#observations.get(name);
  }

  derive<T>(fact: Fact<T>, scope: string): T {
    return this.#derive(fact, scope, this.#sources(fact, scope));
  }

  #derive<T>(fact: Fact<T>, scope: string, sources: readonly unknown[]): T {
    const key = `${fact.name}\n${scope}`;
    const same = (others: readonly unknown[]): boolean => others.every((other, i) => other === sources[i]);
    const remembered = this.#memory.get(key);
    if (remembered !== undefined && same(remembered.sources)) return remembered.value as T;
    const base = this.#base;
    if ('parent' in base && same(base.parent.#sources(fact, scope)))
      return base.parent.#derive(fact, scope, sources);
    const value = this.#updated(fact, scope) ?? fact.compute(this, scope);
    this.#memory.set(key, { sources, value });
    return value;
  }

  /** The parent's value with the change worked in, where the change is all that is different and the fact can do that. */
  #updated<T>(fact: Fact<T>, scope: string): T | undefined {
    const base = this.#base;
    if (!('parent' in base) || base.change === undefined || fact.update === undefined) return undefined;
    const { kind, namespace, gone, come } = base.change;
    if (namespace !== scope || !fact.kinds.includes(kind)) return undefined;
    return fact.update(base.parent.derive(fact, scope), gone, come, this);
  }

  pick<T>(pick: Pick<T>): readonly T[] {
    return this.#pickedBy(pick).values as readonly T[];
  }

  #pickedBy(pick: Pick<unknown>): Picked {
    const base = this.#base;
    if ('parent' in base && base.change?.kind !== pick.kind) return base.parent.#pickedBy(pick);
    let picked = this.#picked.get(pick);
    if (picked === undefined) {
      picked =
        'parent' in base && base.change !== undefined
          ? repick(pick, base.parent.#pickedBy(pick), base.change)
          : pickAll(pick, this.list(pick.kind));
      this.#picked.set(pick, picked);
    }
    return picked;
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
    return new Picture({ parent: this, change: undefined }, observations);
  }

  /**
   * The picture after these changes in the world, and what can be seen now. It stands by itself, as this one must (neither
   * is made by `with`), and keeps what was derived from objects that are still the same.
   */
  next(changes: readonly Change[], seen: Iterable<Kind>): Picture {
    const base = this.#base;
    if ('parent' in base) throw new Error('only a picture that stands by itself is followed by another');
    const index = new Map<Kind, Map<string, Slice>>();
    for (const { kind, namespace, slice } of changes) {
      let byNamespace = index.get(kind);
      if (byNamespace === undefined) index.set(kind, (byNamespace = new Map(base.index.get(kind))));
      if (slice.length === 0) byNamespace.delete(namespace);
      else byNamespace.set(namespace, slice);
    }
    const whole = new Map<Kind, ReadonlyMap<string, Slice>>([...base.index, ...index]);
    const picture = new Picture({ index: whole, seen: new Set(seen) }, this.#observations);
    // A remembered value is checked against what it was derived from each time: one that holds no more does no harm.
    if (this.#memory.size < MOST_REMEMBERED) picture.#memory = this.#memory;
    for (const [pick, picked] of this.#picked) {
      const touching = changes.filter(({ kind }) => kind === pick.kind);
      picture.#picked.set(
        pick,
        touching.reduce((before, change) => repick(pick, before, change), picked),
      );
    }
    for (const [kind, flat] of this.#flat) if (!index.has(kind)) picture.#flat.set(kind, flat);
    return picture;
  }

  #changed(manifest: Manifest, come: readonly Manifest[]): Picture {
    const { known: kind, namespace } = manifest;
    if (kind === undefined) return this;
    const before = this.list(kind, namespace);
    const gone = before.filter((other) => other.name === manifest.name && sameObject(other, manifest));
    if (gone.length === 0 && come.length === 0) return this;
    const others = gone.length === 0 ? before : before.filter((other) => !gone.includes(other));
    const change = { kind, namespace, slice: [...others, ...come], gone, come };
    return new Picture({ parent: this, change }, this.#observations);
  }

  /** What a fact is derived from, by identity: a namespace's objects of a kind, all of a kind, what is picked out. */
  #sources<T>(fact: Fact<T>, scope: string): readonly unknown[] {
    const sources: unknown[] = [];
    for (const kind of fact.kinds) sources.push(this.list(kind, scope));
    for (const kind of fact.everywhere ?? []) sources.push(this.#whole(kind));
    for (const pick of fact.picks ?? []) sources.push(this.pick(pick));
    if (fact.namespaceItself === true) sources.push(this.get('Namespace', '', scope));
    return sources;
  }

  /** Something that is the same as long as all objects of a kind are. */
  #whole(kind: Kind): unknown {
    const base = this.#base;
    if ('index' in base) return base.index.get(kind);
    return base.change?.kind === kind ? base.change : base.parent.#whole(kind);
  }
}

const NAMES = Symbol('names');

/** The objects of a slice by name; of two with one name the later one counts. */
function byName(slice: Slice): ReadonlyMap<string, Manifest> {
  return once(slice, NAMES, () => new Map(slice.map((manifest) => [manifest.name, manifest])));
}

/** What the change leaves of what was picked; the very same where none of its objects is meant. */
function repick(pick: Pick<unknown>, before: Picked, { gone, come }: Change): Picked {
  const added = pickAll(pick, come).by;
  if (added.size === 0 && !gone.some((manifest) => before.by.has(manifest))) return before;
  const by = new Map(before.by);
  for (const manifest of gone) by.delete(manifest);
  for (const [manifest, value] of added) by.set(manifest, value);
  return { by, values: [...by.values()] };
}

function pickAll(pick: Pick<unknown>, manifests: readonly Manifest[]): Picked {
  const by = new Map<Manifest, unknown>();
  for (const manifest of manifests) {
    const value = pick.of(manifest);
    if (value !== undefined) by.set(manifest, value);
  }
  return { by, values: [...by.values()] };
}

/**
 * The picture narrowed to the kinds that a check declared: reading another one is a programming error that
 * throws, so that the declaration (from which RBAC and webhook rules are made) cannot be wrong. It is also where the
 * check learns what the guard was told of the cluster, and where it shows whether it looked at the cluster at all.
 */
export class Narrowed implements Cluster {
  readonly seldonVersion: string | undefined;
  /** Whether anything was read. */
  wasRead = false;
  readonly #cluster: Cluster;
  readonly #kinds: readonly Kind[];
  readonly #who: string;
  readonly #configMaps: readonly ObjectName[];

  constructor(
    cluster: Cluster,
    kinds: readonly Kind[],
    who: string,
    seldonVersion?: string,
    configMaps: readonly ObjectName[] = [],
  ) {
    this.#cluster = cluster;
    this.#kinds = kinds;
    this.#who = who;
    this.seldonVersion = seldonVersion;
    this.#configMaps = configMaps;
  }

  #only(kind: Kind): void {
    this.wasRead = true;
    if (!this.#kinds.includes(kind))
      throw new Error(`check ${this.#who} read kind ${kind}, which it does not declare in needs`);
  }

  sees(kind: Kind): boolean {
    this.#only(kind);
    return this.#cluster.sees(kind);
  }

  list(kind: Kind, namespace?: string): readonly Manifest[] {
    this.#only(kind);
    return this.#cluster.list(kind, namespace);
  }

  get(kind: Kind, namespace: string, name: string): Manifest | undefined {
    this.#only(kind);
    // Files may hold any; of a running cluster those are read that checks declare, and each other one seems not to be there.
    if (kind === 'ConfigMap' && !this.#cluster.sees(kind))
      if (!this.#configMaps.some((one) => isNamed({ namespace, name }, one)))
        throw new Error(`check ${this.#who} read ConfigMap ${namespace}/${name}, which it does not declare`);
    return this.#cluster.get(kind, namespace, name);
  }

  observed(name: string): Observation | undefined {
    return this.#cluster.observed(name);
  }

  pick<T>(pick: Pick<T>): readonly T[] {
    this.#only(pick.kind);
    return this.#cluster.pick(pick);
  }

  derive<T>(fact: Fact<T>, scope: string): T {
    for (const kind of fact.kinds) this.#only(kind);
    for (const kind of fact.everywhere ?? []) this.#only(kind);
    for (const { kind } of fact.picks ?? []) this.#only(kind);
    if (fact.namespaceItself === true) this.#only('Namespace');
    return this.#cluster.derive(fact, scope);
  }
}

const NAMESPACE_LABELS = Symbol('namespace labels');

/**
 * What is known of a namespace's labels. Kubernetes sets `kubernetes.io/metadata.name` on every Namespace
 * (API reference, "Automatic labelling"). Where the Namespace is not in the picture the rest is open, save
 * that a label `name` is taken to hold the namespace's own name if anything: the convention that such labels follow.
 */
export function namespaceLabels(cluster: Cluster, namespace: string): Labels {
  const found = cluster.get('Namespace', '', namespace);
  const automatic = { 'kubernetes.io/metadata.name': namespace };
  if (found !== undefined)
    return once(found, NAMESPACE_LABELS, () => closed({ ...labelsOf(found), ...automatic }));
  return { values: automatic, open: true, only: { name: namespace } };
}
