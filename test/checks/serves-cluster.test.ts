import fc from 'fast-check';
import t from 'tap';
import { servesCluster } from '../../src/checks/names/serves-cluster.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { cured, findings } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import { decide, server } from './seldon-cluster.ts';
import type { Change } from './seldon-cluster.ts';

// The Corefile keeps the cluster's zone, and nothing else of it is anybody's business.

const POLICY = 'coredns-serves-cluster';
const map = (data: object, name = 'coredns', namespace = 'kube-system'): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data });
const corefile = (Corefile: string, more: object = {}): Manifest => map({ Corefile, ...more });
const KUBERNETES = 'kubernetes cluster.local in-addr.arpa ip6.arpa';
const root = (...lines: string[]): string =>
  ['.:53 {', ...lines.map((line) => `    ${line}`), '}\n'].join('\n');
const dns = manifest({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  spec: { clusterIP: '10.43.0.10', ports: [{ port: 53, protocol: 'UDP' }] },
});
const judged = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter(({ policy }) => policy === POLICY);
const told = (...asked: Parameters<typeof judged>): string[] =>
  judged(...asked).map(({ effect, problem }) => `${effect} ${problem}`);
const toldOf = (...lines: string[]): string[] => told([dns], corefile(root(...lines)));

void t.test(
  'a Corefile without the cluster zone is denied, and the cure is the line that is missing',
  (t) => {
    for (const text of [
      root('forward . 8.8.8.8'),
      root('kubernetes in-addr.arpa ip6.arpa', 'forward . 8.8.8.8'),
      root('kubernetes'),
      `cluster.local:53 {\n    errors\n}\n${root(KUBERNETES)}`,
      `local {\n    forward . 192.168.1.1\n}\n${root(KUBERNETES)}`,
      'corp.example:53 {\n    forward . 10.1.0.1\n}\n',
      '',
      root('forward . 8.8.8.8', 'import /etc/coredns/custom/*.override'),
    ]) {
      const object = corefile(text);
      t.strictSame(told([], object), ['deny not-served'], text);
      t.strictSame(told([], object, { operation: 'NONE' }), ['deny not-served'], `${text} at rest`);
      const patch = patchOf(judged([], object));
      if (patch.length > 0)
        t.strictSame(told([], withObject(object, patched(object.object, patch))), [], 'and cured');
      t.equal(
        patch.length > 0,
        text.includes('errors') || text.startsWith('.') || text.startsWith('local'),
        text,
      );
    }
    t.match(
      judged([], corefile(root('forward . 8.8.8.8')))[0]?.message,
      'the block .:53, which answers for it',
    );
    t.match(judged([], corefile(root('kubernetes')))[0]?.message, 'in the block .:53 serves . alone');
    t.match(judged([], corefile(''))[0]?.message, 'no server block is for cluster.local');
    t.end();
  },
);

void t.test('a snippet or a line without a place of its own is no place for a cure', (t) => {
  for (const text of [
    `(plain) {\n    errors\n    forward . 8.8.8.8\n}\n${root('import plain')}`,
    `(plain) {\n    kubernetes in-addr.arpa\n}\n${root('import plain')}`,
    '.:53 { errors\n}\n',
    '.:53 {\n}\n',
  ]) {
    t.strictSame(told([], corefile(text)), ['deny not-served'], text);
    t.strictSame(patchOf(judged([], corefile(text))), [], text);
  }
  t.end();
});

