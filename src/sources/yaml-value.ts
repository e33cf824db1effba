import { isAlias, isMap, isScalar, isSeq, Scalar } from 'yaml';
import type { Document, Node, YAMLMap } from 'yaml';
import type { Json } from '../model/json.ts';
import { BadScalar, scalarValue } from './yaml-scalar.ts';

/** A YAML document that is well formed but no JSON value, or one that Kubernetes would misread. */
export class BadDocument extends Error {
  /** Where in the text, counted from its start. */
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** Aliases may add this many values to a document; real manifests add some dozens, an alias bomb millions. */
const MOST_ALIASED = 100_000;

interface Anchored {
  readonly value: Json;
  readonly size: number;
}

/** How to name a place that a duplicate key points back to. */
type LineOf = (offset: number) => number;

/**
 * The JSON value of a parsed YAML document, as kubectl would send it: scalars by `yaml-scalar.ts`, keys as
 * strings, `<<` merged where it stands, aliases resolved. Throws BadDocument.
 */
export function valueOf(document: Document.Parsed, lineOf: LineOf): Json {
  return new Reading(lineOf).value(document.contents);
}

/** The text of a map's key, as JSON has it. */
export function keyOf(key: unknown): string {
  if (!isScalar(key)) throw new BadDocument('a key is a map or a list; keys are strings', offsetOf(key));
  const value = scalarOf(key);
  if (value === null) throw new BadDocument('a key is null; keys are strings', offsetOf(key));
  return String(value);
}

/** Whether the key is YAML's merge key: `<<` without quotes. */
export function isMerge(key: unknown): boolean {
  if (!isScalar(key) || key.source !== '<<') return false;
  return key.tag === undefined ? key.type === Scalar.PLAIN : key.tag === 'tag:yaml.org,2002:merge';
}

function offsetOf(node: unknown): number {
  return (node as Node | null)?.range?.[0] ?? 0;
}

function scalarOf(node: Scalar): ReturnType<typeof scalarValue> {
  try {
    return scalarValue(node.source ?? '', node.tag, node.type === undefined || node.type === Scalar.PLAIN);
  } catch (error) {
    if (error instanceof BadScalar) throw new BadDocument(error.message, offsetOf(node));
    throw error;
  }
}

class Reading {
  readonly #anchors = new Map<string, Anchored | 'open'>();
  readonly #lineOf: LineOf;
  #size = 0;
  #aliased = 0;

  constructor(lineOf: LineOf) {
    this.#lineOf = lineOf;
  }

  value(node: unknown): Json {
    if (isAlias(node)) return this.#alias(node.source, offsetOf(node));
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor === undefined) return this.#plain(node);
    const before = this.#size;
    this.#anchors.set(anchor, 'open');
    const value = this.#plain(node);
    this.#anchors.set(anchor, { value, size: this.#size - before });
    return value;
  }

  #plain(node: unknown): Json {
    this.#size += 1;
    if (isScalar(node)) return scalarOf(node);
    if (isSeq(node)) return node.items.map((item) => this.value(item));
    if (isMap(node)) return this.#map(node);
    return null;
  }

  #alias(name: string, offset: number): Json {
    const anchored = this.#anchors.get(name);
    if (anchored === undefined)
      throw new BadDocument(`nothing is anchored as &${name} before this alias`, offset);
    if (anchored === 'open') throw new BadDocument(`the value anchored as &${name} contains itself`, offset);
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased > MOST_ALIASED)
      throw new BadDocument(`the aliases stand for more than ${MOST_ALIASED} values`, offset);
    return anchored.value;
  }

  #map(map: YAMLMap): Json {
    const result: Record<string, Json> = {};
    const written = new Map<string, number>();
    for (const { key, value } of map.items) {
      if (isMerge(key)) {
        this.#merge(result, this.value(value), offsetOf(key));
        continue;
      }
      const name = isAlias(key) ? this.#aliasedKey(key) : keyOf(key);
      const earlier = written.get(name);
      if (earlier !== undefined) throw new BadDocument(duplicate(name, this.#lineOf(earlier)), offsetOf(key));
      written.set(name, offsetOf(key));
      put(result, name, this.value(value));
    }
    return result;
  }

  #aliasedKey(key: { source: string; range?: unknown }): string {
    const value = this.#alias(key.source, offsetOf(key));
    if (value === null || typeof value === 'object')
      throw new BadDocument('a key is no string', offsetOf(key));
    return String(value);
  }

  /** go-yaml v2 merges where `<<` stands: keys after it win, and it wins over keys before it. */
  #merge(into: Record<string, Json>, source: Json, offset: number): void {
    const sources = Array.isArray(source) ? source.toReversed() : [source];
    for (const one of sources) {
      if (typeof one !== 'object' || one === null || Array.isArray(one))
        throw new BadDocument('<< merges maps, and this is none', offset);
      for (const [key, value] of Object.entries(one as Record<string, Json>)) put(into, key, value);
    }
  }
}

function duplicate(key: string, line: number): string {
  return `the key "${key}" is there twice (first on line ${line}); only the last would count`;
}

/** Sets an own property even for `__proto__`, as JSON.parse does. */
function put(object: Record<string, Json>, key: string, value: Json): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
