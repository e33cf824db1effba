import { existsSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readCatalogue } from '../../src/sources/policies.ts';
import { guard, temporaryFolder } from './guard-process.ts';

// `seldon-guard scan` as a process of its own: what it prints, where, and the exit code that a pipeline goes by.

t.setTimeout(120_000);

const POLICIES = join(import.meta.dirname, '../../policies');
const BAD = join(POLICIES, 'control-plane-reachable/bad.yaml');
const GOOD = join(POLICIES, 'control-plane-reachable/good.yaml');
const UPSTREAM = join(import.meta.dirname, '../../../shared/corpus/upstream-good');

const NAMESPACE_DEV = '# a comment\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: dev\n';

interface Report {
  readonly findings: readonly {
    readonly policy: string;
    readonly problem: string;
    readonly effect: string;
    readonly verdict: string;
    readonly resource: object;
    readonly field: string;
    readonly message: string;
    readonly remedy: string;
    readonly patch?: readonly object[];
    readonly source?: object;
  }[];
  readonly summary: Readonly<Record<string, unknown>>;
}

async function report(...args: Parameters<typeof guard>): Promise<Report & { code: number | null }> {
  const { code, stdout, stderr } = await guard(['scan', '--format', 'json', ...args[0]], args[1]);
  t.equal(stderr, '', 'nothing beside the report');
  return { ...(JSON.parse(stdout) as Report), code };
}

void t.test('nothing denied: exit 0 and a summary', async (t) => {
  const { code, stdout, stderr } = await guard(['scan', GOOD]);
  t.equal(code, 0, stdout);
  t.equal(stderr, '');
  t.match(stdout, /(^|\n)6 resources: 0 errors, \d+ warnings, \d+ notes?\n$/);
});

void t.test('something denied: exit 1, with place, sentence, remedy, patch and summary', async (t) => {
  const { code, stdout, stderr } = await guard(['scan', BAD]);
  t.equal(code, 1);
  t.equal(stderr, '');
  t.match(
    stdout.split('\n').find((line) => line.includes(': error ')),
    /bad\.yaml:\d+:\d+: error control-plane-reachable: NetworkPolicy financial-ml\/isolation$/,
  );
  t.match(stdout, /\n  seldon-envoy cannot reach seldon-scheduler on TCP 9002: /);
  t.match(stdout, /\n  Remedy: Allow these flows in this policy/);
  t.match(
    stdout,
    /\n  Patch \(kubectl patch --type=json\):\n    - op: add\n      path: \/spec\/ingress\/-\n/,
  );
  t.match(stdout, /\n\n6 resources: \d\d errors, \d warnings, \d notes?\n$/);
});

void t.test('JSON: the findings of the contract, each with its place in the file', async (t) => {
  const folder = temporaryFolder(t);
  const file = folder.write('dev.yaml', NAMESPACE_DEV);
  const { code, findings, summary } = await report([file]);
  t.equal(code, 1);
  t.equal(findings.length, 1);
  t.match(findings[0], {
    policy: 'namespace-not-public',
    problem: 'public-suffix',
    effect: 'deny',
    verdict: 'fail',
    resource: { apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'dev' },
    field: 'metadata.name',
    message: /seldon-scheduler\.dev/,
    remedy: /^Create a Namespace under another name/,
  });
  t.same(findings[0]?.source, { file, line: 5, column: 3 }, 'the field metadata.name');
  t.match(summary, {
    resources: 1,
    deny: 1,
    fix: 0,
    warn: 0,
    record: 0,
    unknown: 0,
    error: 0,
    waived: 0,
    unreadable: [],
    skipped: [],
    catalogue: readCatalogue().digest,
  });
});

void t.test('JSON: a patch is on the finding that it cures', async (t) => {
  const { code, findings } = await report([join(POLICIES, 'policy-rules-well-formed/bad.yaml')]);
  t.equal(code, 1);
  const misplaced = findings.find(({ policy }) => policy === 'policy-rules-well-formed');
  t.match(misplaced, { field: 'spec.ingress[0].to', source: { line: 13, column: 5 } });
  t.match(misplaced?.patch, [
    { op: 'remove', path: '/spec/ingress/0/to' },
    { op: 'add', path: '/spec/ingress/0/from' },
  ]);
});

void t.test('standard input is one more file, beside a folder and a file given twice', async (t) => {
  const folder = temporaryFolder(t);
  const file = folder.write('a.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata: { name: mine }\n');
  folder.write('notes.txt', NAMESPACE_DEV);
  const { code, findings, summary } = await report(['-', folder.path('.'), file], { input: NAMESPACE_DEV });
  t.equal(code, 1);
  t.same(
    findings.map(({ source }) => source),
    [{ file: 'stdin', line: 5, column: 3 }],
  );
  t.match(summary, { resources: 2 });
});

