import fc from 'fast-check';
import t from 'tap';
import { matchesClusterCidr } from '../../src/checks/around/matches-cluster-cidr.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { findings } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import { decide } from './seldon-cluster.ts';
import type { Change } from './seldon-cluster.ts';

// Calico's pools, and where the rest of the cluster has its pods and Services.

const POLICY = 'pod-cidr-matches-pool';
const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === POLICY);
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem }) => `${effect} ${problem}`);

const pool = (cidr: string, spec: object = {}, apiVersion = 'crd.projectcalico.org/v1'): Manifest =>
  manifest({ apiVersion, kind: 'IPPool', metadata: { name: 'p' }, spec: { cidr, ...spec } });
const installation = (cidrs: readonly string[], spec: object = {}): Manifest =>
  manifest({
    apiVersion: 'operator.tigera.io/v1',
    kind: 'Installation',
    metadata: { name: 'default' },
    spec: { calicoNetwork: { ipPools: cidrs.map((cidr) => ({ cidr })) }, ...spec },
  });
const node = (name: string, podCIDR: string, annotations: object = {}): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'Node', metadata: { name, annotations }, spec: { podCIDR } });
const program = (name: string, ...args: string[]): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${name}-master-0`, namespace: 'kube-system' },
    spec: { containers: [{ name, command: [name, ...args] }] },
  });
const map = (name: string, data: object): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-system' }, data });
const service = (clusterIP: string): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default' },
    spec: { clusterIP },
  });
const KCM = program('kube-controller-manager', '--cluster-cidr=10.244.0.0/16', '--allocate-node-cidrs=true');

void t.test('wherever the cluster says where its pods are', (t) => {
  const kubeadm = 'networking:\n  podSubnet: "10.244.0.0/16"\n  serviceSubnet: 172.20.0.0/16\n';
  const proxy = manifest({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'kube-proxy', namespace: 'kube-system' },
    spec: {
      template: {
        spec: { containers: [{ command: ['kube-proxy'], args: ['--cluster-cidr', '10.244.0.0/16'] }] },
      },
    },
  });
  const k3s = node('n', '10.42.0.0/24', {
    'k3s.io/node-args': '["server","--cluster-cidr","10.244.0.0/16"]',
  });
  for (const [where, source] of [
    ['--cluster-cidr of Pod kube-system/kube-controller-manager-master-0', KCM],
    [
      'podSubnet of ConfigMap kube-system/kubeadm-config',
      map('kubeadm-config', { ClusterConfiguration: kubeadm }),
    ],
    [
      'clusterCIDR of ConfigMap kube-system/kube-proxy',
      map('kube-proxy', { 'config.conf': 'clusterCIDR: 10.244.0.0/16' }),
    ],
    ['--cluster-cidr of DaemonSet kube-system/kube-proxy', proxy],
    ['--cluster-cidr of Node n', k3s],
  ] as const) {
    for (const outside of [pool('10.42.0.0/16'), pool('10.0.0.0/8'), installation(['192.168.0.0/16'])]) {
      t.strictSame(told([source], outside), ['deny outside'], where);
      t.match(judged([source], outside)[0]?.message, `is not in 10.244.0.0/16 (${where})`);
    }
    for (const inside of ['10.244.0.0/16', '10.244.128.0/17'])
      t.strictSame(told([source], pool(inside)), [], where);
  }
  const own = findings(matchesClusterCidr, { clusterCIDR: ['10.1.0.0/16'] }, pool('10.244.0.0/16'), [
    KCM.object,
  ]);
  t.match(own, [{ problem: 'outside', data: { where: 'parameter clusterCIDR' } }], 'settings come first');
  t.end();
});

void t.test('both groups, both families', (t) => {
  const dual = program('kube-controller-manager', '--cluster-cidr=10.244.0.0/16,fd00:10::/56');
  t.strictSame(told([dual], pool('10.42.0.0/16', {}, 'projectcalico.org/v3')), ['deny outside']);
  t.strictSame(told([dual], pool('fd00:10::/64')), []);
  t.strictSame(told([dual], pool('fd00:11::/64')), ['deny outside']);
  t.strictSame(
    told([KCM], pool('fd00:11::/64')),
    ['record not-known'],
    'of the other family nothing is known',
  );
  t.end();
});

void t.test('the cure is the range of the cluster, where there is one pool and one range', (t) => {
  const cure = (world: Manifest[], object: Manifest) => {
    const patch = patchOf(judged(world, object));
    return patch.length === 0 ? undefined : told(world, manifest(patched(object.object, patch)));
  };
  t.strictSame(cure([KCM], installation(['192.168.0.0/16'])), []);
  t.strictSame(cure([KCM], pool('192.168.0.0/16')), []);
  t.equal(cure([KCM], installation(['192.168.0.0/17', '192.168.128.0/17'])), undefined, 'two pools');
  t.equal(cure([KCM, service('10.244.0.1')], pool('192.168.0.0/16')), undefined, 'Services are there');
  t.equal(cure([node('n', '10.42.0.0/24')], pool('10.244.0.0/16')), undefined, 'a part is not the whole');
  t.end();
});

void t.test('by the ranges of Nodes', (t) => {
  const world = [node('a', '10.42.0.0/24'), node('b', '10.42.1.0/24')];
  t.strictSame(told(world, pool('10.244.0.0/16')), ['deny apart-from-nodes']);
  t.strictSame(told(world, pool('192.168.0.0/16')), ['deny apart-from-nodes']);
  t.strictSame(told(world, pool('10.42.0.0/16')), []);
  t.strictSame(told(world, pool('10.42.1.128/25')), []);
  t.strictSame(told(world, pool('10.42.128.0/17')), ['warn apart-from-nodes'], 'it may be in the same range');
  t.strictSame(told([...world, service('10.43.0.1')], pool('10.44.0.0/16')), ['deny apart-from-nodes']);
  t.strictSame(told([...world, service('10.96.0.1')], pool('10.44.0.0/16')), ['warn apart-from-nodes']);
  t.strictSame(told([], pool('10.244.0.0/16')), ['record not-known']);
  t.end();
});

void t.test('Services in the pool', (t) => {
  const apiserver = program('kube-apiserver', '--service-cluster-ip-range=10.43.0.0/16');
  t.strictSame(told([KCM, apiserver], installation(['10.244.0.0/16'])), []);
  t.strictSame(told([apiserver, node('a', '10.42.0.0/24')], pool('10.40.0.0/13')), ['deny holds-services']);
  t.strictSame(told([apiserver, node('a', '10.43.0.0/24')], pool('10.43.128.0/17')), [
    'deny holds-services',
    'warn apart-from-nodes',
  ]);
  t.strictSame(told([KCM, service('10.244.3.1')], pool('10.244.0.0/16')), ['deny holds-services']);
  t.strictSame(told([KCM, service('None')], pool('10.244.0.0/16')), []);
  t.match(
    judged([KCM, service('10.244.3.1')], pool('10.244.0.0/16'))[0]?.message,
    'Service default/kubernetes has 10.244.3.1',
  );
  t.end();
});

void t.test('never an error', (t) => {
  for (const spec of [
    { disabled: true },
    { allowedUses: ['LoadBalancer'] },
    { allowedUses: ['Tunnel'] },
    { nodeSelector: '!all()' },
  ])
    t.strictSame(told([KCM], pool('172.16.0.0/12', spec)), [], JSON.stringify(spec));
  t.strictSame(told([KCM], pool('172.16.0.0/12', { allowedUses: ['Workload', 'Tunnel'] })), ['deny outside']);
  t.strictSame(told([KCM], installation(['172.16.0.0/12'], { cni: { type: 'AmazonVPC' } })), []);
  t.strictSame(told([KCM], installation([])), []);
  t.strictSame(told([KCM], pool('10.244.0.1')), [], 'no range');
  const standing = pool('172.16.0.0/12');
  t.strictSame(told([KCM, standing], standing, { previous: standing }), ['warn outside'], 'it stood before');
  t.end();
});

void t.test('no manifest makes it throw', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.string(), (spec, data, text) => {
      for (const [apiVersion, kind] of [
        ['crd.projectcalico.org/v1', 'IPPool'],
        ['operator.tigera.io/v1', 'Installation'],
      ] as const) {
        const object = manifest({ apiVersion, kind, metadata: { name: 'x' }, spec });
        findings(matchesClusterCidr, {}, object, [node('n', text, { 'k3s.io/node-args': text }).object]);
      }
      const world = [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'kubeadm-config', namespace: 'kube-system' },
          data,
        },
        { ...KCM.object, spec },
        { ...node('n', '').object, spec, metadata: { name: 'n', annotations: data } },
      ];
      findings(matchesClusterCidr, {}, pool('10.0.0.0/8'), world);
      return true;
    }),
  );
  t.end();
});
