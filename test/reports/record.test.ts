import t from 'tap';
import type { Decision } from '../../src/judge/decision.ts';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewChange } from '../../src/model/review.ts';
import { answer } from '../../src/reports/answer.ts';
import { recordOf } from '../../src/reports/record.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench, manifest } from '../policy/made.ts';
import { decided, decision, examples, judgement } from './decided.ts';

// Audit logs and the record are read by more people than the objects are: nothing of an object's content goes in.

const MARK = 'hunter2';
const encoded = Buffer.from(MARK).toString('base64');
const namespace = 'financial-ml';
const annotations = {
  'example.com/token': MARK,
  'waive.seldon-guard.io/namespace-not-public': `${MARK} | until=${MARK}`,
  'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ stringData: { password: MARK } }),
};
const secret = manifest({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'creds', namespace },
  data: { host: encoded },
  stringData: { host: MARK },
});
const password = { name: 'PASSWORD', value: MARK };

function workload(kind: string, name: string, containers: object[], more: object = {}) {
  return manifest({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace, annotations },
    spec: {
      template: {
        metadata: { labels: { 'seldon-server-name': name, 'control-plane': name }, annotations },
        spec: { containers, ...more },
      },
    },
  });
}
const agent = (...env: object[]) => ({ name: 'agent', image: 'registry.example.com/seldon-agent:2', env });
const mlserver = { name: 'mlserver', image: 'registry.example.com/mlserver:1', env: [password] };
const host = (source: object) => ({ name: 'SELDON_SERVER_HOST', ...source });
const secretKeyRef = { valueFrom: { secretKeyRef: { name: 'creds', key: 'host' } } };

const controller = workload(
  'Deployment',
  'seldon-v2-controller-manager',
  [{ name: 'manager', env: [password] }],
  {
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['8.8.8.8'], searches: [`${MARK}.example`] },
  },
);
const told = workload('StatefulSet', 'mlserver', [
  agent(password, host({ value: `${MARK}.example.com` })),
  mlserver,
]);
const hidden = workload('StatefulSet', 'mlserver', [agent(password, host(secretKeyRef)), mlserver]);
const built = workload('StatefulSet', 'mlserver', [
  agent({ name: 'SECRET', ...secretKeyRef }, host({ value: '$(SECRET)' })),
  mlserver,
]);

function judged(object: ReturnType<typeof manifest>): Decision {
  const review = reviewChange(Picture.of([secret]), { operation: 'CREATE', object });
  return judge(review, bench(readCatalogue()));
}

function holds(value: unknown): boolean {
  const text = JSON.stringify(value);
  return text.includes(MARK) || text.includes(encoded);
}

void t.test('neither the record nor the audit log holds anything of the object', async (t) => {
  const OBJECTS = { controller, told, hidden, built };
  for (const [name, object] of Object.entries(OBJECTS)) {
    const found = judged(object);
    t.ok(found.judgements.length > 1, `${name}: there is something to say`);
    t.ok(
      found.judgements.some(({ policy }) => policy !== 'waivers-hold'),
      `${name}: about the pod`,
    );
    t.notOk(holds(recordOf(found)), `${name}: the record`);
    for (const webhook of ['mutate', 'validate'] as const)
      t.notOk(holds(answer(found, webhook).auditAnnotations), `${name}: audit annotations of ${webhook}`);
  }
  t.ok(holds(judged(told).judgements), 'the user is told the value, as they wrote it');
});

void t.test('the value of a Secret is not told to anybody', async (t) => {
  for (const object of [hidden, built]) {
    const found = judged(object);
    const about = found.judgements.filter(({ policy }) => policy === 'server-host-is-local');
    t.ok(about.length > 0, 'there is something to say');
    t.notOk(holds(about), 'the judgements');
    const { judgements } = found;
    t.notOk(holds(judgements.filter(({ policy }) => policy !== 'waivers-hold')), 'those of all policies');
  }
});

void t.test('what a policy does not speak of is not told', async (t) => {
  const found = judged(controller).judgements.filter(({ problem }) => problem === 'foreign-nameserver');
  t.equal(found.length, 1);
  t.notMatch(found[0]?.message, MARK);
});

void t.test('the record names the effect, and each finding by policy, problem and field', async (t) => {
  const found = decision(
    judgement({ field: ['spec', 'ingress', 0, 'from'], message: MARK, brief: MARK, remedy: MARK }),
    judgement({ effect: 'record', outcome: 'waived', waiver: MARK, field: [] }),
  );
  t.strictSame(recordOf(found), {
    effect: 'deny',
    findings: [
      { policy: 'made', problem: 'broken', effect: 'deny', outcome: 'fail', field: 'spec.ingress[0].from' },
      { policy: 'made', problem: 'broken', effect: 'record', outcome: 'waived', field: '' },
    ],
  });
  t.strictSame(recordOf(decision()), { effect: 'allow', findings: [] });
});

void t.test('the record of every example holds names only', async (t) => {
  for (const example of examples) {
    const { effect, findings } = recordOf(decided(example));
    t.match(effect, /^(?:allow|record|warn|fix|deny)$/);
    for (const finding of findings) {
      t.strictSame(Object.keys(finding).toSorted(), ['effect', 'field', 'outcome', 'policy', 'problem']);
      t.match(finding.field, /^(?:[\w.\-[\]/]*)$/, `${example.name}: ${finding.field} is a path`);
    }
  }
});
