import t from 'tap';
import { connectionsIn } from '../../src/network/listing.ts';
import { listingDiff } from '../../src/network/listing-diff.ts';
import { mergedRanges } from '../../src/network/merged-ranges.ts';
import { peerText } from '../../src/reports/connectivity-peer.ts';
import { lineOf, pictureOf, pod, policy } from './listed.ts';

/** `Pod a/x -> Pod a/y: all ports => TCP 80`. */
function diff(before: string, after: string): string[] {
  const changes = listingDiff(connectionsIn(pictureOf(before)), connectionsIn(pictureOf(after)));
  return changes.map(({ from, to, ...verdicts }) => {
    const ports = (verdict: typeof verdicts.before): string =>
      lineOf({ from, to, verdict }).split(': ')[1] ?? '';
    return `${peerText(from)} -> ${peerText(to)}: ${ports(verdicts.before)} => ${ports(verdicts.after)}`;
  });
}

const A = pod('x') + pod('y');
const ingress = (rule: object): string =>
  policy('p', { podSelector: { matchLabels: { app: 'y' } }, policyTypes: ['Ingress'], ingress: [rule] });
const ten = (...except: string[]): string =>
  ingress({ from: [{ podSelector: {} }, { ipBlock: { cidr: '10.0.0.0/8', except } }] });

t.strictSame(diff(A, A), [], 'nothing is different');
t.strictSame(diff(A + ten('10.1.0.0/16'), A + ten('10.1.0.0/16')), [], 'with ranges neither');
t.strictSame(
  diff(A + ten('10.128.0.0/9'), A + ten('10.192.0.0/10')),
  ['10.128.0.0-10.191.255.255 -> Pod a/y:  => all ports'],
  'other cuts, but only what changes is told',
);
t.strictSame(
  diff(A, A + ten()),
  ['0.0.0.0-9.255.255.255 -> Pod a/y: all ports => ', '11.0.0.0-255.255.255.255 -> Pod a/y: all ports => '],
  'what closes around what stays open',
);
t.strictSame(
  diff(A + ten(), A + ten('10.0.0.0/8')),
  ['10.0.0.0-10.255.255.255 -> Pod a/y: all ports => '],
  'all of a block',
);
t.strictSame(
  diff(
    A + ingress({ from: [{ podSelector: {} }], ports: [{ port: 80 }] }),
    A + ingress({ from: [{ podSelector: {} }], ports: [{ port: 81 }] }),
  ),
  ['Pod a/x -> Pod a/y: TCP 80 => TCP 81'],
  'other ports',
);
t.strictSame(
  diff(
    A + ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] }),
    A + ingress({ from: [{ podSelector: {} }] }),
  ),
  ['Pod a/x -> Pod a/y: ?all ports => all ports'],
  'what becomes known',
);
const inTeam = (port: number): string =>
  ingress({ from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }], ports: [{ port }] });
t.strictSame(
  diff(A + inTeam(80), A + inTeam(81)),
  ['Pod a/x -> Pod a/y: ?TCP 80 => ?TCP 81'],
  'what is not known before and after',
);
t.strictSame(diff(A + inTeam(80), A + inTeam(80)), [], 'the same doubts are no change');
const egress = (cidr: string): string =>
  policy('p', {
    podSelector: { matchLabels: { app: 'x' } },
    policyTypes: ['Egress'],
    egress: [{ to: [{ ipBlock: { cidr } }] }],
  });
t.strictSame(
  diff(pod('x') + egress('10.0.0.0/8'), pod('x') + egress('10.0.0.0/9')),
  ['Pod a/x -> 10.128.0.0-10.255.255.255: all ports => '],
  'addresses that are reached',
);
t.strictSame(
  diff(pod('x') + egress('10.0.0.0/8'), pod('x') + egress('fd00::/8')),
  [
    'Pod a/x -> fd00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff:  => all ports',
    'Pod a/x -> 10.0.0.0-10.255.255.255: all ports => ',
  ],
  'of both families',
);
t.strictSame(
  diff(pod('x'), A),
  [
    'Pod a/x -> Pod a/y:  => all ports',
    'Pod a/y -> Pod a/x:  => all ports',
    'Pod a/y -> 0.0.0.0-255.255.255.255:  => all ports',
    '0.0.0.0-255.255.255.255 -> Pod a/y:  => all ports',
  ],
  'a workload that is new',
);

// Ranges that are put together again.
const merged = (yaml: string): string[] => [...mergedRanges(connectionsIn(pictureOf(yaml)))].map(lineOf);
t.strictSame(
  merged(A + ten('10.1.0.0/16')),
  [
    'Pod a/x -> Pod a/y: all ports',
    'Pod a/x -> 0.0.0.0-255.255.255.255: all ports',
    'Pod a/y -> Pod a/x: all ports',
    'Pod a/y -> 0.0.0.0-255.255.255.255: all ports',
    '0.0.0.0-255.255.255.255 -> Pod a/x: all ports',
    '10.0.0.0-10.0.255.255 -> Pod a/y: all ports',
    '10.2.0.0-10.255.255.255 -> Pod a/y: all ports',
  ],
  'neighbours are joined, others are not',
);
const out = policy('p', {
  podSelector: { matchLabels: { app: 'x' } },
  policyTypes: ['Egress'],
  egress: [
    { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 80 }] },
    { to: [{ ipBlock: { cidr: '::/0' } }], ports: [{ port: 80 }] },
    { to: [{ ipBlock: { cidr: '128.0.0.0/1' } }], ports: [{ port: 81 }] },
  ],
});
t.strictSame(
  merged(pod('x') + out).filter((line) => line.startsWith('Pod')),
  [
    'Pod a/x -> 0.0.0.0-127.255.255.255: TCP 80',
    'Pod a/x -> 128.0.0.0-255.255.255.255: TCP 80-81',
    'Pod a/x -> ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff: TCP 80',
  ],
  'neither with other ports, nor across families',
);
t.strictSame(merged(''), [], 'nothing');
