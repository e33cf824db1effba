import t from 'tap';
import { warningLines } from '../../src/reports/warnings.ts';
import { manifest } from '../policy/made.ts';
import { decided, examples, judgement } from './decided.ts';
import { answer } from '../../src/reports/answer.ts';

const LONGEST = 256;
const fix = (value: string) => [{ op: 'add', path: '/spec/leg', value } as const];
const warn = (changes: Parameters<typeof judgement>[0] = {}) => judgement({ effect: 'warn', ...changes });

void t.test('the sentence, then the remedy, then the patch', async (t) => {
  t.strictSame(warningLines([warn()]), ['made: the leg is broken', '  Remedy: Mend the leg.']);
  t.strictSame(warningLines([warn({ patch: fix('a') })]), [
    'made: the leg is broken',
    '  Remedy: Mend the leg.',
    '  Patch (--type=json): [{"op":"add","path":"/spec/leg","value":"a"}]',
  ]);
  t.strictSame(warningLines([warn({ patch: [] })]).length, 2, 'no empty patch');
  t.strictSame(warningLines([]), []);
});

void t.test('findings in a row with one remedy share it, and no patch is lost', async (t) => {
  const [a, b] = [fix('a'), fix('b')];
  const same = [warn({ brief: 'one', patch: a }), warn({ brief: 'two', patch: a })];
  t.strictSame(warningLines(same), [
    'made: one',
    'made: two',
    '  Remedy: Mend the leg.',
    '  Patch (--type=json): [{"op":"add","path":"/spec/leg","value":"a"}]',
  ]);
  const different = [
    warn({ brief: 'one', patch: a }),
    warn({ brief: 'two', patch: b }),
    warn({ brief: 'three' }),
  ];
  t.strictSame(warningLines(different), [
    'made: one',
    'made: two',
    'made: three',
    '  Remedy: Mend the leg.',
    '  Patch (--type=json): [{"op":"add","path":"/spec/leg","value":"a"},{"op":"add","path":"/spec/leg","value":"b"}]',
  ]);
  t.equal(warningLines([warn(), warn({ policy: 'other' })]).length, 4, 'another policy speaks for itself');
  t.equal(warningLines([warn(), warn({ remedy: 'Or think.' }), warn()]).length, 6);
});

void t.test('what a denial beside them tells is not told again', async (t) => {
  const [a, b] = [fix('a'), fix('b')];
  const told = [judgement({ patch: a })];
  t.strictSame(warningLines([warn({ patch: a })], told), ['made: the leg is broken']);
  t.strictSame(warningLines([warn()], told), ['made: the leg is broken']);
  t.equal(warningLines([warn({ remedy: 'Think.' })], told).length, 2);
  t.strictSame(
    warningLines([warn({ patch: b })], told),
    warningLines([warn({ patch: b })]),
    'a patch that the denial does not have is told, with its remedy',
  );
});

void t.test('a patch that is too long is said to be elsewhere', async (t) => {
  const length = (patch: ReturnType<typeof fix>) => `  Patch (--type=json): ${JSON.stringify(patch)}`.length;
  const spare = LONGEST - length(fix(''));
  t.equal(
    warningLines([warn({ patch: fix('x'.repeat(spare)) })])[2]?.length,
    LONGEST,
    'it fits to the last character',
  );
  t.strictSame(
    warningLines([warn({ patch: fix('x'.repeat(spare + 1)) })])[2],
    '  Patch: too long for a warning; seldon-guard scan FILE prints it',
  );
});

void t.test('ten are told, and the rest is counted', async (t) => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => warn({ brief: `thing ${i}`, remedy: `Mend ${i}.` }));
  t.equal(warningLines(many(10)).length, 20);
  const lines = warningLines(many(13));
  t.equal(lines.length, 21);
  t.equal(lines.at(-1), 'and 3 more');
  t.equal(lines[18], 'made: thing 9');
});

const HOSTILE: Record<string, string> = {
  'a line feed': 'a\nb',
  'carriage returns': 'a\r\nb\rc',
  'line and paragraph separators': 'a\u2028b\u2029c',
  'next line and other control characters': 'a\u0085b\u0000\u0007\u001b[31m\u007f\u009fc',
  'a long name': 'x'.repeat(253),
  'a long name with line feeds': 'x\n'.repeat(300),
  emoji: '😀'.repeat(200),
  'emoji at an odd place': `a${'😀'.repeat(200)}`,
  'half an emoji': '\ud83d'.repeat(300),
  'half an emoji in the middle': 'a\udc00b',
};

void t.test('every line is a single one of 256 characters at most, whatever it names', async (t) => {
  for (const [name, value] of Object.entries(HOSTILE)) {
    const texts = { brief: `the ${value} is broken`, remedy: `Mend ${value}.`, policy: `made ${value}` };
    const lines = warningLines([warn({ ...texts, patch: fix(value) })]);
    t.equal(lines.length, 3, `${name}: sentence, remedy, patch`);
    for (const line of lines) {
      t.ok(line.length <= LONGEST, `${name}: ${line.length} characters`);
      t.notMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u, `${name}: one line`);
      t.ok(line.isWellFormed(), `${name}: no half character`);
    }
    t.match(lines[1], /^ {2}Remedy: Mend/, name);
    t.match(lines[2], /^ {2}Patch/, name);
  }
  const [cut] = warningLines([warn({ brief: 'x'.repeat(300) })]);
  t.equal(cut, `made: ${'x'.repeat(249)}…`, 'what is cut shows it');
});

void t.test('the examples are warned about in such lines, under hostile names as well', async (t) => {
  let told = 0;
  for (const example of examples)
    for (const name of [undefined, ...Object.values(HOSTILE)]) {
      const { object } = example.object;
      const named = { ...object, metadata: { ...(object['metadata'] as object), name } };
      const found = decided(example, name === undefined ? example.object : manifest(named));
      for (const webhook of ['validate', 'mutate'] as const)
        for (const line of answer(found, webhook).warnings) {
          told += 1;
          if (line.length > LONGEST || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(line) || !line.isWellFormed())
            t.fail(`${example.policy}/${example.name}: ${JSON.stringify(line)}`);
        }
    }
  t.ok(told > 500, `${told} lines`);
});
