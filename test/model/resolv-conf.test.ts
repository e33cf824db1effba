import t from 'tap';
import { clusterSearches, dnsBaseOf, resolvConfOf, sameDomain } from '../../src/model/resolv-conf.ts';
import type { JsonObject } from '../../src/model/json.ts';

const DNS = { namespace: 'seldon-system', domain: 'cluster.local', addresses: ['10.43.0.10'] };
const conf = (spec: object, dns = DNS) => resolvConfOf(spec as JsonObject, dns);
const addresses = (spec: object, dns = DNS): string[] =>
  conf(spec, dns).nameservers.map(({ address }) => address);

void t.test('what the file begins with', async (t) => {
  const cases: [object, string][] = [
    [{}, 'cluster'],
    [{ dnsPolicy: null }, 'cluster'],
    [{ dnsPolicy: '' }, 'cluster'],
    [{ dnsPolicy: 'ClusterFirst' }, 'cluster'],
    [{ dnsPolicy: 'nonsense' }, 'cluster'],
    [{ hostNetwork: true }, 'node'],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirst' }, 'node'],
    [{ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, 'cluster'],
    [{ dnsPolicy: 'ClusterFirstWithHostNet' }, 'cluster'],
    [{ hostNetwork: false, dnsPolicy: 'Default' }, 'node'],
    [{ dnsPolicy: 'None' }, 'nothing'],
    [{ dnsPolicy: 'None', hostNetwork: true }, 'nothing'],
  ];
  for (const [spec, base] of cases) t.equal(dnsBaseOf(spec as JsonObject), base, JSON.stringify(spec));
});

void t.test('ClusterFirst gives the three search domains, those of dnsConfig follow', async (t) => {
  t.strictSame(clusterSearches(DNS), [
    'seldon-system.svc.cluster.local',
    'svc.cluster.local',
    'cluster.local',
  ]);
  t.strictSame(conf({ dnsConfig: { searches: ['svc.cluster.local', 'corp.example'] } }).searches, [
    'seldon-system.svc.cluster.local',
    'svc.cluster.local',
    'cluster.local',
    'corp.example',
  ]);
  t.strictSame(conf({ dnsPolicy: 'None', dnsConfig: { searches: ['a', 'a', 'b'] } }).searches, ['a', 'b']);
});

void t.test('nameservers of dnsConfig are behind the base, once, and three in all', async (t) => {
  const dnsConfig = { nameservers: ['10.43.0.10', '1.1.1.1', '1.1.1.1', '8.8.8.8', '9.9.9.9'] };
  t.strictSame(addresses({ dnsConfig }), ['1.1.1.1', '8.8.8.8']);
  t.strictSame(addresses({ dnsConfig }, { ...DNS, addresses: [] }), ['10.43.0.10', '1.1.1.1']);
  t.strictSame(addresses({ dnsPolicy: 'None', dnsConfig }), ['10.43.0.10', '1.1.1.1', '8.8.8.8']);
  t.strictSame(
    conf({ dnsConfig }).nameservers.map(({ index }) => index),
    [1, 3],
    'they know where they stand',
  );
});

void t.test('ndots', async (t) => {
  const cases: [string, object[] | undefined, number | undefined][] = [
    ['ClusterFirst', undefined, 5],
    ['None', undefined, 1],
    ['Default', undefined, undefined],
    ['Default', [{ name: 'ndots', value: '3' }], 3],
    ['ClusterFirst', [{ name: 'ndots', value: '2' }], 2],
    ['ClusterFirst', [{ name: 'timeout', value: '1' }], 5],
    [
      'ClusterFirst',
      [
        { name: 'ndots', value: '5' },
        { name: 'ndots', value: '1' },
      ],
      1,
    ],
    [
      'ClusterFirst',
      [
        { name: 'ndots', value: '1' },
        { name: 'ndots', value: '5' },
      ],
      5,
    ],
    ['ClusterFirst', [{ name: 'ndots' }], 1],
    ['ClusterFirst', [{ name: 'ndots', value: null }], 1],
    ['ClusterFirst', [{ name: 'ndots', value: 'x' }], 0],
    ['ClusterFirst', [{ name: 'ndots', value: '99' }], 15],
    ['ClusterFirst', [{ name: 'ndots:1' }], 1],
    ['ClusterFirst', [{ name: 'ndots', value: 2 }], 2],
  ];
  for (const [dnsPolicy, options, ndots] of cases)
    t.equal(
      conf({ dnsPolicy, dnsConfig: { options } }).ndots,
      ndots,
      `${dnsPolicy} ${JSON.stringify(options)}`,
    );
});

void t.test('the option rotate', async (t) => {
  t.equal(conf({ dnsConfig: { options: [{ name: 'rotate' }] } }).rotates, true);
  t.equal(conf({}).rotates, false);
});

void t.test('searches end where the kubelet cuts them', async (t) => {
  const many = Array.from({ length: 40 }, (_, i) => `d${i}.example`);
  t.equal(conf({ dnsPolicy: 'None', dnsConfig: { searches: many } }).searches.length, 32);
  const long = 'x'.repeat(254);
  t.strictSame(conf({ dnsPolicy: 'None', dnsConfig: { searches: [long, 'a'] } }).searches, ['a']);
  const wide = Array.from({ length: 20 }, (_, i) => `${i}.${'y'.repeat(200)}`);
  t.equal(conf({ dnsPolicy: 'None', dnsConfig: { searches: wide } }).searches.length, 10);
});

void t.test('a domain is the same with a final dot and in capitals', async (t) => {
  t.equal(sameDomain('SVC.cluster.local.', 'svc.cluster.local'), true);
  t.equal(sameDomain('svc.cluster.loca', 'svc.cluster.local'), false);
});

void t.test('malformed specs are read as what they are', async (t) => {
  for (const dnsConfig of [null, 1, 'x', [], { nameservers: 'x', searches: null, options: [null, 1, {}] }])
    t.strictSame(conf({ dnsConfig }).nameservers, []);
  t.strictSame(addresses({ dnsPolicy: 'None', dnsConfig: { nameservers: [1, null, '1.1.1.1'] } }), [
    '1.1.1.1',
  ]);
});
