import t from 'tap';
import { decide, policy } from './seldon-cluster.ts';

// A denial by name that admits everything, because an empty rule is not the same as none.

const told = (name: string, spec: object): string[] =>
  decide([], policy(spec, name), { seen: [] })
    .judgements.filter((one) => one.policy === 'policy-rules-well-formed')
    .map(({ effect, problem, field }) => `${effect} ${problem} ${field.join('.')}`);
const BOTH = ['Ingress', 'Egress'];

void t.test('it admits everything', (t) => {
  const ingress = ['warn denies-nothing spec.ingress.0'];
  for (const rule of [{}, { from: [] }, { from: [], ports: [] }, { from: null }, null])
    t.strictSame(told('default-deny', { ingress: [rule] }), ingress, JSON.stringify(rule));
  for (const name of [
    'deny-all',
    'denyall',
    'web.deny',
    'deny-ingress',
    'block-all',
    'reject-all',
    'Deny-All',
  ])
    t.strictSame(told(name, { ingress: [{}] }), ingress, name);
  t.strictSame(told('deny-ingress', { policyTypes: BOTH, ingress: [{ from: [] }] }), ingress);
  t.strictSame(
    told('default-deny', { policyTypes: BOTH, ingress: [{}], egress: [{ ports: [{ port: 53 }] }, {}] }),
    [...ingress, 'warn denies-nothing spec.egress.1'],
  );
  t.end();
});

void t.test('it denies something, or does not say that it would', (t) => {
  const all = { ingress: [{}] };
  for (const name of [
    'web',
    'allow-all',
    'allow-after-deny',
    'deny-all-except-dns',
    'denying',
    'block-storage',
    'sediment',
  ])
    t.strictSame(told(name, all), [], name);
  for (const [name, spec] of [
    ['deny-all', {}],
    ['deny-all', { ingress: [] }],
    ['deny-all', { ingress: [{ from: [], ports: [{ port: 80 }] }] }],
    ['deny-all', { ingress: [{ from: [{ podSelector: {} }] }] }],
    ['deny-egress', { policyTypes: BOTH, ingress: [{}] }],
    ['default-deny', { policyTypes: BOTH, ingress: [{}] }],
    ['default-deny', { policyTypes: ['Egress'], egress: [] }],
  ] as const)
    t.strictSame(told(name, spec), [], `${name} ${JSON.stringify(spec)}`);
  t.strictSame(
    told('deny-all', { ingress: [{ to: [{ podSelector: {} }] }] }),
    ['deny misplaced-peers spec.ingress.0.to'],
    'a rule that has lost its peers is told of once',
  );
  t.end();
});
