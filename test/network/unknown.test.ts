import t from 'tap';
import { closed } from '../../src/model/labels.ts';
import { explain } from '../../src/network/explain.ts';
import type { Peer } from '../../src/network/pod.ts';
import { address, ask, pod, policy, server } from './make.ts';

const unseen = pod('client', {
  namespace: 'b',
  namespaceLabels: { values: { 'kubernetes.io/metadata.name': 'b' }, open: true },
});
const somewhere = pod('client', { addresses: undefined });
const from = (peers: string, name = 'policy'): ReturnType<typeof policy> =>
  policy(`{ ingress: [{ from: ${peers} }] }`, name);

function said(policies: ReturnType<typeof policy>[], peer: Peer, to: Peer = server, port = 80): string {
  const { allowed, ingress } = ask(policies, peer, to, port);
  return `${allowed}, ${explain(ingress)}`;
}

void t.test('labels of a Namespace', (t) => {
  const byTeam = from('[{ namespaceSelector: { matchLabels: { team: b } } }]');
  const unknown =
    'unknown, whether NetworkPolicy policy admits it depends on the labels of Namespace b, which are not known';
  t.equal(said([byTeam], unseen), unknown);
  t.match(said([from('[{ namespaceSelector: {} }]')], unseen), /^yes/);
  t.match(
    said([from('[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: b } } }]')], unseen),
    /^yes/,
  );
  t.match(
    said([from('[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: c } } }]')], unseen),
    /^no/,
  );
  t.match(
    said(
      [
        from(
          '[{ namespaceSelector: { matchLabels: { team: b } }, podSelector: { matchLabels: { app: x } } }]',
        ),
      ],
      unseen,
    ),
    /^no/,
    'its own labels rule it out',
  );
  t.equal(
    said([byTeam, policy('{}', 'wall')], unseen),
    unknown,
    'a policy that admits nothing is not in doubt',
  );
  t.match(
    said([byTeam, from('[{ namespaceSelector: {} }]', 'open')], unseen),
    /^yes, .* NetworkPolicy open admits it/,
  );
  t.match(
    said(
      [
        policy(
          '{ ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: b } } }], ports: [{ port: 81 }] }] }',
        ),
      ],
      unseen,
    ),
    /^no/,
  );
  t.end();
});

void t.test('labels of a Namespace that is not there', (t) => {
  const namespaceLabels = { ...unseen.namespaceLabels, only: { name: 'b' } };
  const absent = { ...unseen, namespaceLabels };
  t.match(said([from('[{ namespaceSelector: { matchLabels: { name: c } } }]')], absent), /^no/);
  t.match(said([from('[{ namespaceSelector: { matchLabels: { name: b } } }]')], absent), /^unknown/);
  t.end();
});

void t.test('labels of the pod itself', (t) => {
  const open = { ...server, labels: { values: { app: 'server' }, open: true } };
  const some = policy('{ podSelector: { matchLabels: { tier: x } } }', 'some');
  const all = policy('{}', 'all');
  const kind = policy('{ podSelector: { matchLabels: { tier: x } }, ingress: [{}] }', 'kind');
  t.equal(
    said([some], pod(), open),
    'unknown, whether NetworkPolicy some stops it depends on the labels of Pod a/server, which are not known',
  );
  t.match(said([some, all], pod(), open), /^no/, 'closed whether it is selected or not');
  t.match(said([kind], pod(), open), /^yes/, 'open whether it is selected or not');
  t.match(said([kind, all], pod(), open), /^unknown/);
  t.match(said([kind, some], pod(), open), /^unknown/);
  t.match(said([policy('{ podSelector: { matchLabels: { app: x } } }')], pod(), open), /^yes/);
  t.end();
});

