import t from 'tap';
import { answer } from '../../src/reports/answer.ts';
import { kubectlText } from '../../src/reports/kubectl-text.ts';
import type { Applied } from '../../src/reports/kubectl-text.ts';
import { manifestDiff } from '../../src/reports/manifest-diff.ts';
import type { Judgement } from '../../src/judge/decision.ts';
import { manifest, service } from '../policy/made.ts';
import { decision, judgement } from './decided.ts';

function printed(applied: Partial<Applied>, ...judgements: Judgement[]): string {
  const found = decision(...judgements);
  const whole = { operation: 'CREATE', object: service(), file: 'web.yaml', ...applied } as const;
  return kubectlText(whole, answer(found, 'mutate'), answer(found, 'validate'));
}

void t.test('what is admitted is created or configured, by its resource', async (t) => {
  t.equal(printed({}), 'service/web created');
  t.equal(printed({ operation: 'UPDATE' }), 'service/web configured');
  const policy = manifest({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'isolation' },
  });
  t.equal(printed({ object: policy }), 'networkpolicy.networking.k8s.io/isolation created');
  t.equal(
    printed({ object: policy, operation: 'UPDATE' }),
    'networkpolicy.networking.k8s.io/isolation configured',
  );
});

void t.test('warnings come first, those of /mutate before those of /validate', async (t) => {
  const fix = [{ op: 'remove', path: '/spec/leg' } as const];
  t.equal(
    printed(
      {},
      judgement({ effect: 'fix', patch: fix, policy: 'a' }),
      judgement({ effect: 'warn', policy: 'b', remedy: 'Rest.' }),
    ),
    `Warning: a: patched: the leg is broken
Warning:   Remedy: Mend the leg.
Warning: a: the leg is broken
Warning:   Remedy: Mend the leg.
Warning:   Patch (--type=json): [{"op":"remove","path":"/spec/leg"}]
Warning: b: the leg is broken
Warning:   Remedy: Rest.
service/web created`,
  );
});

void t.test('a denial is an error that keeps its lines', async (t) => {
  const text = printed(
    { file: 'my web.yaml' },
    judgement(),
    judgement({ effect: 'warn', policy: 'b', remedy: 'Rest.' }),
  );
  t.strictSame(text.split('\n').slice(0, 6), [
    'Warning: b: the leg is broken',
    'Warning:   Remedy: Rest.',
    'Error from server (Forbidden): error when creating "my web.yaml": admission webhook "validate.seldon-guard.io" denied the request: Service shop/web is refused.',
    '',
    'made:',
    '- The leg is broken, because it fell. (spec.leg)',
  ]);
  t.notMatch(text, 'created');
  t.match(printed({ operation: 'UPDATE' }, judgement()), 'error when patching "web.yaml"');
  t.match(printed({ operation: 'DELETE' }, judgement()), 'error when deleting "web.yaml"');
});

void t.test('a patched manifest is shown as a diff of its YAML, two lines around each change', async (t) => {
  const before = { a: 1, b: 2, c: 3, d: { e: [1, 2], f: 'x' }, g: 4, h: 5, i: 6, j: 7, k: 8, l: 9 };
  const after = { ...before, d: { e: [1, 3], f: 'x' } };
  t.equal(
    manifestDiff('web.yaml', before, after),
    `--- web.yaml
+++ web.yaml (patched)
@@ -5,5 +5,5 @@
   e:
     - 1
-    - 2
+    - 3
   f: x
 g: 4`,
  );
  t.notMatch(manifestDiff('web.yaml', before, before), /^[-+@ ]{1,2}[^-+@ ]/m, 'no change, no lines');
  const rule = { port: 9004 };
  const twice = manifestDiff('web.yaml', { a: [] }, { a: [rule, rule] });
  t.notMatch(twice, /[&*]/, 'what is there twice is written twice');
  const long = 'seldon-v2-controller-manager '.repeat(10).trim();
  t.match(manifestDiff('web.yaml', { a: 'b' }, { a: long }), `+a: ${long}`, 'nothing is folded');
});
