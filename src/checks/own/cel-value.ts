import { celList, celMap } from '@bufbuild/cel';
import type { CelMap, CelValue } from '@bufbuild/cel';
import { isObject } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';

/** Objects are not changed, so what was made of a part of one is made once. */
const made = new WeakMap<object, CelValue>();

/**
 * A JSON value as CEL sees it: integers are ints, as the API server's schemas have them, and what an expression does not
 * touch is not turned into anything.
 */
export function celValue(value: Json): CelValue {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  let known = made.get(value);
  if (known === undefined) {
    known = isObject(value) ? mapOf(value) : celList(value.map(celValue));
    made.set(value, known);
  }
  return known;
}

function mapOf(object: JsonObject): CelMap {
  return lazyMap(Object.keys(object), (name) => {
    const field = Object.hasOwn(object, name) ? object[name] : undefined;
    return field === undefined ? undefined : celValue(field);
  });
}

/** A map whose values are made when they are asked for; `valueOf` gives undefined for what is not in it. */
export function lazyMap(keys: readonly string[], valueOf: (key: string) => CelValue | undefined): CelMap {
  return celMap(new Fields(keys, valueOf));
}

class Fields implements ReadonlyMap<string, CelValue> {
  readonly #keys: readonly string[];
  readonly #valueOf: (key: string) => CelValue | undefined;

  constructor(keys: readonly string[], valueOf: (key: string) => CelValue | undefined) {
    this.#keys = keys;
    this.#valueOf = valueOf;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: unknown): CelValue | undefined {
    return typeof key === 'string' ? this.#valueOf(key) : undefined;
  }

  has(key: unknown): boolean {
    return this.get(key) !== undefined;
  }

  keys(): MapIterator<string> {
    return this.#keys.values();
  }

  *entries(): MapIterator<[string, CelValue]> {
    for (const key of this.#keys) {
      const value = this.#valueOf(key);
      if (value !== undefined) yield [key, value];
    }
  }

  *values(): MapIterator<CelValue> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(each: (value: CelValue, key: string, map: ReadonlyMap<string, CelValue>) => void): void {
    for (const [key, value] of this.entries()) each(value, key, this);
  }

  [Symbol.iterator](): MapIterator<[string, CelValue]> {
    return this.entries();
  }
}
