import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import { Picture } from '../../src/model/cluster.ts';
import { inspect } from '../../src/judge/inspect.ts';
import {
  bench,
  cured,
  decide,
  findings,
  namespace,
  operator,
  policy,
  runtime,
  told,
} from './seldon-cluster.ts';

// NetworkPolicies in a folder without any SeldonRuntime or Server: nobody knows whether Seldon runs there, unless the policy says so.

const SCAN = { operation: 'NONE', seen: ['NetworkPolicy'] } as const;
const alone = (object: Manifest): string[] => told(decide([], object, SCAN));
const PEER = '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}}';
const ALL = `{podSelector: {}, policyTypes: [Ingress], ingress: [{from: [${PEER}]}]}`;

void t.test('a policy for every pod that mentions Seldon would be refused', (t) => {
  t.strictSame(alone(policy(ALL)), [
    'deny would-block: each Server -> seldon-scheduler:9005',
    'deny would-block: seldon-dataflow-engine -> seldon-scheduler:9008',
    'deny would-block: seldon-envoy -> seldon-scheduler:9002',
    'deny would-block: seldon-modelgateway -> seldon-scheduler:9004',
    'deny would-block: seldon-pipelinegateway -> seldon-scheduler:9004',
    'warn would-block: hodometer -> seldon-scheduler:9004',
  ]);
  const open = cured(policy(ALL), decide([], policy(ALL), SCAN));
  t.ok(open);
  if (open !== undefined) t.strictSame(alone(open), []);
  t.match(findings(decide([], policy(ALL), SCAN))[0]?.message, /^With Seldon in namespace financial-ml, /);
  t.end();
});

void t.test('a policy for some pods may be one of several, and is warned of', (t) => {
  const narrow = policy(
    `{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}, ingress: [{from: [${PEER}]}]}`,
  );
  t.equal(alone(narrow).length, 6);
  t.ok(alone(narrow).every((line) => line.startsWith('warn would-block: ')));
  const expression = policy(
    `{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [web]}]}, ingress: [{from: [${PEER}]}]}`,
  );
  t.ok(alone(expression).every((line) => line.startsWith('warn would-block: ')));
  t.equal(alone(expression).length, 6);
  t.strictSame(
    alone(
      policy(
        '{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {control-plane: v2-controller-manager}}}]}]}',
      ),
    ),
    [],
    'it selects none of Seldon',
  );
  t.end();
});

void t.test('a policy that does not mention Seldon says nothing', (t) => {
  t.strictSame(alone(policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })), []);
  t.strictSame(
    alone(
      policy(
        '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]}]}',
      ),
    ),
    [],
  );
  t.strictSame(
    alone(policy({ podSelector: {} }, 'default-deny', 'seldon-mesh')),
    [],
    'the name of its own namespace is none',
  );
  t.end();
});

void t.test('a policy that leaves Seldon open says nothing', (t) => {
  t.strictSame(alone(policy(`{podSelector: {}, ingress: [{from: [{podSelector: {}}, ${PEER}]}]}`)), []);
  const label = policy(
    '{podSelector: {}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {matchLabels: {name: seldon-system}}}]}]}',
  );
  t.strictSame(alone(label), [], 'the operator may run in the namespace itself');
  t.end();
});

void t.test('once Seldon may be seen, it is looked at and nothing is supposed', (t) => {
  const seen = ['NetworkPolicy', 'SeldonRuntime'] as const;
  t.strictSame(told(decide([], policy(ALL), { ...SCAN, seen })), []);
  t.strictSame(told(decide([], policy(ALL), { ...SCAN, seen: ['NetworkPolicy', 'Server'] })), []);
  t.strictSame(told(decide([runtime('elsewhere')], policy(ALL), { ...SCAN, seen })), []);
  t.match(told(decide([runtime()], policy(ALL), { ...SCAN, seen })), [
    /^deny blocked/,
    /^deny blocked/,
    /^deny blocked/,
    /^deny blocked/,
    /^warn blocked/,
  ]);
  t.strictSame(told(decide([], policy(ALL))), [], 'a live cluster is seen');
  t.end();
});

void t.test('several policies of a folder are judged together', (t) => {
  const rest = policy('{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}', 'rest');
  const folder = [policy(ALL, 'isolation'), rest];
  t.strictSame(inspect(folder, Picture.of(folder), bench).flatMap(told), []);
  const operated = [namespace('seldon-system'), operator()];
  const decisions = inspect([policy(ALL)], Picture.of([...operated, policy(ALL)]), bench);
  t.equal(decisions.flatMap(told).length, 6, 'an operator alone is no tenant');
  t.end();
});
