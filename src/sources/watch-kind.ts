import { setTimeout as wait } from 'node:timers/promises';
import { numberAt, objectAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { ApiServer, Trouble } from './api-server.ts';
import { kept } from './kept.ts';
import { listKind, pathOf } from './list-kind.ts';

/** What becomes known of a kind while it is watched. */
export interface Witness {
  /** All that there are, after a list. */
  all(kind: Kind, manifests: readonly Manifest[], only: ObjectName | undefined): void;
  /** One that came or changed. */
  came(kind: Kind, manifest: Manifest): void;
  went(kind: Kind, manifest: Manifest): void;
  /** The API server has just confirmed that nothing else has changed. */
  heard(kind: Kind, only: ObjectName | undefined): void;
  /** It could not be asked; it will be asked again. */
  failed(kind: Kind, trouble: Trouble, only: ObjectName | undefined): void;
}

const GONE = 410;
/** The API server ends a watch after that long, so that watches are spread over its replicas again. Seconds. */
const WATCH_SECONDS = { shortest: 240, longest: 480 };
/** Between attempts that fail: longer each time. Milliseconds. */
const PAUSE = { first: 500, longest: 30_000 };

/**
 * Lists a kind, then follows its changes, until `signal` ends it: whatever goes wrong, it starts again, with the watch where
 * that can go on and with a list where it cannot. Kubernetes API concepts, "Efficient detection of changes".
 */
export async function watchKind(
  api: ApiServer,
  kind: Kind,
  only: ObjectName | undefined,
  witness: Witness,
  signal: AbortSignal,
): Promise<void> {
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    if (version === undefined) {
      const listing = await listKind(api, kind, only);
      if (signal.aborted) return;
      if (!listing.ok) {
        witness.failed(kind, listing, only);
        await pause(failures++, signal);
        continue;
      }
      witness.all(kind, listing.manifests, only);
      version = listing.resourceVersion;
    }
    const watch: Watch = { version, ended: undefined, events: 0 };
    const trouble = await api.follow(pathTo(kind, only, version), signal, {
      // What has happened since then comes at once.
      opened: () => witness.heard(kind, only),
      line: (event) => follow(watch, kind, only, event, witness),
    });
    if (watch.events > 0) failures = 0;
    version = watch.version;
    const why = watch.ended ?? trouble;
    if (why === undefined || signal.aborted) {
      // A watch that ended as it should has said all there is up to now.
      if (why === undefined) witness.heard(kind, only);
      continue;
    }
    if (why.status === GONE) version = undefined;
    else {
      // A server that cannot be reached may come back another one, with another history.
      if (why.status !== 0) version = undefined;
      witness.failed(kind, why, only);
    }
    await pause(failures++, signal);
  }
}

/** A watch under way. */
interface Watch {
  /** From where the next one goes on. */
  version: string;
  /** Set once the server has said in the stream that it ends. */
  ended: Trouble | undefined;
  events: number;
}

function follow(watch: Watch, kind: Kind, only: ObjectName | undefined, event: Json, witness: Witness): void {
  const object = objectAt(event, 'object');
  const type = stringAt(event, 'type');
  if (type === 'ERROR') {
    const status = numberAt(object, 'code') ?? 500;
    const message = stringAt(object, 'message') ?? 'the watch broke';
    watch.ended = { ok: false, status, trouble: `the API server ended the watch: ${message}` };
    return;
  }
  watch.events += 1;
  watch.version = stringAt(object, 'metadata', 'resourceVersion') ?? watch.version;
  if (type === 'DELETED') witness.went(kind, kept(kind, object));
  else if (type === 'ADDED' || type === 'MODIFIED') witness.came(kind, kept(kind, object));
  witness.heard(kind, only);
}

function pathTo(kind: Kind, only: ObjectName | undefined, version: string): string {
  const { shortest, longest } = WATCH_SECONDS;
  const query = new URLSearchParams({
    watch: '1',
    resourceVersion: version,
    allowWatchBookmarks: 'true',
    timeoutSeconds: String(Math.round(shortest + Math.random() * (longest - shortest))),
    ...(only === undefined ? {} : { fieldSelector: `metadata.name=${only.name}` }),
  });
  return `${pathOf(kind, only?.namespace)}?${query.toString()}`;
}

/** Half of it by chance, so that many do not come back at once. */
async function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(PAUSE.longest, PAUSE.first * 2 ** Math.min(failures, 10));
  await wait(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
