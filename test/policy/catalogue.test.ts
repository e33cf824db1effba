import { Ajv2020 } from 'ajv/dist/2020.js';
import t from 'tap';
import { CHECKS } from '../../src/checks/index.ts';
import { catalogueOf, isAbout } from '../../src/policy/catalogue.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import type { Check } from '../../src/policy/check.ts';
import type { PolicyDocument, Words } from '../../src/policy/document.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { Faults } from '../../src/sources/faults.ts';
import { madeCheck, madeDocument } from './made.ts';

const WORDS: Words = madeDocument().problems['broken'] as Words;
const words = (changes: Partial<Words>) => madeDocument({ problems: { broken: { ...WORDS, ...changes } } });

void t.test('a whole document and its check are a catalogue', async (t) => {
  const { catalogue, faults } = catalogueOf([madeDocument()], [madeCheck()]);
  t.strictSame(faults, []);
  t.equal(catalogue?.policies[0]?.check.name, 'made');
  t.strictSame([...(catalogue?.about.keys() ?? [])], ['Service', 'Namespace']);
});

const counted = madeCheck({
  params: { type: 'object', required: ['most'], properties: { most: { type: 'integer' } } },
});
const HALF_WRITTEN: Record<string, [PolicyDocument[], Check[], Record<string, object>, string[]]> = {
  'an unknown check': [
    [madeDocument(), madeDocument({ id: 'other', check: 'maid' })],
    [madeCheck()],
    {},
    ['policy other: there is no check maid'],
  ],
  'a check with the name of a method of objects': [
    [madeDocument(), madeDocument({ id: 'other', check: 'constructor' })],
    [madeCheck()],
    {},
    ['policy other: there is no check constructor'],
  ],
  'an unused check': [
    [madeDocument()],
    [madeCheck(), madeCheck({ name: 'idle' })],
    {},
    ['check idle: no policy uses it'],
  ],
  'words for a problem that the check does not have': [
    [madeDocument({ problems: { broken: WORDS, bent: WORDS } })],
    [madeCheck()],
    {},
    ['policy made, problem bent: check made has no such problem'],
  ],
  'words for a problem with the name of a method of objects': [
    [madeDocument({ problems: { broken: WORDS, constructor: WORDS } })],
    [madeCheck()],
    {},
    ['policy made, problem constructor: check made has no such problem'],
  ],
  'a problem without words': [
    [madeDocument()],
    [madeCheck({ problems: { broken: ['thing'], bent: [], toString: [] } })],
    {},
    ['policy made, problem bent: has no words', 'policy made, problem toString: has no words'],
  ],
  'a placeholder in the message that nobody fills': [
    [words({ message: '{thing} and {thin}' })],
    [madeCheck()],
    {},
    ['policy made, problem broken: nobody fills {thin}'],
  ],
  'one in the brief': [
    [words({ brief: '{thong}' })],
    [madeCheck()],
    {},
    ['policy made, problem broken: nobody fills {thong}'],
  ],
  'one in the remedy, with a capital letter': [
    [words({ remedy: '{Thing}' })],
    [madeCheck()],
    {},
    ['policy made, problem broken: nobody fills {Thing}'],
  ],
  'names that every object has': [
    [words({ message: '{constructor} {__proto__} {length}' })],
    [madeCheck()],
    {},
    ['constructor', '__proto__', 'length'].map(
      (name) => `policy made, problem broken: nobody fills {${name}}`,
    ),
  ],
  'a brief of two lines': [
    [words({ brief: '{thing}\nis broken' })],
    [madeCheck()],
    {},
    ['policy made, problem broken: brief must be one line'],
  ],
  'parameters that the check does not take': [
    [madeDocument({ params: { most: 3 } })],
    [madeCheck()],
    {},
    ['policy made, params: the document: unknown field most'],
  ],
  'a parameter of another type': [
    [madeDocument({ params: { most: 'three' } })],
    [counted],
    {},
    ['policy made, params: most: expected integer'],
  ],
  'a parameter that is missing': [
    [madeDocument()],
    [counted],
    {},
    ['policy made, params: the document: most is missing'],
  ],
  'a changed parameter of another type': [
    [madeDocument({ params: { most: 3 } })],
    [counted],
    { made: { most: [] } },
    ['policy made, params: most: expected integer'],
  ],
  'a change to a policy that does not exist': [
    [madeDocument()],
    [madeCheck()],
    { maid: {} },
    ['settings: there is no policy maid'],
  ],
};

for (const [name, [documents, checks, changes, expected]] of Object.entries(HALF_WRITTEN))
  void t.test(`${name} is refused`, async (t) => {
    const { catalogue, faults } = catalogueOf(documents, checks, changes as Record<string, never>);
    t.strictSame(faults, expected);
    t.equal(catalogue, undefined);
  });

void t.test('every fault is said, not only the first', async (t) => {
  const { faults } = catalogueOf(
    [words({ message: '{a}', brief: '{b}' }), madeDocument({ id: 'z', check: 'none' })],
    [madeCheck(), madeCheck({ name: 'idle' })],
  );
  t.equal(faults.length, 4);
});

void t.test('changes replace the parameters they name, and leave the others', async (t) => {
  const params = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'integer' } } };
  const { catalogue } = catalogueOf([madeDocument({ params: { a: 1, b: 2 } })], [madeCheck({ params })], {
    made: { b: 3 },
  });
  t.strictSame(catalogue?.policies[0]?.params, { a: 1, b: 3 });
});

void t.test(
  'policies stand in the order of their ids; those judged last stand last for a kind',
  async (t) => {
    const ids = (policies: Catalogue['policies'] = []): string[] => policies.map(({ id }) => id);
    const documents = ['c', 'a', 'b'].map((id) => madeDocument({ id, check: id }));
    const checks = ['a', 'b', 'c'].map((name) =>
      madeCheck({ name, ...(name === 'a' ? { last: true } : {}) }),
    );
    const { catalogue } = catalogueOf(documents, checks);
    t.strictSame(ids(catalogue?.policies), ['a', 'b', 'c']);
    t.strictSame(ids(catalogue?.about.get('Service')), ['b', 'c', 'a']);
  },
);

void t.test('a policy is asked about the operations it names, and always at rest', async (t) => {
  const policy = readCatalogue().policies.find(({ id }) => id === 'namespace-not-public');
  if (policy === undefined) throw new Error('the policy is gone');
  const asked = (['CREATE', 'UPDATE', 'DELETE', 'NONE'] as const).map((on) =>
    isAbout(policy, 'Namespace', on),
  );
  t.strictSame(asked, [true, false, false, true]);
  t.equal(isAbout(policy, 'Pod', 'NONE'), false);
});

void t.test(
  'the real catalogue refuses settings for parameters it does not have, and names them',
  async (t) => {
    t.throws(
      () => readCatalogue({ 'namespace-not-public': { resolver: [] } }),
      new Faults(['policy namespace-not-public, params: the document: unknown field resolver']),
    );
  },
);

void t.test("the schemas of the checks' parameters are schemas", async (t) => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, validateSchema: true });
  for (const { name, params } of CHECKS) t.doesNotThrow(() => ajv.compile(params), name);
});
