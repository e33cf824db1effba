import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { listAt, stringAt } from '../../src/model/json.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Review } from '../../src/model/review.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import { bench, broken, madeCatalogue, manifest, service } from '../policy/made.ts';

/** What the check `made` finds: the things that stand in the object's spec.broken. */
const inObject = (changes: (thing: string, i: number) => Partial<Finding> = () => ({})): Check['evaluate'] =>
  function* (review) {
    for (const [i, thing] of listAt(review.object.object, 'spec', 'broken').entries())
      if (typeof thing === 'string')
        yield broken(thing, { field: ['spec', 'broken', i], ...changes(thing, i) });
  };

function judged(evaluate: Check['evaluate'], review: Review): [string, string, boolean][] {
  const catalogue = madeCatalogue({ made: { check: { evaluate, needs: ['Namespace'] } } });
  const decision = judge(review, bench(catalogue));
  return decision.judgements.map(({ brief, effect, standing }) => [
    brief.split(' ')[0] ?? '',
    effect,
    standing,
  ]);
}

function update(before: string[], after: string[], evaluate = inObject()) {
  const [previous, object] = [service({}, { broken: before }), service({}, { broken: after })];
  const review = reviewChange(Picture.of([previous]), { operation: 'UPDATE', object, previous });
  return judged(evaluate, review);
}

void t.test('what was broken before the change is a warning on it, what it breaks is denied', async (t) => {
  t.strictSame(update(['leg'], ['leg']), [['leg', 'warn', true]]);
  t.strictSame(update([], ['leg']), [['leg', 'deny', false]]);
  t.strictSame(update(['leg'], ['arm', 'leg']), [
    ['arm', 'deny', false],
    ['leg', 'warn', true],
  ]);
  t.strictSame(update(['leg'], []), []);
});

void t.test('a fault is the same by its problem and data, wherever it stands', async (t) => {
  t.strictSame(update(['leg', 'arm'], ['arm', 'leg']), [
    ['arm', 'warn', true],
    ['leg', 'warn', true],
  ]);
});

void t.test('a fault is the same by its key, where the check gives one', async (t) => {
  const one = inObject(() => ({ key: 'limb' }));
  t.strictSame(update(['leg'], ['arm'], one), [['arm', 'warn', true]], 'other data, one key');
  const counted = inObject((thing, i) => ({ key: `${thing} ${i}` }));
  t.strictSame(update(['leg'], ['arm', 'leg'], counted), [
    ['arm', 'deny', false],
    ['leg', 'deny', false],
  ]);
});

void t.test('what the check itself says stands before the comparison', async (t) => {
  const knows = (standing: boolean) => inObject(() => ({ standing }));
  t.strictSame(update(['leg'], ['leg'], knows(false)), [['leg', 'deny', false]]);
  t.strictSame(update([], ['leg'], knows(true)), [['leg', 'warn', true]]);
  const some = inObject((thing) => (thing === 'leg' ? { standing: false } : {}));
  t.strictSame(update(['leg', 'arm'], ['leg', 'arm'], some), [
    ['leg', 'deny', false],
    ['arm', 'warn', true],
  ]);
});

void t.test('a new object has no past, unless the check knows one', async (t) => {
  const object = service({}, { broken: ['leg'] });
  const create = reviewChange(Picture.of([]), { operation: 'CREATE', object });
  t.strictSame(judged(inObject(), create), [['leg', 'deny', false]]);
  t.strictSame(
    judged(
      inObject(() => ({ standing: true })),
      create,
    ),
    [['leg', 'warn', true]],
  );
  t.strictSame(
    judged(inObject(), reviewState(Picture.of([object]), object)),
    [['leg', 'deny', false]],
    'at rest',
  );
});

void t.test(
  'the past is the previous object in the world before, asked as a change with no past of its own',
  async (t) => {
    const [previous, object] = [service({}, { at: 'then' }), service({}, { at: 'now' })];
    const asked: unknown[] = [];
    const evaluate: Check['evaluate'] = (review) => {
      asked.push([
        review.operation,
        stringAt(review.object.object, 'spec', 'at'),
        review.previous === undefined,
        review.before === undefined,
      ]);
      return [broken('leg')];
    };
    judged(evaluate, reviewChange(Picture.of([previous]), { operation: 'UPDATE', object, previous }));
    t.strictSame(asked, [
      ['UPDATE', 'now', false, false],
      ['UPDATE', 'then', true, true],
    ]);
  },
);

void t.test('the past is not asked where nothing is found, nor where the check knows', async (t) => {
  let asked = 0;
  const counting = (findings: Finding[]) => () => {
    asked += 1;
    return findings;
  };
  update([], [], counting([]));
  t.equal(asked, 1);
  update([], [], counting([broken('leg', { standing: false })]));
  t.equal(asked, 2);
});

void t.test('a fault that the rest of the cluster makes is found in the world before as well', async (t) => {
  const lamp = (lit: string) =>
    manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { lit } } });
  const dark: Check['evaluate'] = (review) => {
    const labels = review.cluster.get('Namespace', '', 'shop')?.object['metadata'];
    return stringAt(labels, 'labels', 'lit') === 'no' ? [broken('lamp')] : [];
  };
  const [previous, object] = [lamp('no'), lamp('no')];
  t.strictSame(
    judged(dark, reviewChange(Picture.of([previous]), { operation: 'UPDATE', object, previous })),
    [['lamp', 'warn', true]],
  );
  const lit = lamp('yes');
  t.strictSame(
    judged(dark, reviewChange(Picture.of([lit]), { operation: 'UPDATE', object, previous: lit })),
    [['lamp', 'deny', false]],
  );
});
