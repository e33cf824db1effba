import t from 'tap';
import { partyOf } from '../../src/network/party.ts';
import type { Protocol } from '../../src/network/pod.ts';
import { answerTo } from '../../src/network/question.ts';
import { workloadsOf } from '../../src/network/workload.ts';
import { ownedBy, pictureOf, pod, policy, workload } from './listed.ts';

// One connection asked about by name: who is meant, which port is meant, and what comes out.

function ask(yaml: string, from: string, to: string, port: number | string, protocol?: Protocol): string {
  const cluster = pictureOf(yaml);
  const workloads = workloadsOf(cluster);
  const client = partyOf(from, cluster, workloads);
  if ('problem' in client) return client.problem;
  const server = partyOf(to, cluster, workloads, 'a');
  if ('problem' in server) return server.problem;
  const answer = answerTo({ from: client, to: server, port, protocol }, cluster, workloads);
  if ('problem' in answer) return answer.problem;
  const ports = new Set(answer.because.map((attempt) => `${attempt.protocol} ${attempt.port}`));
  return `${answer.allowed}${answer.mixed ? ' (mixed)' : ''} on ${[...ports].join(', ')}`;
}

const ports = [
  { name: 'http', containerPort: 8080 },
  { name: 'dns', containerPort: 53, protocol: 'UDP' },
];
const web = pod('web', { spec: { containers: [{ ports }] } });
const A = pod('x') + web;
const only = (...ports: object[]): string =>
  policy('p', {
    podSelector: { matchLabels: { app: 'web' } },
    policyTypes: ['Ingress'],
    ingress: [{ ports }],
  });
const tcp = only({ port: 8080 });

t.equal(ask(A + tcp, 'a/x', 'a/web', 8080), 'yes on TCP 8080', 'by number, TCP unless said otherwise');
t.equal(ask(A + tcp, 'a/x', 'a/web', 8080, 'UDP'), 'no on UDP 8080', 'another protocol');
t.equal(ask(A + tcp, 'a/x', 'a/web', 8081), 'no on TCP 8081', 'another port, though nobody declares it');
t.equal(ask(A + tcp, 'a/x', 'a/web', 'http'), 'yes on TCP 8080', 'by name');
t.equal(ask(A + tcp, 'a/x', 'a/web', 'dns'), 'no on UDP 53', 'a name tells the protocol');
t.equal(
  ask(A, 'a/x', 'a/web', 'dns', 'TCP'),
  'Pod a/web has no container port dns/TCP.',
  'which must be right',
);
t.equal(ask(A, 'a/x', '8.8.8.8', 'http'), '8.8.8.8 has no container port http.', 'addresses name no ports');
t.equal(ask(A + tcp, '8.8.8.8', 'a/web', 80), 'no on TCP 80', 'from an address');
t.equal(ask(A + tcp, 'a/web', '8.8.8.8', 80), 'yes on TCP 80', 'to an address');
t.equal(ask(A + tcp, 'a/web', 'a/web', 80), 'yes on TCP 80', 'a pod always reaches itself');

const several =
  pod('w-1', { metadata: { labels: { app: 'web' }, ...ownedBy('ReplicaSet', 'w') } }) +
  pod('w-2', { metadata: { labels: { app: 'web' }, ...ownedBy('ReplicaSet', 'w') } });
t.equal(ask(several + tcp, 'a/w', 'a/w', 80), 'no on TCP 80', 'one pod of a workload is not another');
t.equal(ask(several + tcp, 'a/w-1', 'a/w-1', 80), 'yes on TCP 80', 'unless it is meant by itself');
t.equal(
  ask(workload('Deployment', 'web') + tcp, 'a/web', 'a/web', 80),
  'no on TCP 80',
  'nor are those that a workload will make',
);
const canary = pod('w-3', { metadata: { labels: { app: 'new' }, ...ownedBy('ReplicaSet', 'w') } });
t.equal(
  ask(pod('x') + several + canary + tcp, 'a/x', 'a/w', 80),
  'unknown (mixed) on TCP 80',
  'some can and some cannot',
);
t.equal(
  ask(pod('x') + several + canary + tcp, 'a/x', 'a/w-3', 80),
  'yes on TCP 80',
  'a pod of a workload by its own name',
);

