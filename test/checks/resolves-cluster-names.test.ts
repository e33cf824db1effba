import { readdirSync, readFileSync } from 'node:fs';
import { createPatch } from 'rfc6902';
import t from 'tap';
import type { Test } from 'tap';
import { resolvesClusterNames } from '../../src/checks/names/resolves-cluster-names.ts';
import type { ResolvesParams } from '../../src/checks/names/resolves-cluster-names.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Finding } from '../../src/policy/check.ts';
import { corpusText, manifestsIn, noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

const PARAMS: ResolvesParams = {
  clusterDomain: 'cluster.local',
  clusterDNS: [],
  nodeLocalDNS: ['169.254.20.10'],
  publicResolvers: ['8.8.8.8', '1.1.1.1', '2001:4860:4860::8888'],
};
const service = (namespace: string, name: string, clusterIP: string, labels?: object): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace, labels },
  spec: { clusterIP },
});
const KUBE_DNS = service('kube-system', 'kube-dns', '10.43.0.10');

const workload = (
  kind: string,
  labels: object,
  spec: object,
  name = 'w',
  namespace = 'financial-ml',
): Manifest =>
  manifest({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: { template: { metadata: { labels }, spec: { containers: [{ name: 'c' }], ...spec } } },
  });
const controller = (spec: object): Manifest =>
  workload(
    'Deployment',
    { 'control-plane': 'v2-controller-manager' },
    spec,
    'seldon-v2-controller-manager',
    'seldon-system',
  );
const component = (name: string, spec: object): Manifest =>
  workload('Deployment', { 'app.kubernetes.io/name': name }, spec, name);
const config = (podSpec: object): object => ({
  apiVersion: 'mlops.seldon.io/v1alpha1',
  kind: 'ServerConfig',
  metadata: { name: 'mlserver', namespace: 'seldon-system' },
  spec: { podSpec: { containers: [{ name: 'agent' }, { name: 'mlserver' }], ...podSpec } },
});
const server = (podSpec?: unknown): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Server',
    metadata: { name: 'mlserver', namespace: 'financial-ml' },
    spec: { serverConfig: 'mlserver', ...(podSpec === undefined ? {} : { podSpec }) },
  });

const ask = (object: Manifest, others: readonly object[] = [KUBE_DNS], params = PARAMS): Finding[] =>
  findings(resolvesClusterNames, params, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);
const options = (value: unknown): object => ({ options: [{ name: 'ndots', value }] });
const SEARCHES = ['financial-ml.svc.cluster.local', 'svc.cluster.local', 'cluster.local'];
const FIVE = [{ name: 'ndots', value: '5' }];
const none = (dnsConfig: object): object => ({ dnsPolicy: 'None', dnsConfig });
const whole = (rest: object): object =>
  none({ nameservers: ['10.43.0.10'], searches: SEARCHES, options: FIVE, ...rest });

/** All fixes together cure it, once, and touch only the pod's DNS. */
function cures(
  t: Test,
  object: Manifest,
  others: readonly object[],
  params = PARAMS,
  left: string[] = [],
): void {
  const found = ask(object, others, params);
  const after = cured(object, found);
  t.strictSame(problems(ask(after, others, params)), left, 'the fix cures it');
  for (const { path } of createPatch(object.object, after.object))
    t.match(path, /\/(dnsPolicy|dnsConfig|podSpec)(\/|$)/, 'nothing else changes');
}

