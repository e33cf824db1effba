import type { JsonObject } from '../model/json.ts';
import type { PatchOperation } from '../model/patch.ts';
import { compactYaml } from './compact-yaml.ts';

/** No blocks for texts of several lines: what a block ends with is lost in a paste. */
const OPTIONS = { lineWidth: 0, blockQuote: false } as const;

/**
 * A JSON Patch as YAML that `kubectl patch --type=json --patch-file` takes as it stands. Nothing is folded or
 * aliased, so that a paste is the patch; a text that kubectl's YAML 1.1 would read as something else (`yes`) is quoted.
 */
export function patchText(patch: readonly PatchOperation[]): string {
  return compact(patch, OPERATION_DEPTH);
}

/** What stands above a patch. */
export const PATCH = 'Patch (kubectl patch --type=json):';
/** What stands above the policies that cure it from beside it. */
export const COMPANION = 'Companion (kubectl apply it first; it opens these flows alone):';
/** The same where nothing else is in the way of the object. */
export const COMPANION_OF_ALL =
  'Companion (kubectl apply it first, then this passes unchanged; it opens these flows alone):';

/** What fits a line is written on one: a policy of many rules would not be read otherwise. */
const LINE = 100;
/** In a patch, the list and its operations are not put on one line, what they hold is. */
const OPERATION_DEPTH = 2;

/** A whole manifest as YAML that `kubectl apply` takes as it stands, in as few lines as can be read. */
export function manifestText(manifest: JsonObject): string {
  return compact(manifest, 0);
}

/** Controllers and GitOps tools ask again and again for what was refused: its cures are written out once. */
const written = new Map<string, string>();
const MOST_WRITTEN = 100;
/** A cure can be as long as a request: such a one is not kept. */
const LONGEST_WRITTEN = 20_000;

function compact(value: unknown, depth: number): string {
  const key = `${depth} ${JSON.stringify(value)}`;
  let text = written.get(key);
  if (text === undefined) {
    text = compactYaml(value, { depth, line: LINE }).toString(OPTIONS).trimEnd();
    if (key.length > LONGEST_WRITTEN) return text;
    if (written.size >= MOST_WRITTEN) written.clear();
    written.set(key, text);
  }
  return text;
}

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