void t.test('addresses', (t) => {
  const block = (text: string): string => said([from(`[{ ipBlock: ${text} }]`)], somewhere);
  t.equal(
    block('{ cidr: 10.0.0.0/8 }'),
    'unknown, whether NetworkPolicy policy admits it depends on the addresses of Pod a/client, which are not known',
  );
  t.match(block('{ cidr: 0.0.0.0/0 }'), /^yes/);
  t.match(block('{ cidr: 0.0.0.0/0, except: [169.254.169.254/32] }'), /^yes/, 'no pod is there');
  t.match(block('{ cidr: 0.0.0.0/0, except: [169.0.0.0/8] }'), /^unknown/);
  t.match(block('{ cidr: 10.0.0.0/8, except: [10.0.0.0/8] }'), /^no/);
  t.match(block('{ cidr: 169.254.169.254/32 }'), /^no/);
  t.match(block('{ cidr: "::/0" }'), /^unknown/);
  t.match(block('{ cidr: nonsense }'), /^no/);
  t.match(
    said([from('[{ ipBlock: { cidr: 0.0.0.0/0 } }]')], address('nonsense')),
    /^unknown, .* addresses of nonsense/,
  );
  t.match(said([from('[{ ipBlock: { cidr: 10.0.0.0/8 } }]')], pod('client', { addresses: [] })), /^unknown/);
  t.match(
    said([from('[{ ipBlock: { cidr: 10.0.0.0/8 } }]')], pod('client', { addresses: ['?'] })),
    /^unknown/,
  );
  t.end();
});

void t.test('addresses of two families', (t) => {
  const dual = pod('client', { addresses: ['10.0.0.1', 'fd00::1'] });
  t.equal(
    said([from('[{ ipBlock: { cidr: 10.0.0.0/8 } }]')], dual),
    'unknown, whether NetworkPolicy policy admits it depends on the address in use of Pod a/client, which is not known',
  );
  t.match(said([from('[{ ipBlock: { cidr: 0.0.0.0/0 } }, { ipBlock: { cidr: "::/0" } }]')], dual), /^yes/);
  t.match(said([from('[{ ipBlock: { cidr: 11.0.0.0/8 } }]')], dual), /^no/);
  t.match(said([from('[{ podSelector: {} }]')], dual), /^yes/);
  t.end();
});

void t.test('container ports', (t) => {
  const bare = { ...server, ports: undefined };
  const named = policy('{ ingress: [{ ports: [{ port: http }] }] }');
  t.equal(
    said([named], pod(), bare),
    'unknown, whether NetworkPolicy policy admits it depends on the container ports of Pod a/server, which are not known',
  );
  t.equal(ask([named], pod(), bare, 80, 'UDP').allowed, 'no', 'a name of TCP is no port of UDP');
  t.match(said([policy('{ ingress: [{ ports: [{ port: http }, { port: 80 }] }] }')], pod(), bare), /^yes/);
  t.match(said([policy('{ ingress: [{ ports: [{ port: "80" }] }] }')], pod(), bare), /^no/, 'no name at all');
  const egress = policy('{ policyTypes: [Egress], egress: [{ ports: [{ port: http }] }] }');
  t.equal(ask([egress], pod(), bare).allowed, 'unknown');
  t.equal(ask([egress], pod(), address('203.0.113.7')).allowed, 'no', 'an address names no ports');
  t.end();
});

void t.test('nodes', (t) => {
  const host = pod('host', { hostNetwork: true, addresses: ['192.168.0.1'], labels: closed({}) });
  t.equal(
    said([policy('{}')], host),
    'unknown, whether NetworkPolicy policy stops it depends on the node of Pod a/server and the node of Pod a/host, which are not known',
  );
  t.match(
    said([policy('{}')], { ...host, node: 'n1' }),
    /depends on the node of Pod a\/server, which is not known/,
  );
  t.match(said([from('[{ ipBlock: { cidr: 192.168.0.0/16 } }]')], host), /^yes/);
  t.match(
    said([from('[{ ipBlock: { cidr: 192.168.0.0/16 } }]')], { ...host, addresses: undefined }),
    /^unknown, whether NetworkPolicy policy admits it depends on the addresses of Pod a\/host, the node of/,
  );
  t.end();
});
