import t from 'tap';
import { inside, listed, ownedBy, pod, policy, workload } from './listed.ts';

// Which workloads there are, and under which names.

const EVERYONE = '0.0.0.0-255.255.255.255';
const OTHER = pod('other');
/** The workload's name as the listing has it. */
const nameOf = (yaml: string): string[] =>
  listed(OTHER + yaml).flatMap((line) => /^Pod a\/other -> (?!\d)(.*):/.exec(line)?.[1] ?? []);

t.strictSame(
  listed(pod('x') + pod('y')),
  [
    'Pod a/x -> Pod a/y: all ports',
    `Pod a/x -> ${EVERYONE}: all ports`,
    'Pod a/y -> Pod a/x: all ports',
    `Pod a/y -> ${EVERYONE}: all ports`,
    `${EVERYONE} -> Pod a/x: all ports`,
    `${EVERYONE} -> Pod a/y: all ports`,
  ],
  'without policies everybody reaches everybody, and nobody is listed as reaching itself',
);

for (const kind of ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob'])
  t.strictSame(nameOf(workload(kind, 'x')), [`${kind} a/x`], `${kind}`);

const replicaSet = (but = {}): string =>
  workload('ReplicaSet', 'x-5d', { metadata: ownedBy('Deployment', 'x'), ...but });
const owned = pod('x-5d-abc', { metadata: ownedBy('ReplicaSet', 'x-5d') });
t.strictSame(nameOf(owned), ['ReplicaSet a/x-5d'], 'an owner that is not given goes by the reference');
t.strictSame(nameOf(owned + replicaSet()), ['Deployment a/x'], 'a ReplicaSet that is given leads on');
t.strictSame(
  nameOf(owned + replicaSet() + workload('Deployment', 'x')),
  ['Deployment a/x'],
  'pod, ReplicaSet and Deployment are one workload',
);
const hashed = pod('x-5d-abc', {
  metadata: { labels: { 'pod-template-hash': '5d' }, ...ownedBy('ReplicaSet', 'x-5d') },
});
t.strictSame(
  nameOf(hashed + workload('Deployment', 'x')),
  ['Deployment a/x'],
  'the hash leads to its Deployment',
);
t.strictSame(nameOf(hashed), ['ReplicaSet a/x-5d'], 'but only to one that is given');
t.strictSame(
  nameOf(workload('Job', 'x-1', { metadata: ownedBy('CronJob', 'x') }) + workload('CronJob', 'x')),
  ['CronJob a/x'],
  'a CronJob and its Jobs',
);
t.strictSame(
  nameOf(pod('kube-proxy-n1', { metadata: ownedBy('Node', 'n1') })),
  ['Pod a/kube-proxy-n1'],
  'a static pod is its own',
);
t.strictSame(
  nameOf(workload('StatefulSet', 'x', { metadata: ownedBy('Prometheus', 'y') })),
  ['StatefulSet a/x'],
  'what makes several workloads is none',
);

t.strictSame(nameOf(workload('Deployment', 'x', { spec: { replicas: 0 } })), [], 'no replicas, no pods');
t.strictSame(
  nameOf(pod('x', { status: { phase: 'Succeeded' } }) + pod('y', { status: { phase: 'Failed' } })),
  [],
  'finished pods have no network',
);
const done = { spec: {}, status: { conditions: [{ type: 'Complete', status: 'True' }] } };
t.strictSame(
  nameOf(
    `---\n${JSON.stringify({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' }, ...done })}\n`,
  ),
  [],
  'a Job that is done',
);

const closed = policy('closed', {
  podSelector: { matchLabels: { app: 'x' } },
  policyTypes: ['Ingress', 'Egress'],
});
t.strictSame(
  inside(OTHER + workload('Deployment', 'x') + closed),
  [],
  'the labels are those of the pods that a workload makes',
);
const old = pod('x-5d-abc', {
  metadata: { labels: { app: 'old' }, ...ownedBy('ReplicaSet', 'x-5d') },
});
t.strictSame(
  inside(OTHER + workload('Deployment', 'x') + replicaSet() + old + closed),
  ['Pod a/other -> Deployment a/x: all ports', 'Deployment a/x -> Pod a/other: all ports'],
  'pods that exist count instead of those that would be made',
);
const canary = pod('x-5d-def', { metadata: { labels: { app: 'x' }, ...ownedBy('ReplicaSet', 'x-5d') } });
t.strictSame(
  inside(OTHER + old + canary + closed),
  ['Pod a/other -> ReplicaSet a/x-5d: all ports', 'ReplicaSet a/x-5d -> Pod a/other: all ports'],
  'where pods of a workload differ, what one of them may is listed',
);

const runtime =
  '---\n{apiVersion: mlops.seldon.io/v1alpha1, kind: SeldonRuntime, metadata: {name: seldon}}\n';
t.ok(
  nameOf(runtime).includes('StatefulSet a/seldon-scheduler'),
  'each component of a SeldonRuntime by itself',
);
t.ok(nameOf(runtime).includes('Deployment a/seldon-envoy'), 'as what the operator makes of it');
const server = '---\n{apiVersion: mlops.seldon.io/v1alpha1, kind: Server, metadata: {name: mlserver}}\n';
t.strictSame(nameOf(server), ['Server a/mlserver'], 'a Server');
t.strictSame(
  nameOf(server + workload('StatefulSet', 'mlserver')),
  ['StatefulSet a/mlserver'],
  'what the operator has made stands for the Server',
);
t.strictSame(
  nameOf(
    server +
      workload('StatefulSet', 'mlserver', { metadata: ownedBy('Server', 'mlserver') }) +
      pod('mlserver-0', { metadata: ownedBy('StatefulSet', 'mlserver') }),
  ),
  ['Server a/mlserver'],
  'under its name where it owns it',
);
