import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import type { Decision } from '../../src/judge/decision.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Cluster } from '../../src/model/cluster.ts';
import { reviewChange } from '../../src/model/review.ts';
import { CannotJudge } from '../../src/policy/cannot-judge.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { answer } from '../../src/reports/answer.ts';
import { recordOf } from '../../src/reports/record.ts';
import { bench, broken, madeCatalogue, manifest, service } from '../policy/made.ts';

const SECRET = 'hunter2';

function judged(
  evaluate: Check['evaluate'],
  settings: Partial<Settings> = {},
  operation: 'CREATE' | 'UPDATE' | 'DELETE' = 'CREATE',
): Decision {
  const sound: Check['evaluate'] = () => [broken('leg', { effect: 'warn' })];
  const catalogue = madeCatalogue({ frail: { check: { evaluate } }, sound: { check: { evaluate: sound } } });
  const namespace = manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const object = service();
  const previous = operation === 'CREATE' ? undefined : object;
  const review = reviewChange(Picture.of([namespace]), { operation, object, previous });
  return judge(review, bench(catalogue, settings));
}

const throwing = (thrown: unknown): Check['evaluate'] =>
  function* () {
    yield broken('arm');
    throw thrown;
  };
const THROWN: Record<string, unknown> = {
  'an error': new Error(`${SECRET} in a message`),
  'a type error': new TypeError(SECRET),
  'a text': SECRET,
  nothing: undefined,
  null: null,
  'an object that cannot be printed': Object.create(null, {
    toString: { get: () => SECRET },
    message: {
      get() {
        throw new Error(SECRET);
      },
    },
  }),
};

for (const [name, thrown] of Object.entries(THROWN))
  void t.test(`a check that throws ${name}`, async (t) => {
    for (const onError of ['warn', 'deny'] as const) {
      const decision = judged(throwing(thrown), { onError });
      const verdict = decision.verdicts.find(({ policy }) => policy === 'frail');
      t.equal(verdict?.outcome, 'error');
      t.equal(verdict?.cause, thrown, 'the log gets what was thrown');
      t.equal(verdict?.judgements.length, 1, 'what it found before does not count');
      t.equal(decision.effect, onError, 'the consequence is the setting');
      t.match(verdict?.judgements[0], {
        outcome: 'error',
        effect: onError,
        field: [],
        patch: undefined,
        message: 'frail could not judge Service shop/web: its check failed.',
      });
      t.equal(answer(decision, 'validate').allowed, onError === 'warn');
      t.equal(answer(decision, 'mutate').allowed, true);
      const said = [decision.judgements, answer(decision, 'validate'), recordOf(decision)];
      t.notMatch(JSON.stringify(said), SECRET, 'nobody is told what was thrown');
      t.ok(
        decision.judgements.some(({ policy, outcome }) => policy === 'sound' && outcome === 'fail'),
        'the other policies are asked all the same',
      );
    }
  });

void t.test('a deletion is not refused for a check that throws', async (t) => {
  t.equal(judged(throwing(SECRET), { onError: 'deny' }, 'DELETE').effect, 'warn');
  t.equal(judged(throwing(SECRET), { onError: 'deny' }, 'UPDATE').effect, 'deny');
});

void t.test('a check that throws when asked about the past is an error too', async (t) => {
  const forgets: Check['evaluate'] = (review) => {
    if (review.previous === undefined) throw new Error(SECRET);
    return [broken('leg')];
  };
  t.equal(judged(forgets, { onError: 'deny' }, 'UPDATE').verdicts[0]?.outcome, 'error');
});

void t.test('a problem without words is an error, whatever it is called', async (t) => {
  for (const problem of ['bent', 'constructor', '__proto__', 'toString'])
    t.equal(judged(() => [broken('leg', { problem })]).verdicts[0]?.outcome, 'error', problem);
});

void t.test('a check that is switched off cannot break', async (t) => {
  const decision = judged(throwing(SECRET), { onError: 'deny', policies: { frail: { effect: 'off' } } });
  t.equal(decision.verdicts[0]?.outcome, 'not-applicable');
  t.equal(decision.effect, 'warn');
});

