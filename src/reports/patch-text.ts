import { stringify } from 'yaml';
import type { PatchOperation } from '../model/patch.ts';

/**
 * A JSON Patch as YAML that `kubectl patch --type=json --patch-file` takes as it stands. Nothing is folded or
 * aliased, so that a paste is the patch.
 */
export function patchText(patch: readonly PatchOperation[]): string {
  return stringify(patch, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd();
}

/** The same in one line of flow-style YAML (JSON), for places that take no line breaks. */
export function patchLine(patch: readonly PatchOperation[]): string {
  return JSON.stringify(patch);
}
