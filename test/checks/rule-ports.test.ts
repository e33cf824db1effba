import t from 'tap';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import {
  decide,
  namespace,
  policy,
  runtime,
  seldonConfig,
  server,
  TENANT,
  workload,
} from './seldon-cluster.ts';

// A rule's port is a port that pods listen on; a Service's own port opens nothing.

const found = (world: readonly Manifest[], object: Manifest, change = {}) =>
  decide(world, object, change).judgements.filter((one) => one.policy === 'policy-ports-are-pod-ports');
const told = (world: readonly Manifest[], object: Manifest, change = {}): string[] =>
  found(world, object, change).map(({ effect, problem, field }) => `${effect} ${problem} ${field.join('.')}`);
const cured = (world: readonly Manifest[], object: Manifest): Manifest =>
  withObject(object, patched(object.object, patchOf(found(world, object))));

const service = (name: string, selector: object, ports: object[], spec: object = {}): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'financial-ml' },
    spec: { selector, ports, ...spec },
  });
const listening = (ports: object[], labels: Record<string, string> = { app: 'web' }, home = 'financial-ml') =>
  workload('Deployment', home, 'web', { labels, spec: { containers: [{ name: 'web', ports }] } });
const WEB = { podSelector: { matchLabels: { app: 'web' } } };
const ENVOY = { matchLabels: { 'app.kubernetes.io/name': 'seldon-envoy' } };
const into = (
  ports: object[],
  podSelector: object = WEB.podSelector,
  from: object = { namespaceSelector: {} },
) => policy({ podSelector, policyTypes: ['Ingress'], ingress: [{ from: [from], ports }] });
const outTo = (peer: object, ports: object[], spec: object = {}) =>
  policy({
    podSelector: { matchLabels: { app: 'client' } },
    policyTypes: ['Egress'],
    egress: [{ to: [peer], ports }],
    ...spec,
  });
const HTTP = { name: 'http', containerPort: 8080 };
const WEB_80 = service('web', { app: 'web' }, [{ name: 'web', port: 80, targetPort: 'http' }]);

void t.test("a Service's port and no pod's, in either direction", (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  for (const [direction, object] of [
    ['ingress', into([{ port: 80 }])],
    ['egress', outTo(WEB, [{ port: 80 }])],
    ['egress', outTo({ podSelector: {} }, [{ port: 80 }])],
    [
      'egress',
      outTo(
        { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'financial-ml' } }, ...WEB },
        [{ port: 80 }],
      ),
    ],
  ] as const) {
    t.strictSame(told(world, object), [`deny service-port spec.${direction}.0.ports.0.port`]);
    t.strictSame(told(world, object, { operation: 'NONE' }), [
      `deny service-port spec.${direction}.0.ports.0.port`,
    ]);
    t.match(patchOf(found(world, object)), [
      { op: 'replace', path: `/spec/${direction}/0/ports/0/port`, value: 8080 },
    ]);
    t.strictSame(told(world, cured(world, object)), []);
  }
  t.end();
});

void t.test('where a Service leads', (t) => {
  const world = (port: object, containerPort: object = HTTP, spec = {}) => [
    namespace('financial-ml'),
    listening([containerPort]),
    service('web', { app: 'web' }, [port], spec),
  ];
  const patchFor = (all: Manifest[], port: object) =>
    patchOf(found(all, into([port]))).map((op) => 'value' in op && op.value);
  t.strictSame(patchFor(world({ port: 80, targetPort: 8080 }), { port: 80 }), [8080], 'by number');
  t.strictSame(patchFor(world({ port: 80, targetPort: 'http' }), { port: 80 }), [8080], 'by name');
  t.strictSame(
    patchFor(world({ name: 'web', port: 80, targetPort: 8080 }), { port: 'web' }),
    [8080],
    "a Service port's name is no container's",
  );
  t.strictSame(patchFor(world({ name: 'web', port: 8080 }), { port: 'web' }), [8080]);
  const nothing = (all: Manifest[], port: object, label: string) =>
    void t.notMatch(told(all, into([port])), [/service-port/], label);
  nothing(world({ port: 8080 }), { port: 8080 }, 'the same port');
  nothing(
    world({ port: 80, targetPort: 'dns' }, { name: 'dns', containerPort: 53, protocol: 'UDP' }),
    { port: 80 },
    "another protocol's name",
  );
  nothing(world({ port: 80, targetPort: 'metrics' }), { port: 80 }, 'a name that no container has');
  nothing(world({ port: 80, targetPort: 8080, protocol: 'UDP' }), { port: 80 }, 'another protocol');
  nothing(world({ port: 80, targetPort: 8080 }, HTTP, { clusterIP: 'None' }), { port: 80 }, 'headless');
  nothing(world({ port: 80, targetPort: 8080 }, HTTP, { type: 'ExternalName' }), { port: 80 }, 'no pods');
  nothing(world({ port: 80, targetPort: 8080 }, HTTP, { selector: {} }), { port: 80 }, 'no selector');
  nothing(
    world({ port: 80, targetPort: 8080 }, HTTP, { selector: { app: 'api' } }),
    { port: 80 },
    "other pods'",
  );
  nothing(world({ port: 80, targetPort: 8080 }), { port: 80, endPort: 90 }, 'a range');
  t.end();
});

