import type { Decision, Judgement } from '../../src/judge/decision.ts';
import { Picture } from '../../src/model/cluster.ts';
import { annotationsOf, manifestOf } from '../../src/model/manifest.ts';
import type { Review } from '../../src/model/review.ts';
import type { PatchOperation } from '../../src/model/patch.ts';
import type { Effect } from '../../src/policy/check.ts';
import type { Entry, Guard } from '../../src/server/guard.ts';

/** A guard with one rule, so that the server's tests say what they need in the request: annotation `test/effect`. */
export function smallGuard(changes: Partial<Guard> = {}): Guard & { readonly entries: Entry[] } {
  const entries: Entry[] = [];
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a-team' } };
  const cluster = Picture.of([manifestOf(namespace, { from: 'cluster' })]);
  const asOf = Date.now() - 2000;
  return {
    decide,
    answer: (decision, webhook) => {
      const denied = webhook === 'validate' && decision.effect === 'deny';
      const causes = [{ reason: 'FieldValueInvalid', field: 'spec', message: 'as asked' }];
      const message = 'first line\n\nthird line';
      return {
        allowed: !denied,
        warnings: decision.effect === 'warn' ? ['one\r\ntwo\u0000\u0085\u2028 three', '\n'] : [],
        ...(denied && { status: { code: 403, reason: 'Forbidden', message, details: { causes } } }),
        // Both webhooks are given it: that only one may send it is the server's to know.
        ...(decision.patch.length > 0 && { patch: decision.patch }),
        auditAnnotations: { effect: decision.effect },
      };
    },
    concerns: (kind, operation) => kind !== undefined && kind !== 'Service' && operation !== 'NONE',
    observe: (review) => Promise.resolve(review),
    grounds: () => [cluster],
    picture: () => ({ cluster, ready: true, asOf }),
    record: (entry) => entries.push(entry),
    ...changes,
    entries,
  };
}

function decide(review: Review): Decision {
  const effect = annotationsOf(review.object)['test/effect'] as Effect | undefined;
  const patch: PatchOperation[] = [{ op: 'add', path: '/metadata/labels', value: { 'naïve/ключ': '✓' } }];
  const judgements: Judgement[] =
    effect === undefined
      ? []
      : [
          {
            policy: 'as-asked',
            problem: 'asked',
            outcome: 'fail',
            effect,
            standing: false,
            field: ['spec'],
            message: 'it asked for it',
            brief: 'it asked',
            remedy: 'Ask for less.',
            patch: undefined,
            waiver: undefined,
            fromPicture: false,
          },
        ];
  return {
    object: review.object,
    effect: effect ?? 'allow',
    verdicts: [
      { policy: 'as-asked', outcome: effect === undefined ? 'pass' : 'fail', judgements, readPicture: false },
    ],
    judgements,
    patch: effect === 'fix' ? patch : [],
  };
}
