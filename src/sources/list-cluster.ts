import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { ApiServer, Trouble } from './api-server.ts';
import { listKind } from './list-kind.ts';

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

/**
 * Lists all objects of these kinds once, in all namespaces. ConfigMaps may hold what is nobody's business, and are left out.
 * (Secrets are no kind of the guard's.) Never throws.
 */
export async function listCluster(api: ApiServer, kinds: Iterable<Kind>): Promise<ClusterListing> {
  const takenAt = Date.now();
  const wanted = [...new Set(kinds)].filter((kind) => kind !== 'ConfigMap');
  const listed = await Promise.all(
    wanted.map(async (kind) => ({ kind, listing: await listKind(api, kind) })),
  );
  const seen: Kind[] = [];
  // A set: a server that cannot be reached is one problem, not one per kind.
  const problems = new Set<string>();
  const manifests: Manifest[] = [];
  for (const { kind, listing } of listed) {
    if (listing.ok) {
      seen.push(kind);
      manifests.push(...listing.manifests);
      continue;
    }
    const problem = problemOf(kind, listing);
    if (problem !== undefined) problems.add(problem);
  }
  return { manifests, seen, problems: [...problems], takenAt };
}

/** What cannot be listed, in a sentence; nothing for an API that is not installed. */
export function problemOf(kind: Kind, failed: Trouble, only?: ObjectName): string | undefined {
  const { group, resource } = KINDS[kind];
  const full = `${group === '' ? resource : `${resource}.${group}`}${only === undefined ? '' : ` ${only.name}`}`;
  const where = only?.namespace === undefined ? '' : ` in namespace ${only.namespace}`;
  const what = only === undefined ? kind : `${kind} ${only.name}${where}`;
  switch (failed.status) {
    case 0:
    case 401:
      return sentence(failed.trouble);
    case 403:
      return `The guard may not list ${what}: grant list on ${full}${where}.`;
    case 404:
      // Its CustomResourceDefinition is not installed. The core API is never absent.
      return group === '' ? sentence(`${failed.trouble}; is it a Kubernetes API server?`) : undefined;
    default:
      return sentence(`cannot list ${what}: ${failed.trouble}`);
  }
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?]$/.test(whole) ? whole : `${whole}.`;
}