void t.test('never an error', (t) => {
  for (const lines of [
    [KUBERNETES, 'forward . 8.8.8.8 1.1.1.1'],
    [`${KUBERNETES} {`, '  pods insecure', '}', 'forward . /etc/resolv.conf {', '  max_concurrent 1000', '}'],
    [KUBERNETES, 'forward . tls://9.9.9.9 {', '  tls_servername dns.quad9.net', '}'],
    ['kubernetai cluster.local'],
    ['kubernetes {$CLUSTER_DOMAIN} in-addr.arpa'],
    ['kubernetes CLUSTER.LOCAL.', 'import /etc/coredns/custom/*.override'],
    ['forward cluster.local 10.43.0.53', 'forward . 8.8.8.8'],
    [KUBERNETES, 'forward . 127.0.0.1:5353'],
  ])
    t.strictSame(toldOf(...lines), [], lines.join('; '));
  const split = `cluster.local {\n    ${KUBERNETES}\n}\n.:53 {\n    forward . 8.8.8.8\n}\n`;
  t.strictSame(told([], corefile(split)), [], 'two blocks');
  for (const key of ['.:{$PORT}', '{$ZONE}', 'dns://.:1053-1055', '. example.org', '.:53, example.org:53'])
    t.strictSame(told([], corefile(`${key} {\n    ${KUBERNETES}\n}\n`)), [], key);
  const other = `.:5353 {\n    ${KUBERNETES}\n}\n.:53 {\n    whoami\n}\n`;
  t.strictSame(told([], corefile(other)), [], 'which port the Service leads to is not said here');
  for (const [name, namespace] of [
    ['coredns', 'edge'],
    ['node-local-dns', 'kube-system'],
    ['kube-dns', 'kube-system'],
  ])
    t.strictSame(told([], map({ Corefile: '.:53 {\n' }, name, namespace)), [], `${namespace}/${name}`);
  t.end();
});

void t.test("RKE2's ConfigMap, and what users add", (t) => {
  const rke2 = map({ Corefile: root('forward . 8.8.8.8') }, 'rke2-coredns-rke2-coredns');
  t.strictSame(told([], rke2), ['deny not-served']);
  const custom = (data: object) => map(data, 'coredns-custom');
  const taking = custom({ 'lan.server': 'local {\n    forward . 192.168.1.1\n}\n' });
  t.strictSame(told([corefile(root(KUBERNETES))], taking), ['deny not-served']);
  t.strictSame(told([corefile(root('kubernetes ml.internal'))], taking), [], 'the domain is another one');
  const elsewhere = custom({ 'lan.server': 'local:5353 {\n    forward . 192.168.1.1\n}\n' });
  t.strictSame(told([corefile(root(KUBERNETES))], elsewhere), [], 'another port');
  t.strictSame(
    told([], custom({ 'log.override': 'log\n', 'a.server': 'corp.example {\n    whoami\n}\n' })),
    [],
  );
  t.strictSame(told([], custom({ 'log.override': 'log {\n' })), ['deny unbalanced']);
  t.strictSame(told([], custom({ 'log.override': 'log\n}\n' })), ['deny unbalanced']);
  t.strictSame(told([], custom({ README: '}' })), [], 'other keys are imported by nobody');
  t.strictSame(told([dns], custom({ 'f.override': 'forward . 10.43.0.10\n' })), ['deny loop']);
  const brings = custom({ 'k.override': KUBERNETES });
  const text = root('forward . 8.8.8.8', 'import custom/*.override');
  t.strictSame(told([brings], corefile(text)), [], 'it may have the line');
  t.end();
});

void t.test('the domain is what settings, kubeadm or the Corefile before say', (t) => {
  const other = corefile(root('kubernetes ml.internal in-addr.arpa'));
  t.strictSame(told([], other), ['warn other-domain']);
  const kubeadm = (domain: string) =>
    map({ ClusterConfiguration: `networking:\n  dnsDomain: ${domain}\n` }, 'kubeadm-config');
  t.strictSame(told([kubeadm('ml.internal')], other), []);
  t.strictSame(told([kubeadm('cluster.local')], other), ['deny not-served']);
  t.strictSame(told([], other, { previous: other }), [], 'it served nothing else before');
  const usual = corefile(root(KUBERNETES));
  t.strictSame(told([], other, { previous: usual }), ['deny not-served'], 'the domain is taken away');
  const own = findings(servesCluster, { clusterDomain: 'ml.internal' }, usual);
  t.strictSame(
    own.map(({ problem }) => problem),
    ['not-served'],
  );
  t.strictSame(findings(servesCluster, { clusterDomain: 'ml.internal' }, other), []);
  t.end();
});

