import t from 'tap';
import { parseDocuments } from '../../src/sources/yaml-documents.ts';
import { corpusText, noCorpus } from '../model/corpus.ts';

const valuesIn = (text: string) => parseDocuments(text).documents.map(({ value }) => value);
const dataIn = (text: string) => valuesIn(text)[0];
const troublesIn = (text: string) =>
  parseDocuments(text).troubles.map(({ line, column, message }) => `${line}:${column} ${message}`);

void t.test('documents are parted, and empty ones are nothing', async (t) => {
  t.same(valuesIn(''), []);
  t.same(valuesIn('# only a comment\n'), []);
  t.same(valuesIn('---\n---\n# d\n---\na: 1\n...\n---\n'), [{ a: 1 }]);
  t.same(valuesIn('a: 1\n--- # said\nb: 2\n'), [{ a: 1 }, { b: 2 }]);
  t.same(valuesIn('a: |\n  x\n  ---\n  y\n'), [{ a: 'x\n---\ny\n' }]);
  t.same(valuesIn('{"a": [1, null]}\n---\n{"b": "\\u00e9"}'), [{ a: [1, null] }, { b: 'é' }]);
});

void t.test('byte order marks, carriage returns and tabs after a colon', async (t) => {
  t.same(valuesIn('\ufeffa: 1\r\nb:\t"x"\r\n---\r\n\ufeffc: 3\r\n'), [{ a: 1, b: 'x' }, { c: 3 }]);
  t.same(parseDocuments('\ufeffa: 1\r\nb: 2\r\n').documents[0]?.placeOf(['b']), { line: 2, column: 1 });
});

void t.test('what is quoted stays text, dates too, and nothing but JSON comes out', async (t) => {
  const text =
    'a: "yes"\nb: "8080"\nc: 2026-11-20\nd: 2026-11-20T10:00:00Z\ne: 12345678901234567890\nf: 12:30\ng: "1e3"';
  const value = dataIn(text);
  t.same(value, {
    a: 'yes',
    b: '8080',
    c: '2026-11-20',
    d: '2026-11-20T10:00:00Z',
    e: Number('12345678901234567890'),
    f: '12:30',
    g: '1e3',
  });
  t.same(JSON.parse(JSON.stringify(value)), value);
});

void t.test('a key that is there twice is refused with both places', async (t) => {
  t.same(troublesIn('a: 1\nb: 2\na: 3\n'), [
    '3:1 the key "a" is there twice (first on line 1); only the last would count',
  ]);
  t.match(troublesIn('x:\n  - yes: 1\n    "true": 2\n'), [
    /^3:5 the key "true" is there twice \(first on line 2\)/,
  ]);
  t.match(
    troublesIn('{"a": 1,\n "b": {"c": 1, "c": 2}}'),
    [/^2:16 the key "c" is there twice/],
    'in JSON too',
  );
  t.same(troublesIn('{"a": "\\"b\\": 1", "b": ["a:", "\\\\"]}'), [], 'text that looks like a key is none');
});

void t.test('one broken document does not hide the others', async (t) => {
  const { documents, troubles } = parseDocuments('a: 1\n---\nb: [1\n---\nc: 3\n');
  t.same(
    documents.map(({ value }) => value),
    [{ a: 1 }, { c: 3 }],
  );
  t.match(troubles, [{ line: 4, message: /flow sequence/i }]);
  t.same(documents[1]?.placeOf(['c']), { line: 5, column: 1 });
});

void t.test('what Kubernetes has no value for is refused where it stands', async (t) => {
  t.same(troublesIn('a: .nan'), ['1:4 .nan is a number that JSON does not have']);
  t.same(troublesIn('a: *b'), ['1:4 nothing is anchored as &b before this alias']);
  t.same(troublesIn('a: &a [*a]'), ['1:8 the value anchored as &a contains itself']);
  t.same(troublesIn('~: 1'), ['1:1 a key is null; keys are strings']);
  t.same(troublesIn('? [a]\n: 1'), ['1:3 a key is a map or a list; keys are strings']);
  t.same(troublesIn('a: !!int x'), ['1:10 `x` is no !!int']);
  t.match(troublesIn('a: 1\n\tb: 2'), [/^2:1 tabs are not allowed/]);
});

