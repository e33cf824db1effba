import t from 'tap';
import { pod, policy } from './make.ts';
import { table } from './table.ts';

const client = pod();

table('isolation', [
  ['a policy that selects other pods', '{ podSelector: { matchLabels: { app: db } } }', client, 'yes'],
  [
    'a policy that selects it, with no rules',
    '{ podSelector: { matchLabels: { app: server } } }',
    client,
    'no',
  ],
  ['an empty selector selects all', '{ podSelector: {} }', client, 'no'],
  ['an absent selector is an empty one', '{}', client, 'no'],
  ['a null selector is an empty one', '{ podSelector: null }', client, 'no'],
  ['a null spec is an empty one', 'null', client, 'no'],
  ['a selector of another type selects nothing', '{ podSelector: app }', client, 'yes'],
  ['an empty list of rules', '{ podSelector: {}, ingress: [] }', client, 'no'],
  ['null rules', '{ podSelector: {}, ingress: null }', client, 'no'],
  ['an empty rule', '{ podSelector: {}, ingress: [{}] }', client, 'yes'],
  [
    'a policy for egress only',
    '{ podSelector: { matchLabels: { app: server } }, policyTypes: [Egress] }',
    client,
    'yes',
  ],
]);

void t.test('the directions that a policy isolates', (t) => {
  const directions = (spec: string): string => {
    const { ingress, egress } = policy(spec);
    return `${ingress.isolates ? 'in' : ''}${egress.isolates ? 'out' : ''}`;
  };
  t.equal(directions('{}'), 'in');
  t.equal(directions('{ policyTypes: [] }'), 'in');
  t.equal(directions('{ policyTypes: null }'), 'in');
  t.equal(directions('{ egress: [] }'), 'in', 'an empty list holds no rules');
  t.equal(directions('{ egress: null }'), 'in');
  t.equal(directions('{ egress: [{}] }'), 'inout');
  t.equal(directions('{ policyTypes: [], egress: [{}] }'), 'inout');
  t.equal(directions('{ policyTypes: [Ingress], egress: [{}] }'), 'in');
  t.equal(directions('{ policyTypes: [Egress], ingress: [{}] }'), 'out');
  t.equal(directions('{ policyTypes: [Ingress, Egress] }'), 'inout');
  t.equal(directions('{ policyTypes: [ingress] }'), '', 'refused by the API server');
  t.equal(directions('{ policyTypes: Egress }'), 'in', 'refused by the API server');
  t.end();
});
