import type { Change } from '../model/cluster.ts';
import { Picture } from '../model/cluster.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import { isNamed } from '../model/object-name.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { Needs } from '../policy/needs.ts';
import type { ApiServer, Trouble } from './api-server.ts';
import { problemOf } from './list-cluster.ts';
import { watchKind } from './watch-kind.ts';
import type { Witness } from './watch-kind.ts';

/** What the live picture tells of itself. */
export interface LiveNews {
  /** Every kind has been listed, or cannot be. */
  synced(objects: number): void;
  /** Why something cannot be watched, once for all kinds that it keeps from it; and that it no longer does. */
  trouble(sentence: string): void;
  recovered(sentence: string): void;
}

/** One thing that is watched: a kind, or one object of it. */
interface Watched {
  readonly kind: Kind;
  readonly only: ObjectName | undefined;
  /** When the API server last confirmed what is known of it; undefined until the first list. */
  heardAt: number | undefined;
  /** Whether it is not there to be watched: not installed, or not allowed. */
  absent: boolean;
  /** Why it cannot be watched at present. */
  said: string | undefined;
}

/**
 * The picture of a running cluster, kept up to date by watches. Each picture it hands out is immutable; the next one shares
 * what has not changed.
 */
export class LiveCluster {
  #picture = Picture.of([], { seen: [] });
  #pending = new Map<string, Change>();
  #isSynced = false;
  readonly #stop = new AbortController();
  readonly #watched: readonly Watched[];
  readonly #news: LiveNews;
  readonly #now: () => number;