void t.test('what each pod asks for', async (t) => {
  const kubeDns = [KUBE_DNS];
  const cases: [string, Manifest, string[], object[]?][] = [
    ['a controller without dnsConfig gets the safeguard', controller({}), ['safeguard']],
    [
      'as well with explicit nulls',
      controller({ dnsPolicy: null, dnsConfig: null, hostNetwork: null }),
      ['safeguard'],
    ],
    ['and with an empty one', controller({ dnsConfig: {} }), ['safeguard']],
    ['but none where the address is not known', controller({}), [], []],
    [
      'any dnsConfig under ClusterFirst is enough',
      controller({ dnsConfig: { nameservers: ['10.43.0.10'] } }),
      [],
    ],
    ['components get no safeguard', component('seldon-envoy', {}), []],
    ['Default', controller({ dnsPolicy: 'Default' }), ['node-dns'], []],
    ['Default on a component', component('seldon-modelgateway', { dnsPolicy: 'Default' }), ['node-dns']],
    [
      'Default with more nameservers',
      controller({
        dnsPolicy: 'Default',
        dnsConfig: { nameservers: ['10.43.0.10'], searches: SEARCHES, options: FIVE },
      }),
      ['node-dns'],
    ],
    ['hostNetwork', component('hodometer', { hostNetwork: true }), ['host-network-dns']],
    [
      'hostNetwork, ClusterFirst',
      component('hodometer', { hostNetwork: true, dnsPolicy: 'ClusterFirst' }),
      ['host-network-dns'],
    ],
    [
      'hostNetwork, right',
      component('hodometer', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
      [],
    ],
    [
      'hostNetwork, Default',
      component('hodometer', { hostNetwork: true, dnsPolicy: 'Default' }),
      ['node-dns'],
    ],
    ['ndots 1', controller({ dnsConfig: options('1') }), ['low-ndots']],
    ['ndots 0', component('seldon-envoy', { dnsConfig: options('0') }), ['low-ndots']],
    ['ndots 2', controller({ dnsConfig: options('2') }), []],
    [
      'the last ndots counts',
      controller({ dnsConfig: { options: [...FIVE, { name: 'ndots', value: '1' }] } }),
      ['low-ndots'],
    ],
    [
      'the last ndots counts, rightly',
      controller({ dnsConfig: { options: [{ name: 'ndots', value: '1' }, ...FIVE] } }),
      [],
    ],
    ['ndots without a value', controller({ dnsConfig: { options: [{ name: 'ndots' }] } }), ['low-ndots']],
    ['None, whole', component('seldon-envoy', whole({})), []],
    ['None, NodeLocal first', component('seldon-envoy', whole({ nameservers: ['169.254.20.10'] })), []],
    ['None, no dnsConfig', component('seldon-envoy', { dnsPolicy: 'None' }), ['no-nameserver']],
    [
      'None, no nameserver, ndots 1',
      component('seldon-envoy', none({ searches: SEARCHES, ...options('1') })),
      ['no-nameserver', 'low-ndots'],
    ],
    ['None, no searches', component('seldon-envoy', whole({ searches: null })), ['no-search']],
    [
      'a component needs its own namespace',
      component('seldon-envoy', whole({ searches: ['svc.cluster.local'] })),
      ['no-search'],
    ],
    ['the controller needs svc alone', controller(whole({ searches: ['svc.cluster.local.'] })), []],
    [
      'and not its own namespace',
      controller(whole({ searches: ['seldon-system.svc.cluster.local'] })),
      ['no-search'],
    ],
    ['None without options', component('seldon-envoy', whole({ options: [] })), ['low-ndots']],
    [
      'None with nothing right',
      controller(none({ nameservers: ['8.8.8.8'] })),
      ['foreign-nameserver', 'no-search', 'low-ndots'],
    ],
    [
      'a foreign nameserver first',
      component('seldon-envoy', whole({ nameservers: ['192.168.1.1', '10.43.0.10'] })),
      ['foreign-nameserver'],
    ],
    [
      'a foreign nameserver second',
      component('seldon-envoy', whole({ nameservers: ['10.43.0.10', '192.168.1.1'] })),
      ['extra-nameserver'],
    ],
    [
      'a public one is certain',
      component('seldon-envoy', whole({ nameservers: ['8.8.8.8'] })),
      ['foreign-nameserver'],
      [],
    ],
    [
      'also as IPv6, however written',
      component('seldon-envoy', whole({ nameservers: ['2001:4860:4860:0:0:0:0:8888'] })),
      ['foreign-nameserver'],
      [],
    ],
    ['another is not', component('seldon-envoy', whole({})), ['unknown-nameserver'], []],
    [
      'the address of some Service is not',
      component('seldon-envoy', whole({ nameservers: ['10.43.9.9'] })),
      ['unknown-nameserver'],
      [KUBE_DNS, service('dns', 'unbound', '10.43.9.9')],
    ],
    [
      'CoreDNS by its label',
      component('seldon-envoy', whole({ nameservers: ['10.43.0.53'] })),
      [],
      [service('kube-system', 'rke2-coredns', '10.43.0.53', { 'k8s-app': 'kube-dns' })],
    ],
    [
      'OpenShift',
      component('seldon-envoy', whole({ nameservers: ['172.30.0.10'] })),
      [],
      [service('openshift-dns', 'dns-default', '172.30.0.10')],
    ],
    [
      'a headless Service is no address',
      component('seldon-envoy', whole({})),
      ['unknown-nameserver'],
      [service('kube-system', 'kube-dns', 'None')],
    ],
    [
      'an extra one behind the cluster',
      controller({ dnsConfig: { nameservers: ['10.43.0.10', '8.8.8.8'] } }),
      ['extra-nameserver'],
    ],
    [
      'an extra one that may be the cluster',
      controller({ dnsConfig: { nameservers: ['10.43.0.10'] } }),
      [],
      [],
    ],
    [
      'a public extra one is certain',
      controller({ dnsConfig: { nameservers: ['8.8.8.8'] } }),
      ['extra-nameserver'],
      [],
    ],
    [
      'another domain',
      component('seldon-envoy', whole({ searches: ['financial-ml.svc.k8s.example'] })),
      ['other-domain'],
    ],
    ['somebody else', workload('Deployment', { app: 'web' }, { dnsPolicy: 'Default' }), []],
    [
      'Server pods by label',
      workload('StatefulSet', { 'seldon-server-name': 'mlserver' }, { dnsPolicy: 'Default' }),
      ['node-dns'],
    ],
  ];
  for (const [name, object, expected, others = kubeDns] of cases)
    await t.test(name, async (t) => {
      const found = ask(object, others);
      t.strictSame(problems(found), expected);
      for (const { problem, data, field } of found) {
        const names = resolvesClusterNames.problems[problem] ?? [];
        t.strictSame(Object.keys(data).toSorted(), names.toSorted(), `${problem} fills its words`);
        t.ok(field.length > 0);
      }
      const left = expected.filter((problem) => ['unknown-nameserver', 'other-domain'].includes(problem));
      cures(t, object, others, PARAMS, left);
    });
});

void t.test('the effect that a finding may have', async (t) => {
  const effect = (object: Manifest): unknown => ask(object)[0]?.effect;
  t.equal(
    effect(controller({ dnsConfig: options('1') })),
    undefined,
    'the controller dials a name of two labels',
  );
  t.equal(effect(component('seldon-envoy', { dnsConfig: options('1') })), 'warn', 'Envoy does not');
  t.equal(
    effect(component('seldon-envoy', { dnsConfig: options('0') })),
    undefined,
    'with 0 it is asked too',
  );
  t.equal(effect(controller({ dnsConfig: { nameservers: ['8.8.8.8'] } })), 'warn');
  t.equal(effect(controller({})), 'fix');
  t.equal(ask(controller({}))[0]?.standing, false, 'a safeguard never counts as an old fault');
  t.equal(ask(component('seldon-envoy', whole({})), [])[0]?.unknown, true);
});

void t.test('what an extra nameserver does', async (t) => {
  const when = (rest: object): unknown =>
    ask(controller({ dnsConfig: { nameservers: ['8.8.8.8'], ...rest } }))[0]?.data['when'];
  t.equal(when({}), "only when the cluster's DNS does not answer");
  t.match(when({ options: [{ name: 'rotate' }] }), /in turn/);
});

void t.test('by what the cluster is known', async (t) => {
  const because = (others: object[], params = PARAMS): unknown =>
    ask(component('seldon-envoy', whole({ nameservers: ['8.8.8.8'] })), others, params)[0]?.data['because'];
  const headless = service('kube-system', 'kube-dns', 'None');
  const labelled = service('kube-system', 'coredns', '10.43.0.53', { 'k8s-app': 'kube-dns' });
  t.equal(because([KUBE_DNS]), "the cluster's DNS answers at 10.43.0.10 (Service kube-system/kube-dns)");
  t.equal(
    because([headless, labelled]),
    "the cluster's DNS answers at 10.43.0.53 (Service kube-system/coredns)",
  );
  t.equal(because([]), '8.8.8.8 is a public resolver');
  t.match(
    because([KUBE_DNS], { ...PARAMS, clusterDNS: ['10.96.0.10'] }),
    /10\.96\.0\.10 \(parameter clusterDNS\)/,
  );
});

void t.test('the safeguard', async (t) => {
  const [finding] = ask(controller({}));
  t.strictSame(finding?.fix, [
    {
      op: 'add',
      path: '/spec/template/spec/dnsConfig',
      value: {
        nameservers: ['10.43.0.10'],
        searches: ['seldon-system.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
        options: FIVE,
      },
    },
  ]);
  const named = { ...PARAMS, clusterDNS: ['10.96.0.10'], clusterDomain: 'k8s.example' };
  t.match(ask(controller({}), [], named)[0]?.fix, [
    { value: { nameservers: ['10.96.0.10'], searches: ['seldon-system.svc.k8s.example'] } },
  ]);
  const statefulSet = workload('StatefulSet', { 'control-plane': 'v2-controller-manager' }, {});
  t.strictSame(ask(statefulSet), [], 'is for the Deployment');
  t.strictSame(problems(ask(controller({ hostNetwork: true }))), ['host-network-dns', 'safeguard']);
  cures(t, controller({ hostNetwork: true }), [KUBE_DNS]);
});

void t.test('ndots is put right where it stands', async (t) => {
  const edns = { name: 'edns0' };
  const fix = (list: unknown): unknown => ask(controller({ dnsConfig: { options: list } }))[0]?.fix;
  const patch = (value: object[]): unknown => [
    { op: 'replace', path: '/spec/template/spec/dnsConfig/options', value },
  ];
  t.strictSame(fix([{ name: 'ndots', value: '1' }, edns]), patch([...FIVE, edns]));
  t.strictSame(
    fix([...FIVE, edns, { name: 'ndots', value: '0' }]),
    patch([...FIVE, edns, ...FIVE]),
    'the last occurrence',
  );
});

void t.test('a Server over its ServerConfig', async (t) => {
  const below = (podSpec: object): object[] => [KUBE_DNS, config(podSpec)];
  const cases: [string, Manifest, object, string[], boolean][] = [
    ['the fault of the Server', server({ dnsPolicy: 'Default' }), {}, ['node-dns'], false],
    ['the fault of the ServerConfig', server(), { dnsPolicy: 'Default' }, ['node-dns'], true],
    ['hostNetwork below', server({}), { hostNetwork: true }, ['host-network-dns'], true],
    [
      'hostNetwork below, put right above',
      server({ dnsPolicy: 'ClusterFirstWithHostNet' }),
      { hostNetwork: true },
      [],
      false,
    ],
    [
      'false does not override',
      server({ hostNetwork: false }),
      { hostNetwork: true },
      ['host-network-dns'],
      true,
    ],
    [
      'options are appended',
      server({ dnsConfig: options('1') }),
      { dnsConfig: options('5') },
      ['low-ndots'],
      false,
    ],
    ['and the last wins', server({ dnsConfig: options('5') }), { dnsConfig: options('1') }, [], false],
    ['ndots below', server(null), { dnsConfig: options('1') }, ['low-ndots'], true],
    ['None below, no more', server(), { dnsPolicy: 'None' }, ['no-nameserver'], true],
    [
      'None above, nameserver below',
      server({ dnsPolicy: 'None' }),
      { dnsConfig: { nameservers: ['10.43.0.10'] } },
      ['no-search', 'low-ndots'],
      false,
    ],
    [
      'None below, foreign',
      server({}),
      none({ nameservers: ['10.0.0.1'], searches: SEARCHES, options: FIVE }),
      ['foreign-nameserver'],
      true,
    ],
  ];
  for (const [name, object, podSpec, expected, standing] of cases)
    await t.test(name, async (t) => {
      const found = ask(object, below(podSpec));
      t.strictSame(problems(found), expected);
      for (const finding of found) t.equal(finding.standing ?? false, standing, 'whose fault it is');
      // A nameserver of the ServerConfig cannot be taken away by a Server: it stays behind the cluster's own.
      cures(t, object, below(podSpec), PARAMS, name.endsWith('foreign') ? ['extra-nameserver'] : []);
    });
});

void t.test('a Server whose ServerConfig is not among the objects seen', async (t) => {
  const cases: [string, object | undefined, string[], string[]][] = [
    ['nothing said', undefined, [], []],
    ['dnsPolicy None, and no list', { dnsPolicy: 'None' }, ['not-seen'], ['no-nameserver']],
    ['a foreign list', whole({ nameservers: ['8.8.8.8'] }), ['not-seen'], ['foreign-nameserver']],
    ['no search domain', whole({ searches: [] }), ['not-seen'], ['no-search']],
    ['ndots by default', whole({ options: [] }), ['not-seen'], ['low-ndots']],
    [
      'ndots in so many words',
      whole({ options: [{ name: 'ndots', value: '1' }] }),
      ['low-ndots'],
      ['low-ndots'],
    ],
    ['hostNetwork', { hostNetwork: true }, ['not-seen'], ['host-network-dns']],
    ["the node's", { dnsPolicy: 'Default' }, ['node-dns'], ['node-dns']],
  ];
  for (const [name, podSpec, unseen, seen] of cases) {
    const found = ask(server(podSpec));
    t.strictSame(problems(found), unseen, name);
    for (const { problem, unknown, data, fix } of found)
      if (problem === 'not-seen')
        t.match(
          { unknown, data, fix },
          { unknown: true, data: { missing: /ServerConfig mlserver/ }, fix: undefined },
        );
    t.strictSame(
      problems(ask(server(podSpec), [KUBE_DNS, config({})])),
      seen,
      `${name}, and the ServerConfig seen`,
    );
  }
});

void t.test('the patches of several findings make missing objects once', async (t) => {
  const below = [KUBE_DNS, config({ dnsPolicy: 'None', dnsConfig: { nameservers: ['10.43.0.10'] } })];
  for (const object of [server(), server(null), server({}), server({ dnsConfig: null })]) {
    t.strictSame(problems(ask(object, below)), ['no-search', 'low-ndots']);
    cures(t, object, below);
  }
});

void t.test('a SeldonRuntime over its SeldonConfig', async (t) => {
  const seldonConfig = (podSpec: object): object => ({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonConfig',
    metadata: { name: 'default', namespace: 'seldon-system' },
    spec: {
      components: [
        { name: 'seldon-scheduler', podSpec },
        { name: 'seldon-envoy', podSpec: null },
      ],
    },
  });
  const runtime = (overrides: unknown): Manifest =>
    manifest({
      apiVersion: 'mlops.seldon.io/v1alpha1',
      kind: 'SeldonRuntime',
      metadata: { name: 'seldon', namespace: 'financial-ml' },
      spec: { seldonConfig: 'default', overrides },
    });
  const bad = { dnsPolicy: 'Default' };
  const [own] = ask(runtime([{ name: 'seldon-envoy', podSpec: bad }]), [seldonConfig({})]);
  t.match(own, {
    problem: 'node-dns',
    standing: undefined,
    field: ['spec', 'overrides', 0, 'podSpec', 'dnsPolicy'],
    data: { pod: 'seldon-envoy of SeldonRuntime seldon', place: 'SeldonRuntime financial-ml/seldon' },
  });
  const [standing] = ask(runtime(null), [seldonConfig(bad)]);
  t.match(standing, {
    problem: 'node-dns',
    standing: true,
    data: { place: 'SeldonConfig seldon-system/default' },
  });
  t.equal(standing?.fix, undefined, 'a SeldonRuntime without an override has no place for the patch');
  const overridden = runtime([{ name: 'seldon-scheduler', replicas: 1 }]);
  t.match(ask(overridden, [seldonConfig(bad)]), [{ problem: 'node-dns', standing: true }]);
  cures(t, overridden, [seldonConfig(bad)]);
  t.match(ask(manifest(seldonConfig(bad))), [{ field: ['spec', 'components', 0, 'podSpec', 'dnsPolicy'] }]);
});

void t.test('a ServerConfig serves namespaces that it does not name', async (t) => {
  const judged = (searches: unknown): Finding[] => ask(manifest(config(whole({ searches }))), [KUBE_DNS]);
  t.strictSame(judged(['financial-ml.svc.cluster.local']), []);
  const [found] = judged(['svc.cluster.local']);
  t.match(found, { problem: 'no-search', data: { search: '<namespace>.svc.cluster.local' } });
  t.match(found?.fix, [{ path: '/spec/podSpec/dnsPolicy', value: 'ClusterFirst' }]);
});

void t.test('the same fault has the same key, whatever else changes', async (t) => {
  const key = (object: Manifest, others: object[] = []): unknown => ask(object, others)[0]?.key;
  const before = controller({ dnsConfig: options('1') });
  const after = controller({
    dnsConfig: { options: [{ name: 'edns0' }, { name: 'ndots', value: '1' }] },
    priority: 1,
  });
  t.equal(key(before), key(after));
  t.not(key(before), key(controller({ dnsConfig: options('0') })));
  const foreign = component('seldon-envoy', whole({ nameservers: ['8.8.8.8'] }));
  t.equal(key(foreign, []), key(foreign, [KUBE_DNS]), 'the picture does not make another fault of it');
});

void t.test('objects of every wrong shape are judged without an error', async (t) => {
  const objects = [
    controller(none({ nameservers: ['8.8.8.8', '1.1.1.1'], searches: ['a'], options: FIVE })),
    server({ hostNetwork: true, dnsConfig: { nameservers: ['8.8.8.8'], options: FIVE } }),
    manifest(config({ dnsPolicy: 'None', dnsConfig: options('1') })),
  ];
  let judged = 0;
  for (const object of objects)
    for (const bad of spoilt(object.object)) {
      const others = [KUBE_DNS, config({}), config({ dnsPolicy: 'Default' })];
      const odd = manifestOf(bad, { from: 'request' });
      const found = ask(odd, others);
      if (odd.object === bad) cured(odd, found);
      judged += 1;
    }
  for (const bad of spoilt(KUBE_DNS as JsonObject)) ask(controller({}), [bad]);
  t.ok(judged > 200);
});

void t.test('upstream is fine', { skip: noCorpus }, async (t) => {
  const good = new URL('../../../shared/corpus/upstream-good/', import.meta.url);
  const files = readdirSync(good, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yaml'));
  t.ok(files.length > 0);
  let pods = 0;
  for (const file of files) {
    const all = [
      ...manifestsIn(corpusText(`upstream-good/${file}`), { namespace: 'seldon-mesh' }),
      manifest(KUBE_DNS),
    ];
    const picture = Picture.of(all);
    pods += all
      .flatMap((each) => podTemplatesOf(each, picture))
      .filter((each) => each.component !== undefined).length;
    const found = atRest(resolvesClusterNames, PARAMS, all);
    t.strictSame(
      problems(found).filter((problem) => problem !== 'safeguard'),
      [],
      file,
    );
  }
  t.ok(pods > 30, `${pods} pods of Seldon were judged`);
});

void t.test('the recorded reviews', { skip: noCorpus }, async (t) => {
  const folder = new URL('../../../shared/corpus/admission-reviews/', import.meta.url);
  const found = new Set<string>();
  for (const file of readdirSync(folder)) {
    const { request } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      request: { object: unknown };
    };
    for (const { problem } of ask(manifestOf(request.object, { from: 'request' }))) found.add(problem);
  }
  t.strictSame([...found], ['safeguard'], 'the patch of post-mortem 004 among them');
});
