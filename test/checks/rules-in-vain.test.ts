import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import { decide, policy } from './seldon-cluster.ts';

// What the API server takes and no packet can meet.

const told = (object: Manifest): string[] =>
  decide([], object, { seen: [] })
    .judgements.filter((one) => one.policy === 'policy-rules-well-formed')
    .map(({ effect, problem, field }) => `${effect} ${problem} ${field.join('.')}`);
const WEB = [{ podSelector: { matchLabels: { app: 'web' } } }];
const from = (peer: object) => policy({ ingress: [{ from: [peer] }] });

void t.test('rules of a direction that is not in force', (t) => {
  t.strictSame(told(policy({ policyTypes: ['Ingress'], egress: [{ to: WEB }] })), [
    'warn not-in-force spec.egress',
  ]);
  t.strictSame(told(policy({ policyTypes: ['Egress'], ingress: [{ from: WEB }], egress: [] })), [
    'warn not-in-force spec.ingress',
  ]);
  t.strictSame(told(policy({ policyTypes: ['Ingress'], egress: [{ ports: [{ port: 53 }] }] })), [
    'warn not-in-force spec.egress',
  ]);
  for (const spec of [
    { egress: [{ to: WEB }] },
    { policyTypes: [], egress: [{ to: WEB }] },
    { policyTypes: null, egress: [{ to: WEB }] },
    { policyTypes: ['Ingress', 'Egress'], egress: [{ to: WEB }] },
    { policyTypes: ['Ingress'], egress: [] },
    { policyTypes: ['Ingress'], egress: null },
    { policyTypes: ['Ingress'], egress: [{}] },
    { policyTypes: ['Ingress'], egress: [{ to: WEB }, { to: [], ports: [] }] },
    { policyTypes: ['Ingress', 'Egress'] },
  ])
    t.strictSame(told(policy(spec)), [], JSON.stringify(spec));
  t.end();
});

void t.test('a selector that rules itself out', (t) => {
  const is = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
  const impossible = (selector: object): boolean => {
    const places = told(from({ namespaceSelector: {}, podSelector: selector })).map(
      (line) => line.split(' ')[1],
    );
    return places.includes('impossible-selector');
  };
  for (const selector of [
    { matchLabels: { a: 'x' }, matchExpressions: [is('a', 'NotIn', 'x')] },
    { matchLabels: { a: 'x' }, matchExpressions: [is('a', 'DoesNotExist')] },
    { matchLabels: { a: 'x' }, matchExpressions: [is('a', 'In', 'y', 'z')] },
    { matchExpressions: [is('a', 'Exists'), is('a', 'DoesNotExist')] },
    { matchExpressions: [is('a', 'In', 'x', 'y'), is('a', 'In', 'y', 'z'), is('a', 'NotIn', 'y')] },
  ])
    t.ok(impossible(selector), JSON.stringify(selector));
  for (const selector of [
    { matchLabels: { a: 'x', b: 'x' }, matchExpressions: [is('b', 'NotIn', 'y')] },
    { matchExpressions: [is('a', 'NotIn', 'x'), is('a', 'DoesNotExist')] },
    { matchExpressions: [is('a', 'In', 'x', 'y'), is('a', 'In', 'y', 'z')] },
    { matchExpressions: [is('a', 'In', 'x', 'y'), is('a', 'NotIn', 'y')] },
    { matchExpressions: [is('a', 'In'), is('a', 'Like', 'y')] },
    { matchExpressions: [is('a', 'Exists'), is('a', 'NotIn', 'y')] },
  ])
    t.notOk(impossible(selector), JSON.stringify(selector));
  const none = { matchExpressions: [is('a', 'Exists'), is('a', 'DoesNotExist')] };
  t.strictSame(told(policy({ podSelector: none })), ['warn impossible-selector spec.podSelector']);
  t.strictSame(told(from({ namespaceSelector: none })), [
    'warn impossible-selector spec.ingress.0.from.0.namespaceSelector',
  ]);
  t.end();
});

void t.test('addresses of nobody', (t) => {
  const block = (cidr: string, ...except: string[]) => told(from({ ipBlock: { cidr, except } }));
  const place = 'spec.ingress.0.from.0.ipBlock';
  t.strictSame(block('10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9'), [`warn block-emptied ${place}`]);
  t.strictSame(block('0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/2'), [
    `warn block-emptied ${place}`,
  ]);
  t.strictSame(block('10.0.0.0/8', '10.0.0.0/9'), []);
  t.strictSame(block('0.0.0.0/0', '169.254.169.254/32'), []);
  for (const cidr of ['127.0.0.1/32', '127.0.0.0/8', '::1/128'])
    t.strictSame(block(cidr), [`record loopback ${place}`], 'a note, never more');
  for (const cidr of ['126.0.0.0/7', '127.0.0.1/7', '::/127', '::1/64', '0.0.0.0/0', '10.0.0.1/32', 'x'])
    t.strictSame(block(cidr), []);
  t.strictSame(told(policy({ egress: [{ to: [{ ipBlock: { cidr: '127.0.0.1/32' } }] }] })), [
    'record loopback spec.egress.0.to.0.ipBlock',
  ]);
  t.end();
});
