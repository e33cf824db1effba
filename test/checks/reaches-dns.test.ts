import t from 'tap';
import type { Test } from 'tap';
import { reachesDns } from '../../src/checks/reach/reaches-dns.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewState } from '../../src/model/review.ts';
import { cured, egress, findings, inShort } from './egress-table.ts';
import type { Happening } from './egress-table.ts';
import { manifest } from '../policy/made.ts';
import { ALL_KINDS, namespace, operator, policy, runtime, server, workload } from './seldon-cluster.ts';

const PARAMS = { operatorNamespaces: ['seldon-system'], nodeLocalDNS: ['169.254.20.10'] };
const found = (world: readonly Manifest[], object: Manifest, what?: Happening) =>
  findings(reachesDns, PARAMS, world, object, what);
const told = (world: readonly Manifest[], object: Manifest, what?: Happening): string[] =>
  inShort(found(world, object, what));

const KUBE_SYSTEM = 'namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}';
const KUBE_DNS = `{${KUBE_SYSTEM}, podSelector: {matchLabels: {k8s-app: kube-dns}}}`;
const BOTH = 'ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]';
const block = (cidr: string, more = ''): string => `{ipBlock: {cidr: ${cidr}${more}}}`;
const to = (peer: string, ports = BOTH): string => `[{to: [${peer}], ${ports}}]`;

const dnsService = (target: object = {}, more: object = {}): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system' },
    spec: {
      clusterIP: '10.96.0.10',
      selector: { 'k8s-app': 'kube-dns' },
      ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53, ...target })),
      ...more,
    },
  });
const pod = (name: string, labels: object, podIP: string, spec: object = {}): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels },
    spec: { containers: [], ...spec },
    status: { podIP },
  });
const COREDNS = pod('coredns', { 'k8s-app': 'kube-dns' }, '10.244.0.3');
const CACHE = manifest({
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'nodelocaldns', namespace: 'kube-system' },
  spec: {
    template: { metadata: { labels: { 'k8s-app': 'node-local-dns' } }, spec: { hostNetwork: true } },
  },
});

/** What the rules of a policy for every pod make of Server mlserver, in a world with these objects beside it. */
type Case = readonly [rules: string, expected: readonly string[]];
function table(t: Test, beside: readonly Manifest[], cases: readonly Case[], what?: Happening): void {
  for (const [rules, expected] of cases)
    t.strictSame(
      told([server(), ...beside], egress(rules), what),
      expected.map((line) => `${line.replace(/( \([a-z, ]+\))?$/, ': Server mlserver$1')}`),
      rules,
    );
  t.end();
}

const CLOSED = ['closed UDP and TCP 53'];
const UNKNOWN = ['uncertain UDP and TCP 53 (unknown)'];

void t.test('where nothing of the DNS is seen', (t) =>
  table(
    t,
    [],
    [
      ['[]', CLOSED],
      ['[{}]', []],
      [`[{${BOTH}}]`, []],
      ['[{ports: [{port: 53}]}]', ['tcp-only UDP 53']],
      ['[{ports: [{protocol: TCP, port: 53}]}]', ['tcp-only UDP 53']],
      ['[{ports: [{protocol: UDP, port: 53}]}]', ['udp-only TCP 53']],
      ['[{ports: [{protocol: UDP}, {protocol: TCP}]}]', []],
      ['[{ports: [{protocol: UDP, port: 1, endPort: 60}, {protocol: TCP, port: 53}]}]', []],
      [to(KUBE_DNS), []],
      [to(`{${KUBE_SYSTEM}}`), []],
      [to('{namespaceSelector: {}}'), []],
      [to('{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}'), []],
      [to('{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: default}}}'), CLOSED],
      [to('{podSelector: {}}'), CLOSED],
      [to('{podSelector: {matchLabels: {k8s-app: kube-dns}}}'), CLOSED],
      [to('{namespaceSelector: {matchLabels: {name: kube-system}}}'), UNKNOWN],
      [to('{namespaceSelector: {matchLabels: {name: dns}}}'), CLOSED],
      [to(`{${KUBE_SYSTEM}, podSelector: {matchLabels: {app.kubernetes.io/name: coredns}}}`), UNKNOWN],
      [to(KUBE_DNS, 'ports: [{protocol: UDP, port: 8053}, {protocol: TCP, port: 8053}]'), []],
      [
        to(
          '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: openshift-dns}}}',
          'ports: [{protocol: UDP, port: 5353}, {protocol: TCP, port: 5353}]',
        ),
        [],
      ],
      [to(KUBE_DNS, 'ports: [{protocol: UDP, port: 5353}, {protocol: TCP, port: 5353}]'), CLOSED],
      [to(block('0.0.0.0/0')), []],
      [to(block('0.0.0.0/0', ', except: [169.254.169.254/32]')), []],
      [to(block('10.0.0.0/8')), UNKNOWN],
      // Written for the outside, not for the cache that happens to be in it.
      [to(block('0.0.0.0/0', ', except: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]')), UNKNOWN],
      [to(block('169.254.20.10/32')), []],
      [to(block('169.254.0.0/16')), []],
      [to(block('169.254.20.10/32'), 'ports: [{protocol: UDP, port: 53}]'), ['udp-only TCP 53']],
      [to(block('169.254.20.11/32')), CLOSED],
    ],
  ),
);

