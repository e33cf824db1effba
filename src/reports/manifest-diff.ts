import { createTwoFilesPatch } from 'diff';
import { stringify } from 'yaml';
import type { JsonObject } from '../model/json.ts';

/** Two versions of a manifest as a unified diff of their YAML, two lines around each change. */
export function manifestDiff(file: string, before: JsonObject, after: JsonObject): string {
  const text = (object: JsonObject): string =>
    stringify(object, { lineWidth: 0, aliasDuplicateObjects: false });
  const diff = createTwoFilesPatch(file, `${file} (patched)`, text(before), text(after), '', '', {
    context: 2,
  });
  return diff.split('\n').slice(1).join('\n').trimEnd();
}
