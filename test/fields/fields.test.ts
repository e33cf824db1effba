import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { isObject, listAt, objectAt, stringAt } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { fieldsOf, rootType } from '../../src/model/known-fields.ts';
import { crdFields } from './crd-fields.ts';
import { FOLDER, treesText } from './field-trees.ts';
import { KUBERNETES, modelFields } from './model-fields.ts';
import { isBefore } from '../../src/model/seldon-version.ts';
import { corpusText, noCorpus } from '../model/corpus.ts';

// The field names that the guard ships are made from their sources: where a source is here, they must agree with it.

void t.test('the fields of Kubernetes are those of the installed client', (t) => {
  t.equal(
    readFileSync(join(FOLDER, 'kubernetes.json'), 'utf8'),
    treesText(modelFields()),
    'src/model/fields/kubernetes.json is fresh: npm run fields',
  );
  const client = createRequire(import.meta.url).resolve('@kubernetes/client-node');
  const header = readFileSync(join(dirname(client), 'gen', 'models', 'V1Pod.js'), 'utf8');
  t.match(header, `OpenAPI spec version: release-${KUBERNETES}`, 'of the release that is named');
  t.end();
});

/** Every field that a CRD's schema names below `spec`, read the plain way. */
function namedIn(schema: Json | undefined, path: string): string[] {
  const inside = objectAt(schema)['additionalProperties'];
  return [
    ...Object.entries(objectAt(schema, 'properties')).flatMap(([name, each]) => [
      `${path}.${name}`,
      ...namedIn(each, `${path}.${name}`),
    ]),
    ...(objectAt(schema)['items'] === undefined ? [] : namedIn(objectAt(schema, 'items'), `${path}[]`)),
    ...(isObject(inside) ? namedIn(inside, `${path}{}`) : []),
  ];
}

/** Every field below a type that a release has, as the guard knows it. */
function knownOf(type: string, path: string, release: string): string[] {
  return Object.entries(fieldsOf(type) ?? {}).flatMap(([name, { shape, type: inner, since, until }]) => {
    if (since !== undefined && isBefore(release, since)) return [];
    if (until !== undefined && isBefore(until, release)) return [];
    const here = `${path}.${name}`;
    return [here, ...knownOf(inner, `${here}${{ one: '', list: '[]', map: '{}' }[shape]}`, release)];
  });
}

void t.test('the fields of Seldon are those of its CRDs', { skip: noCorpus }, (t) => {
  const crds = parseAllDocuments(corpusText('crds/seldon-core-v2.9.1.yaml')).map(
    (each) => each.toJS() as Json,
  );
  const kinds = crds.filter(isObject).map((crd) => objectAt(crd, 'spec'));
  t.equal(kinds.length, 7);
  for (const spec of kinds) {
    const kind = stringAt(spec, 'names', 'kind') ?? '';
    const schema = objectAt(listAt(spec, 'versions')[0], 'schema', 'openAPIV3Schema', 'properties', 'spec');
    const root = rootType('mlops.seldon.io/v1alpha1', kind)?.type ?? '';
    const spell = fieldsOf(root)?.['spec']?.type ?? '';
    const named = namedIn(schema, 'spec').toSorted();
    t.ok(named.length > 3, `${kind} has fields`);
    t.strictSame(knownOf(spell, 'spec', '2.9.1').toSorted(), named, `${kind} as in 2.9.1`);
  }
  t.end();
});

void t.test('nothing but names and types is taken out of a CRD', (t) => {
  const schema = (more: object) => ({
    description: 'a text of somebody else',
    properties: {
      spec: { type: 'object', properties: { old: { type: 'string', pattern: '^x$' }, ...more } },
    },
  });
  const crd = (more: object) => ({
    spec: {
      group: 'example.com',
      names: { kind: 'Thing' },
      versions: [{ name: 'v1', schema: { openAPIV3Schema: schema(more) } }],
    },
  });
  const later = {
    list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
    map: { type: 'object', additionalProperties: { type: 'string' } },
    port: { anyOf: [{ type: 'integer' }, { type: 'string' }], 'x-kubernetes-int-or-string': true },
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  const trees = crdFields([
    { release: '1.0.0', crds: [crd({ gone: { type: 'boolean' } })] },
    { release: '1.1.0', crds: [crd(later)] },
  ]);
  t.strictSame(trees.kinds, { 'example.com/v1/Thing': 'Thing' });
  t.strictSame(trees.types['Thing.spec'], {
    free: 'any since 1.1.0',
    gone: 'boolean until 1.0.0',
    list: '[Thing.spec.list] since 1.1.0',
    map: '{string} since 1.1.0',
    old: 'string',
    port: 'scalar since 1.1.0',
  });
  t.strictSame(trees.types['Thing.spec.list'], { n: 'number' }, 'no mark inside what is marked');
  t.notMatch(treesText(trees), /somebody|\^x/);
  t.end();
});