void t.test('what cannot be read is said with its line, and the rest is judged: exit 2', async (t) => {
  const folder = temporaryFolder(t);
  folder.write('dev.yaml', NAMESPACE_DEV);
  const broken = folder.write('broken.yaml', 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: [dev\n');
  const { code, stdout } = await guard(['scan', folder.path('.'), folder.path('missing.yaml')]);
  t.equal(code, 2);
  t.match(stdout, new RegExp(`^${broken}:[45]:\\d+: error unreadable\n  \\S`, 'm'));
  t.match(stdout, /missing\.yaml: error unreadable\n {2}\S.*missing\.yaml does not exist\./);
  t.match(stdout, /dev\.yaml:5:3: error namespace-not-public/);
  t.notMatch(stdout, /\n +at /);
  const { summary } = await report([folder.path('.')]);
  t.match(summary, { deny: 1, unreadable: [{ file: broken, line: /^[45]$/, message: /broken\.yaml/ }] });
  const { code: empty, stdout: said } = await guard(['scan', '-'], { input: '' });
  t.equal(empty, 2);
  t.match(said, /stdin is empty; did the command before the pipe fail\?/);
});

void t.test(
  '--context is part of the cluster and is not judged; --namespace is where the others are',
  async (t) => {
    const folder = temporaryFolder(t);
    const context = folder.write('dev.yaml', NAMESPACE_DEV);
    const policy = folder.write(
      'policy.yaml',
      'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: a }\nspec: { podSelector: {}, ingress: [{ to: [{ podSelector: {} }] }] }\n',
    );
    const { findings, summary } = await report([policy, '--context', context, '--namespace', 'mine']);
    t.notOk(findings.some(({ policy }) => policy === 'namespace-not-public'));
    t.match(summary, { resources: 1 });
    t.match(findings, [{ resource: { kind: 'NetworkPolicy', namespace: 'mine' } }]);
  },
);

void t.test('settings change what is denied', async (t) => {
  const folder = temporaryFolder(t);
  const file = folder.write('dev.yaml', NAMESPACE_DEV);
  const with_ = (text: string) => report([file, '--settings', folder.write('settings.yaml', text)]);
  const warned = await with_('policies: { namespace-not-public: { effect: warn } }');
  t.match(warned, { code: 0, findings: [{ effect: 'warn' }], summary: { deny: 0, warn: 1 } });
  const waived = await with_('waivers: [{ policy: namespace-not-public, reason: ours, name: dev }]');
  t.match(waived, { code: 0, findings: [{ verdict: 'waived', waiver: 'ours' }], summary: { waived: 1 } });
  const idle = folder.write('idle.yaml', 'waivers: [{ policy: control-plane-reachable, reason: ours }]');
  const { stderr } = await guard(['scan', file, '--settings', idle]);
  t.match(stderr, /^seldon-guard: .*idle\.yaml: the waiver of control-plane-reachable is not needed: .+\n$/);
  const off = await with_('policies: { namespace-not-public: { namespaces: { dev: off } } }');
  t.match(off, { code: 0, findings: [] });
});

void t.test('what cannot be used: exit 2, a sentence each, and nothing of ours', async (t) => {
  const folder = temporaryFolder(t);
  let files = 0;
  const settings = (text: string) => ['scan', GOOD, '--settings', folder.write(`${(files += 1)}.yaml`, text)];
  const cases: [string, string[], RegExp][] = [
    ['an unknown option', ['scan', GOOD, '--colour'], /^error: unknown option '--colour'\n\(see --help\)\n$/],
    ['an unknown format', ['scan', GOOD, '--format', 'xml'], /^error: .*xml.*\n\(see --help\)\n$/],
    ['no path', ['scan'], /^error: missing required argument 'path'\n/],
    ['an unknown command', ['scam'], /^error: unknown command 'scam'\n/],
    ['no settings file', ['scan', GOOD, '--settings', 'none.yaml'], /^seldon-guard: none\.yaml: .+\n$/],
    ['settings of no YAML', settings('policies: [\n'), /^seldon-guard: \S+\d\.yaml: .+\n$/],
    ['an unknown field', settings('polices: {}\n'), /^seldon-guard: \S+\d\.yaml: .*polices.*\n$/],
    ['an unknown policy', settings('policies: { nope: {} }\n'), /^seldon-guard: .*no policy nope\n$/],
    [
      'two unknown policies',
      settings('policies: { nope: { effect: off } }\nwaivers: [{ policy: neither, reason: r }]\n'),
      /^seldon-guard: .*no policy nope\nseldon-guard: .*no policy neither\n$/,
    ],
    [
      'parameters for an unknown policy',
      settings('policies: { nope: { params: { a: 1 } } }\n'),
      /^seldon-guard: .*no policy nope\n$/,
    ],
    [
      'a parameter of another type',
      settings('policies: { namespace-not-public: { params: { resolvers: 1 } } }\n'),
      /^seldon-guard: .*namespace-not-public.*resolvers.*\n$/,
    ],
  ];
  for (const [what, args, sentence] of cases) {
    const { code, stdout, stderr } = await guard(args);
    t.equal(code, 2, what);
    t.match(stderr, sentence, what);
    t.equal(stdout, '', `${what}: nothing is reported`);
    t.notMatch(stderr, /\n +at |Error:/, `${what}: no stack`);
  }
});

void t.test('--help and --version are no mistakes', async (t) => {
  t.match(await guard(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+\n$/, stderr: '' });
  t.match(await guard(['scan', '--help']), { code: 0, stdout: /^Usage: seldon-guard scan /, stderr: '' });
});

void t.test(
  'nothing that Seldon itself ships is denied',
  { skip: existsSync(UPSTREAM) ? false : 'no corpus beside the project' },
  async (t) => {
    for (const folder of ['v2.9.1', 'operator-output', '.']) {
      const { code, findings, summary } = await report([join(UPSTREAM, folder)]);
      t.equal(code, 0, folder);
      t.same(
        findings.filter(({ effect }) => effect === 'deny' || effect === 'fix'),
        [],
        folder,
      );
      t.match(summary, { unreadable: [], error: 0 });
    }
  },
);
