import t from 'tap';
import type { Decision } from '../../src/judge/decision.ts';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewChange } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { bench, broken, madeCatalogue, service } from '../policy/made.ts';

const KEY = 'waive.seldon-guard.io/made';

function judged(
  annotations: Readonly<Record<string, string>>,
  waivers: readonly Partial<Settings['waivers'][number]>[] = [],
  findings: readonly Finding[] = [broken('leg')],
): Decision {
  const catalogue = madeCatalogue({ made: { check: { evaluate: () => findings } } });
  const review = reviewChange(Picture.of([]), { operation: 'CREATE', object: service(annotations) });
  const whole = waivers.map((waiver) => ({ policy: 'made', reason: 'set', source: 'settings', ...waiver }));
  return judge(review, bench(catalogue, { waivers: whole }));
}

const waivedBy = (decision: Decision): string | undefined => decision.judgements[0]?.waiver;

void t.test('a waived finding still appears, marked, and does not count', async (t) => {
  const fix = [{ op: 'remove', path: '/spec' } as const];
  const findings = [
    broken('leg', { fix }),
    broken('arm', { unknown: true }),
    broken('hat', { effect: 'warn' }),
  ];
  const open = judged({}, [], findings);
  t.equal(open.effect, 'deny');
  const decision = judged({ [KEY]: 'a migration | owner=ml | until=2026-12-31' }, [], findings);
  t.equal(decision.effect, 'allow');
  t.equal(decision.verdicts[0]?.outcome, 'waived');
  t.equal(decision.judgements.length, 3);
  for (const [i, judgement] of decision.judgements.entries()) {
    t.match(judgement, {
      outcome: 'waived',
      effect: 'record',
      waiver: 'a migration (owner ml, until 2026-12-31)',
    });
    const { message, remedy, field, problem, patch } = judgement;
    const { message: m, remedy: r, field: f, problem: p, patch: q } = open.judgements[i] ?? {};
    t.strictSame([message, remedy, field, problem, patch], [m, r, f, p, q], 'with its words and cure');
  }
});

void t.test('a waived fix patches nothing', async (t) => {
  const catalogue = madeCatalogue({
    made: {
      document: { effect: 'fix' },
      check: { evaluate: () => [broken('leg', { fix: [{ op: 'remove', path: '/spec' }] })] },
    },
  });
  const on = (annotations: Record<string, string>) =>
    judge(
      reviewChange(Picture.of([]), { operation: 'CREATE', object: service(annotations) }),
      bench(catalogue),
    );
  t.equal(on({}).patch.length, 1);
  t.equal(on({ [KEY]: 'why' }).patch.length, 0);
});

void t.test('a waiver counts for its own policy only', async (t) => {
  const evaluate = () => [broken('leg')];
  const catalogue = madeCatalogue({ made: { check: { evaluate } }, other: { check: { evaluate } } });
  const object = service({ [KEY]: 'why' });
  const decision = judge(reviewChange(Picture.of([]), { operation: 'CREATE', object }), bench(catalogue));
  t.equal(decision.effect, 'deny');
  t.strictSame(
    decision.judgements.map(({ policy, outcome }) => [policy, outcome]),
    [
      ['other', 'fail'],
      ['made', 'waived'],
    ],
  );
});

void t.test('the words of a waiver are its reason, then owner and end', async (t) => {
  t.equal(waivedBy(judged({ [KEY]: 'why' })), 'why');
  t.equal(waivedBy(judged({ [KEY]: 'why | owner=ml' })), 'why (owner ml)');
  t.equal(
    waivedBy(judged({ [KEY]: 'why | until=2026-11-20' })),
    'why (until 2026-11-20)',
    'today is its last day',
  );
});

void t.test('a waiver that has ended, gives no reason or is not understood does not count', async (t) => {
  for (const value of [
    '',
    '<why>',
    'why | until=2026-11-19',
    'why | until=soon',
    'why | because',
    '| until=2026-12-31',
    '<why> | owner=<who> | until=<YYYY-MM-DD>',
  ])
    t.equal(judged({ [KEY]: value }).effect, 'deny', JSON.stringify(value));
  t.equal(judged({ 'waive.seldon-guard.io/mad': 'why' }).effect, 'deny', 'another id');
});

void t.test('settings waive by namespace, kind and name, all that are given', async (t) => {
  const WAIVERS: [Partial<Settings['waivers'][number]>, boolean][] = [
    [{}, true],
    [{ namespace: 'shop' }, true],
    [{ kind: 'Service' }, true],
    [{ name: 'web' }, true],
    [{ namespace: 'shop', kind: 'Service', name: 'web' }, true],
    [{ namespace: 'dev' }, false],
    [{ kind: 'Deployment' }, false],
    [{ name: 'we' }, false],
    [{ namespace: 'shop', kind: 'Service', name: 'api' }, false],
    [{ policy: 'other' }, false],
    [{ until: '2026-11-20' }, true],
    [{ until: '2026-11-19' }, false],
  ];
  for (const [waiver, counts] of WAIVERS)
    t.equal(judged({}, [waiver]).effect, counts ? 'allow' : 'deny', JSON.stringify(waiver));
  t.equal(
    waivedBy(judged({}, [{ name: 'api' }, { owner: 'ml' }])),
    'set (owner ml)',
    'the first that counts',
  );
});

void t.test("the object's own waiver is asked first, and settings where it does not count", async (t) => {
  t.equal(waivedBy(judged({ [KEY]: 'own' }, [{}])), 'own');
  t.equal(waivedBy(judged({ [KEY]: 'own | until=2020-01-01' }, [{}])), 'set');
});

void t.test('a check that breaks is not waived', async (t) => {
  const decision = judged({ [KEY]: 'why' }, [{}], [broken('leg', { problem: 'wordless' })]);
  t.equal(decision.judgements[0]?.outcome, 'error');
  t.equal(decision.effect, 'warn');
});