void t.test('where a Service tells the pods and their ports', (t) => {
  const gardener = [dnsService({ targetPort: 8053 })];
  const on8053 = 'ports: [{protocol: UDP, port: 8053}, {protocol: TCP, port: 8053}]';
  t.strictSame(told([server(), ...gardener], egress(to(KUBE_DNS))), [
    'closed UDP and TCP 8053: Server mlserver',
  ]);
  t.strictSame(told([server(), ...gardener], egress(to(KUBE_DNS, on8053))), []);
  const named = dnsService({ targetPort: 'listen' }, { selector: { app: 'dns' } });
  const ports = ['UDP', 'TCP'].map((protocol) => ({ name: 'listen', containerPort: 1053, protocol }));
  const dns = pod('dns', { app: 'dns' }, '10.244.0.3', { containers: [{ ports }] });
  const rule = (port: number | string): string =>
    to(
      `{${KUBE_SYSTEM}, podSelector: {matchLabels: {app: dns}}}`,
      `ports: [{protocol: UDP, port: ${port}}, {protocol: TCP, port: ${port}}]`,
    );
  t.strictSame(told([server(), named, dns], egress(rule(1053))), []);
  t.strictSame(told([server(), named, dns], egress(rule('listen'))), []);
  t.strictSame(told([server(), named, dns], egress(rule(53))), ['closed UDP and TCP 1053: Server mlserver']);
  t.end();
});

void t.test('where the pods of the DNS are seen', (t) =>
  table(
    t,
    [dnsService(), COREDNS],
    [
      [to(KUBE_DNS), []],
      [to(block('10.244.0.0/16')), []],
      [to(block('10.0.0.0/10')), CLOSED],
      [to(block('10.96.0.0/12')), ['service-address UDP and TCP 53']],
      [to(block('10.96.0.10/32'), 'ports: [{protocol: UDP, port: 53}]'), ['service-address UDP 53']],
      [to(`{${KUBE_SYSTEM}, podSelector: {matchLabels: {app: coredns}}}`), CLOSED],
    ],
  ),
);

void t.test('where a whole cluster is seen, without a cache on its nodes', (t) =>
  table(
    t,
    [dnsService(), COREDNS],
    [
      [to(block('169.254.20.10/32')), ['no-cache UDP and TCP 53 (unknown)']],
      [to(KUBE_DNS), []],
    ],
    { seen: ALL_KINDS },
  ),
);

void t.test('where NodeLocal DNSCache is seen', (t) =>
  table(
    t,
    [CACHE, dnsService(), COREDNS],
    [
      ['[]', CLOSED],
      [to(block('169.254.20.10/32')), []],
      [to(block('10.96.0.10/32')), []],
      [to(KUBE_DNS), ['past-cache UDP and TCP 53']],
      [`[{to: [${KUBE_DNS}, ${block('169.254.20.10/32')}], ${BOTH}}]`, []],
    ],
  ),
);

