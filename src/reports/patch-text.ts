import { stringify } from 'yaml';
import type { PatchOperation } from '../model/patch.ts';

/** No blocks for texts of several lines: what a block ends with is lost in a paste. */
const OPTIONS = {
  lineWidth: 0,
  aliasDuplicateObjects: false,
  compat: 'yaml-1.1',
  blockQuote: false,
} as const;

/**
 * A JSON Patch as YAML that `kubectl patch --type=json --patch-file` takes as it stands. Nothing is folded or
 * aliased, so that a paste is the patch; a text that kubectl's YAML 1.1 would read as something else (`yes`) is quoted.
 */
export function patchText(patch: readonly PatchOperation[]): string {
  const key = JSON.stringify(patch);
  let text = written.get(key);
  if (text === undefined) {
    text = stringify(patch, OPTIONS).trimEnd();
    if (key.length > LONGEST_WRITTEN) return text;
    if (written.size >= MOST_WRITTEN) written.clear();
    written.set(key, text);
  }
  return text;
}

/** Controllers and GitOps tools ask again and again for what was refused: its patch is written out once. */
const written = new Map<string, string>();
const MOST_WRITTEN = 100;
/** A patch can be as long as a request: such a one is not kept. */
const LONGEST_WRITTEN = 20_000;

/** The text with so many spaces before each of its lines. A line ends at a line feed alone, as in YAML. */
export function indented(text: string, spaces: number): string {
  return text.replaceAll(/(?<![^\n])/g, ' '.repeat(spaces));
}

/** The same in one line of flow-style YAML (JSON), for places that take no line breaks and no control characters. */
export function patchLine(patch: readonly PatchOperation[]): string {
  return JSON.stringify(patch).replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
