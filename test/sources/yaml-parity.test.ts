import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseDocuments } from '../../src/sources/yaml-documents.ts';
import { ASSETS } from '../api-server.ts';

const KUBECTL = join(ASSETS, 'kubectl');
const noKubectl = existsSync(KUBECTL) ? false : `no kubectl in ${ASSETS}`;
const HEAD = 'apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: x, labels: {a: b}}\n';

/** What kubectl makes of a manifest: it prints the JSON that it would send, and needs no server for it. */
function asKubectl(text: string): { data?: unknown } | undefined {
  try {
    const args = ['label', '--local', '-f', '-', '-o', 'json', 'a=b', '--overwrite'];
    return JSON.parse(
      execFileSync(KUBECTL, args, { input: text, encoding: 'utf8', stdio: 'pipe' }),
    ) as object;
  } catch {
    return undefined;
  }
}

const SCALARS = `yes Yes YES yEs no y Y n N on Off ON true True TRUE tRUE false ~ null Null NULL nuLL
  0755 0o755 0O17 0x1F 0X1f 0b101 0B11 -0b11 089 1_000 1__0 _1 -0755 +12 -0x1F 0_7 00 0 -0 0x 0b12 0xg 0_
  12:30 12:30:45 2001-01-01 2001-12-14t21:59:43.10-05:00 2001-1-1
  12345678901234567890 9007199254740991 123456789012345678901234567890 -9223372036854775809 0xFFFFFFFFFFFFFFFF
  1e3 1.50 1. .5 +.5 -.5e-3 ._5 .5_ .5_0 .5e1_0 -._5 .e5 5_ 1e400 685.230_15e+03 6.8523015E+5 1.0 1e21 1.5e-7 12e03 1_0.5 1e 1e+ . .. -. + - 0. -0.0
  1.2.3 0x1p4 1e1_0 = 1Mi 100m 10% 8080/TCP ١ "yes" '0755' "1.0" "~" '' !!str !!str:yes !!int:"5" !!float:3 !!bool:"yes"
  !!bool:on !!binary:aGVsbG8= !foo:1 !:12`
  .split(/\s+/)
  .map((scalar) => scalar.replace(/^(!\w*!?\w*):/, '$1 '))
  .filter((scalar) => scalar !== '-');

void t.test('scalars are what kubectl takes them for', { skip: noKubectl }, async (t) => {
  const text = `${HEAD}data:\n${SCALARS.map((scalar) => `- ${scalar}`).join('\n')}\n`;
  const theirs = asKubectl(text)?.data as unknown[];
  const ours = (parseDocuments(text).documents[0]?.value as { data: unknown[] } | undefined)?.data ?? [];
  t.equal(theirs.length, SCALARS.length);
  for (const [i, scalar] of SCALARS.entries()) t.strictSame(ours[i], theirs[i], scalar);
});

/** Whole documents; `kubectl refuses` means that both must. */
const DOCUMENTS = [
  'j: &x {p: 1, q: 2}\nk: {<<: *x, q: 3}',
  'j: &x {p: 1, q: 2}\nk: {q: 3, <<: *x}',
  'j: &x {p: 1, q: 2}\nk: {<<: [{p: 9, z: 1}, *x]}',
  'j: &x {p: 1}\nk: {"<<": *x}',
  'k: {<<: 3}',
  'l: {1: a, true: b, 1.5: c, 0x10: e, no: f, 2001-01-01: g, "2": h}',
  '[=, <<]: x',
  'a: {b:1, c}',
  'a: {"b":1}',
  'a: x#y',
  'a: !!set {a, b}',
  'a: !!omap [a: 1]',
  'a: !foo {b: 1}',
  'a: {\n b: 1\n}',
  'a: |2\n    x\nb: >-\n  l1\n  l2\n\n  l3',
  "a: 'b''c'\nd: \"e\\tf\\x41\"",
  '? a\n: b',
  'a: *q',
  'a: &a [*a]',
  'a: .inf',
  'null: x',
  'a: {{ .Values.x }}',
  'a: x: y',
  'a: @x',
  'a: [1, 2',
  'a: 1\n\tb: 2',
  'a: !!int "x"',
  '__proto__: {a: 1}',
  'a:\n- b\n- c: 1\n  d: 2\n-',
  'a:\n  - - 1\n    - 2\n  -\n    b: c',
].map((data) => `${HEAD}data:\n${data.replaceAll(/^/gm, '  ')}\n`);

void t.test('documents are what kubectl takes them for', { skip: noKubectl }, async (t) => {
  for (const text of DOCUMENTS) {
    const [ours] = parseDocuments(text).documents;
    t.strictSame(ours?.value, asKubectl(text), text);
  }
});
