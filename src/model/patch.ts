import { applyPatch, createPatch } from 'rfc6902';
import type { Operation } from 'rfc6902';
import type { Json, JsonObject } from './json.ts';

/** One JSON Patch operation (RFC 6902) on an object. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/** The object with a JSON Patch applied; the one given is not changed. Throws where an operation finds no place. */
export function patched(object: JsonObject, patch: readonly PatchOperation[]): JsonObject {
  const copy = structuredClone(object) as JsonObject;
  const errors = applyPatch(copy, structuredClone(patch) as Operation[]);
  for (const error of errors) if (error !== null) throw error;
  return copy;
}

/** Where one object differs from another, as JSON Pointers. */
export function differences(before: JsonObject, after: JsonObject): string[] {
  return createPatch(before, after).map(({ path }) => path);
}
