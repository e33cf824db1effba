import t from 'tap';
import { parse } from 'yaml';
import type { Json } from '../../src/model/json.ts';
import type { PatchOperation } from '../../src/model/patch.ts';
import { patched } from '../../src/model/patch.ts';
import { denialText } from '../../src/reports/denial.ts';
import { patchLine, patchText } from '../../src/reports/patch-text.ts';
import { scanText } from '../../src/reports/scan-report.ts';
import { asKubectlReads, below, decision, judgement } from './decided.ts';

// A paste is the patch: whatever stands in it, kubectl reads the operations that the guard means.

const WORDS = [
  'yes',
  'no',
  'on',
  'Off',
  'y',
  'N',
  'true',
  'null',
  '~',
  '',
  ' ',
  '-',
  '=',
  '<<',
  '*',
  '&a',
  '!b',
  '@',
  '`',
];
const NUMBERS = [
  '5',
  '0755',
  '0o17',
  '0x1F',
  '0b1',
  '1_000',
  '1e400',
  '.5',
  '+1',
  '12:30:00',
  '.inf',
  '.nan',
  '2026-01-01',
];
const TEXTS = [
  'a: b',
  'a #b',
  '# a',
  '- a',
  '? a',
  '%a',
  '---',
  '...',
  '{a}',
  '[a',
  `it's "so"`,
  ' leading',
  'trailing ',
  'two\nlines',
  'two\n\nlines with a gap\n',
  '  indented\nlines',
  '\n',
  'ends with a gap\n\n',
  'one of many lines\n'.repeat(40),
  'a\tb',
  'a\rb',
  'a\r\nb',
  'a\u2028b\u2029c',
  'a\u0085b\u0000c\u007f',
  '😀',
  '\ufeffa',
  'long '.repeat(60),
  'x'.repeat(300),
];
const values = [...WORDS, ...NUMBERS, ...TEXTS];
const patch: PatchOperation[] = [
  ...values.map((value) => ({ op: 'add', path: '/spec/list/-', value }) as const),
  { op: 'add', path: '/spec/labels', value: Object.fromEntries(values.map((value) => [`k${value}`, value])) },
  {
    op: 'add',
    path: '/spec/keys',
    value: Object.fromEntries(WORDS.filter((word) => word !== '<<').map((word) => [word, 1])),
  },
  {
    op: 'replace',
    path: '/spec/a~1b~0c',
    value: [null, true, 0, -1.5, 9004, [], {}, [[]], { a: { b: [{ c: null }] } }],
  },
  { op: 'remove', path: '/spec/gone' },
];
const rule: Json = { ports: [{ port: 9004, protocol: 'TCP' }] };
const twice: PatchOperation[] = [
  { op: 'add', path: '/spec/list/-', value: rule },
  { op: 'add', path: '/spec/list/-', value: { also: rule, again: rule } },
];

void t.test('a patch in YAML reads back as its operations', async (t) => {
  for (const each of patch) {
    t.strictSame(parse(patchText([each])), [each]);
    t.strictSame(asKubectlReads(patchText([each])), [each], 'by kubectl');
  }
  t.strictSame(asKubectlReads(patchText(twice)), twice);
  t.notMatch(patchText(twice), /[&*]/, 'what is said twice is written twice');
});

void t.test('it does so from the middle of a denial and of a report', async (t) => {
  const found = decision(judgement({ patch }));
  const result = { decisions: [found], unreadable: [], skipped: [], catalogue: '' };
  for (const text of [denialText(found), scanText(result)]) {
    const [pasted = ''] = below(text, 'Patch (kubectl patch --type=json):');
    t.strictSame(parse(pasted), patch);
    t.strictSame(asKubectlReads(pasted), patch, 'by kubectl');
    const object = { spec: { list: [], 'a/b~c': 1, gone: 1 } };
    t.strictSame(patched(object, asKubectlReads(pasted) as PatchOperation[]), patched(object, patch));
  }
});

void t.test('nothing is folded', async (t) => {
  const value = 'seldon-v2-controller-manager '.repeat(20);
  t.equal(patchText([{ op: 'add', path: '/a', value }]).split('\n').length, 3);
});

void t.test('a patch on a line is one line, in YAML and JSON', async (t) => {
  for (const each of [...patch.map((one) => [one]), patch, twice]) {
    const line = patchLine(each);
    t.notMatch(line, /[\p{Cc}\p{Zl}\p{Zp}]/u);
    t.strictSame(JSON.parse(line), each);
    t.strictSame(asKubectlReads(line), each);
  }
});