void t.test('two Services with one port lead to two', (t) => {
  const world = [
    namespace('financial-ml'),
    listening([HTTP, { containerPort: 8443 }]),
    service('secure', { app: 'web' }, [{ port: 80, targetPort: 8443 }]),
    WEB_80,
  ];
  t.match(cured(world, into([{ port: 80 }])).object['spec'], {
    ingress: [{ ports: [{ port: 8080 }, { protocol: 'TCP', port: 8443 }] }],
  });
  t.match(found(world, into([{ port: 80 }]))[0]?.message, 'Service secure and Service web');
  t.end();
});

void t.test("seldon-mesh is the operator's, whether it is seen or not", (t) => {
  const object = into([{ port: 80 }], ENVOY);
  t.strictSame(told(TENANT, object), ['deny service-port spec.ingress.0.ports.0.port']);
  t.match(found(TENANT, object)[0]?.message, 'Behind it seldon-envoy listens on TCP 9000');
  t.strictSame(told([], object, { seen: [], operation: 'NONE' }), [
    'deny service-port spec.ingress.0.ports.0.port',
  ]);
  t.strictSame(
    told(TENANT, into([{ port: 80 }], {})),
    ['deny service-port spec.ingress.0.ports.0.port'],
    'among all pods of the namespace',
  );
  t.strictSame(
    told(
      [...TENANT, service('seldon-mesh', ENVOY.matchLabels, [{ port: 8000, targetPort: 'http' }])],
      object,
    ),
    ['warn port-of-no-pod spec.ingress.0.ports.0.port'],
    'the one that stands has another port',
  );
  t.strictSame(told([], into([{ port: 80 }], {}), { seen: [], operation: 'NONE' }), [], 'nobody named Envoy');
  t.end();
});

void t.test('nothing is called closed that may be open', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const isWarned = (all: readonly Manifest[], object: Manifest, label: string): void =>
    void t.match(told(all, object), [/^warn service-port-beside/], label);
  const isDenied = (all: readonly Manifest[], object: Manifest, label: string): void =>
    void t.match(told(all, object), [/^deny service-port /], label);
  const both = (from: object[], other: object, spec = {}) =>
    policy({
      ...WEB,
      ingress: [
        { from, ports: [{ port: 80 }] },
        { from: [other], ports: [{ port: 8080 }] },
      ],
      ...spec,
    });
  const named = (name: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });
  isWarned(world, both([named('a')], named('a')), 'another rule admits the same');
  isDenied(world, both([named('a')], named('b')), 'another rule admits others');
  isDenied(world, both([named('a')], { podSelector: {} }), 'another rule admits the own namespace');
  isWarned(world, both([named('a')], { namespaceSelector: {} }), 'another rule admits all');
  isWarned(world, both([], named('b')), 'everybody, of whom some are admitted');
  isWarned(
    world,
    both([{ ipBlock: { cidr: '10.0.0.0/8' } }], { ipBlock: { cidr: '10.1.0.0/16' } }),
    'addresses',
  );
  isWarned(
    world,
    both([{ podSelector: { matchLabels: { a: 'b' } } }], { podSelector: { matchLabels: { c: 'd' } } }),
    'pods that may have both labels',
  );
  isDenied(
    world,
    both([{ podSelector: { matchLabels: { a: 'b' } } }], { podSelector: { matchLabels: { a: 'c' } } }),
    'pods that cannot',
  );
  const open = policy({ ...WEB, ingress: [{ from: [{ namespaceSelector: {} }] }] }, 'open');
  isWarned([...world, open], into([{ port: 80 }]), 'another policy');
  isDenied(
    [...world, policy({ ...WEB, ingress: [] }, 'closed')],
    into([{ port: 80 }]),
    'another one that admits nobody',
  );
  isDenied(
    [...world, policy({ podSelector: { matchLabels: { app: 'api' } }, ingress: [{}] }, 'open')],
    into([{ port: 80 }]),
    'another one for other pods',
  );
  isDenied(
    [...world, policy({ ...WEB, egress: [{}], policyTypes: ['Egress'] }, 'out')],
    into([{ port: 80 }]),
    'of the other direction',
  );
  isWarned(world, into([{ port: 80 }, { port: 15020 }]), 'another port that may be one');
  isWarned(
    [
      namespace('financial-ml'),
      listening([]),
      service('web', { app: 'web' }, [{ port: 80, targetPort: 8080 }]),
    ],
    into([{ port: 80 }]),
    'the pods declare no ports',
  );
  t.strictSame(told(world, into([{ port: 80 }, { port: 8080 }])), [], 'both ports are there');
  t.strictSame(told(world, into([{ port: 80 }, { port: 'http' }])), [], 'and by name');
  t.strictSame(told(world, into([{ port: 80 }, { port: 8000, endPort: 8100 }])), [], 'and in a range');
  t.end();
});