void t.test('where its pods are seen without a Service', (t) => {
  const inNet = egress(to(block('10.244.0.0/16')));
  t.strictSame(told([server(), COREDNS], inNet), []);
  const ended = manifest({ ...COREDNS.object, status: { podIP: '10.244.0.3', phase: 'Succeeded' } });
  t.match(told([server(), ended], inNet), [/^uncertain/], 'one that has ended is none');
  const other = pod('web', { app: 'web' }, '10.244.0.3');
  t.match(told([server(), other], inNet), [/^uncertain/], 'nor is any other');
  const container = { name: 'coredns', ports: [{ name: 'dns', containerPort: 1053, protocol: 'UDP' }] };
  const made = (kind: string, labels: object): Manifest =>
    manifest({
      apiVersion: 'apps/v1',
      kind,
      metadata: { name: 'coredns', namespace: 'kube-system' },
      spec: { template: { metadata: { labels }, spec: { containers: [container] } } },
    });
  const on = (udp: number): Manifest =>
    egress(to(KUBE_DNS, `ports: [{protocol: UDP, port: ${udp}}, {protocol: TCP, port: 53}]`));
  for (const kind of ['Deployment', 'DaemonSet']) {
    const maker = made(kind, { 'k8s-app': 'kube-dns' });
    t.strictSame(told([server(), maker], on(1053)), [], `${kind}: the port that it declares`);
    t.strictSame(told([server(), maker], on(53)), ['tcp-only UDP 1053: Server mlserver']);
  }
  const openShift = manifest({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'dns-default', namespace: 'openshift-dns' },
    spec: {
      template: { metadata: { labels: { 'dns.operator.openshift.io/daemonset-dns': 'default' } }, spec: {} },
    },
  });
  t.strictSame(told([server(), openShift], egress(to(KUBE_DNS))), ['closed UDP and TCP 53: Server mlserver']);
  const unselected = dnsService({}, { selector: null });
  t.strictSame(told([server(), unselected], egress(to(KUBE_DNS))), [], 'as where nothing is seen');
  t.end();
});

void t.test('a cache on the nodes, by its pods', (t) => {
  for (const app of ['node-local-dns', 'nodelocaldns']) {
    const cache = pod(app, { 'k8s-app': app }, '10.0.0.4', { hostNetwork: true });
    t.strictSame(told([server(), cache], egress(to(KUBE_DNS))), [
      'past-cache UDP and TCP 53: Server mlserver',
    ]);
  }
  t.end();
});

void t.test('the labels of the namespace, once they are seen', (t) => {
  const rules = egress(to('{namespaceSelector: {matchLabels: {name: kube-system}}}'));
  const labelled = namespace('kube-system', { name: 'kube-system' });
  t.strictSame(told([server(), labelled], rules), []);
  t.strictSame(told([server(), namespace('kube-system')], rules), ['closed UDP and TCP 53: Server mlserver']);
  const picture = Picture.of([server(), COREDNS, namespace('kube-system')]).with(rules);
  const atRest = (world: Picture): number =>
    [...reachesDns.evaluate(reviewState(world, rules), PARAMS, [])].length;
  t.strictSame([atRest(picture), atRest(picture.with(labelled))], [1, 0], 'also when they change');
  t.end();
});

void t.test('which pods', (t) => {
  const shut = egress('[]');
  t.strictSame(told([operator('financial-ml')], shut), [
    'closed UDP and TCP 53: seldon-v2-controller-manager',
  ]);
  t.strictSame(told([runtime()], shut), [
    'closed UDP and TCP 53: seldon-scheduler, seldon-envoy, seldon-modelgateway and 3 more',
  ]);
  t.strictSame(told([server('mlserver', 'blue')], shut), [], 'those of its namespace');
  t.strictSame(told([workload('Deployment', 'financial-ml', 'web')], shut), [], 'Seldon alone');
  t.strictSame(told([server()], policy('{podSelector: {}, ingress: [{}]}')), [], 'isolated for egress');
  t.strictSame(told([server()], egress('[]', 'web', { matchLabels: { app: 'web' } })), [], 'selected');
  const hodometer = egress('[]', 'deny', { matchLabels: { 'app.kubernetes.io/name': 'hodometer' } });
  t.strictSame(told([runtime()], hodometer), ['closed UDP and TCP 53: hodometer (warn)']);
  const onHost = workload('StatefulSet', 'financial-ml', 'mlserver', {
    labels: { 'app.kubernetes.io/name': 'seldon-server' },
    spec: { hostNetwork: true },
  });
  t.strictSame(told([onHost], shut), [], 'no policy is about the network of the node');
  t.end();
});

