import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { excessOf } from '../../src/network/excess.ts';
import { leastPolicies } from '../../src/network/least-policy.ts';
import type { Access, Subject, Width } from '../../src/network/least-policy.ts';
import type { Direction } from '../../src/network/pod.ts';
import { compilePolicies } from '../../src/network/policy.ts';
import { workloadsOf } from '../../src/network/workload.ts';
import { peerText, portsText } from '../../src/reports/connectivity-peer.ts';

// Policies made from accesses, and what is open beyond those under other policies.

const made = (object: object): Manifest => manifestOf(object, { from: 'request' });
const pod = (name: string, more: object = {}, namespace = 'shop'): Manifest =>
  made({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { containers: [{ name: 'c' }], ...more },
  });
const policy = (spec: object, name = 'p'): Manifest =>
  made({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'shop' },
    spec,
  });
const app = (name: string): JsonObject => ({ podSelector: { matchLabels: { app: name } } });

const CART: Subject = { namespace: 'shop', name: 'cart-only', labels: { app: 'cart' } };
const PODS = [pod('cart'), pod('web'), pod('db')];

function access(direction: Direction, peer: JsonObject | undefined, port?: number, width?: Width): Access {
  const purpose = { id: 'A', peer: 'somebody', breaks: 'all', ...(width === undefined ? {} : { width }) };
  const ports = port === undefined ? undefined : ({ protocol: 'TCP', port } as const);
  return { subject: CART, direction, peer, port: ports, purpose };
}

function excess(
  accesses: readonly Access[],
  policies: readonly Manifest[],
  pods = PODS,
  subjects = [CART],
): string[] {
  const picture = Picture.of([...pods, ...policies]);
  const compiled = compilePolicies(picture.list('NetworkPolicy'));
  return [...excessOf(subjects, accesses, workloadsOf(picture), compiled)].map(
    ({ from, to, ports }) => `${peerText(from)} -> ${peerText(to)}: ${portsText(ports)}`,
  );
}

const WEB_80 = access('ingress', app('web'), 80);
const DB_5432 = access('egress', app('db'), 5432);
const both = { podSelector: { matchLabels: { app: 'cart' } }, policyTypes: ['Ingress', 'Egress'] };

void t.test('a policy from accesses', (t) => {
  const [one] = leastPolicies([CART], [DB_5432, WEB_80, access('ingress', app('db'), 80)]);
  t.strictSame(one?.object, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'cart-only', namespace: 'shop' },
    spec: {
      ...both,
      ingress: [{ from: [app('db'), app('web')], ports: [{ protocol: 'TCP', port: 80 }] }],
      egress: [{ to: [app('db')], ports: [{ protocol: 'TCP', port: 5432 }] }],
    },
  });
  t.strictSame(excess([DB_5432, WEB_80, access('ingress', app('db'), 80)], [made(one!.object)]), []);
  const spec = (accesses: readonly Access[]): any => leastPolicies([CART], accesses)[0]?.object['spec'];
  t.strictSame(spec([]), both, 'nothing is admitted');
  t.strictSame(
    spec([access('ingress', undefined, 80), WEB_80]).ingress,
    [
      { from: [app('web')], ports: [{ protocol: 'TCP', port: 80 }] },
      { ports: [{ protocol: 'TCP', port: 80 }] },
    ],
    'anybody is a rule without from',
  );
  t.strictSame(spec([access('egress', app('db'))]).egress, [{ to: [app('db')] }], 'every port');
  t.strictSame(
    spec([access('ingress', app('web'), 8080), WEB_80, access('ingress', app('db'), 80)]).ingress,
    [
      { from: [app('db')], ports: [{ protocol: 'TCP', port: 80 }] },
      {
        from: [app('web')],
        ports: [
          { protocol: 'TCP', port: 80 },
          { protocol: 'TCP', port: 8080 },
        ],
      },
    ],
    'peers share a rule only where they need the same ports',
  );
  t.end();
});

void t.test('what is open beyond them', (t) => {
  const asked = [WEB_80, DB_5432];
  const exact = leastPolicies([CART], asked).map(({ object }) => made(object));
  t.strictSame(excess(asked, exact), []);
  t.strictSame(
    excess(asked, [...exact, policy({ ...both, ingress: [{ from: [app('web')], ports: [{ port: 81 }] }] })]),
    ['Pod shop/web -> Pod shop/cart: TCP 81'],
    'a port',
  );
  t.strictSame(
    excess(asked, [...exact, policy({ ...both, ingress: [{ from: [app('db')], ports: [{ port: 80 }] }] })]),
    ['Pod shop/db -> Pod shop/cart: TCP 80'],
    'a peer',
  );
  t.strictSame(
    excess(asked, [
      ...exact,
      policy({ ...both, egress: [{ to: [app('db')], ports: [{ port: 5432, protocol: 'UDP' }] }] }),
    ]),
    ['Pod shop/cart -> Pod shop/db: UDP 5432'],
    'a protocol',
  );
  t.strictSame(
    excess(asked, [...exact, policy({ ...both, egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] })]),
    ['Pod shop/cart -> 10.0.0.0-10.255.255.255: all ports'],
    'addresses',
  );
  t.strictSame(
    excess(asked, [...exact, policy({ ...both, egress: [{ to: [app('web')], ports: [{ port: 80 }] }] })]),
    ['Pod shop/cart -> Pod shop/web: TCP 80'],
    'the other direction',
  );
  const db: Subject = { namespace: 'shop', name: 'db-only', labels: { app: 'db' } };
  const toDb: Access = { ...access('ingress', app('cart'), 80), subject: db };
  const opened = leastPolicies([CART, db], [toDb, access('egress', app('db'), 80)]);
  t.strictSame(
    excess(
      [toDb],
      opened.map(({ object }) => made(object)),
      PODS,
      [CART, db],
    ),
    ['Pod shop/cart -> Pod shop/db: TCP 80'],
    'both sides have to be asked for',
  );
  t.match(excess(asked, []), [
    'Pod shop/cart -> Pod shop/db: TCP 1-5431, 5433-65535; UDP 1-65535; SCTP 1-65535',
  ]);
  t.notMatch(excess(asked, []).join(), 'web -> Pod shop/db', 'others are nobody’s business');
  t.strictSame(
    excess(
      [access('egress', undefined, 443)],
      leastPolicies([CART], [access('egress', undefined, 443)]).map(({ object }) => made(object)),
    ),
    [],
    'anybody was asked for',
  );
  const block = access('egress', { ipBlock: { cidr: '10.1.0.0/16' } }, 443);
  t.strictSame(
    excess(
      [block],
      leastPolicies([CART], [block]).map(({ object }) => made(object)),
    ),
    [],
  );
  t.strictSame(
    excess([], [], [pod('cart', { hostNetwork: true }), pod('web')]),
    [],
    'nothing isolates those',
  );
  t.end();
});
