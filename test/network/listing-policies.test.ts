import t from 'tap';
import { inside, listed, pod, policy, workload } from './listed.ts';

// What policies do to a listing that single flows do not show: ranges of ports and of addresses, and what is not known.

const to = (app: string, rule: object): object => ({
  podSelector: { matchLabels: { app } },
  policyTypes: ['Ingress'],
  ingress: [rule],
});
const from = (app: string, rule: object): object => ({
  podSelector: { matchLabels: { app } },
  policyTypes: ['Egress'],
  egress: [rule],
});
const A = pod('x') + pod('y');
const NAMESPACE = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {team: a}}}\n';

t.strictSame(
  inside(
    A +
      policy(
        'p',
        to('y', { ports: [{ port: 82 }, { port: 80, endPort: 81 }, { port: 80, protocol: 'SCTP' }] }),
      ),
  ),
  ['Pod a/x -> Pod a/y: TCP 80-82; SCTP 80', 'Pod a/y -> Pod a/x: all ports'],
  'neighbouring ports are one range',
);
t.strictSame(
  inside(
    A +
      policy('p', to('y', { ports: [{ protocol: 'TCP' }] })) +
      policy('q', to('y', { ports: [{ protocol: 'UDP' }] })),
  )[0],
  'Pod a/x -> Pod a/y: TCP 1-65535; UDP 1-65535',
  'two whole protocols are not all ports',
);
t.strictSame(
  inside(A + policy('p', to('y', { ports: ['TCP', 'UDP', 'SCTP'].map((protocol) => ({ protocol })) })))[0],
  'Pod a/x -> Pod a/y: all ports',
  'three are',
);
t.strictSame(
  inside(
    A +
      policy('p', to('y', { ports: [{ port: 80, endPort: 90 }] })) +
      policy('q', from('x', { ports: [{ port: 85, endPort: 99 }] })),
  )[0],
  'Pod a/x -> Pod a/y: TCP 85-90',
  'both sides must admit a port',
);

const named = (name: string, port: number): string =>
  pod(name, { spec: { containers: [{ ports: [{ name: 'http', containerPort: port }] }] } });
t.strictSame(
  inside(
    pod('x') + named('y', 80) + named('z', 81) + policy('p', from('x', { ports: [{ port: 'http' }] })),
  ).slice(0, 2),
  ['Pod a/x -> Pod a/y: TCP 80', 'Pod a/x -> Pod a/z: TCP 81'],
  'a named port is that of each destination',
);
t.strictSame(
  inside(
    pod('x') +
      ['y', 'z'].map((name, i) => named(name, 80 + i).replace(`"app":"${name}"`, '"app":"same"')).join('') +
      policy('p', to('same', { ports: [{ port: 'http' }] })),
  ).slice(0, 2),
  ['Pod a/x -> Pod a/y: TCP 80', 'Pod a/x -> Pod a/z: TCP 81'],
  'also where one policy selects pods that name it differently',
);
t.strictSame(
  inside(A + policy('p', to('y', { ports: [{ port: 'http' }] }))),
  ['Pod a/y -> Pod a/x: all ports'],
  'a name that the destination does not have is no port',
);

for (const port of [1, 65535])
  t.strictSame(
    inside(pod('x') + named('y', port) + policy('p', to('y', { ports: [{ port: 'http' }] })))[0],
    `Pod a/x -> Pod a/y: TCP ${port}`,
    `a named port is ${port}`,
  );
for (const port of [0, 65536])
  t.strictSame(
    inside(pod('x') + named('y', port) + policy('p', to('y', { ports: [{ port: 'http' }] })))[0],
    'Pod a/y -> Pod a/x: all ports',
    `${port} is none`,
  );