void t.test('to read a kind that is not declared is an error', async (t) => {
  const READS: Record<string, (cluster: Cluster) => unknown> = {
    list: (cluster) => cluster.list('Namespace'),
    get: (cluster) => cluster.get('Namespace', '', 'shop'),
    sees: (cluster) => cluster.sees('Namespace'),
    pick: (cluster) => cluster.pick({ kind: 'Namespace', of: () => 1 }),
    'derive from picks': (cluster) =>
      cluster.derive(
        { name: 'c', kinds: [], picks: [{ kind: 'Namespace', of: () => 1 }], compute: () => 1 },
        '',
      ),
    'derive from the Namespace itself': (cluster) =>
      cluster.derive({ name: 'd', kinds: [], namespaceItself: true, compute: () => 1 }, 'shop'),
    derive: (cluster) => cluster.derive({ name: 'a', kinds: ['Namespace'], compute: () => 1 }, ''),
    'derive everywhere': (cluster) =>
      cluster.derive({ name: 'b', kinds: [], everywhere: ['Namespace'], compute: () => 1 }, ''),
  };
  const outcome = (
    read: (cluster: Cluster) => unknown,
    needs: Check['needs'],
    when: 'cluster' | 'before',
  ) => {
    const evaluate: Check['evaluate'] = (review): Finding[] => {
      const cluster = review[when];
      if (cluster !== undefined) read(cluster);
      return [];
    };
    const catalogue = madeCatalogue({ made: { check: { evaluate, needs } } });
    const review = reviewChange(Picture.of([]), { operation: 'CREATE', object: service() });
    const [verdict] = judge(review, bench(catalogue)).verdicts;
    return [verdict?.outcome, verdict?.cause instanceof Error ? verdict.cause.message : undefined];
  };
  for (const [name, read] of Object.entries(READS))
    for (const when of ['cluster', 'before'] as const) {
      const sentence = 'check made read kind Namespace, which it does not declare in needs';
      t.strictSame(outcome(read, [], when), ['error', sentence], `${name} of ${when}`);
      t.strictSame(
        outcome(read, ['Service'], when),
        ['error', sentence],
        `${name} of ${when}, another one declared`,
      );
      t.strictSame(outcome(read, ['Namespace'], when), ['pass', undefined], `${name} of ${when}, declared`);
    }
});

void t.test('a check that knows why it cannot judge says so', async (t) => {
  const refusing = throwing(new CannotJudge('the arm is hidden', { cause: new Error(SECRET) }));
  for (const onError of ['warn', 'deny'] as const) {
    const decision = judged(refusing, { onError });
    t.equal(decision.effect, onError, 'the consequence is the setting');
    t.match(decision.judgements, [
      {
        outcome: 'error',
        message: 'frail could not judge Service shop/web, because the arm is hidden.',
        remedy: 'Correct the policy, or set it to off until then.',
      },
      { policy: 'sound' },
    ]);
    t.notMatch(JSON.stringify(decision.judgements), SECRET);
  }
  t.equal(judged(refusing, { onError: 'deny' }, 'DELETE').effect, 'warn');
});

void t.test('what a check cannot see is unknown, and never denied', async (t) => {
  const decision = judged(throwing(new CannotJudge('the arm is hidden', { unseen: true })), {
    onError: 'deny',
  });
  t.equal(decision.effect, 'warn');
  t.match(
    decision.verdicts.find(({ policy }) => policy === 'frail'),
    { outcome: 'unknown', judgements: [{ outcome: 'unknown', problem: 'not-seen', effect: 'warn' }] },
  );
});

void t.test('what is too much for a check is unknown, and never denied', async (t) => {
  const decision = judged(throwing(new CannotJudge('it has 41 arms', { tooMuch: true })), {
    onError: 'deny',
  });
  t.equal(decision.effect, 'warn');
  t.match(
    decision.verdicts.find(({ policy }) => policy === 'frail'),
    {
      outcome: 'unknown',
      judgements: [
        {
          outcome: 'unknown',
          problem: 'too-much',
          effect: 'warn',
          message: 'frail could not judge Service shop/web, because it has 41 arms.',
          remedy: 'Check it by hand, or make it smaller.',
        },
      ],
    },
  );
});
