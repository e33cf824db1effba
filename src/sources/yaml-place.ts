import { isAlias, isMap, isPair, isSeq } from 'yaml';
import type { Document, Node } from 'yaml';
import type { Path, Step } from '../model/json.ts';
import { isMerge, keyOf } from './yaml-value.ts';

/** A node, and the offset at which a person would look for it. */
interface Found {
  readonly node: unknown;
  readonly offset: number;
}

/**
 * The offset of the field at `path`, or of its nearest parent that the document has. A field of a map is where
 * its key is, an item of a list where the item begins, an aliased or merged field where it is written.
 */
export function offsetAt(document: Document.Parsed, path: Path): number {
  let here: Found = { node: document.contents, offset: document.contents?.range[0] ?? document.range[0] };
  for (const step of path) {
    const next = child(document, here.node, step);
    if (next === undefined) break;
    here = next;
  }
  return here.offset;
}

function child(document: Document.Parsed, parent: unknown, step: Step): Found | undefined {
  const node = isAlias(parent) ? parent.resolve(document) : parent;
  if (isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined;
    const range = isPair(item) ? undefined : (item as Node | undefined)?.range;
    return range == null ? undefined : { node: item, offset: range[0] };
  }
  if (!isMap(node)) return undefined;
  // From the end, as the last one counts: a key may be merged and written.
  for (const { key, value } of node.items.toReversed()) {
    if (isMerge(key)) {
      const merged = mergedChild(document, value, step);
      if (merged !== undefined) return merged;
      continue;
    }
    const named = isAlias(key) ? key.resolve(document) : key;
    if (keyOf(named) === String(step)) return { node: value, offset: (key as Node).range?.[0] ?? 0 };
  }
  return undefined;
}

function mergedChild(document: Document.Parsed, source: unknown, step: Step): Found | undefined {
  const node = isAlias(source) ? source.resolve(document) : source;
  const sources: readonly unknown[] = isSeq(node) ? node.items : [node];
  for (const one of sources) {
    const found = child(document, one, step);
    if (found !== undefined) return found;
  }
  return undefined;
}
