import t from 'tap';
import { withObject } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { answer } from '../../src/reports/answer.ts';
import { denialText } from '../../src/reports/denial.ts';
import { decided, decision, examples, judgement } from './decided.ts';

const fix = [{ op: 'remove', path: '/spec/leg' } as const];
const deny = judgement({ message: 'Denied.', brief: 'denied', patch: fix });
const warned = judgement({ policy: 'wary', effect: 'warn', brief: 'warned', remedy: 'Beware.' });
const fixed = judgement({ policy: 'kind', effect: 'fix', brief: 'fixed', remedy: 'Fix it.', patch: fix });
const noted = judgement({ policy: 'quiet', effect: 'record', brief: 'noted' });
const waived = judgement({
  policy: 'spared',
  effect: 'record',
  outcome: 'waived',
  waiver: 'why',
  brief: 'waived',
  patch: fix,
});
const unknown = judgement({
  policy: 'blind',
  effect: 'warn',
  outcome: 'unknown',
  brief: 'unknown',
  remedy: 'Look.',
});

void t.test('/validate denies what is to be denied', async (t) => {
  const all = decision(deny, fixed, warned, unknown, noted, waived);
  const { allowed, status, patch, warnings } = answer(all, 'validate');
  t.equal(allowed, false);
  t.equal(patch, undefined);
  t.strictSame(status, {
    code: 403,
    reason: 'Forbidden',
    message: denialText(all),
    details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec.leg', message: 'made: denied' }] },
  });
  t.strictSame(
    warnings.filter((line) => !line.startsWith('  ')),
    ['kind: fixed', 'wary: warned', 'blind: unknown'],
    'and warns beside it; what is noted or waived is not said',
  );
});

void t.test('/validate admits everything else', async (t) => {
  for (const each of [[], [fixed], [warned], [unknown], [noted], [waived], [fixed, warned, noted, waived]]) {
    const { allowed, status, patch } = answer(decision(...each), 'validate');
    t.strictSame([allowed, status, patch], [true, undefined, undefined]);
  }
  t.strictSame(answer(decision(noted, waived), 'validate').warnings, []);
  const effects = (['deny', 'warn'] as const).map((effect) => decision({ ...waived, effect }));
  for (const each of effects)
    t.match(answer(each, 'validate'), { allowed: true, warnings: [] }, 'whatever its effect');
});

void t.test('/mutate patches and never denies', async (t) => {
  const { allowed, status, patch, warnings } = answer(decision(deny, fixed, warned, waived), 'mutate');
  t.equal(allowed, true);
  t.equal(status, undefined);
  t.strictSame(patch, fix, 'the denial has a patch too, but is not to be fixed');
  t.strictSame(warnings, ['kind: patched: fixed', '  Remedy: Fix it.']);
  t.strictSame(answer(decision(deny, warned, noted, waived), 'mutate'), {
    allowed: true,
    warnings: [],
    auditAnnotations: {
      effect: 'deny',
      made: 'fail: broken=deny',
      wary: 'fail: broken=warn',
      quiet: 'fail: broken=record',
      spared: 'waived: broken=record',
    },
  });
});

void t.test('every denial has a cause with the path of its field', async (t) => {
  const { status } = answer(
    decision(
      judgement({ field: ['spec', 'ingress', 0, 'from'] }),
      judgement({ field: ['metadata', 'labels', 'app.kubernetes.io/name'] }),
      judgement({ field: [], outcome: 'error' }),
    ),
    'validate',
  );
  t.strictSame(
    status?.details.causes.map(({ field }) => field),
    ['spec.ingress[0].from', 'metadata.labels[app.kubernetes.io/name]', ''],
  );
});

void t.test('audit annotations name policies, problems and effects', async (t) => {
  const bent = { ...deny, problem: 'bent', effect: 'warn' } as const;
  const all = decision(deny, deny, fixed, bent, waived);
  const annotations = {
    effect: 'deny',
    made: 'fail: broken=deny, bent=warn',
    kind: 'fail: broken=fix',
    spared: 'waived: broken=record',
  };
  t.strictSame(answer(all, 'validate').auditAnnotations, annotations);
  t.strictSame(answer(all, 'mutate').auditAnnotations, { ...annotations, patched: 'remove /spec/leg' });
  t.strictSame(answer(decision(), 'validate').auditAnnotations, { effect: 'allow' });
  t.strictSame(answer(decision(waived), 'validate').auditAnnotations, {
    effect: 'allow',
    spared: 'waived: broken=record',
  });
  const passed = {
    ...decision(),
    verdicts: [{ policy: 'calm', outcome: 'pass', judgements: [], readPicture: false } as const],
  };
  t.strictSame(
    answer(passed, 'validate').auditAnnotations,
    { effect: 'allow' },
    'those that found nothing are left out',
  );
});

void t.test('it holds for every example, and for what /mutate makes of it', async (t) => {
  let patches = 0;
  for (const example of examples) {
    const name = `${example.policy}/${example.name}`;
    const found = decided(example);
    const [mutate, validate] = [answer(found, 'mutate'), answer(found, 'validate')];
    t.ok(mutate.allowed && mutate.status === undefined, `${name}: /mutate never denies`);
    t.equal(validate.patch, undefined, `${name}: /validate never patches`);
    t.equal(validate.allowed, found.effect !== 'deny', name);
    for (const { auditAnnotations } of [mutate, validate]) {
      for (const key of Object.keys(auditAnnotations))
        t.match(
          key,
          /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/,
          `${name}: the API server takes annotation ${key}`,
        );
      for (const { policy, problem, effect } of found.judgements)
        t.match(auditAnnotations[policy], `${problem}=${effect}`, `${name}: ${policy} is named`);
    }
    for (const { field } of validate.status?.details.causes ?? [])
      t.match(field, /^(?:spec|metadata|data)\b/, name);
    if (mutate.patch === undefined) continue;
    patches += 1;
    const object = patched(example.object.object, mutate.patch);
    const after = decided(example, withObject(example.object, object));
    t.strictSame(after.patch, [], `${name}: once patched, there is nothing to patch`);
    t.notOk(
      after.judgements.some(({ effect }) => effect === 'fix'),
      `${name}: nor to speak of`,
    );
  }
  t.ok(patches > 0, `${patches} examples are patched`);
});
