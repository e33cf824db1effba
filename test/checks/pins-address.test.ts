import fc from 'fast-check';
import t from 'tap';
import { pinsAddress } from '../../src/checks/around/pins-address.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { findings } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import { ALL_KINDS, decide } from './seldon-cluster.ts';
import type { Change } from './seldon-cluster.ts';

// What a Service asks of MetalLB, in words that it reads, and what it has to give.

const POLICY = 'load-balancer-address-pinned';
const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === POLICY);
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem }) => `${effect} ${problem}`);

function service(annotations: object, spec: object = {}, name = 'web', more: object = {}): Manifest {
  return manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', annotations },
    spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 80 }], ...spec },
    ...more,
  });
}
const pool = (name: string, ...addresses: string[]): Manifest =>
  manifest({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec: { addresses },
  });
const LAN = pool('lan', '192.168.1.200-192.168.1.220', 'fd00:1::/120');
const asking = (loadBalancerIPs: string, more: object = {}, spec: object = {}, name = 'web') =>
  service({ 'metallb.io/loadBalancerIPs': loadBalancerIPs, ...more }, spec, name);

void t.test('a misspelt key is denied, and cured by the right one', (t) => {
  for (const [key, meant] of [
    ['metallb.universe.tf/loadBalancer-ips', 'metallb.universe.tf/loadBalancerIPs'],
    ['metallb.universe.tf/loadbalancerips', 'metallb.universe.tf/loadBalancerIPs'],
    ['metallb.io/loadBalancerIP', 'metallb.io/loadBalancerIPs'],
    ['metallb.io/load-balancer-ips', 'metallb.io/loadBalancerIPs'],
    ['metallb.io/ip', 'metallb.io/loadBalancerIPs'],
    ['metallb.io/addresspool', 'metallb.io/address-pool'],
    ['metallb.io/ip-address-pool', 'metallb.io/address-pool'],
    ['metallb.universe.tf/allow-shared-ips', 'metallb.universe.tf/allow-shared-ip'],
    ['metallb.universe.tf/shared-ip', 'metallb.universe.tf/allow-shared-ip'],
    ['metallb.universe.io/address-pool', 'metallb.universe.tf/address-pool'],
    ['metalb.io/address-pool', 'metallb.io/address-pool'],
  ] as const) {
    const object = service({ [key]: 'lan', other: 'x' });
    t.strictSame(told([LAN], object), ['deny misspelt'], key);
    const after = patched(object.object, patchOf(judged([LAN], object)));
    t.strictSame(
      (after['metadata'] as { annotations: object }).annotations,
      { [meant]: 'lan', other: 'x' },
      key,
    );
  }
  t.end();
});

void t.test('a misspelt key beside the right one goes, and two misspelt ones are cured together', (t) => {
  const beside = service({
    'metallb.io/loadBalancerIPs': '192.168.1.200',
    'metallb.io/loadBalancerIP': '1.1.1.1',
  });
  const after = (object: Manifest) =>
    (patched(object.object, patchOf(judged([LAN], object)))['metadata'] as { annotations: object })
      .annotations;
  t.strictSame(after(beside), { 'metallb.io/loadBalancerIPs': '192.168.1.200' });
  const two = service({ 'metallb.io/pool': 'lan', 'metallb.io/ip': '192.168.1.200' });
  t.strictSame(after(two), {
    'metallb.io/address-pool': 'lan',
    'metallb.io/loadBalancerIPs': '192.168.1.200',
  });
  t.strictSame(
    told([LAN], service({ 'metallb.io/pool': 'lan' }), { previous: service({ 'metallb.io/pool': 'x' }) }),
    ['warn misspelt'],
    'it stood before',
  );
  t.end();
});

void t.test('never an error', (t) => {
  for (const [about, object] of [
    ['no annotation', service({})],
    ['of another implementation', service({ 'service.beta.kubernetes.io/aws-load-balancer-type': 'nlb' })],
    ['of another class', service({ 'metallb.io/pool': 'x' }, { loadBalancerClass: 'service.k8s.aws/nlb' })],
    ['no LoadBalancer', service({ 'metallb.io/pool': 'x' }, { type: 'ClusterIP' })],
    ['an address for whoever gives it', service({}, { loadBalancerIP: '203.0.113.9' })],
    [
      'an annotation that names MetalLB',
      service({ 'example.com/metallb-pool': 'x', 'kube-vip.io/loadbalancerIPs': 'x' }),
    ],
    ['what MetalLB writes', service({ 'metallb.io/ip-allocated-from-pool': 'lan' })],
    ['the old prefix', service({ 'metallb.universe.tf/address-pool': 'lan' })],
    ['both families', asking('192.168.1.200, fd00:1::1')],
    ['an empty one', asking('')],
    ['MetalLB by class', asking('192.168.1.200', {}, { loadBalancerClass: 'metallb.io/metallb' })],
  ] as const)
    t.strictSame(told([LAN], object), [], about);
  t.end();
});