void t.test('bombs do not go off', async (t) => {
  const laughs = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 12; i += 1) laughs.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(8)}*a${i - 1}]`);
  t.match(troublesIn(laughs.join('\n')), [/the aliases stand for more than 100000 values/]);
  t.match(troublesIn('['.repeat(50_000)), [/nested too deeply/]);
  t.match(troublesIn('['.repeat(50_000) + ']'.repeat(50_000)), [/nested too deeply/]);
  const many = Array.from({ length: 20_000 }, (_, i) => `k${i}: ${i}`).join('\n');
  const started = Date.now();
  t.equal(Object.keys(dataIn(many) as object).length, 20_000);
  t.ok(Date.now() - started < 5_000, 'keys are not compared with each other');
});

void t.test('a key called __proto__ is data', async (t) => {
  for (const text of ['a: {__proto__: {x: 1}}', '{"a": {"__proto__": {"x": 1}}}']) {
    const { a } = dataIn(text) as { a: object };
    t.ok(Object.hasOwn(a, '__proto__'));
    t.equal(Object.getPrototypeOf(a), Object.prototype);
  }
});

void t.test('places are those of keys and of items, and of the nearest parent', async (t) => {
  const text = `# comment
apiVersion: v1
spec:
  ports:
  - name: http   # item at its first key
    port: 80
  - {name: grpc, "port": 9000}
  empty:
`;
  const place = (...path: (string | number)[]) => {
    const { line, column } = parseDocuments(text).documents[0]?.placeOf(path) ?? { line: 0, column: 0 };
    return `${line}:${column}`;
  };
  t.equal(place(), '2:1');
  t.equal(place('spec'), '3:1');
  t.equal(place('spec', 'ports'), '4:3');
  t.equal(place('spec', 'ports', 0), '5:5');
  t.equal(place('spec', 'ports', 0, 'port'), '6:5');
  t.equal(place('spec', 'ports', 1), '7:5');
  t.equal(place('spec', 'ports', 1, 'port'), '7:18');
  t.equal(place('spec', 'ports', 1, 'protocol'), '7:5', 'a missing field is blamed on its item');
  t.equal(place('spec', 'ports', 2, 'port'), '4:3');
  t.equal(place('spec', 'empty', 'a', 'b'), '8:3');
  t.equal(place('spec', 'ports', 'name'), '4:3', 'a name is no index');
  t.equal(place('metadata', 'name'), '2:1');
});

void t.test('merged and aliased fields are where they are written', async (t) => {
  const text = 'base: &b\n  x: 1\n  z: 2\none:\n  <<: *b\n  z: 3\ntwo: *b\n';
  const [document] = parseDocuments(text).documents;
  t.same(document?.value, { base: { x: 1, z: 2 }, one: { x: 1, z: 3 }, two: { x: 1, z: 2 } });
  t.same(document?.placeOf(['one', 'x']), { line: 2, column: 3 });
  t.same(document?.placeOf(['one', 'z']), { line: 6, column: 3 });
  t.same(document?.placeOf(['two', 'z']), { line: 3, column: 3 });
});

void t.test('places in JSON', async (t) => {
  t.same(parseDocuments('\n  [1]').documents[0]?.placeOf([]), { line: 2, column: 3 });
  const [document] = parseDocuments('{\n  "a": {\n    "b": [1,\n 2]}\n}').documents;
  t.same(document?.placeOf(['a', 'b']), { line: 3, column: 5 });
  t.same(document?.placeOf(['a', 'b', 1]), { line: 4, column: 2 });
});

void t.test('places in JSON are those that the YAML parser finds', { skip: noCorpus }, async (t) => {
  const paths = (value: unknown, here: (string | number)[]): (string | number)[][] => {
    if (typeof value !== 'object' || value === null) return [here];
    const steps: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    return [here, ...steps.flatMap((step) => paths((value as never)[step], [...here, step]))];
  };
  const odd = ' {"a\\"b": [], "": {}, "c": [ -1.5e3 ,true,\t"]}\\\\" , {"d\\u0065": null}] }\n';
  const review = 'admission-reviews/0009-install-mutate-CREATE-Pod-seldon-system-noname.json';
  const whole = JSON.stringify(JSON.parse(corpusText(review)), null, 2);
  let compared = 0;
  t.doesNotThrow(() => void JSON.parse(odd));
  for (const text of [odd, whole]) {
    const [json] = parseDocuments(text).documents;
    // A comment makes it YAML.
    const [yaml] = parseDocuments(`${text} # the same`).documents;
    for (const path of paths(json?.value, [])) {
      for (const asked of [path, [...path, 'missing'], [...path, 99]])
        t.same(json?.placeOf(asked), yaml?.placeOf(asked), asked.join(' '));
      compared += 1;
    }
  }
  t.ok(compared > 100);
});