  constructor({ kinds, configMaps }: Needs, news: LiveNews, now: () => number = Date.now) {
    this.#news = news;
    this.#now = now;
    const fresh = { heardAt: undefined, absent: false, said: undefined };
    this.#watched = [
      ...kinds.map((kind) => ({ ...fresh, kind, only: undefined })),
      ...configMaps.map((only) => ({ ...fresh, kind: 'ConfigMap' as const, only })),
    ];
  }

  /** Watches until `stop`. */
  follow(api: ApiServer): void {
    for (const { kind, only } of this.#watched)
      void watchKind(api, kind, only, this.#witness(), this.#stop.signal);
  }

  stop(): void {
    this.#stop.abort();
  }

  /** What is known now. The very same picture as long as nothing that is kept of any object changes. */
  picture(): Picture {
    if (this.#pending.size > 0) {
      this.#picture = this.#picture.next([...this.#pending.values()], this.#seen());
      this.#pending = new Map();
    }
    return this.#picture;
  }

  /** Whether everything has been listed once, or cannot be. */
  get synced(): boolean {
    return this.#isSynced;
  }

  /** The moment (milliseconds since 1970) up to which everything in the picture is confirmed. 0 before it is complete. */
  get asOf(): number {
    if (!this.#isSynced) return 0;
    return Math.min(this.#now(), ...this.#watched.flatMap(({ heardAt }) => heardAt ?? []));
  }

  #seen(): Kind[] {
    return this.#watched.flatMap(({ kind, only, heardAt }) =>
      // Of a kind of which some objects are watched, nobody knows what else there is.
      heardAt !== undefined && only === undefined ? [kind] : [],
    );
  }

  #witness(): Witness {
    return {
      all: (kind, manifests, only) => {
        this.#replace(kind, manifests, only);
        this.#heard(kind, only);
      },
      came: (kind, manifest) => this.#change(kind, manifest, [manifest]),
      went: (kind, manifest) => this.#change(kind, manifest, []),
      heard: (kind, only) => this.#heard(kind, only),
      failed: (kind, trouble, only) => this.#failed(kind, trouble, only),
    };
  }

  #heard(kind: Kind, only: ObjectName | undefined): void {
    const watched = this.#watchedAs(kind, only);
    if (watched === undefined) return;
    const isNew = watched.heardAt === undefined;
    watched.heardAt = this.#now();
    watched.absent = false;
    this.#say(watched, undefined);
    if (isNew) {
      this.#picture = this.picture().next([], this.#seen());
      this.#checkSynced();
    }
  }

  #failed(kind: Kind, trouble: Trouble, only: ObjectName | undefined): void {
    const watched = this.#watchedAs(kind, only);
    if (watched === undefined) return;
    // Not installed or not allowed: known as such, and asked again now and then. Its objects are gone with it.
    if (trouble.status === 403 || trouble.status === 404) {
      watched.absent = true;
      watched.heardAt = undefined;
      this.#replace(kind, [], only);
      this.#picture = this.picture().next([], this.#seen());
    }
    this.#say(watched, problemOf(kind, trouble, only));
    this.#checkSynced();
  }

  #watchedAs(kind: Kind, only: ObjectName | undefined): Watched | undefined {
    return this.#watched.find((one) => one.kind === kind && one.only === only);
  }

  #say(watched: Watched, trouble: string | undefined): void {
    const before = watched.said;
    if (before === trouble) return;
    const isSaid = (sentence: string): boolean => this.#watched.some(({ said }) => said === sentence);
    if (trouble !== undefined && !isSaid(trouble)) this.#news.trouble(trouble);
    watched.said = trouble;
    if (before !== undefined && !isSaid(before)) this.#news.recovered(before);
  }

  #checkSynced(): void {
    if (this.#isSynced || !this.#watched.every(({ heardAt, absent }) => absent || heardAt !== undefined))
      return;
    this.#isSynced = true;
    const picture = this.picture();
    const kinds = new Set(this.#watched.map(({ kind }) => kind));
    this.#news.synced([...kinds].reduce((sum, kind) => sum + picture.list(kind).length, 0));
  }

  /** After a list: what it does not hold is gone, and what is the same stays the very same object. */
  #replace(kind: Kind, manifests: readonly Manifest[], only: ObjectName | undefined): void {
    const picture = this.picture();
    const before = Map.groupBy(
      picture.list(kind).filter((one) => only === undefined || isNamed(one, only)),
      ({ namespace }) => namespace,
    );
    const after = Map.groupBy(manifests, ({ namespace }) => namespace);
    for (const namespace of new Set([...before.keys(), ...after.keys()])) {
      const old = new Map((before.get(namespace) ?? []).map((one) => [one.name, one]));
      const slice = (after.get(namespace) ?? []).map((one) => same(old.get(one.name), one) ?? one);
      const now = new Set(slice);
      const gone = [...old.values()].filter((one) => !now.has(one));
      const were = new Set(old.values());
      const come = slice.filter((one) => !were.has(one));
      if (gone.length === 0 && come.length === 0) continue;
      const others = picture.list(kind, namespace).filter((one) => !were.has(one));
      this.#pending.set(keyOf(kind, namespace), {
        kind,
        namespace,
        slice: [...others, ...slice],
        gone,
        come,
      });
    }
  }

  #change(kind: Kind, manifest: Manifest, come: readonly Manifest[]): void {
    const { namespace, name } = manifest;
    const key = keyOf(kind, namespace);
    const pending = this.#pending.get(key);
    const slice = pending?.slice ?? this.#picture.list(kind, namespace);
    const gone = slice.filter((one) => one.name === name);
    const [old] = gone;
    if (come.length === gone.length && (old === undefined || same(old, manifest) === old)) return;
    // What came and went between two pictures was never in one.
    const cameBefore = (pending?.come ?? []).filter((one) => !gone.includes(one));
    const goneBefore = gone.filter((one) => !(pending?.come ?? []).includes(one));
    this.#pending.set(key, {
      kind,
      namespace,
      slice: [...slice.filter((one) => one.name !== name), ...come],
      gone: [...(pending?.gone ?? []), ...goneBefore],
      come: [...cameBefore, ...come],
    });
  }
}

function keyOf(kind: Kind, namespace: string): string {
  return `${kind}/${namespace}`;
}

/** The older one of two versions in which all that is kept is the same. */
function same(old: Manifest | undefined, now: Manifest): Manifest | undefined {
  return old !== undefined && isDeepStrictEqual(old.object, now.object) ? old : undefined;
}
