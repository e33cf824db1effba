import { parse } from 'tldts';

/** In the Public Suffix List, but never delegated: public resolvers answer NXDOMAIN for it (RFC 7686). */
const NEVER_DELEGATED: ReadonlySet<string> = new Set(['onion']);

/**
 * Whether a label is a suffix of the public DNS under which names are registered: a top-level domain, since a
 * label has no dots. Only the list's ICANN section counts; what it does not hold (`financial-ml`, `svc`,
 * `local`, `internal`, `test`) is none, however much it looks like one. Offline; a release's list is frozen.
 */
export function isPublicSuffix(label: string): boolean {
  // A label is not an URL: without extractHostname `user@host` and ports would be taken apart.
  const { publicSuffix, isIcann } = parse(label, { extractHostname: false, allowPrivateDomains: false });
  return isIcann === true && publicSuffix === label && !NEVER_DELEGATED.has(label);
}
