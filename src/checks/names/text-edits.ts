import type { JsonObject } from '../../model/json.ts';
import { stringAt } from '../../model/json.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';

/** A part of a ConfigMap's text, and what comes in its place. */
export interface TextEdit {
  readonly key: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The edits of a ConfigMap's texts as one patch: JSON Patch knows a text as a whole alone. Of two that overlap one is done. */
export function textPatch(map: JsonObject, edits: readonly TextEdit[]): readonly PatchOperation[] {
  const keys = [...new Set(edits.map(({ key }) => key))];
  return keys.map((key) => {
    let text = stringAt(map, 'data', key) ?? '';
    const own = edits
      .filter((edit) => edit.key === key)
      .toSorted((a, b) => b.start - a.start || b.end - a.end);
    let reached = Infinity;
    for (const { start, end, text: put } of own) {
      if (end > reached) continue;
      reached = start;
      text = text.slice(0, start) + put + text.slice(end);
    }
    return { op: 'replace', path: jsonPointer(['data', key]), value: text };
  });
}