void t.test('policies add up', (t) => {
  const opens = egress(to(KUBE_DNS), 'opens');
  t.strictSame(told([server(), opens], egress('[]')), []);
  t.strictSame(told([server(), egress('[]', 'other')], opens), []);
  t.strictSame(told([server(), opens], egress('[]'), { operation: 'NONE' }), []);
  t.strictSame(told([server()], egress('[]'), { operation: 'NONE' }), [
    'closed UDP and TCP 53: Server mlserver',
  ]);
  const ingress = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'ingress');
  t.strictSame(told([server(), ingress], egress('[]')), ['closed UDP and TCP 53: Server mlserver']);
  const elsewhere = policy({ podSelector: {}, egress: [{}] }, 'opens', 'blue');
  t.strictSame(told([server(), elsewhere], egress('[]')), ['closed UDP and TCP 53: Server mlserver']);
  t.end();
});

void t.test('whose fault: a NetworkPolicy', (t) => {
  const [open, shut] = [egress(to(KUBE_DNS)), egress('[]')];
  t.strictSame(told([server(), open], shut, { previous: open }), ['closed UDP and TCP 53: Server mlserver']);
  t.strictSame(told([server(), shut], shut, { previous: shut }), [
    'closed UDP and TCP 53: Server mlserver (standing)',
  ]);
  t.strictSame(told([server(), shut], open, { previous: shut }), []);
  t.strictSame(told([server(), egress('[]', 'other')], shut), [
    'closed UDP and TCP 53: Server mlserver (standing)',
  ]);
  const udp = egress('[{ports: [{protocol: UDP, port: 53}]}]');
  t.strictSame(told([server(), udp], shut, { previous: udp }), ['closed UDP and TCP 53: Server mlserver']);
  t.strictSame(told([server(), shut], udp, { previous: shut }), [
    'udp-only TCP 53: Server mlserver (standing)',
  ]);
  const away = egress(to(KUBE_DNS), 'policy', { matchLabels: { app: 'web' } });
  const turned = told([server(), egress('[]', 'deny'), open], away, { previous: open });
  t.strictSame(turned, ['closed UDP and TCP 53: Server mlserver'], 'it was what opened it');
  t.strictSame(
    told([server(), egress('[]', 'deny'), shut], away, { previous: shut }),
    [],
    'others close it still',
  );
  const unseen = egress(to('{namespaceSelector: {matchLabels: {name: kube-system}}}'));
  t.strictSame(told([server(), unseen], unseen, { previous: unseen }), [], 'in doubt as it was before');
  t.end();
});

void t.test('whose fault: a NetworkPolicy that is deleted', (t) => {
  const opens = egress(to(KUBE_DNS), 'opens');
  const deletion = { operation: 'DELETE' } as const;
  t.strictSame(told([server(), egress('[]', 'deny')], opens, deletion), [
    'closed-by-deletion UDP and TCP 53: Server mlserver',
  ]);
  t.strictSame(told([server()], opens, deletion), [], 'then nobody is isolated');
  const udp = egress('[{ports: [{protocol: UDP, port: 53}]}]', 'udp');
  t.strictSame(told([server(), udp], opens, deletion), [], 'UDP is left');
  const seldon = '[{to: [{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-envoy}}}]}]';
  t.strictSame(told([egress('[]', 'deny')], egress(seldon), deletion), [], 'a file by itself');
  t.strictSame(told([server(), egress('[]', 'deny')], egress('[]'), deletion), [], 'it had opened nothing');
  t.end();
});

