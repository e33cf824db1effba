import fc from 'fast-check';
import t from 'tap';
import { corefileOf } from '../../src/model/corefile.ts';
import { answering, serverKeys } from '../../src/model/corefile-zone.ts';
import { corefileTokens } from '../../src/model/corefile-tokens.ts';

// Corefiles as coredns/caddy's caddyfile reads them.

const words = (text: string) => corefileTokens(text).map((token) => token.text);
const lines = (text: string, inside = false) =>
  corefileOf(text, inside).blocks.map(
    ({ keys, directives }) =>
      `${keys.join(' ')}: ${directives
        .map(({ name, args, body }) =>
          [
            [name, ...args.map((arg) => arg.text)].join(' '),
            ...body.map((line) => `[${line.map((word) => word.text).join(' ')}]`),
          ].join(' '),
        )
        .join('; ')}`,
  );
const faults = (text: string, inside = false) =>
  corefileOf(text, inside).faults.map(({ kind, line }) => `${kind} ${line}`);

void t.test('words: quotes, comments, braces that touch others', (t) => {
  t.strictSame(words('.:53{ a#b {\n"c d" "e\\"f" # }\n}'), ['.:53{', 'a', '{', 'c d', 'e"f', '}']);
  t.strictSame(words('8.8.8.8#53 1.1.1.1 # x\nlog#\n# y'), ['8.8.8.8', '1.1.1.1', 'log']);
  t.strictSame(
    corefileTokens('a\n"b\nc" d\ne').map(({ text, line }) => [text, line]),
    [
      ['a', 1],
      ['b\nc', 2],
      ['d', 3],
      ['e', 4],
    ],
  );
  const text = 'x "y z"\n  w';
  for (const { text: word, start, end } of corefileTokens(text))
    t.equal(text.slice(start, end).replaceAll('"', ''), word);
  t.end();
});

void t.test('blocks, plugins and their own lines', (t) => {
  t.strictSame(
    lines(
      'a.example:53,\nb.example {\n  health {\n    lameduck 5s\n  }\n  forward . 1.1.1.1 {\n    except x\n    policy random\n  }\n}\n. {\n whoami\n}\n',
    ),
    [
      'a.example:53 b.example: health [lameduck 5s]; forward . 1.1.1.1 [except x] [policy random]',
      '.: whoami',
    ],
  );
  t.strictSame(lines('.:53\nerrors\nwhoami'), ['.:53: errors; whoami'], 'one block needs no braces');
  t.strictSame(lines('log\nhosts {\n 10.0.0.1 a\n}', true), ['.:53: log; hosts [10.0.0.1 a]']);
  t.end();
});

void t.test('snippets are put in, files are named', (t) => {
  const text =
    '(common) {\n errors\n cache 30 {\n  success 10\n }\n}\n. {\n import common\n import /etc/x/*.override\n whoami\n}\nimport /etc/x/*.server\n';
  t.strictSame(lines(text), ['.: errors; cache 30 [success 10]; whoami']);
  const { imports, blocks } = corefileOf(text);
  t.strictSame(
    [imports, blocks.map((block) => block.imports)],
    [['/etc/x/*.server'], [['/etc/x/*.override']]],
  );
  const endless = `${'(a) {\n import b\n import b\n}\n'}(b) {\n import a\n import a\n}\n. {\n import a\n}\n`;
  t.ok(corefileOf(endless).blocks.length <= 1, 'snippets that import each other come to an end');
  t.end();
});

void t.test('braces', (t) => {
  t.strictSame(faults('. {\n health {\n  lameduck 5s\n errors\n}\n'), ['unclosed 1']);
  t.strictSame(faults('. {\n errors {\n'), ['unclosed 2']);
  t.strictSame(faults('(a) {\n errors\n'), ['unclosed 1']);
  t.strictSame(faults('. {\n errors\n}\n}\n'), ['unopened 4']);
  t.strictSame(faults('.:53{\n errors\n}\n'), ['unopened 3'], 'a brace that touches the key is a part of it');
  t.strictSame(faults('log\n}\n', true), ['unopened 2']);
  t.strictSame(faults('. { kubernetes cluster.local\n forward . /etc/resolv.conf }'), ['in-line 2']);
  t.strictSame(
    faults('. {\n log "}"\n}\n# }\n'),
    ['in-line 2', 'unopened 3'],
    'a quoted brace is one to its parser, too',
  );
  for (const good of ['', '# nothing', '. {\n}\n', '.:53 {\n errors { }\n}', '. {\n log\n} # }\n'])
    t.strictSame(faults(good), [], good);
  t.end();
});

void t.test('who answers for a name', (t) => {
  const { blocks } = corefileOf(
    '.:53 {\n a\n}\nlocal {\n b\n}\nCluster.Local.:5353 {\n c\n}\ntls://. {\n d\n}\n',
  );
  t.strictSame(blocks.flatMap(serverKeys), [
    { zone: '', port: 53 },
    { zone: 'local', port: 53 },
    { zone: 'cluster.local', port: 5353 },
  ]);
  const by = (name: string, port: number) => answering(blocks, name, port)?.directives[0]?.name;
  t.strictSame(
    [by('cluster.local', 53), by('cluster.local', 5353), by('notlocal', 53), by('example', 5353)],
    ['b', 'c', 'a', undefined],
  );
  const turned = corefileOf('local {\n b\n}\n. {\n a\n}\n').blocks;
  t.equal(answering(turned, 'cluster.local', 53)?.directives[0]?.name, 'b', 'the order has no meaning');
  t.end();
});

void t.test('nothing makes it throw, and every word is in the text', (t) => {
  const piece = fc.constantFrom('{', '}', '"', '\\', '#', '\n', ' ', '(a)', 'import', 'a', '.:53', ',');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.boolean(), (pieces, inside) => {
      const text = pieces.join('');
      corefileOf(text, inside);
      const tokens = corefileTokens(text);
      return tokens.every(({ start, end }, i) => start < end && (tokens[i - 1]?.end ?? 0) <= start);
    }),
  );
  t.end();
});