const block = {
  from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.10.0.0/16'] } }],
  ports: [{ port: 80 }],
};
t.strictSame(
  listed(A + policy('p', to('y', block))).filter((line) => /\d-\d/.test(line)),
  [
    'Pod a/x -> 0.0.0.0-255.255.255.255: all ports',
    'Pod a/y -> 0.0.0.0-255.255.255.255: all ports',
    '0.0.0.0-9.255.255.255 -> Pod a/x: all ports',
    '10.0.0.0-10.9.255.255 -> Pod a/x: all ports',
    '10.0.0.0-10.9.255.255 -> Pod a/y: TCP 80',
    '10.10.0.0-10.10.255.255 -> Pod a/x: all ports',
    '10.11.0.0-10.255.255.255 -> Pod a/x: all ports',
    '10.11.0.0-10.255.255.255 -> Pod a/y: TCP 80',
    '11.0.0.0-255.255.255.255 -> Pod a/x: all ports',
  ],
  'addresses are cut where blocks of that direction begin and end',
);
t.strictSame(
  listed(A + policy('p', from('x', { to: [{ ipBlock: { cidr: 'fd00::/8' } }] }))).filter((line) =>
    /Pod a\/x -> \S*(\.|:)\S*-/.test(line),
  ),
  ['Pod a/x -> fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff: all ports'],
  'IPv6 addresses are listed where a policy names any',
);
t.notOk(
  listed(A + policy('p', from('x', { to: [{ ipBlock: { cidr: 'fd00::/8' } }] }))).some((line) =>
    /^[^P].*::/.test(line),
  ),
  'in that direction only',
);
t.ok(
  listed(A + policy('p', from('x', { to: [{ ipBlock: { cidr: '::/0' } }] }))).some((line) =>
    line.includes(' -> ::-ffff'),
  ),
  'also where it names all of them',
);

const seen = (name: string, ...ips: string[]): string =>
  pod(name, { status: { podIPs: ips.map((ip) => ({ ip })) } });
const toTen = (app: string): string => policy('p', to(app, { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }));
t.strictSame(
  inside(seen('x', '10.0.0.1') + seen('z', '11.0.0.1') + pod('y') + toTen('y')).filter((line) =>
    line.includes('-> Pod a/y'),
  ),
  ['Pod a/x -> Pod a/y: all ports'],
  'a block holds the pods that have an address in it',
);
t.strictSame(
  inside(A + toTen('y'))[0],
  'Pod a/x -> Pod a/y: ?all ports',
  'and may hold those of which none is known',
);
t.strictSame(
  inside(seen('x', '10.0.0.1', 'fd00::1') + pod('y') + toTen('y'))[0],
  'Pod a/x -> Pod a/y: ?all ports',
  'of two addresses it is not known which is used',
);

const inTeam = { from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }], ports: [{ port: 80 }] };
t.strictSame(
  inside(A + NAMESPACE + policy('p', to('y', inTeam)))[0],
  'Pod a/x -> Pod a/y: TCP 80',
  'a Namespace that is given',
);
t.strictSame(
  inside(A + policy('p', to('y', inTeam)))[0],
  'Pod a/x -> Pod a/y: ?TCP 80',
  'one that is not given',
);

const host = (name: string, node?: string): string =>
  pod(name, { spec: { hostNetwork: true, ...(node === undefined ? {} : { nodeName: node }) } });
const on = (name: string, node: string): string => pod(name, { spec: { nodeName: node } });
const shut = policy('p', { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
t.strictSame(
  inside(host('h', 'n1') + on('x', 'n1') + on('y', 'n2') + shut),
  ['Pod a/h -> Pod a/x: all ports', 'Pod a/x -> Pod a/h: all ports'],
  'a pod and its own node are never kept apart, a pod on the host network is not isolated',
);
t.strictSame(
  inside(host('h') + on('x', 'n1') + shut),
  ['Pod a/h -> Pod a/x: ?all ports', 'Pod a/x -> Pod a/h: ?all ports'],
  'it is not known whose node an unscheduled one will be',
);
t.strictSame(inside(workload('Deployment', 'x') + pod('y') + shut), [], 'selected and nothing admitted');
t.strictSame(
  inside(A + policy('p', { podSelector: {}, policyTypes: ['Ingress'], ingress: [7, null] })),
  ['Pod a/x -> Pod a/y: all ports', 'Pod a/y -> Pod a/x: all ports'],
  'rules of no sense admit nobody, and empty ones everybody',
);
t.strictSame(
  inside(A + policy('p', { podSelector: {}, policyTypes: ['Ingress'], ingress: [7] })),
  [],
  'a rule of no sense alone admits nobody',
);
