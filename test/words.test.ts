import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { tryPolicy } from '../src/commands/try-policy.ts';
import { BUILT_IN, readCatalogue } from '../src/sources/policies.ts';

// What CONTRIBUTING.md, "How messages are written", asks of every word that a person reads, as far as a machine can tell: of
// the templates in policy.yaml, of the comments that tell an example's story, and of what users are told once checks have
// filled the templates in.

/** The verbs that remedies begin with. A new one is a decision: first look whether one of these says it. */
const IMPERATIVES = new Set(
  (
    'Add Allow Apply Ask Call Check Compare Copy Correct Create Cure Forward Give Keep Leave Let Mount Move Name Put ' +
    'Remove Require Scale Select Send Set Use Write'
  ).split(' '),
);

/** One name for one thing: what is not written, and what stands there instead. */
const VOCABULARY: readonly (readonly [RegExp, string])[] = [
  [
    /\bin sight\b|\bcould (not )?be read\b|\bamong what\b|\bto be seen\b|\bin the picture\b/i,
    'among the objects seen; of a value: cannot be seen',
  ],
  [/\bnot known (whether|to)\b|\bcannot be told (whether|here)\b/i, 'Whether ... is unknown, because ...'],
  [/(?<!-|\bHPA |\bingress )\bcontroller\b(?!-manager)/, 'the operator, or its controller-manager'],
  [/(?<!healthy )\bupstream\b(?! connect)/i, "Seldon's own, or Seldon's chart"],
  [/\bpost-mortem/i, 'From life: what happened'],
  [/\blookups?\b/i, 'look-up'],
  [/\bgets? ready\b/i, 'become ready'],
  [/\bSeldon 2\.\d/, 'Seldon Core 2.x'],
  [/\b(in|outside|into) Namespace \{/, 'namespace, in small letters, for where something is'],
  [/\bname servers?\b(?!-)/, 'nameserver'],
  [/\bspec\.(e|in)gress\[\d/, 'egress rule 0'],
];

/** What the remedies do not say, either. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/\b(take|leave|taking|leaving)\b[^.;,]* out\b/i, 'Remove ... from ...'],
  [/, in (\{|[A-Z])/, 'no comma before the place'],
  [/\btogether with the (guard|operator)|\balong with it\b|\bjudge it together\b/i, 'Let the guard see ...'],
];

/** Words that beg, shout, scold or promise. */
const FORBIDDEN = [
  /\bplease\b/i,
  /\bsorry\b/i,
  /!/,
  /\b(should|simply|obviously|of course|just|easily)\b/i,
  /\bwill( not)? be\b/i,
  /\p{Extended_Pictographic}/u,
  /\b(e\.g\.|i\.e\.|etc\.)/i,
];

const catalogue = readCatalogue();
const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, ' ');

/** The first lines of an example that are comments. */
function story(file: string): string {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith('#')),
    )
    .join(' ');
}

function testsOfChecks(): string {
  const folder = join(import.meta.dirname, 'checks');
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  return files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

const tested = testsOfChecks();
const begun = new Set<string>();

for (const policy of catalogue.policies)
  await t.test(policy.id, async (t) => {
    const plain = (name: string, text: string, more: typeof VOCABULARY = []): void => {
      for (const word of FORBIDDEN) t.notMatch(text, word, `${name}: ${String(word)} is not written`);
      for (const [phrase, instead] of [...VOCABULARY, ...more])
        t.notMatch(text, phrase, `${name}: ${instead}`);
    };
    t.match(policy.title, /^[A-Z].{10,84}[^.]$/, 'the title is a short statement without a full stop');
    plain('title', policy.title);
    plain('why', policy.why);
    t.ok(policy.why.trim().length > 100, 'why explains');
    t.ok(policy.symptom.trim().length > 40, 'symptom has what people search for');
    t.ok(policy.references.length > 0, 'there are sources');
    for (const reference of policy.references) t.match(reference, /^https:\/\/[\w.-]+\/\S*$/, reference);
    t.equal(new Set(policy.references).size, policy.references.length, 'no source stands twice');

    for (const [problem, words] of Object.entries(policy.problems)) {
      const [message, brief, remedy] = [words.message, words.brief, words.remedy].map(oneLine) as [
        string,
        string,
        string,
      ];
      t.ok(message.length <= 360, `${problem}: the message has ${message.length} of 360 characters`);
      t.ok(remedy.length <= 260, `${problem}: the remedy has ${remedy.length} of 260 characters`);
      t.match(message, /(\.|\.\{\w+\})$/, `${problem}: the message is a sentence`);
      t.notMatch(brief, /\.$/, `${problem}: the brief has no full stop`);
      t.match(brief, /^(?![A-Z][a-z]+ (?!\{))/, `${problem}: the brief begins in small letters`);
      t.match(remedy, /\.$/, `${problem}: the remedy is a sentence`);
      const [verb = ''] = remedy.split(' ');
      begun.add(verb);
      t.ok(IMPERATIVES.has(verb), `${problem}: the remedy begins with a verb, not with ${verb}`);
      t.equal(
        message.startsWith('Whether '),
        brief.startsWith('unknown whether '),
        `${problem}: unknown in both`,
      );
      plain(`${problem}: message`, message);
      plain(`${problem}: brief`, brief);
      plain(`${problem}: remedy`, remedy, REMEDIES);
    }

    const { examples } = await tryPolicy(BUILT_IN, policy.id, catalogue, false);
    const judgements = examples.flatMap((tried) => (tried.example.bad ? tried.judgements : []));
    for (const problem of Object.keys(policy.problems))
      t.ok(
        judgements.some((judgement) => judgement.problem === problem) ||
          new RegExp(`\\b${problem}\\b`).test(tested),
        `${problem} is shown by a bad example, or a test of its check names it`,
      );
    for (const { problem, outcome, message, brief, remedy } of judgements) {
      plain(problem, `${message} ${brief}`);
      plain(problem, remedy, REMEDIES);
      t.equal(
        /^Whether .* is unknown, because /.test(message) && brief.startsWith('unknown whether '),
        outcome === 'unknown',
        `${problem}: "Whether ... is unknown, because ..." is said of what is unknown, and of nothing else: ${message}`,
      );
    }
    for (const { example, told = '' } of examples) {
      plain(example.name, story(example.file));
      const said = told.split('\n').filter((line) => /^(- |Warning: \S)/.test(line));
      t.equal(new Set(said).size, said.length, `${example.name}: no sentence is told twice`);
    }
  });

t.strictSame(
  [...IMPERATIVES].filter((verb) => !begun.has(verb)),
  [],
  'each of the verbs is in use',
);

await t.test('README.md names every command and every policy', (t) => {
  const [readme, main] = ['README.md', 'src/main.ts'].map((file) =>
    readFileSync(join(import.meta.dirname, '..', file), 'utf8'),
  ) as [string, string];
  const commands = [...main.matchAll(/(\w+)\s*\.command\('(\w+)'\)/g)].map(([, parent = '', name = '']) =>
    parent === 'guard' ? name : `${parent} ${name}`,
  );
  t.ok(commands.length > 5, `commands are found: ${commands.join(', ')}`);
  for (const command of commands) t.match(readme, new RegExp(`\`${command}\\b`), command);
  for (const { id } of catalogue.policies) t.match(readme, `\`${id}\``, id);
  t.end();
});
