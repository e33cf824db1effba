import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ApiServer, Trouble } from './api-server.ts';
import { listKind } from './list-kind.ts';
import type { Listing, ObjectName } from './list-kind.ts';

/** What a cluster holds, as `Picture.of` takes it. */
export interface ClusterListing {
  readonly manifests: readonly Manifest[];
  /** The kinds that could be listed; those of an API that is not installed are not among them, and no problem. */
  readonly seen: readonly Kind[];
  /** One sentence for each thing that could not be listed. */
  readonly problems: readonly string[];
  /** When the listing began: nothing in it is older. */
  readonly takenAt: number;
}

/** For some kinds, the only objects to ask for. */
export type Only = Readonly<Partial<Record<Kind, readonly ObjectName[]>>>;

/**
 * Lists the kinds once, in all namespaces. ConfigMaps may hold what is nobody's business: only those that `only`
 * names are asked for, and without it none. (Secrets are no kind of the guard's.) Never throws.
 */
export async function listCluster(
  api: ApiServer,
  kinds: Iterable<Kind>,
  only: Only = {},
): Promise<ClusterListing> {
  const takenAt = Date.now();
  const wanted = [...new Set(kinds)].filter((kind) => kind !== 'ConfigMap' || only.ConfigMap !== undefined);
  const listed = await Promise.all(
    wanted.map(async (kind) => ({ kind, listings: await listings(api, kind, only[kind]) })),
  );
  const seen: Kind[] = [];
  // A set: a server that cannot be reached is one problem, not one per kind.
  const problems = new Set<string>();
  for (const { kind, listings } of listed) {
    const failed = listings.find((listing) => !listing.ok);
    const problem = failed && problemOf(kind, failed);
    // Of a kind of which some objects are asked for, nobody knows what else there is.
    if (failed === undefined && only[kind] === undefined) seen.push(kind);
    if (problem !== undefined) problems.add(problem);
  }
  const manifests = listed.flatMap(({ listings }) =>
    listings.flatMap((listing) => (listing.ok ? listing.manifests : [])),
  );
  return { manifests, seen, problems: [...problems], takenAt };
}

async function listings(api: ApiServer, kind: Kind, names?: readonly ObjectName[]): Promise<Listing[]> {
  if (names === undefined) return [await listKind(api, kind)];
  return Promise.all(names.map((name) => listKind(api, kind, name)));
}

/** What cannot be listed, in a sentence; nothing for an API that is not installed. */
export function problemOf(kind: Kind, failed: Trouble): string | undefined {
  const { group, resource } = KINDS[kind];
  const full = group === '' ? resource : `${resource}.${group}`;
  switch (failed.status) {
    case 0:
    case 401:
      return sentence(failed.trouble);
    case 403:
      return `The guard may not list ${kind}: grant list on ${full}.`;
    case 404:
      // Its CustomResourceDefinition is not installed. The core API is never absent.
      return group === '' ? sentence(`${failed.trouble}; is it a Kubernetes API server?`) : undefined;
    default:
      return sentence(`cannot list ${kind}: ${failed.trouble}`);
  }
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(whole) ? whole : `${whole}.`;
}