void t.test('what MetalLB cannot give is a warning', (t) => {
  t.strictSame(told([LAN], asking('192.168.1.199')), ['warn outside-pools']);
  t.strictSame(told([LAN], asking('192.168.1.200,192.168.2.1')), ['warn outside-pools']);
  t.match(judged([], asking('192.168.1.200'))[0]?.message, 'there is no IPAddressPool');
  for (const text of ['192.168.1.200/32', '192.168.1.200-192.168.1.201', 'lan', '192.168.1.200,'])
    t.strictSame(told([LAN], asking(text)), ['warn not-an-address'], text);
  t.strictSame(told([LAN], service({ 'metallb.io/address-pool': 'lans' })), ['warn no-such-pool']);
  t.match(
    judged([LAN, pool('dmz', '10.0.0.0/28')], service({ 'metallb.io/address-pool': 'lans' }))[0]?.remedy,
    'Name lan in',
  );
  const dmz = pool('dmz', '10.0.0.0/28');
  t.strictSame(told([LAN, dmz], asking('192.168.1.200', { 'metallb.io/address-pool': 'dmz' })), [
    'warn other-pool',
  ]);
  t.strictSame(told([LAN, dmz], asking('192.168.1.200', { 'metallb.io/address-pool': 'lan' })), []);
  t.strictSame(told([LAN], asking('192.168.1.200', {}, { loadBalancerIP: '192.168.1.201' })), [
    'warn asked-twice',
  ]);
  t.strictSame(
    told([LAN], service({ 'metallb.universe.tf/allow-shared-ip': 'x' }, { loadBalancerIP: '10.9.9.9' })),
    ['warn outside-pools'],
    'with an annotation of MetalLB the field is meant for it',
  );
  t.strictSame(told([LAN], service({ 'metallb.io/note': 'x' })), ['warn unread']);
  t.end();
});

void t.test('pools that cannot be read', (t) => {
  const seen = ALL_KINDS.filter((kind) => kind !== 'IPAddressPool');
  t.strictSame(told([], asking('192.168.1.200'), { seen }), ['record pools-not-seen']);
  t.strictSame(told([], service({ 'metallb.io/pool': 'x' }), { seen }), ['deny misspelt'], 'a key is a key');
  t.end();
});

void t.test('an address is booked once, unless it is shared', (t) => {
  const share = { 'metallb.io/allow-shared-ip': 'k' };
  const old = { 'metallb.universe.tf/allow-shared-ip': 'k' };
  const other = (annotations: object, spec: object = {}, more: object = {}) =>
    service({ 'metallb.io/loadBalancerIPs': '192.168.1.200', ...annotations }, spec, 'other', more);
  const on = (world: Manifest, object: Manifest) => told([LAN, world], object);
  const port = { ports: [{ port: 81 }] };
  t.strictSame(on(other({}), asking('192.168.1.200')), ['warn booked']);
  t.strictSame(on(other({}), asking('192.168.1.200', {}, port)), ['warn booked'], 'neither shares');
  t.strictSame(on(other(share), asking('192.168.1.200', {}, port)), ['warn booked']);
  t.strictSame(on(other(share), asking('192.168.1.200', { 'metallb.io/allow-shared-ip': 'x' }, port)), [
    'warn booked',
  ]);
  t.strictSame(on(other(share), asking('192.168.1.200', share)), ['warn booked'], 'the same port');
  t.strictSame(on(other(old), asking('192.168.1.200', share, port)), []);
  const udp = { ports: [{ port: 80, protocol: 'UDP' }] };
  t.strictSame(on(other(share), asking('192.168.1.200', share, udp)), [], 'TCP and UDP');
  const local = { externalTrafficPolicy: 'Local' };
  t.strictSame(on(other(share, local), asking('192.168.1.200', share, { ...port, ...local })), [
    'warn booked',
  ]);
  const same = { ...local, selector: { app: 'x' } };
  t.strictSame(on(other(share, same), asking('192.168.1.200', share, { ...port, ...same })), []);
  t.strictSame(on(other({}), asking('192.168.1.201')), []);
  t.strictSame(on(asking('192.168.1.200'), asking('192.168.1.200')), [], 'itself');
  const held = service({}, {}, 'other', { status: { loadBalancer: { ingress: [{ ip: '192.168.1.205' }] } } });
  t.strictSame(on(held, asking('192.168.1.205')), ['warn booked'], 'given to somebody who did not ask');
  t.match(
    judged([LAN, held], asking('192.168.1.205'))[0]?.message,
    'because Service shop/other has booked it',
  );
  t.end();
});

void t.test('no Service makes it throw', (t) => {
  const keys = fc.constantFrom(
    'metallb.io/loadBalancerIPs',
    'metallb.io/',
    'metallb/x',
    '/',
    'x',
    '__proto__',
  );
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), fc.jsonValue(), (annotations, spec) => {
      const object = service(annotations, typeof spec === 'object' ? (spec ?? {}) : {});
      findings(pinsAddress, {}, object, [LAN.object, { ...object.object, spec }]);
      findings(pinsAddress, {}, withObject(object, { ...object.object, spec: spec as never }));
      return true;
    }),
  );
  t.end();
});
