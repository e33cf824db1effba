import t from 'tap';
import { reach } from '../../src/network/reach.ts';
import type { Peer } from '../../src/network/pod.ts';
import { address, ask, pod, policy, server } from './make.ts';
import { from, guarded } from './table.ts';

const client = pod();
const stranger = pod('client', { namespace: 'b' });

void t.test('both sides must allow', (t) => {
  const both = '{ podSelector: {}, policyTypes: [Ingress, Egress]';
  const wall = policy(`${both} }`);
  const out = policy(`${both}, egress: [{ to: [{ podSelector: {} }], ports: [{ port: http }] }] }`, 'out');
  const into = policy(
    `${both}, ingress: [{ from: [{ podSelector: { matchLabels: { app: client } } }] }] }`,
    'into',
  );
  const sides = (policies: (typeof wall)[], from: Peer = client, port = 80): string => {
    const { allowed, egress, ingress } = ask(policies, from, server, port);
    return `${allowed}: ${egress.because.reason}, ${ingress.because.reason}`;
  };
  t.equal(sides([]), 'yes: not-isolated, not-isolated');
  t.equal(sides([wall]), 'no: isolated, isolated');
  t.equal(sides([wall, out]), 'no: admitted, isolated');
  t.equal(sides([wall, into]), 'no: isolated, admitted');
  t.equal(sides([wall, into, out]), 'yes: admitted, admitted', 'policies add up');
  t.equal(sides([wall, into, out], client, 81), 'no: isolated, admitted', 'a name is the destination pod’s');
  t.equal(
    sides([wall, into, out], stranger),
    'no: not-isolated, isolated',
    'policies stay in their namespace',
  );
  t.equal(ask([wall, out], client, stranger).egress.allowed, 'no', 'to names whom it may reach');
  const { ingress } = ask([wall, into], client, server);
  t.match(ingress.because, { reason: 'admitted', by: { policy: { name: 'into' }, rule: 0 } });
  t.same(
    ingress.isolatedBy.map(({ name }) => name),
    ['policy', 'into'],
  );
  const foreign = reach({ from: client, to: server, port: 80, protocol: 'TCP' }, () => [
    policy('{}', 'p', 'b'),
  ]);
  t.equal(foreign.allowed, 'yes', 'even if the caller hands in those of others');
  t.end();
});

void t.test('what no policy stops', (t) => {
  const wall = ['a', 'b'].map((ns) => policy('{ policyTypes: [Ingress, Egress] }', 'wall', ns));
  const host = pod('host', { hostNetwork: true, addresses: ['192.168.0.1'], node: 'n1' });
  const here = pod('here', { node: 'n1' });
  const there = pod('there', { node: 'n2' });
  const sides = (from: Peer, to: Peer): string => {
    const { allowed, egress, ingress } = ask(wall, from, to);
    const name = ({ because }: typeof egress): string =>
      because.reason === 'exempt' ? because.exemption : because.reason;
    return `${allowed}: ${name(egress)}, ${name(ingress)}`;
  };
  t.equal(sides(client, client), 'yes: same-pod, same-pod');
  t.equal(sides(client, pod()), 'yes: same-pod, same-pod', 'by name');
  t.equal(sides(client, stranger), 'no: isolated, isolated', 'in its own namespace');
  const many = pod('many', { many: true });
  t.equal(sides(many, many), 'no: isolated, isolated', 'two pods of one workload');
  t.equal(sides(client, address('127.0.0.1')), 'yes: loopback, outside');
  t.equal(sides(address('::1'), client), 'yes: outside, loopback');
  t.equal(sides(client, address('203.0.113.7')), 'no: isolated, outside');
  t.equal(sides(address('203.0.113.7'), client), 'no: outside, isolated');
  t.equal(sides(address('203.0.113.7'), address('203.0.113.8')), 'yes: outside, outside');
  t.equal(sides(host, here), 'yes: host-network, own-node');
  t.equal(sides(here, host), 'yes: own-node, host-network');
  t.equal(sides(host, there), 'no: host-network, isolated');
  t.equal(sides(there, host), 'no: isolated, host-network');
  t.equal(sides(host, client), 'unknown: host-network, unknown', 'perhaps its own node');
  t.equal(sides(client, pod('done', { finished: true })), 'yes: finished, finished');
  t.end();
});

void t.test('a hostNetwork pod is its node', (t) => {
  const host = pod('host', { hostNetwork: true, addresses: ['192.168.0.1'], node: 'n1', namespace: 'b' });
  const all = policy(from('[{ podSelector: {} }, { namespaceSelector: {} }]'));
  const to = { ...server, node: 'n2' };
  t.equal(ask([all], host, to).allowed, 'no', 'no selector matches it');
  t.equal(ask([policy(from('[{ ipBlock: { cidr: 192.168.0.0/16 } }]'))], host, to).allowed, 'yes');
  t.equal(ask([policy(guarded('[{}]'))], host, to).allowed, 'yes');
  const named = policy('{ policyTypes: [Egress], egress: [{ ports: [{ port: http }] }] }');
  t.equal(
    ask([named], pod('x', { node: 'n1' }), { ...to, hostNetwork: true }).allowed,
    'no',
    'it names no ports',
  );
  t.end();
});
