import t from 'tap';
import { inspect } from '../../src/judge/inspect.ts';
import { judge } from '../../src/judge/judge.ts';

import { Picture } from '../../src/model/cluster.ts';
import type { Json } from '../../src/model/json.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';
import { bench, broken, madeCatalogue, manifest, service } from '../policy/made.ts';

const create = (object = service()) => reviewChange(Picture.of([]), { operation: 'CREATE', object });

void t.test('judgements stand strongest first, then by policy, then as the check gave them', async (t) => {
  const fix = [{ op: 'remove', path: '/spec' } as const];
  const found = (given: Parameters<typeof broken>[]) => () =>
    given.map(([thing, changes]) => broken(thing, changes));
  const finds = (...given: Parameters<typeof broken>[]) => ({ check: { evaluate: found(given) } });
  const findsLast = (...given: Parameters<typeof broken>[]) => ({
    check: { evaluate: found(given), last: true } as const,
  });
  const catalogue = madeCatalogue({
    b: finds(['b1', { effect: 'warn' }], ['b3'], ['b2'], ['b0', { effect: 'record' }]),
    a: findsLast(
      ['a2', { effect: 'warn' }],
      ['a9', { effect: 'fix', fix }],
      ['a1', { effect: 'warn' }],
      ['a5'],
    ),
    c: finds(['c1']),
  });
  const decision = judge(create(), bench(catalogue));
  const things = decision.judgements.map(({ brief }) => brief.split(' ')[0]);
  t.strictSame(things, ['a5', 'b3', 'b2', 'c1', 'a9', 'a2', 'a1', 'b1', 'b0']);
  t.equal(decision.effect, 'deny');
  t.strictSame(decision.patch, fix, 'only what is to be fixed is patched');
});

void t.test('the effect is the strongest one that counts', async (t) => {
  for (const effect of ['deny', 'warn', 'record'] as const) {
    const catalogue = madeCatalogue({
      made: { check: { evaluate: () => [broken('leg', { effect: 'record' }), broken('arm', { effect })] } },
    });
    t.equal(judge(create(), bench(catalogue)).effect, effect);
  }
  t.equal(judge(create(), bench(madeCatalogue({ made: {} }))).effect, 'allow');
});

void t.test('a policy that is switched off, or not asked, says so and is not asked', async (t) => {
  let asked = 0;
  const evaluate = () => [broken(`leg ${(asked += 1)}`)];
  const catalogue = madeCatalogue({
    made: { document: { appliesTo: { Service: ['CREATE'] } }, check: { evaluate } },
  });
  const verdict = (policies: object, operation: 'CREATE' | 'DELETE' = 'CREATE', object = service()) =>
    judge(
      reviewChange(Picture.of([]), { operation, object }),
      bench(catalogue, { policies: policies as never }),
    ).verdicts;
  const not = (why: string) => [
    { policy: 'made', outcome: 'not-applicable', why, judgements: [], readPicture: false },
  ];
  t.strictSame(verdict({ made: { effect: 'off' } }), not('switched off by settings'));
  t.strictSame(verdict({ made: { namespaces: { shop: 'off' } } }), not('switched off by settings'));
  t.strictSame(verdict({}, 'DELETE'), not('not asked on DELETE of a Service'));
  t.equal(asked, 0);
  t.equal(verdict({ made: { effect: 'off', namespaces: { shop: 'warn' } } })[0]?.outcome, 'fail');
  t.equal(verdict({ made: { namespaces: { dev: 'off' } } })[0]?.outcome, 'fail');
  t.equal(asked, 2);
  const pod = manifest({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } });
  const other = manifest({ apiVersion: 'example.com/v1', kind: 'Service', metadata: { name: 'a' } });
  for (const object of [pod, other]) t.strictSame(verdict({}, 'CREATE', object), [], 'nobody is about it');
});

void t.test('a policy that finds nothing has passed', async (t) => {
  const [verdict] = judge(create(), bench(madeCatalogue({ made: {} }))).verdicts;
  t.strictSame(verdict, { policy: 'made', outcome: 'pass', judgements: [], readPicture: false });
});

void t.test('a verdict is the worst of its findings', async (t) => {
  const outcome = (...findings: ReturnType<typeof broken>[]) =>
    judge(create(), bench(madeCatalogue({ made: { check: { evaluate: () => findings } } }))).verdicts[0]
      ?.outcome;
  t.equal(outcome(broken('a', { unknown: true }), broken('b')), 'fail');
  t.equal(outcome(broken('a', { unknown: true })), 'unknown');
});

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) frozen(Reflect.get(value, key) as unknown);
  if (value instanceof Map) for (const each of value.values()) frozen(each as unknown);
  return value;
}

void t.test('judging changes nothing, and says the same twice', async (t) => {
  const real = frozen(bench(readCatalogue()));
  for (const policy of policiesIn(BUILT_IN))
    for (const { name, object, previous, cluster } of await readExamples(BUILT_IN, policy)) {
      const operation = previous === undefined ? 'CREATE' : 'UPDATE';
      const picture = frozen(Picture.of(cluster));
      const review = frozen(reviewChange(picture, { operation, object, previous }));
      const first = judge(review, real);
      t.notOk(
        first.verdicts.some(({ outcome }) => outcome === 'error'),
        `${policy}/${name}: no check writes to what it reads`,
      );
      const fresh = reviewChange(Picture.of(cluster), { operation, object, previous });
      t.strictSame(judge(review, real).judgements, first.judgements, `${policy}/${name}: twice`);
      t.strictSame(
        judge(fresh, real).judgements,
        first.judgements,
        `${policy}/${name}: with nothing remembered`,
      );
    }
});

void t.test('a cluster is inspected object by object, in their order', async (t) => {
  const names = ['b', 'dev', 'a'].map((name) =>
    manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  const picture = Picture.of(names);
  const real = bench(readCatalogue());
  const decisions = inspect(names, picture, real);
  t.strictSame(
    decisions.map(({ object, effect }) => [object.name, effect]),
    [
      ['b', 'allow'],
      ['dev', 'deny'],
      ['a', 'allow'],
    ],
  );
  t.strictSame(decisions[1]?.judgements, judge(reviewState(picture, names[1] ?? service()), real).judgements);
});

void t.test('a cure that carries garbage along is none', async (t) => {
  let deep: Json = 'bottom';
  for (let level = 0; level < 5000; level++) deep = [deep];
  const fix = [{ op: 'add', path: '/spec/it', value: deep } as const];
  const evaluate = () => [broken('it', { effect: 'fix', fix })];
  const catalogue = madeCatalogue({ a: { check: { evaluate } } });
  const { judgements, patch } = judge(create(), bench(catalogue));
  t.strictSame(patch, []);
  t.match(judgements, [{ outcome: 'fail', effect: 'warn', patch: undefined }]);
});