void t.test('a fault that stood before is a warning', (t) => {
  const before = corefile(root('forward . 8.8.8.8'));
  const after = corefile(root('forward . 1.1.1.1'));
  t.strictSame(told([], after, { previous: before }), ['warn not-served']);
  t.strictSame(told([], after, { previous: corefile(root(KUBERNETES)) }), ['deny not-served']);
  t.end();
});

void t.test('braces', (t) => {
  t.strictSame(told([], corefile(`.:53 {\n  health {\n  ${KUBERNETES}\n}\n`)), ['deny unbalanced']);
  t.strictSame(told([], corefile(`${root(KUBERNETES)}}\n`)), ['deny unbalanced']);
  const line = `.:53 { ${KUBERNETES}\n forward . /etc/resolv.conf }`;
  t.strictSame(told([], corefile(line)), ['record brace-in-line'], 'it is written down at admission');
  t.strictSame(told([], corefile(line), { operation: 'NONE' }), ['warn brace-in-line']);
  t.strictSame(told([], map({ NodeHosts: '' })), ['deny no-corefile']);
  t.strictSame(
    told([], map({ NodeHosts: '' }), { operation: 'NONE' }),
    ['warn no-corefile'],
    'a part of one',
  );
  t.end();
});

void t.test('a loop', (t) => {
  for (const lines of [
    ['forward . 127.0.0.1'],
    ['forward . 127.0.0.53:53'],
    ['forward . [::1]:53'],
    ['forward . 1.1.1.1 dns://10.43.0.10'],
    ['forward . 10.43.0.10 {', '  max_concurrent 1000', '}', 'rewrite name a.example b.example'],
  ])
    t.strictSame(toldOf(KUBERNETES, ...lines), ['deny loop'], lines.join('; '));
  for (const lines of [
    ['forward . 127.0.0.1:5353'],
    ['forward . tls://127.0.0.1'],
    ['forward . 127.0.0.1', 'bind 169.254.20.10'],
    ['forward . 10.43.0.11'],
    ['forward . 10.43.0.10:5353'],
    ['forward . /etc/resolv.conf'],
    ['forward corp.example 10.43.0.10'],
  ])
    t.strictSame(toldOf(KUBERNETES, ...lines), [], lines.join('; '));
  const stub = (...lines: string[]) =>
    told([dns], corefile(`${root(KUBERNETES)}corp.example:53 {\n${lines.join('\n')}\n}\n`));
  t.strictSame(stub('errors', 'forward . 10.43.0.10'), ['deny loop']);
  const renamed = 'rewrite name suffix .corp.example .svc.cluster.local';
  t.strictSame(stub(renamed, 'forward . 10.43.0.10'), [], 'another name is asked for');
  const second = corefile(`${root(KUBERNETES)}.:5300 {\n forward . 10.43.0.10\n}\n`);
  t.strictSame(told([dns], second), [], 'one port asks another');
  t.strictSame(
    told([], corefile(root(KUBERNETES, 'forward . 10.43.0.10'))),
    [],
    'whose address it is is not known',
  );
  t.end();
});

const HOSTS = ['hosts /etc/coredns/NodeHosts {', '  ttl 60', '  fallthrough', '}'];
const nodeHosts = (NodeHosts: string, lines = HOSTS) => corefile(root(KUBERNETES, ...lines), { NodeHosts });