void t.test('who may be whom', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const pods = (operator: string, ...values: string[]) => ({
    podSelector: { matchExpressions: [{ key: 'k', operator, values }] },
  });
  const byName = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'a' } } };
  const rules = (one: object, other: object, port = 8080, policyTypes = ['Ingress']) => [
    policy({ ...WEB, policyTypes, ingress: [{ from: [other], ports: [{ port }] }] }, 'other'),
    into([{ port: 80 }], WEB.podSelector, one),
  ];
  const effect = ([other, object]: Manifest[]): string | undefined =>
    told([...world, other!], object!)[0]?.split(' ')[0];
  t.equal(
    effect(rules(pods('In', 'a', 'b'), { podSelector: { matchLabels: { k: 'a' } } })),
    'warn',
    'a or b',
  );
  t.equal(effect(rules(pods('NotIn', 'b'), { podSelector: { matchLabels: { k: 'a' } } })), 'warn', 'not b');
  t.equal(effect(rules(pods('In', 'b'), { podSelector: { matchLabels: { k: 'a' } } })), 'deny', 'b');
  t.equal(effect(rules({ ipBlock: { cidr: '10.0.0.0/8' } }, byName)), 'warn', 'an address of a pod');
  t.equal(effect(rules(byName, byName)), 'warn');
  t.equal(effect(rules(byName, byName, 9090)), 'deny', 'on another port');
  t.equal(effect(rules(byName, byName, 8080, ['Egress'])), 'deny', 'by a rule that is not in force');
  t.end();
});

void t.test('of an egress rule the pods that send are another matter', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const other = (app: string) =>
    policy(
      { podSelector: { matchLabels: { app } }, policyTypes: ['Egress'], egress: [{ to: [WEB] }] },
      'other',
    );
  t.match(told([...world, other('client')], outTo(WEB, [{ port: 80 }])), [/^warn service-port-beside/]);
  t.match(told([...world, other('batch')], outTo(WEB, [{ port: 80 }])), [/^deny service-port /]);
  t.end();
});

void t.test('ports that no pod has', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP])];
  t.strictSame(told(world, into([{ port: 80 }])), ['warn port-of-no-pod spec.ingress.0.ports.0.port']);
  t.strictSame(told(world, into([{ port: 8080, protocol: 'UDP' }])), [
    'warn port-of-no-pod spec.ingress.0.ports.0.port',
  ]);
  t.strictSame(told(world, into([{ port: 9000, endPort: 9100 }])), [
    'warn port-of-no-pod spec.ingress.0.ports.0.port',
  ]);
  t.strictSame(told(world, into([{ port: 'web' }])), ['warn name-of-no-port spec.ingress.0.ports.0.port']);
  t.strictSame(told(world, into([{ port: 80 }, { port: 8080 }])), [
    'record port-of-no-pod spec.ingress.0.ports.0.port',
  ]);
  t.strictSame(
    told([namespace('financial-ml'), listening([])], into([{ port: 'web' }])),
    ['warn name-of-no-port spec.ingress.0.ports.0.port'],
    'a name has to be declared',
  );
  t.match(found(world, into([{ port: 80 }]))[0]?.message, 'Deployment web declares it. Declared are: 8080.');
  t.strictSame(
    told(world, into([{ port: 80 }], {}), { operation: 'NONE' }),
    ['record port-of-no-pod spec.ingress.0.ports.0.port'],
    'another application may have it',
  );
  for (const ports of [
    [{ port: 8080 }],
    [{ port: 'http' }],
    [{ port: 8000, endPort: 9000 }],
    [{ protocol: 'TCP' }],
    [],
    [{ port: 15090 }],
  ])
    t.strictSame(told(world, into(ports)), [], JSON.stringify(ports));
  t.end();
});

