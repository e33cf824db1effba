import t from 'tap';
import type { Json } from '../../src/model/json.ts';
import { requirementsOf, selectorWords } from '../../src/model/requirements.ts';

// What a selector asks for, as a list and as words.

void t.test('as words', (t) => {
  const is = (operator: string, ...values: string[]) => ({ key: 'k', operator, values });
  for (const [selector, words] of [
    [{ matchLabels: { app: 'web', tier: 'a' } }, 'app=web, tier=a'],
    [{ matchLabels: { app: 'web' }, matchExpressions: [is('In', 'a', 'b')] }, 'app=web, k in (a, b)'],
    [{ matchExpressions: [is('NotIn', 'a')] }, 'k notin (a)'],
    [{ matchExpressions: [is('Exists'), is('DoesNotExist')] }, 'k, !k'],
    [{}, ''],
    [undefined, ''],
  ] as const)
    t.equal(selectorWords(selector as Json | undefined), words);
  t.end();
});

void t.test('where each stands', (t) => {
  const selector = {
    matchLabels: { a: 'b' },
    matchExpressions: [null, { key: 'c', operator: 'In', values: ['d', 7] }],
  };
  t.strictSame(requirementsOf(selector), [
    { key: 'a', operator: 'In', values: ['b'], at: ['matchLabels', 'a'] },
    { key: 'c', operator: 'In', values: ['d'], at: ['matchExpressions', 1] },
  ]);
  for (const other of [null, 'x', [], { matchLabels: [], matchExpressions: {} }, { matchLabels: 7 }])
    t.strictSame(requirementsOf(other), [], JSON.stringify(other));
  t.end();
});
