import { listAt, objectAt, stringAt } from '../model/json.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import type { ObjectName } from '../model/object-name.ts';
import type { ApiServer, Trouble } from './api-server.ts';
import { kept } from './kept.ts';

/** All objects of a kind, and the version of the list from which a watch would go on; or why there are none. */
export type Listing =
  { readonly ok: true; readonly manifests: readonly Manifest[]; readonly resourceVersion: string } | Trouble;

const PAGE = 500;
const GONE = 410;

/** Where the API server keeps a kind, of one namespace or of all. */
export function pathOf(kind: Kind, namespace?: string): string {
  const { group, version, resource } = KINDS[kind];
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined
    ? `${root}/${resource}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
}

/**
 * The objects of a kind in all namespaces, or one object alone, asked for as a list with a field selector: RBAC
 * lets `resourceNames` hold for such a list (Kubernetes, "Referring to resources").
 */
export async function listKind(api: ApiServer, kind: Kind, only?: ObjectName): Promise<Listing> {
  const path = pathOf(kind, only?.namespace);
  const query: Record<string, string> =
    only === undefined ? {} : { fieldSelector: `metadata.name=${only.name}` };
  const listing = await pages(api, kind, path, { ...query, limit: String(PAGE) });
  // The server forgot the list while its pages were read (compaction). As client-go's pager does: all at once.
  return !listing.ok && listing.status === GONE ? pages(api, kind, path, query) : listing;
}

async function pages(
  api: ApiServer,
  kind: Kind,
  path: string,
  query: Record<string, string>,
): Promise<Listing> {
  const manifests: Manifest[] = [];
  let proceed: string | undefined;
  for (;;) {
    const asked = new URLSearchParams(proceed === undefined ? query : { ...query, continue: proceed });
    const answer = await api.get(`${path}?${asked.toString()}`);
    if (!answer.ok) return answer;
    const metadata = objectAt(answer.body, 'metadata');
    for (const item of listAt(answer.body, 'items')) manifests.push(kept(kind, item));
    proceed = stringAt(metadata, 'continue');
    if (!proceed)
      return { ok: true, manifests, resourceVersion: stringAt(metadata, 'resourceVersion') ?? '' };
  }
}
