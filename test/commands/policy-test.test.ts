import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { guard } from './guard-process.ts';
import { ownPolicy, writePolicies } from './own-policies.ts';

// `seldon-guard policy test` on policies that are whole, and on such as lack one thing.

t.setTimeout(180_000);

const POLICY = ownPolicy({
  validations: [
    {
      expression: "'team' in object.data",
      messageExpression: "object.metadata.name + ' names no team'",
      message: 'names no team',
    },
  ],
});
const made = (data: object): string =>
  stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' }, data });
const BAD = made({ owner: 'me' });
const GOOD = made({ team: 'us' });
const OUT = `Error from server (Forbidden): error when creating "bad.yaml": admission webhook "validate.seldon-guard.io" denied the request: ConfigMap shop/web is refused.

teams-are-named:
- web names no team
Remedy: Put it right.
To go ahead all the same, with a reason:
  metadata:
    annotations:
      waive.seldon-guard.io/teams-are-named: "<why> | owner=<who> | until=<YYYY-MM-DD>"
`;
const WHOLE = {
  'policy.yaml': stringify(POLICY),
  'bad.yaml': BAD,
  'bad.out': OUT,
  'good.yaml': GOOD,
};

void t.test('a policy that is whole', async (t) => {
  const folder = writePolicies(t.testdir(), { 'teams-are-named': WHOLE });
  const text = 'ok  teams-are-named  (2 examples)\n1 policy, all as they should be\n';
  for (const path of [folder, join(folder, 'teams-are-named')])
    t.match(await guard(['policy', 'test', path]), { code: 0, stdout: text, stderr: '' });
  const { code, stdout } = await guard(['policy', 'test', '--format', 'json', folder]);
  t.equal(code, 0);
  t.match(JSON.parse(stdout), {
    policies: [
      {
        policy: 'teams-are-named',
        passed: true,
        faults: [],
        examples: [
          { name: 'bad', bad: true, passed: true, problems: ['violated'] },
          { name: 'good', bad: false, passed: true, problems: [] },
        ],
      },
    ],
  });
});

void t.test('a policy that comes with the guard', async (t) => {
  const { code, stdout } = await guard(['policy', 'test', join(BUILT_IN, 'host-network-avoided')]);
  t.match(
    { code, stdout },
    { code: 0, stdout: /^ok {2}host-network-avoided {2}\(\d+ examples\)\n1 policy, all/ },
  );
});

void t.test('what is not as it should be is named', async (t) => {
  const long = ownPolicy({ validations: [{ expression: 'false', message: 'word '.repeat(30) }] });
  const { 'bad.out': _out, ...untold } = WHOLE;
  const { 'bad.yaml': _bad, ...without } = untold;
  const { 'good.yaml': _good, ...ungood } = WHOLE;
  const CASES: Readonly<Record<string, [Readonly<Record<string, string>>, RegExp]>> = {
    'bad-passes': [{ ...WHOLE, 'bad-team.yaml': GOOD }, /^ {4}bad-team: is not found$/m],
    'good-fails': [{ ...WHOLE, 'good-not.yaml': BAD }, /^ {4}good-not: does not pass: web names no team$/m],
    'no-bad': [without, /^ {4}has no manifest that fails it \(bad\.yaml\)$/m],
    'no-good': [ungood, /^ {4}has no manifest that passes it \(good\.yaml\)$/m],
    untold: [untold, /^ {4}bad\.out: is not there \(--update writes it\)$/m],
    'told-otherwise': [
      { ...WHOLE, 'bad.out': OUT.replace('no team', 'a team') },
      /^ {4}bad\.out: differs in line 4, which should be "- web names no team" \(--update/m,
    ],
    'left-over': [{ ...WHOLE, 'bad-old.out': OUT }, /^ {4}bad-old\.out: nothing makes it; remove it$/m],
    'not-cured': [
      { ...WHOLE, 'bad.fixed.yaml': GOOD },
      /^ {4}bad\.fixed\.yaml: nothing makes it; remove it$/m,
    ],
    long: [
      { ...WHOLE, 'policy.yaml': stringify(long) },
      /^ {4}bad: the brief of violated has 149 of 120 characters$/m,
    ],
    'has-no-value': [
      { ...WHOLE, 'good-none.yaml': made({}).replace('data: {}', '') },
      /good-none: does not pass: /,
    ],
  };
  const folder = writePolicies(
    t.testdir(),
    Object.fromEntries(
      Object.entries(CASES).map(([id, [files]]) => [
        id,
        Object.fromEntries(
          Object.entries(files).map(([name, text]) => [name, text.replaceAll('teams-are-named', id)]),
        ),
      ]),
    ),
  );
  const all = await guard(['policy', 'test', folder]);
  t.equal(all.code, 1, all.stderr);
  const parts = new Map(
    all.stdout.split(/^(?=(?:not )?ok )/m).map((part) => [/ {2}(\S+) {2}/.exec(part)?.[1], part]),
  );
  for (const [id, [, sentence]] of Object.entries(CASES)) {
    t.match(parts.get(id), /^not ok/, id);
    t.match(parts.get(id), sentence, id);
  }
  t.match(all.stdout, /^10 policies, 10 with something to put right$/m);
});

void t.test('--update writes what is told, and nothing else', async (t) => {
  const folder = writePolicies(t.testdir(), {
    'teams-are-named': { ...WHOLE, 'bad.out': 'old', 'bad-x.out': 'mine' },
  });
  const own = join(folder, 'teams-are-named');
  const first = await guard(['policy', 'test', '--update', folder]);
  t.match(first, { code: 1, stdout: /^ {4}bad-x\.out: nothing makes it/m });
  t.equal(readFileSync(join(own, 'bad.out'), 'utf8'), OUT);
  t.equal(readFileSync(join(own, 'bad-x.out'), 'utf8'), 'mine');
  rmSync(join(own, 'bad-x.out'));
  t.match(await guard(['policy', 'test', folder]), { code: 0 });
});

void t.test('what is no policy: exit 2', async (t) => {
  const folder = t.testdir({ empty: {} });
  for (const [path, sentence] of [
    [join(folder, 'none'), /none: is not there\n$/],
    [join(folder, 'empty'), /empty: holds no folder with a policy\.yaml\n$/],
  ] as const)
    t.match(await guard(['policy', 'test', path]), { code: 2, stdout: '', stderr: sentence });
  writePolicies(folder, { 'teams-are-named': WHOLE, broken: ownPolicy({ validations: [] }) });
  t.match(await guard(['policy', 'test', folder]), {
    code: 2,
    stderr: /broken\/policy\.yaml: policy broken, params/,
  });
  t.match(
    await guard(['policy', 'test', join(folder, 'teams-are-named')]),
    { code: 0 },
    'its neighbour is whole',
  );
  writeFileSync(join(folder, 'teams-are-named', 'bad-none.yaml'), '# nothing\n');
  t.match(await guard(['policy', 'test', join(folder, 'teams-are-named')]), {
    code: 2,
    stderr: /bad-none\.yaml/,
  });
});
