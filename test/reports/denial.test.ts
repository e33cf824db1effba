import t from 'tap';
import { parse } from 'yaml';
import type { Judgement } from '../../src/judge/decision.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import { objectAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { patched } from '../../src/model/patch.ts';
import type { PatchOperation } from '../../src/model/patch.ts';
import { denialText } from '../../src/reports/denial.ts';
import { asKubectlReads, below, decided, decision, examples, judgement } from './decided.ts';

const PATCH = 'Patch (kubectl patch --type=json):';
const COMPANION =
  'Companion (kubectl apply it first, then this passes unchanged; it opens these flows alone):';
const WAIVE = 'To go ahead all the same, with a reason:';

void t.test(
  'per policy: what and because, the remedy; for all together the patch, and how to waive',
  async (t) => {
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

other:
- The leg is broken, because it fell. (metadata.annotations[a/b])
Remedy: Think.

Patch (kubectl patch --type=json):
  - op: remove
    path: /spec/leg
To go ahead all the same, with a reason:
  metadata:
    annotations:
      waive.seldon-guard.io/made: "<why> | owner=<who> | until=<YYYY-MM-DD>"
      waive.seldon-guard.io/other: "<why> | owner=<who> | until=<YYYY-MM-DD>"`,
    );
  },
);

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
  t.notMatch(denialText(decision(...many(10))), /^and \d+ more$/m);
  t.match(denialText(decision(...many(11))), /\n\nand 1 more\n\n/);
  const text = denialText(decision(...many(14)));
  t.match(text, /\n\nand 4 more\n\n/);
  const [pasted] = below(text, PATCH);
  t.equal(
    (parse(pasted ?? '') as unknown[]).length,
    14,
    'the patch cures those that are only counted as well',
  );
  t.equal(text.match(/Remedy: /g)?.length, 2, 'a remedy is given once per policy');
});

void t.test('every policy is heard, however much another one has to say', async (t) => {
  const many = Array.from({ length: 12 }, (_, i) => judgement({ policy: 'a', message: `Thing ${i}.` }));
  const text = denialText(decision(...many, judgement({ policy: 'b', message: 'Thing b.' })));
  t.strictSame(
    [...text.matchAll(/^- Thing (\w+)\./gm)].map(([, n]) => n),
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', 'b'],
  );
  t.match(text, /\n\nand 3 more\n\n/);
});

void t.test('policies that cure it from beside it can be pasted', async (t) => {
  const one = (name: string, pods: string, port: number): JsonObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop' },
    spec: {
      podSelector: { matchLabels: { app: pods } },
      policyTypes: ['Ingress'],
      ingress: [{ ports: [{ port }] }],
    },
  });
  const [web, db] = [one('web', 'web', 80), one('db', 'db', 5432)];
  const pasted = (...judgements: Judgement[]): unknown[] =>
    below(denialText(decision(...judgements)), COMPANION).map((yaml) => parse(yaml) as unknown);
  t.strictSame(pasted(judgement({})), []);
  t.match(
    denialText(decision(judgement({ companion: [web] }), judgement({}))),
    /^Companion \(kubectl apply it first; /m,
  );
  t.strictSame(pasted(judgement({ companion: [web] }), judgement({ companion: [web] })), [web]);
  t.strictSame(pasted(judgement({ companion: [web] }), judgement({ policy: 'b', companion: [db] })), [
    { apiVersion: 'v1', kind: 'List', items: [web, db] },
  ]);
  t.match(pasted(judgement({ companion: [web] }), judgement({ companion: [one('web', 'web', 81)] })), [
    { metadata: { name: 'web' }, spec: { ingress: [{ ports: [{ port: 80 }] }, { ports: [{ port: 81 }] }] } },
  ]);
  t.match(
    pasted(judgement({ companion: [web] }), judgement({ companion: [one('web', 'other', 81)] })),
    [{ items: [{ metadata: { name: 'web' } }, { metadata: { name: 'web-2' } }] }],
    'other pods under the same name',
  );
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
    const patches = [patchOf(denied)].filter((patch) => patch.length > 0);
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
    const annotations = Object.assign(
      {},
      ...snippets.map((snippet) => objectAt(snippet, 'metadata', 'annotations')),
    ) as JsonObject;
    t.equal(Object.keys(annotations).length, policies.length, `${name}: each policy can be waived`);
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
