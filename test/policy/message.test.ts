import t from 'tap';
import { fill, placeholdersOf } from '../../src/policy/message.ts';
import { policyDocument } from '../../src/policy/document.ts';
import { madeDocument } from './made.ts';

void t.test('placeholders are names in braces', async (t) => {
  const NAMES: [string, string[]][] = [
    ['{from} cannot reach {to}', ['from', 'to']],
    ['{from}{from}', ['from', 'from']],
    ['{node-name} {a_b} {tlsPort} {F1}', ['node-name', 'a_b', 'tlsPort', 'F1']],
    ['{__proto__} {constructor}', ['__proto__', 'constructor']],
    ['{} { from } {a b} {a.b} { [] }', []],
    ['{{from}}', ['from']],
    ['from', []],
  ];
  for (const [message, names] of NAMES) t.strictSame(placeholdersOf(message), names, message);
});

void t.test('a message is filled with values as they are', async (t) => {
  t.equal(fill('{a} cannot reach {b} on {port}', { a: 'x', b: 'y', port: 9004 }), 'x cannot reach y on 9004');
  t.equal(fill('{a} {a}', { a: 'twice' }), 'twice twice');
  t.equal(fill('{port}', { port: 0 }), '0');
  t.equal(fill('[{a}]', { a: '' }), '[]');
  t.equal(fill('  {a}\n', { a: 'x' }), 'x', 'what YAML blocks leave around it is taken off');
});

void t.test('a value is never a message or a pattern itself', async (t) => {
  t.equal(fill('{a}', { a: '{b}', b: 'secret' }), '{b}');
  t.equal(fill('<{a}>', { a: '$& $1 $` $$' }), '<$& $1 $` $$>');
  t.equal(fill('{a}', { a: 'line\nline' }), 'line\nline');
});

void t.test('names that every object has are names like others', async (t) => {
  const names = '{constructor} {__proto__} {toString} {hasOwnProperty}';
  t.equal(fill(names, { thing: 'x' }), names, 'nothing is inherited');
  const data = JSON.parse(
    '{"constructor":"a","__proto__":"b","toString":"c","hasOwnProperty":"d"}',
  ) as object;
  t.equal(fill(names, data as Record<string, string>), 'a b c d');
});

void t.test('a document names the field at fault', async (t) => {
  const { id: _id, ...written } = madeDocument();
  const { references: _references, ...without } = written;
  const broken = written.problems['broken'];
  const FAULTS: [string, unknown, string[]][] = [
    ['nothing', null, ['the document: expected object']],
    ['a list', [], ['the document: expected object']],
    ['a missing field', without, ['the document: references is missing']],
    ['an unknown field', { ...written, effects: 'deny' }, ['the document: unknown field effects']],
    ['an effect', { ...written, effect: 'off' }, ['effect: expected one of deny, fix, warn, record']],
    ['a severity', { ...written, severity: 3 }, ['severity: expected one of high, medium, low']],
    ['an empty text', { ...written, why: '' }, ['why: must NOT have fewer than 1 characters']],
    ['no kind', { ...written, appliesTo: {} }, ['appliesTo: expected at least 1 field']],
    [
      'an operation',
      { ...written, appliesTo: { Pod: ['CREATE', 'NONE'] } },
      ['appliesTo.Pod.1: expected one of CREATE, UPDATE, DELETE'],
    ],
    [
      'words without a remedy',
      { ...written, problems: { broken: { message: 'a', brief: 'b' } } },
      ['problems.broken: remedy is missing'],
    ],
    [
      'an effect at rest',
      { ...written, problems: { broken: { ...broken, scan: 'error' } } },
      ['problems.broken.scan: expected one of deny, fix, warn, record'],
    ],
    ['a reference', { ...written, references: ['a', 1] }, ['references.1: expected string']],
    ['two faults', { ...written, why: 1, title: 2 }, ['title: expected string', 'why: expected string']],
  ];
  for (const [name, value, expected] of FAULTS) {
    const { document, faults } = policyDocument('made', value);
    t.strictSame(faults.toSorted(), expected, name);
    t.equal(document, undefined, `${name}: no document`);
  }
  const { faults } = policyDocument('made', { ...written, appliesTo: { Secret: ['CREATE'] } });
  t.match(faults, [/^appliesTo: the guard does not read Secret; it reads Namespace, .*Server,/]);
  t.strictSame(policyDocument('made', written), { document: madeDocument(), faults: [] });
  const { params: _params, ...unset } = written;
  t.strictSame(policyDocument('made', unset).document?.params, {}, 'parameters may be left out');
});

void t.test('an id is one that annotations can carry', async (t) => {
  const { id: _id, ...written } = madeDocument();
  for (const id of ['a', 'a-2', 'x'.repeat(63)]) t.strictSame(policyDocument(id, written).faults, [], id);
  for (const id of ['', 'My policy', 'Reach', '-a', 'a-', 'a/b', 'a_b', 'é', 'x'.repeat(64)])
    t.strictSame(policyDocument(id, written).faults, [
      `id ${id}: expected lower-case letters, digits and hyphens, 63 at most`,
    ]);
});