void t.test('of what cannot be seen nothing is said', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const silent = (all: readonly Manifest[], object: Manifest, label: string, change = {}): void =>
    void t.strictSame(told(all, object, change), [], label);
  silent([], into([{ port: 80 }]), 'no pods');
  silent([listening([])], into([{ port: 80 }]), 'pods that declare nothing');
  silent(world, outTo({ ipBlock: { cidr: '0.0.0.0/0' } }, [{ port: 80 }]), 'addresses');
  silent(world, policy({ egress: [{ to: [], ports: [{ port: 80 }] }] }), 'everywhere');
  silent(
    world,
    policy({ egress: [{ to: [WEB, { ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }] }] }),
    'pods and addresses',
  );
  silent(
    world,
    outTo({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'mlflow' } } }, [
      { port: 80 },
    ]),
    'another namespace',
  );
  silent(
    [listening([HTTP])],
    outTo({ namespaceSelector: { matchLabels: { team: 'ml' } } }, [{ port: 80 }]),
    'labels that nobody sees',
    { seen: ['Deployment'] satisfies Kind[] },
  );
  const onHost = workload('Deployment', 'financial-ml', 'node', {
    labels: { app: 'web' },
    spec: { hostNetwork: true, containers: [{ name: 'x', ports: [{ containerPort: 1 }] }] },
  });
  silent([...world, onHost], into([{ port: 80 }]), 'a pod on the host network is no pod to some plugins');
  silent(
    world,
    policy({ ...WEB, policyTypes: ['Egress'], egress: [], ingress: [{ ports: [{ port: 80 }] }] }),
    'a direction that is not in force',
  );
  const dns = workload('Deployment', 'kube-system', 'metrics', {
    labels: { app: 'metrics' },
    spec: { containers: [{ name: 'm', ports: [{ containerPort: 10250 }] }] },
  });
  silent(
    [namespace('kube-system'), dns],
    outTo({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }, [
      { port: 443 },
    ]),
    'the API server is meant',
  );
  t.end();
});

void t.test('who else may listen', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const silent = (all: readonly Manifest[], object: Manifest, label: string, change = {}): void =>
    void t.strictSame(told(all, object, change), [], label);
  const other = (spec: object, labels = { app: 'other' }, home = 'financial-ml', replicas = 1) =>
    workload('Deployment', home, 'other', { labels, spec, replicas });
  const has = (port: number) => ({ containers: [{ name: 'x', ports: [{ containerPort: port }] }] });
  silent([...world, other(has(80))], into([{ port: 80 }], {}), 'another pod has it');
  silent(
    [listening([]), service('web', { app: 'web' }, [{ port: 80 }])],
    into([{ port: 80 }]),
    'the same port',
  );
  silent(
    [other({ containers: [] }, { app: 'web' } as never)],
    into([{ port: 80 }]),
    'no containers to be seen',
  );
  silent(
    [namespace('ops'), ...TENANT],
    policy({ podSelector: {}, ingress: [{ ports: [{ port: 8081 }] }] }, 'x', 'seldon-system'),
    'the controller-manager declares nothing',
  );
  silent([runtime('elsewhere')], into([{ port: 80 }], ENVOY), 'Envoy would be seen');
  const pod = manifest({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-1',
      namespace: 'financial-ml',
      labels: { app: 'web' },
      ownerReferences: [{ kind: 'Deployment', name: 'web', controller: true }],
    },
    spec: has(9100),
  });
  silent([...world, pod], into([{ port: 9100 }]), 'something was put into the pods');
  t.match(
    found([...world, pod], into([{ port: 9200 }]))[0]?.message,
    'no container of Deployment web declares it',
  );
  const envoy = workload('Deployment', 'financial-ml', 'seldon-envoy', { spec: has(8000) });
  t.match(
    told([envoy], into([{ port: 9000 }], ENVOY), { seen: ['Deployment'] }),
    [/port-of-no-pod/],
    'Envoy is seen',
  );
  const gateway = workload('Deployment', 'financial-ml', 'seldon-modelgateway');
  t.match(
    told([...TENANT, gateway], into([{ port: 80 }], {})),
    [/^deny service-port /],
    'a component that is known',
  );
  const configs = ['a', 'b'].map((home) => seldonConfig(home, {}));
  silent(
    [namespace('financial-ml'), runtime(), ...configs],
    into([{ port: 80 }], {}),
    'which configuration, nobody knows',
  );
  const both = [
    namespace('financial-ml', { team: 'ml' }),
    namespace('blue', { team: 'ml' }),
    ...world.slice(1),
  ];
  const team = outTo({ namespaceSelector: { matchLabels: { team: 'ml' } } }, [{ port: 80 }]);
  silent(both, team, 'in a namespace whose pods are not there yet');
  silent(
    [both[0]!, ...world.slice(1), other(has(80), undefined, 'green')],
    team,
    'in a namespace of which nobody knows',
  );
  t.end();
});

