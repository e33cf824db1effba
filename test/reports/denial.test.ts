import t from 'tap';
import { parse } from 'yaml';
import { patchOf } from '../../src/judge/judge.ts';
import { withObject } from '../../src/model/manifest.ts';
import { objectAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { patched } from '../../src/model/patch.ts';
import type { PatchOperation } from '../../src/model/patch.ts';
import { denialText } from '../../src/reports/denial.ts';
import { asKubectlReads, below, decided, decision, examples, judgement } from './decided.ts';

const PATCH = 'Patch (kubectl patch --type=json):';
const WAIVE = 'To go ahead all the same, with a reason:';

void t.test('per policy: what and because, the remedy, the patch, how to waive', async (t) => {
  const fix = [{ op: 'remove', path: '/spec/leg' } as const];
  const text = denialText(
    decision(
      judgement({ patch: fix }),
      judgement({ message: 'The arm is too.', field: [], patch: fix }),
      judgement({ policy: 'other', field: ['metadata', 'annotations', 'a/b'], remedy: 'Think.' }),
    ),
  );
  t.equal(
    text,
    `Service shop/web is refused.

made:
- The leg is broken, because it fell. (spec.leg)
- The arm is too.
Remedy: Mend the leg.
Patch (kubectl patch --type=json):
  - op: remove
    path: /spec/leg
To go ahead all the same, with a reason:
  metadata:
    annotations:
      waive.seldon-guard.io/made: "<why> | owner=<who> | until=<YYYY-MM-DD>"

other:
- The leg is broken, because it fell. (metadata.annotations[a/b])
Remedy: Think.
To go ahead all the same, with a reason:
  metadata:
    annotations:
      waive.seldon-guard.io/other: "<why> | owner=<who> | until=<YYYY-MM-DD>"`,
  );
});

void t.test('only what is denied is told', async (t) => {
  const text = denialText(
    decision(
      judgement(),
      judgement({ effect: 'fix', message: 'To be fixed.' }),
      judgement({ effect: 'warn', message: 'A warning.', remedy: 'Beware.' }),
      judgement({ effect: 'record', outcome: 'waived', waiver: 'why', message: 'Waived.' }),
    ),
  );
  t.match(text, 'The leg is broken');
  t.notMatch(text, /To be fixed|warning|Beware|Waived/);
});

void t.test('findings keep their order, ten at most, and the rest is counted', async (t) => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      judgement({
        policy: i < 7 ? 'a' : 'b',
        message: `Thing ${i}.`,
        patch: [{ op: 'add', path: '/spec/list/-', value: i }],
      }),
    );
  const told = (count: number) =>
    [...denialText(decision(...many(count))).matchAll(/^- Thing (\d+)\./gm)].map(([, n]) => Number(n));
  const first = (count: number) => [...Array(count).keys()];
  t.strictSame(told(9), first(9));
  t.strictSame(told(10), first(10));
  t.strictSame(told(11), first(10));
  t.strictSame(told(14), first(10));
  t.notMatch(denialText(decision(...many(10))), /more$/);
  t.match(denialText(decision(...many(11))), /\n\nand 1 more$/);
  const text = denialText(decision(...many(14)));
  t.match(text, /\n\nand 4 more$/);
  const [, b] = below(text, PATCH);
  t.equal((parse(b ?? '') as unknown[]).length, 7, 'the patch cures those that are only counted as well');
  t.equal(text.match(/Remedy: /g)?.length, 2, 'a remedy is given once per policy');
});

void t.test('a check that broke is not waived, so no waiver is offered', async (t) => {
  const error = judgement({ outcome: 'error', field: [] });
  t.notMatch(denialText(decision(error)), WAIVE);
  t.match(denialText(decision(error, judgement())), WAIVE);
});

void t.test('every denial of the examples can be pasted', async (t) => {
  let cured = 0;
  for (const example of examples) {
    const found = decided(example);
    if (found.effect !== 'deny') continue;
    const name = `${example.policy}/${example.name}`;
    const text = denialText(found);
    const denied = found.judgements.filter(({ effect }) => effect === 'deny');
    const policies = [...new Set(denied.map(({ policy }) => policy))];
    const patches = policies
      .map((policy) => patchOf(denied.filter((judgement) => judgement.policy === policy)))
      .filter((patch) => patch.length > 0);
    const pasted = below(text, PATCH);
    t.strictSame(
      pasted.map((yaml) => parse(yaml) as unknown),
      patches,
      `${name}: the patches are the operations`,
    );
    t.strictSame(pasted.map(asKubectlReads), patches, `${name}: kubectl reads them so`);
    for (const yaml of pasted) {
      const object = patched(example.object.object, parse(yaml) as PatchOperation[]);
      const before = denied.filter(({ patch }) => patch !== undefined).length;
      const after = decided(example, withObject(example.object, object));
      const left = after.judgements.filter(({ effect, patch }) => effect === 'deny' && patch !== undefined);
      t.ok(left.length < before, `${name}: pasted, it cures`);
      cured += 1;
    }
    const snippets = below(text, WAIVE).map((yaml) => parse(yaml) as JsonObject);
    t.equal(snippets.length, policies.length, `${name}: each policy can be waived`);
    const annotations = Object.assign(
      {},
      ...snippets.map((snippet) => objectAt(snippet, 'metadata', 'annotations')),
    );
    const waived = (fill: (pasted: string) => string) => {
      const values = Object.entries(annotations as Record<string, string>).map(([key, value]) => [
        key,
        fill(value),
      ]);
      const metadata = objectAt(example.object.object, 'metadata');
      const merged = { ...objectAt(metadata, 'annotations'), ...Object.fromEntries(values) } as JsonObject;
      const object = { ...example.object.object, metadata: { ...metadata, annotations: merged } };
      return decided(example, withObject(example.object, object));
    };
    const filled = waived((value) =>
      value.replace('<why>', 'a trial').replace('<who>', 'ml').replace('<YYYY-MM-DD>', '2026-12-31'),
    );
    t.not(filled.effect, 'deny', `${name}: filled in, it waives`);
    t.equal(
      filled.judgements.find(({ outcome }) => outcome === 'waived')?.waiver,
      'a trial (owner ml, until 2026-12-31)',
    );
    const reason = waived((value) => value.replace('<why>', 'a trial'));
    t.not(reason.effect, 'deny', `${name}: the reason alone is enough`);
    t.equal(waived((value) => value).effect, 'deny', `${name}: as it was pasted, it does not`);
  }
  t.ok(cured > 5, `${cured} patches were pasted`);
});
