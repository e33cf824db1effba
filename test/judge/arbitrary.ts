import fc from 'fast-check';
import { Picture } from '../../src/model/cluster.ts';
import { groupOf, KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Review } from '../../src/model/review.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';

// Questions that nobody would ask: objects of every kind made of the words of real ones in the wrong places, and real ones
// that are spoilt in a few places. `GUARD_SEED` and `GUARD_CASES` change what is asked.

export const SEED = Number(process.env['GUARD_SEED'] ?? 20260620);
export const CASES = Number(process.env['GUARD_CASES'] ?? 3000);

const examples: Manifest[] = [];
const homes: { readonly object: Manifest; readonly cluster: readonly Manifest[] }[] = [];
for (const policy of policiesIn(BUILT_IN))
  for (const { object, cluster } of await readExamples(BUILT_IN, policy)) {
    examples.push(object, ...cluster);
    homes.push({ object, cluster });
  }

const keys = new Set(['', '__proto__', 'constructor', 'length', 'toString', '0', '-']);
const leaves = new Set<unknown>([
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e21,
  65536,
  '',
  '-',
  '*',
  '$(POD_IP)',
  '\u2028',
  '😀',
  '0x7f.1',
]);
function collect(value: unknown): void {
  if (typeof value !== 'object' || value === null) leaves.add(value);
  else
    for (const [key, each] of Object.entries(value)) {
      if (!Array.isArray(value)) keys.add(key);
      collect(each);
    }
}
for (const { object } of examples) collect(object);

const leaf = fc.oneof({ arbitrary: fc.constantFrom(...leaves), weight: 6 }, fc.string({ maxLength: 6 }));
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...keys), tie('json'), { maxKeys: 5 }),
  ),
}));

const waivers = fc.dictionary(
  fc.constantFrom(...policiesIn(BUILT_IN), 'reach').map((policy) => `waive.seldon-guard.io/${policy}`),
  fc.constantFrom(
    'a trial',
    'a trial | owner=ml | until=2999-12-31',
    '<why>',
    'late | until=2020-01-01',
    'a | b',
  ),
  { maxKeys: 3 },
);
const metadata = fc.record(
  {
    name: fc.oneof(fc.constantFrom('isolation', 'mlserver', 'seldon', 'dev', 'financial-ml'), leaf),
    namespace: fc.oneof(fc.constantFrom('financial-ml', 'seldon-system', 'dev'), leaf),
    labels: json,
    annotations: fc.oneof(json, waivers),
  },
  { requiredKeys: ['name', 'namespace'] },
);
const nonsense = fc
  .tuple(fc.constantFrom(...(Object.keys(KINDS) as Kind[])), fc.oneof(metadata, json), json, json)
  .map(([kind, metadata, spec, data]) => {
    const { group, version } = KINDS[kind];
    const apiVersion = group === '' ? version : `${group}/${version}`;
    return manifestOf({ apiVersion, kind, metadata, spec, data }, { from: 'request' });
  });

/** The paths of all values in an object. */
function placesIn(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, each]) => placesIn(each, [...path, key]))];
}

const spoilt = fc
  .tuple(
    fc.constantFrom(...examples),
    fc.array(fc.tuple(fc.nat(), json), { maxLength: 3 }),
    fc.option(waivers, { freq: 3 }),
  )
  .map(([example, changes, annotations]) => {
    const copy = structuredClone(example.object) as Record<string, unknown>;
    if (annotations !== null) copy['metadata'] = { ...(copy['metadata'] as object), annotations };
    for (const [which, value] of changes) {
      const places = placesIn(copy);
      const path = places[which % places.length] ?? [];
      const last = path.at(-1);
      if (last === undefined || path[0] === 'kind' || path[0] === 'apiVersion') continue;
      let here = copy;
      for (const step of path.slice(0, -1)) here = here[step] as Record<string, unknown>;
      here[last] = value;
    }
    return manifestOf(copy, { from: 'request' });
  });

const object = fc.oneof(nonsense, { arbitrary: spoilt, weight: 2 });
/** An object among any others, or an example as it is in its own cluster: some findings need several objects that fit. */
const scene = fc.oneof(
  { arbitrary: fc.record({ object, cluster: fc.array(object, { maxLength: 5 }) }), weight: 3 },
  fc.constantFrom(...homes),
);

/** A change, or an object at rest, among others. */
export const review: fc.Arbitrary<Review> = fc
  .tuple(fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'NONE'), scene, object)
  .map(([operation, { object, cluster: others }, past]) => {
    const picture = Picture.of(others);
    if (operation === 'NONE') return reviewState(picture.with(object), object, others[0]);
    // An update is of one object: what it was has its kind and name, and nothing else in common.
    const same = {
      kind: object.kind,
      known: object.known,
      name: object.name,
      namespace: object.namespace,
      apiVersion: object.apiVersion,
    };
    const previous = operation === 'CREATE' ? undefined : { ...past, ...same };
    return reviewChange(picture, {
      operation,
      object: operation === 'DELETE' ? (previous ?? object) : object,
      previous,
    });
  });

/** What a failed question is shown as. */
export function shown({ operation, object, previous, cluster }: Review): string {
  const rest = (Object.keys(KINDS) as Kind[]).flatMap((kind) => cluster.list(kind));
  return JSON.stringify({
    operation,
    kind: `${groupOf(object.apiVersion)}/${object.kind}`,
    object: object.object,
    previous: previous?.object,
    others: rest.map((other) => other.object),
  });
}
