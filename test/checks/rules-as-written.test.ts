import t from 'tap';
import type { Decision } from '../../src/judge/decision.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import { decide, policy } from './seldon-cluster.ts';

// Peers under a field that a rule of this direction does not have: the API server drops them, and admits everybody.

const of = (decision: Decision) =>
  decision.judgements.filter((one) => one.policy === 'policy-rules-well-formed');
const found = (object: Manifest) => of(decide([], object));
const WEB = [{ podSelector: { matchLabels: { app: 'web' } } }];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** What the API server stores of one spec when another one was written with kubectl apply. */
function applied(stored: JsonObject, written: unknown): Manifest {
  const text = typeof written === 'string' ? written : JSON.stringify({ spec: written });
  const metadata = { name: 'policy', namespace: 'financial-ml', annotations: { [LAST_APPLIED]: text } };
  return manifest({ ...policy(stored).object, metadata });
}
const cured = (object: Manifest): Manifest =>
  withObject(object, patched(object.object, patchOf(found(object))));

void t.test('a file shows the field itself', (t) => {
  for (const [direction, wrong, right] of [
    ['ingress', 'to', 'from'],
    ['egress', 'from', 'to'],
  ] as const) {
    const object = policy({ podSelector: {}, [direction]: [{ ports: [{ port: 80 }] }, { [wrong]: WEB }] });
    t.match(found(object), [
      { problem: 'misplaced-peers', effect: 'deny', field: ['spec', direction, 1, wrong] },
    ]);
    t.match(found(object)[0]?.message, `${direction} rule 1 names its peers under ${wrong}`);
    t.strictSame(cured(object).object['spec'], {
      podSelector: {},
      [direction]: [{ ports: [{ port: 80 }] }, { [right]: WEB }],
    });
    t.strictSame(found(cured(object)), [], 'cured at once');
  }
  t.end();
});

void t.test('each rule is told by itself', (t) => {
  const object = policy({
    ingress: [{ to: WEB }, { from: WEB }, { to: WEB, ports: [] }],
    egress: [{ from: WEB }],
  });
  t.strictSame(
    found(object).map(({ field }) => field.join('.')),
    ['spec.ingress.0.to', 'spec.ingress.2.to', 'spec.egress.0.from'],
  );
  t.strictSame(found(cured(object)), []);
  t.end();
});

void t.test('in the webhook it is gone, and kubectl still knows', (t) => {
  const ports = [{ port: 80, endPort: 90 }];
  const object = applied(
    { ingress: [{ ports: [{ ...ports[0]!, protocol: 'TCP' }] }] },
    { ingress: [{ to: WEB, ports }] },
  );
  t.match(found(object), [
    { effect: 'deny', patch: [{ op: 'add', path: '/spec/ingress/0/from', value: WEB }] },
  ]);
  t.strictSame(found(cured(object)), [], 'cured at once');
  t.equal(
    found(applied({ egress: [{}] }, { egress: [{ from: WEB }] })).length,
    1,
    'with nothing else in the rule',
  );
  t.end();
});

void t.test('what kubectl once wrote may be about other rules', (t) => {
  const written = { ingress: [{ to: WEB, ports: [{ port: 80 }] }] };
  const nothing = (stored: JsonObject, label: string): void =>
    void t.strictSame(found(applied(stored, written)), [], label);
  nothing({ ingress: [{ ports: [{ port: 443 }] }] }, 'another port');
  nothing({ ingress: [{ ports: [{ port: 80, endPort: 90 }] }] }, 'more ports');
  nothing({ ingress: [{ ports: [{ port: 80 }], from: WEB }] }, 'peers where they belong');
  nothing({ ingress: [] }, 'no rule any more');
  nothing({ egress: [{ ports: [{ port: 80 }] }] }, 'the other direction');
  t.strictSame(found(applied({ ingress: [{}] }, 'not JSON')), []);
  t.strictSame(found(applied({ ingress: [{}] }, 'null')), []);
  t.end();
});

void t.test('a rule that says what it means', (t) => {
  for (const rule of [
    {},
    { from: WEB },
    { from: [] },
    { to: [] },
    { to: null },
    { from: WEB, to: WEB },
    null,
    'x',
  ])
    t.strictSame(found(policy({ ingress: [rule] })), [], JSON.stringify(rule));
  t.end();
});

void t.test('where it is no list, it is said and nothing is offered', (t) => {
  const [finding, ...others] = found(policy({ ingress: [{ to: WEB[0] }] }));
  t.match(finding, { problem: 'misplaced-peers', effect: 'deny', patch: undefined });
  t.strictSame(others, []);
  t.end();
});

void t.test('what stood so before is a warning on a change of something else', (t) => {
  const [bad, labelled] = [
    policy({ ingress: [{ to: WEB }] }),
    policy({ podSelector: { matchLabels: { a: 'b' } }, ingress: [{ to: WEB }] }),
  ];
  t.match(of(decide([bad], labelled, { previous: bad })), [{ effect: 'warn', standing: true }]);
  t.match(
    of(decide([], policy({ ingress: [{ to: WEB }] }), { previous: policy({ ingress: [{ from: WEB }] }) })),
    [{ effect: 'deny' }],
  );
  t.strictSame(of(decide([bad], bad, { operation: 'DELETE', previous: bad })), []);
  t.end();
});

void t.test('no shape of a policy breaks it', (t) => {
  const { object } = applied(
    { ingress: [{ ports: [{ port: 80 }] }], egress: [{ from: WEB }] },
    { ingress: [{ to: WEB, ports: [{ port: 80 }] }] },
  );
  let count = 0;
  for (const each of spoilt(object)) {
    count++;
    const broken = found(
      manifest({ ...each, apiVersion: object['apiVersion'], kind: object['kind'] }),
    ).filter(({ outcome }) => outcome === 'error');
    if (broken.length > 0) t.fail(JSON.stringify(each));
  }
  t.ok(count > 100, `${count} shapes`);
  t.end();
});
