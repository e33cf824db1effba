import t from 'tap';
import { companionOf } from '../../src/judge/companion.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { judgement } from '../reports/decided.ts';

// The cures of several policies for one object, laid together so that none undoes another.

const policy = (name: string, podSelector: JsonObject, spec: JsonObject): JsonObject => ({
  metadata: { name },
  spec: { podSelector, ...spec },
});
const rule = (port: number): JsonObject => ({ ports: [{ port }] });
const web = { matchLabels: { app: 'web' } };

void t.test(
  'policies for all pods come last, and the others hold their rules in the directions that they isolate',
  (t) => {
    const dns = policy('dns', {}, { policyTypes: ['Egress'], egress: [rule(53)] });
    const out = policy('out', web, { policyTypes: ['Egress'], egress: [rule(80)] });
    const into = policy(
      'in',
      { matchLabels: { app: 'db' } },
      { policyTypes: ['Ingress'], ingress: [rule(5432)] },
    );
    const found = companionOf([judgement({ companion: [dns] }), judgement({ companion: [out, into] })]);
    t.strictSame(found?.['items'], [
      policy('out', web, { policyTypes: ['Egress'], egress: [rule(80), rule(53)] }),
      into,
      dns,
    ]);
    t.strictSame(companionOf([judgement({ companion: [dns] })]), dns);
    t.equal(companionOf([judgement({})]), undefined);
    t.end();
  },
);

void t.test('what a policy of everything selects, however it is written', (t) => {
  const all = policy(
    'all',
    { matchLabels: {}, matchExpressions: [] },
    { policyTypes: ['Egress'], egress: [rule(53)] },
  );
  const own = policy('own', web, { policyTypes: ['Egress'], egress: [rule(53)] });
  t.strictSame(companionOf([judgement({ companion: [all, own] })])?.['items'], [own, all]);
  t.end();
});