void t.test('a name of a Service of Seldon that a hosts file answers', (t) => {
  for (const name of [
    'seldon-scheduler.financial-ml.svc.cluster.local',
    'SELDON-MESH.financial-ml.svc.cluster.local.',
    'seldon-mesh.financial-ml.svc',
    'seldon-scheduler.financial-ml',
  ])
    t.strictSame(told([], nodeHosts(`10.0.0.5 ${name}`)), ['deny overridden'], name);
  for (const name of [
    'worker-1',
    'seldon-mesh.lab',
    'seldon-mesh.example.com',
    'web.financial-ml.svc.cluster.local',
    'mlserver-0.financial-ml.svc.cluster.local',
    'seldon-scheduler',
    'a.seldon-scheduler.financial-ml.svc.cluster.local',
  ])
    t.strictSame(told([], nodeHosts(`10.0.0.5 ${name}`)), [], name);
  t.strictSame(told([server()], nodeHosts('10.0.0.5 seldon-mesh.financial-ml')), ['deny overridden']);
  const replica = nodeHosts('10.0.0.5 mlserver-0.financial-ml.svc.cluster.local');
  t.strictSame(told([server()], replica), ['deny overridden']);
  t.strictSame(told([], nodeHosts('# 10.0.0.5 seldon-scheduler.financial-ml\nttl 60')), []);
  t.strictSame(told([], nodeHosts('10.0.0.5 seldon-scheduler.financial-ml', [])), [], 'nobody reads it');
  const zoned = ['hosts /etc/coredns/NodeHosts corp.example'];
  t.strictSame(told([], nodeHosts('10.0.0.5 seldon-scheduler.financial-ml', zoned)), [], 'not for that name');
  const inline = corefile(root(KUBERNETES, 'hosts {', '  10.0.0.5 seldon-scheduler.financial-ml', '}'));
  t.strictSame(told([], inline), ['deny overridden']);
  const own = manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'seldon-scheduler', namespace: 'financial-ml' },
    spec: { clusterIP: '10.0.0.5' },
  });
  t.strictSame(
    told([own], nodeHosts('10.0.0.5 seldon-scheduler.financial-ml')),
    [],
    'it says what the Service does',
  );
  t.end();
});

void t.test('the names go, and nothing else', (t) => {
  const text = '10.0.0.1 a\n10.0.0.5 b seldon-scheduler.financial-ml.svc c # d\n10.0.0.6 seldon-mesh.x.svc\n';
  const object = nodeHosts(text);
  const after = cured(object, findings(servesCluster, {}, object));
  t.strictSame(after.object['data'], {
    ...(object.object['data'] as object),
    NodeHosts: '10.0.0.1 a\n10.0.0.5 b c # d\n',
  });
  const line = nodeHosts('10.0.0.5 seldon-mesh.x.svc seldon-scheduler.x\n10.0.0.1 a\n10.0.0.2 b\n');
  const left = cured(line, findings(servesCluster, {}, line)).object['data'] as { NodeHosts: string };
  t.equal(left.NodeHosts, '10.0.0.1 a\n10.0.0.2 b\n', 'a line without a name goes, once');
  const both = corefile(
    root('hosts {', '  10.0.0.5 seldon-mesh.x.svc', '  fallthrough', '}', 'forward . 8.8.8.8'),
  );
  const last = cured(both, findings(servesCluster, {}, both));
  t.strictSame(told([], last), [], 'two cures of one text');
  t.match((last.object['data'] as { Corefile: string }).Corefile, /hosts \{\n {6}fallthrough\n/);
  t.end();
});

void t.test('no ConfigMap makes it throw', (t) => {
  const value = fc.oneof(fc.string(), fc.jsonValue());
  fc.assert(
    fc.property(fc.constantFrom('coredns', 'coredns-custom'), value, value, (name, text, more) => {
      const object = map({ Corefile: text, 'a.server': more, 'a.override': text, NodeHosts: more }, name);
      findings(servesCluster, {}, object);
      findings(servesCluster, {}, withObject(object, { ...object.object, data: more as never }));
      return true;
    }),
  );
  t.end();
});
