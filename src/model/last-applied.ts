import { isObject } from './json.ts';
import type { JsonObject } from './json.ts';
import { annotationsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What `kubectl apply` was given, as it was written: kubectl keeps it in an annotation, and the fields that the API server
 * has dropped since are still in it. Undefined for an object that was not applied so.
 */
export function lastApplied(manifest: Manifest): JsonObject | undefined {
  const text = annotationsOf(manifest)[ANNOTATION];
  if (text === undefined) return undefined;
  try {
    const written: unknown = JSON.parse(text);
    return isObject(written) ? written : undefined;
  } catch {
    // Not kubectl's own: it always writes JSON. Somebody else's text says nothing about this object.
    return undefined;
  }
}