void t.test('whose fault: pods', (t) => {
  const deny = egress('[]', 'deny');
  const forSome = egress(to(KUBE_DNS), 'dns', { matchLabels: { dns: 'allowed' } });
  const labelled = manifest({
    ...server().object,
    metadata: { ...(server().object['metadata'] as object), labels: { dns: 'allowed' } },
  });
  t.strictSame(told([deny], server()), ['stays-closed UDP and TCP 53: Server mlserver (standing)']);
  t.strictSame(told([deny, forSome], labelled), []);
  t.strictSame(told([deny, forSome, labelled], server(), { previous: labelled }), [
    'closed-by-change UDP and TCP 53: Server mlserver',
  ]);
  t.strictSame(told([deny, forSome, server()], server(), { previous: server() }), [], 'told when it came');
  t.strictSame(told([deny, forSome, server()], labelled, { previous: server() }), []);
  const triton = server('triton');
  t.strictSame(
    told([triton, deny, forSome, labelled], server(), { previous: labelled }),
    ['closed-by-change UDP and TCP 53: Server mlserver'],
    'whatever another Server meets',
  );
  t.strictSame(
    told([deny], server(), { previous: server('mlserver', 'financial-ml', { replicas: 0 }) }),
    ['stays-closed UDP and TCP 53: Server mlserver (standing)'],
    'pods come where there were none',
  );
  const envoy = workload('Deployment', 'financial-ml', 'seldon-envoy');
  t.strictSame(told([deny, runtime()], envoy), [], 'told of the SeldonRuntime already');
  t.strictSame(told([deny], server(), { operation: 'NONE' }), [], 'at rest the policy answers');
  const owned = manifest({
    ...workload('StatefulSet', 'financial-ml', 'seldon-scheduler').object,
    metadata: {
      name: 'seldon-scheduler',
      namespace: 'financial-ml',
      ownerReferences: [{ kind: 'SeldonRuntime', name: 'seldon', controller: true }],
    },
  });
  t.strictSame(told([deny], owned), [], 'told of the SeldonRuntime that makes it');
  t.end();
});

void t.test('a file by itself', (t) => {
  const seldon = '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}}';
  const rules = `[{to: [${seldon}]}]`;
  const all = 'seldon-scheduler, seldon-envoy, seldon-modelgateway and 4 more';
  t.strictSame(told([], egress(rules)), [`would-close UDP and TCP 53: ${all}`]);
  t.strictSame(told([], egress('[]')), [], 'it does not say that Seldon is there');
  t.strictSame(told([server('mlserver', 'blue')], egress(rules)), [], 'Seldon is seen, and elsewhere');
  const envoy = workload('Deployment', 'financial-ml', 'seldon-envoy');
  t.strictSame(told([envoy], egress(rules)), ['closed UDP and TCP 53: seldon-envoy'], 'what is seen counts');
  const some = egress(rules, 'envoy', { matchLabels: { 'app.kubernetes.io/name': 'seldon-envoy' } });
  t.strictSame(told([], some), ['would-close UDP and TCP 53: seldon-envoy (warn)'], 'one of several');
  const others = { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] };
  t.match(told([], egress(rules, 'others', others)), [/\(warn\)$/], 'not for every pod');
  t.strictSame(told([], egress(`[{to: [${seldon}]}, {${BOTH}}]`)), []);
  const home = policy(
    {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: { 'control-plane': 'v2-controller-manager' } } }] }],
    },
    'policy',
    'seldon-system',
  );
  t.match(String(found([], home)[0]?.data['from']), /^seldon-v2-controller-manager, /);
  t.end();
});

