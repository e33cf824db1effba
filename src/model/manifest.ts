import { isObject, stringAt, stringsAt } from './json.ts';
import type { JsonObject, Path } from './json.ts';
import { groupOf, knownKind, KINDS } from './kinds.ts';
import type { Kind } from './kinds.ts';

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where a manifest came from. A file can say where each of its fields stands. */
export type Origin =
  | { readonly from: 'request' }
  | { readonly from: 'cluster' }
  | {
      readonly from: 'file';
      readonly file: string;
      /** The place of a field, or of the nearest parent that the file has. */
      readonly placeOf: (path: Path) => Place;
    };

/** An object and where it came from. It is not typed per kind: read the fields you need with `json.ts`. */
export interface Manifest {
  readonly apiVersion: string;
  /** The kind as written. */
  readonly kind: string;
  /** The kind when it is one the guard reads, of the right group; undefined otherwise. */
  readonly known: Kind | undefined;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
  readonly origin: Origin;
}

export interface ManifestDefaults {
  /** The namespace of a namespaced object that names none. */
  readonly namespace?: string;
  /** The name of an object that has none yet (generateName). */
  readonly name?: string;
  /** The kind where the object carries none. */
  readonly apiVersion?: string;
  readonly kind?: string;
}

/**
 * A manifest from a parsed object. Never throws: what is missing is empty, so that a malformed object is
 * judged as what it is. `defaults` fill in what the object leaves to its surroundings.
 */
export function manifestOf(object: unknown, origin: Origin, defaults: ManifestDefaults = {}): Manifest {
  const body: JsonObject = isObject(object) ? object : {};
  const apiVersion = stringAt(body, 'apiVersion') ?? defaults.apiVersion ?? '';
  const kind = stringAt(body, 'kind') ?? defaults.kind ?? '';
  const known = knownKind(groupOf(apiVersion), kind);
  const clusterScoped = known !== undefined && !KINDS[known].namespaced;
  const name =
    stringAt(body, 'metadata', 'name') ?? defaults.name ?? stringAt(body, 'metadata', 'generateName');
  return {
    apiVersion,
    kind,
    known,
    namespace: clusterScoped ? '' : stringAt(body, 'metadata', 'namespace') || (defaults.namespace ?? ''),
    name: name ?? '',
    object: body,
    origin,
  };
}

/** The same manifest with another object in it (a patched one). */
export function withObject(manifest: Manifest, object: JsonObject): Manifest {
  return { ...manifest, object };
}

/** The labels that the manifest itself carries. */
export function labelsOf(manifest: Manifest): Readonly<Record<string, string>> {
  return stringsAt(manifest.object, 'metadata', 'labels');
}

/** The annotations that the manifest itself carries. */
export function annotationsOf(manifest: Manifest): Readonly<Record<string, string>> {
  return stringsAt(manifest.object, 'metadata', 'annotations');
}

/** Whether two manifests are versions of one object. */
export function sameObject(a: Manifest, b: Manifest): boolean {
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.namespace === b.namespace &&
    groupOf(a.apiVersion) === groupOf(b.apiVersion)
  );
}

/** How a person calls the object: `NetworkPolicy financial-ml/isolation`. */
export function nameOf(manifest: Manifest): string {
  const name = manifest.namespace === '' ? manifest.name : `${manifest.namespace}/${manifest.name}`;
  return `${manifest.kind} ${name}`;
}
