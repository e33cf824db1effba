import { patched } from '../../src/model/patch.ts';
import { Picture } from '../../src/model/cluster.ts';
import { Narrowed } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';

/** What a check finds in an object among others; it sees the kinds that it declares and no more. */
export function findings<P>(
  check: Check<P>,
  params: P,
  object: Manifest,
  others: readonly object[] = [],
): Finding[] {
  const review = reviewChange(Picture.of(others.map(manifest)), { operation: 'CREATE', object });
  return [
    ...check.evaluate(
      {
        ...review,
        cluster: new Narrowed(review.cluster, check.needs, check.name, undefined, check.configMaps?.(params)),
      },
      params,
      [],
    ),
  ];
}

/** What a check finds at rest, in each of several objects that are all there is. */
export function atRest<P>(check: Check<P>, params: P, all: readonly Manifest[]): Finding[] {
  const picture = Picture.of(all);
  return all.flatMap((object) => [...check.evaluate(reviewState(picture, object), params, [])]);
}

/** The object with every fix of its findings applied. */
export function cured(object: Manifest, found: readonly Finding[]): Manifest {
  const operations = new Map(found.flatMap(({ fix }) => fix ?? []).map((op) => [JSON.stringify(op), op]));
  return withObject(object, patched(object.object, [...operations.values()]));
}

const SPOILS: readonly unknown[] = [null, true, 0, 'x', [], {}, [null], { constructor: 1 }];

/** Every object that differs from this one in one place, where a value of another type stands. */
export function* spoilt(object: JsonObject): Iterable<JsonObject> {
  const places: (string | number)[][] = [];
  const walk = (value: unknown, path: (string | number)[]): void => {
    places.push(path);
    if (Array.isArray(value)) for (const [i, each] of value.entries()) walk(each, [...path, i]);
    else if (typeof value === 'object' && value !== null)
      for (const [key, each] of Object.entries(value)) walk(each, [...path, key]);
  };
  walk(object, []);
  for (const place of places)
    for (const value of SPOILS) {
      const copy = structuredClone(object) as Record<string, unknown>;
      const last = place.at(-1);
      if (last === undefined) continue;
      let here: Record<string | number, unknown> = copy;
      for (const step of place.slice(0, -1)) here = here[step] as Record<string | number, unknown>;
      here[last] = value;
      yield copy as JsonObject;
    }
}