void t.test('the patch opens the DNS, and nothing else', (t) => {
  const worlds: Record<string, readonly Manifest[]> = {
    'nothing is seen': [],
    'a Service on 8053': [dnsService({ targetPort: 8053 })],
    pods: [dnsService(), COREDNS],
    'a cache': [CACHE, dnsService(), COREDNS],
  };
  for (const [name, beside] of Object.entries(worlds))
    for (const rules of ['[]', '[{ports: [{port: 53}]}]', '[{ports: [{protocol: UDP, port: 53}]}]']) {
      const world = [runtime(), server(), ...beside];
      const before = egress(rules);
      const said = found(world, before);
      const after = cured(before, said);
      t.ok(said.length === 0 || after !== before, `${name}, ${rules}: there is a patch`);
      t.strictSame(told(world, after), [], `${name}, ${rules}: it cures`);
    }
  t.strictSame(found([server()], egress('[{ports: [{port: 53}]}]'))[0]?.fix, [
    {
      op: 'add',
      path: '/spec/egress/-',
      value: {
        to: [
          {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
            podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          },
        ],
        ports: [{ protocol: 'UDP', port: 53 }],
      },
    },
  ]);
  const bare = policy({ podSelector: {}, policyTypes: ['Egress'] });
  const both = [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ];
  t.strictSame(
    JSON.stringify(found([server()], bare)[0]?.fix).match(/"ports":(.*?\])/)?.[1],
    JSON.stringify(both),
  );
  t.match(found([server()], bare)[0]?.fix, [{ op: 'add', path: '/spec/egress', value: Array }]);
  t.strictSame(found([server()], bare)[0]?.field, ['spec']);
  t.strictSame(found([server()], egress('[]'))[0]?.field, ['spec', 'egress']);
  t.ok(found([server(), egress('[]', 'deny')], egress('[]'))[0]?.fix, 'where another one closes it too');
  const broken = policy({ podSelector: {}, policyTypes: ['Egress'], egress: 'none' });
  t.equal(found([server()], broken)[0]?.fix, undefined, 'nothing is put in the place of what is no list');
  const opens = egress(to(KUBE_DNS));
  const away = egress(to(KUBE_DNS), 'policy', { matchLabels: { app: 'web' } });
  const turned = found([server(), egress('[]', 'deny'), opens], away, { previous: opens });
  t.equal(turned[0]?.fix, undefined, 'no rule of a policy for other pods cures it');
  t.end();
});

void t.test('a companion opens the DNS beside the policy, and takes nothing from its pods', (t) => {
  const pods = { matchLabels: { 'app.kubernetes.io/name': 'seldon-server' } };
  const before = egress('[{ports: [{protocol: TCP, port: 9005}]}]', 'isolation', pods);
  const [companion, ...others] = found([server()], before)[0]?.companion ?? [];
  t.equal(others.length, 0);
  const beside = manifest(companion ?? {});
  t.match(companion, {
    kind: 'NetworkPolicy',
    metadata: { name: 'dns-beside-isolation', namespace: 'financial-ml' },
    spec: {
      podSelector: pods,
      policyTypes: ['Egress'],
      egress: [{ ports: [{ port: 9005 }] }, { to: Array }],
    },
  });
  t.strictSame(told([server()], beside), [], 'it passes');
  t.strictSame(told([server(), beside], before), [], 'and the policy beside it');
  t.equal(found([server(), before], server())[0]?.companion, undefined, 'for policies alone');
  t.end();
});

void t.test('how many are told in a line', (t) => {
  const who = (world: readonly Manifest[]) => found(world, egress('[]')).map(({ data }) => data['who']);
  t.strictSame(who([server()]), ['Server mlserver']);
  t.strictSame(who([server(), server('triton')]), ['2 Seldon components']);
  const because = found([server(), server('triton')], egress('[]'))[0]?.data['because'];
  t.equal(because, 'NetworkPolicy policy selects them for egress and has no rule that lets anything out');
  t.end();
});

void t.test('which address is told', (t) => {
  const address = (beside: readonly Manifest[], rules: string, what?: Happening) =>
    found([server(), ...beside], egress(rules), what).map(({ data }) => data['address']);
  const seen = [dnsService(), COREDNS];
  t.strictSame(address(seen, to(block('10.96.0.10/32'))), ['10.96.0.10']);
  t.strictSame(address([...seen, CACHE], to(KUBE_DNS)), ['169.254.20.10']);
  t.strictSame(address(seen, to(block('169.254.20.10/32')), { seen: ALL_KINDS }), ['169.254.20.10']);
  t.end();
});
