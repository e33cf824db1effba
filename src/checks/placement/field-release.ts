import type { Author } from '../../model/known-fields.ts';
import { isBefore } from '../../model/seldon-version.ts';

/** Whose fields are asked for. */
export interface Subject {
  readonly type: string;
  readonly author: Author;
  readonly kind: string;
  /** The release of Seldon Core, where it matters and is known. */
  readonly release: string | undefined;
}

/** The first and the last release that has a field, where not all have it. */
interface Span {
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** `Kubernetes 1.36`, `Seldon Core 2.9.1`; `Seldon Core 2.8 to 2.10` where it may be any of them. */
export function releaseText({ author: { product, releases }, release }: Subject): string {
  if (release !== undefined) return `${product} ${release}`;
  const [first, last] = [releases[0], releases.at(-1)].map((each) => minor(each ?? ''));
  return `${product} ${first === last ? first : `${first} to ${last}`}`;
}

function minor(release: string): string {
  return release.split('.').slice(0, 2).join('.');
}

/** Whether a release is older or newer than those whose fields are known; a patch of a known one adds none. */
export function isBeyond(release: string, { releases }: Author): boolean {
  const [first = '', last = ''] = [releases[0], releases.at(-1)];
  return isBefore(release, first) || isBefore(minor(last), minor(release));
}

/** Whether a release is one of those that do not have a field. */
export function isMissing({ since, until }: Span, release: string): boolean {
  return (
    (since !== undefined && isBefore(release, since)) || (until !== undefined && isBefore(until, release))
  );
}

/** Which releases have a field: `from Seldon Core 2.10.0 on`. */
export function spanOf({ since, until }: Span, { product }: Author): string {
  const parts = [since && `from ${product} ${since} on`, until && `up to ${product} ${until}`];
  return parts.filter((part) => part !== undefined).join(' and ');
}