const open = pod('y', { status: { podIP: '10.0.0.7' } }) + pod('x');
const shut = policy('p', { podSelector: { matchLabels: { app: 'y' } } });
t.equal(ask(open + shut, 'a/x', '10.0.0.7', 80), 'no on TCP 80', 'the address of a pod is the pod');
t.equal(ask(open + shut, 'a/x', '10.0.0.8', 80), 'yes on TCP 80', 'any other is outside');
const host = pod('h', { spec: { hostNetwork: true }, status: { podIP: '10.0.0.9' } });
t.equal(
  ask(
    host + pod('x') + policy('p', { podSelector: {}, egress: [{ to: [{ podSelector: {} }] }] }),
    'a/x',
    '10.0.0.9',
    80,
  ),
  'no on TCP 80',
  'on the host network it is the address of the node',
);

const service = (spec: object, name = 'web'): string =>
  `---\n${JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { selector: { app: 'web' }, ...spec } })}\n`;
const front = service({
  ports: [
    { name: 'web', port: 80, targetPort: 'http' },
    { name: 'raw', port: 81, targetPort: 9000 },
    { port: 82 },
    { port: 53, protocol: 'UDP', targetPort: 'dns' },
  ],
});
t.equal(
  ask(A + front, 'a/x', 'service/web', 80),
  'yes on TCP 8080',
  'the port of a Service by name of the target',
);
t.equal(ask(A + front, 'a/x', 'service/a/web', 'web'), 'yes on TCP 8080', 'by its own name');
t.equal(ask(A + front, 'a/x', 'svc/web', 81), 'yes on TCP 9000', 'by number of the target');
t.equal(ask(A + front, 'a/x', 'service/web', 82), 'yes on TCP 82', 'without a target');
t.equal(ask(A + front, 'a/x', 'service/web', 53), 'yes on UDP 53', 'with its protocol');
t.equal(
  ask(A + front, 'a/x', 'service/web', 8080),
  'Service a/web has no port 8080; it has 80/TCP (web), 81/TCP (raw), 82/TCP, 53/UDP.',
  'a Service has its own ports only',
);
t.equal(
  ask(A + front, 'a/x', 'service/web', 53, 'TCP').slice(0, 33),
  'Service a/web has no port 53/TCP;',
  'of that protocol',
);
const headless = service({ clusterIP: 'None', ports: [{ name: 'web', port: 80, targetPort: 'http' }] });
t.equal(
  ask(A + headless, 'a/x', 'service/web', 80),
  'yes on TCP 80',
  'a headless Service translates nothing',
);
t.equal(ask(A + headless, 'a/x', 'service/web', 'web'), 'yes on TCP 8080', 'but its names lead to targets');
t.equal(
  ask(pod('x') + several + canary + service({ ports: [{ port: 80 }] }) + tcp, 'a/x', 'service/web', 80),
  'no on TCP 80',
  'only the pods that it selects are behind it',
);
t.equal(
  ask(A + service({ selector: {} }), 'a/x', 'service/web', 80),
  'Service a/web selects no pods: name what is behind it instead.',
);
t.equal(
  ask(A + service({ selector: { app: 'none' }, ports: [{ port: 80 }] }), 'a/x', 'service/web', 80),
  'Service a/web leads nowhere: no pod has the labels that it selects.',
);
t.equal(ask(A, 'a/x', 'service/none', 80), 'There is no Service a/none.');
t.equal(
  ask(A + service({ ports: [{ port: 80 }] }, 'front'), 'a/x', 'a/front', 80),
  'yes on TCP 80',
  'a Service by name alone',
);

const two = workload('Deployment', 'x') + workload('StatefulSet', 'x') + web;
t.equal(ask(two, 'a/x', 'a/web', 80), 'a/x is ambiguous: it may be Deployment/a/x or StatefulSet/a/x.');
t.equal(ask(two, 'statefulset/a/x', 'a/web', 80), 'yes on TCP 80', 'the kind in any case');
t.equal(
  ask(A + pod('z', { metadata: { namespace: 'c' } }), 'b/x', 'a/web', 80),
  'There is no workload b/x among the manifests; there is one in a.',
);
t.equal(ask(A, 'Deployment/a/x', 'a/web', 80).slice(0, 40), 'There is no workload Deployment/a/x amon');
t.equal(ask(A, 'x', 'a/web', 80), 'x is neither NS/NAME, Kind/NS/NAME, service/NAME nor an IP address.');
t.equal(
  ask(A, 'a/b/c/d', 'a/web', 80),
  'a/b/c/d is neither NS/NAME, Kind/NS/NAME, service/NAME nor an IP address.',
);
t.equal(
  ask(web + pod('x', { status: { phase: 'Succeeded' } }), 'a/x', 'a/web', 80),
  'Pod a/x is finished and has no network.',
);