void t.test('at rest there may be other namespaces', (t) => {
  const labelled = namespace('financial-ml', { team: 'ml' });
  const world = [labelled, listening([HTTP]), WEB_80];
  const object = outTo({ namespaceSelector: { matchLabels: { team: 'ml' } } }, [{ port: 80 }]);
  t.match(told(world, object), [/^deny service-port /]);
  t.match(told(world, object, { operation: 'NONE' }), [/^warn service-port-beside/]);
  const home = namespace('financial-ml', { name: 'financial-ml', stage: 'financial-ml' });
  for (const [key, values, effect] of [
    ['kubernetes.io/metadata.name', ['financial-ml'], 'deny'],
    ['kubernetes.io/metadata.name', ['financial-ml', 'blue'], 'warn'],
    ['name', ['financial-ml'], 'deny'],
    ['stage', ['financial-ml'], 'warn'],
  ] as const) {
    const peer = { namespaceSelector: { matchExpressions: [{ key, operator: 'In', values }] } };
    const rest = told([home, ...world.slice(1)], outTo(peer, [{ port: 80 }]), { operation: 'NONE' });
    t.equal(rest[0]?.split(' ')[0], effect, `${key} in ${values.join()}`);
  }
  const everywhere = ['default', 'kube-system', 'kube-public'].map((name) => namespace(name));
  t.match(told([...world, ...everywhere], object, { operation: 'NONE' }), [/^deny service-port /]);
  t.end();
});

void t.test('what stood before is a warning, wherever in the list it stands now', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  const before = into([{ port: 80 }]);
  const after = policy({
    ...WEB,
    policyTypes: ['Ingress'],
    ingress: [{ from: [WEB] }, { from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }] }],
  });
  t.match(found(world, before, { previous: before }), [{ effect: 'warn', standing: true }]);
  t.match(found(world, after, { previous: policy({ ...WEB, ingress: [] }) }), [{ standing: false }]);
  t.strictSame(told(world, before, { previous: before, operation: 'DELETE' }), []);
  t.end();
});

void t.test('a Server and its runtime are pods with ports', (t) => {
  const world = [namespace('financial-ml'), runtime(), server()];
  const pods = { matchLabels: { 'seldon-server-name': 'mlserver' } };
  t.strictSame(told(world, into([{ port: 9001 }, { port: 9501 }], pods)), []);
  t.match(told(world, into([{ port: 9004 }], pods)), [/^warn port-of-no-pod/]);
  t.end();
});

void t.test('no shape breaks it', (t) => {
  const world = [namespace('financial-ml'), listening([HTTP]), WEB_80];
  let count = 0;
  for (const object of [outTo(WEB, [{ port: 80, protocol: 'TCP' }]), into([{ port: 80, endPort: 90 }])])
    for (const each of spoilt(object.object)) {
      count++;
      const broken = manifest({ ...each, apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' });
      if (found(world, broken).some(({ outcome }) => outcome === 'error')) t.fail(JSON.stringify(each));
    }
  for (const each of spoilt(WEB_80.object))
    if (
      found(
        [listening([HTTP]), manifest({ ...each, apiVersion: 'v1', kind: 'Service' })],
        into([{ port: 80 }]),
      ).some(({ outcome }) => outcome === 'error')
    )
      t.fail(JSON.stringify(each));
  t.ok(count > 100, `${count} shapes`);
  t.end();
});
