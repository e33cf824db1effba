import t from 'tap';
import { closedWorld } from '../../src/checks/reach/closed-world.ts';
import { flowsOfPods } from '../../src/checks/reach/flows-of-pods.ts';
import { isolatedPods } from '../../src/checks/reach/isolated-pods.ts';
import { leastProof } from '../../src/checks/reach/least-proof.ts';
import { leastPrivilege } from '../../src/checks/reach/least-privilege.ts';
import type { LeastPrivilege, PrivilegeChoices } from '../../src/checks/reach/least-privilege.ts';
import type { RequiredFlow } from '../../src/checks/reach/flow-spec.ts';
import { networkRequirements } from '../../src/checks/reach/network-requirements.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Kind } from '../../src/model/kinds.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifest } from '../policy/made.ts';
import {
  ALL_KINDS,
  bench,
  namespace,
  operator,
  policy,
  runtime,
  seldonConfig,
  server,
  TENANT,
  workload,
} from './seldon-cluster.ts';

// The NetworkPolicies that are made for a Seldon namespace: each rule, written as `TCP 9004 <- who`.

const REQUIREMENTS = networkRequirements(bench.catalogue);
const NOBODY: PrivilegeChoices = { clients: [], scrapers: [], defaultDeny: false };

function plan(
  world: readonly Manifest[],
  choices: Partial<PrivilegeChoices> = {},
  seen: readonly Kind[] = ALL_KINDS,
  name = 'financial-ml',
): LeastPrivilege {
  const picture = Picture.of(world, { seen });
  return leastPrivilege(picture, name, REQUIREMENTS, { ...NOBODY, ...choices })!;
}

/** The rules of one policy in one direction: ports, then the peers as short as can be. */
function rules(made: LeastPrivilege, name: string, direction: 'ingress' | 'egress'): string[] {
  const found = made.policies.find(({ subject }) => `${subject.namespace}/${subject.name}` === name);
  const spec = found?.object['spec'] as any;
  return (spec?.[direction] ?? []).map((rule: any) => {
    const ports = rule.ports?.map((one: any) => `${one.protocol} ${one.port}`).join(', ') ?? 'every port';
    const peers = (rule.from ?? rule.to)?.map(short).join(', ') ?? 'anybody';
    return `${ports}: ${peers}`;
  });
}

function short({ namespaceSelector, podSelector, ipBlock }: any): string {
  if (ipBlock !== undefined) return ipBlock.cidr;
  const labels = (selector: any): string => Object.values(selector.matchLabels ?? { any: '*' }).join('+');
  const pods = podSelector === undefined ? '*' : labels(podSelector);
  return namespaceSelector === undefined ? pods : `${labels(namespaceSelector)}/${pods}`;
}

/** Without what every policy has. */
function beyondDns(found: readonly string[]): string[] {
  return found.filter((rule) => !/^UDP 53|443/.test(rule));
}

const service = (name: string, home: string, spec: object): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: home }, spec });
const PIPELINE = manifest({
  apiVersion: 'mlops.seldon.io/v1alpha1',
  kind: 'Pipeline',
  metadata: { name: 'fraud', namespace: 'financial-ml' },
  spec: { steps: [{ name: 'a' }] },
});
const kafkaAt = (servers: string): Manifest =>
  runtime('financial-ml', { config: { kafkaConfig: { 'bootstrap.servers': servers } } });
const model = (storageUri: string): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Model',
    metadata: { name: 'iris', namespace: 'financial-ml' },
    spec: { storageUri },
  });
const proved = ({ closed, excess, elsewhere }: LeastPrivilege): unknown[] => [closed, excess, elsewhere];
const PROVED = [[], [], []];

void t.test('an operator elsewhere', (t) => {
  const made = plan([...TENANT, seldonConfig('seldon-system', {}, 'PLAINTEXT')]);
  t.strictSame(
    made.policies.map(({ subject }) => `${subject.namespace}/${subject.name}`),
    [
      ...[
        'scheduler',
        'envoy',
        'modelgateway',
        'pipelinegateway',
        'dataflow-engine',
        'hodometer',
        'server',
      ].map((name) => `financial-ml/seldon-${name}`),
      'seldon-system/seldon-controller-manager',
    ],
  );
  t.strictSame(rules(made, 'financial-ml/seldon-scheduler', 'ingress'), [
    'TCP 9002: seldon-envoy',
    'TCP 9004: seldon-system/v2-controller-manager, hodometer, seldon-modelgateway, seldon-pipelinegateway',
    'TCP 9005: seldon-server',
    'TCP 9008: seldon-dataflow-engine',
  ]);
  t.strictSame(beyondDns(rules(made, 'financial-ml/seldon-scheduler', 'egress')), []);
  t.strictSame(beyondDns(rules(made, 'seldon-system/seldon-controller-manager', 'egress')), [
    'TCP 9004: */seldon-scheduler',
  ]);
  t.strictSame(rules(made, 'seldon-system/seldon-controller-manager', 'ingress'), []);
  t.strictSame(rules(made, 'financial-ml/seldon-envoy', 'ingress'), [
    'TCP 9000: seldon-modelgateway, seldon-pipelinegateway, seldon-server',
    'TCP 9000: anybody',
  ]);
  t.strictSame(rules(made, 'financial-ml/seldon-pipelinegateway', 'ingress'), [
    'TCP 9010, TCP 9011: seldon-envoy',
  ]);
  t.strictSame(rules(made, 'financial-ml/seldon-server', 'ingress'), ['TCP 9001, TCP 9501: seldon-envoy']);
  for (const { object } of made.policies)
    t.strictSame((object['spec'] as any).policyTypes, ['Ingress', 'Egress'], 'isolates both ways');
  t.strictSame(proved(made), PROVED);
  t.strictSame(made.unused, ['F26', 'F28', 'F29'], 'nothing tells of brokers, storage and a collector');
  t.end();
});

void t.test('mTLS has ports of its own', (t) => {
  const world = [namespace('seldon-system'), operator('seldon-system', { security: 'SSL' })];
  const made = plan([...world, seldonConfig('seldon-system', {}, 'SSL'), ...TENANT.slice(2)]);
  t.strictSame(rules(made, 'financial-ml/seldon-scheduler', 'ingress'), [
    'TCP 9002: seldon-envoy',
    'TCP 9008: seldon-dataflow-engine',
    'TCP 9044: seldon-system/v2-controller-manager, hodometer, seldon-modelgateway, seldon-pipelinegateway',
    'TCP 9055: seldon-server',
  ]);
  t.strictSame(beyondDns(rules(made, 'seldon-system/seldon-controller-manager', 'egress')), [
    'TCP 9044: */seldon-scheduler',
  ]);
  const reads = (name: string): boolean =>
    rules(made, `financial-ml/${name}`, 'egress').includes('TCP 443, TCP 6443: anybody');
  t.ok(reads('seldon-scheduler'), 'certificates come from the API server');
  t.notOk(reads('seldon-envoy'));
  t.strictSame(proved(made), PROVED);
  t.end();
});

void t.test('an operator with a list of namespaces', (t) => {
  const made = plan([
    namespace('seldon-system'),
    operator('seldon-system', { watch: 'financial-ml,blue' }),
    namespace('ops'),
    operator('ops', { watch: 'web' }),
    ...TENANT.slice(2),
  ]);
  t.strictSame(made.namespaces, ['financial-ml', 'seldon-system'], 'the other operator is left alone');
  t.strictSame(
    beyondDns(rules(made, 'seldon-system/seldon-controller-manager', 'egress')),
    ['TCP 9004: blue/seldon-scheduler, financial-ml/seldon-scheduler'],
    'Seldon may be in the other namespace, although nothing of it is seen',
  );
  const part = plan([
    operator('seldon-system', { watch: 'financial-ml,blue' }),
    ...TENANT.slice(2),
    server('x', 'blue'),
  ]);
  t.strictSame(
    beyondDns(rules(part, 'seldon-system/seldon-controller-manager', 'egress')),
    ['TCP 9004: blue/seldon-scheduler, financial-ml/seldon-scheduler'],
    'nor where only a part of it is seen',
  );
  const both = plan([...TENANT, namespace('ops'), operator('ops')]);
  t.strictSame(both.namespaces, ['financial-ml', 'ops', 'seldon-system']);
  t.match(
    rules(both, 'financial-ml/seldon-scheduler', 'ingress').join(),
    'ops/v2-controller-manager, seldon-system/v2-controller-manager',
  );
  t.end();
});

void t.test('an operator of which not all is known', (t) => {
  const env = [{ name: 'CLUSTERWIDE', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } }];
  const home = workload('Deployment', 'financial-ml', 'manager', {
    labels: { 'control-plane': 'v2-controller-manager' },
    spec: { containers: [{ name: 'manager', args: ['--clusterwide=$(CLUSTERWIDE)'], env }] },
  });
  t.match(
    rules(plan([home, ...TENANT.slice(2)]), 'financial-ml/seldon-controller-manager', 'egress').join(),
    'TCP 9004: */seldon-scheduler',
    'it may watch any namespace',
  );
  const tenants = plan([...TENANT, runtime('seldon-system')]);
  t.strictSame(
    tenants.policies.flatMap(({ subject }) => (subject.namespace === 'seldon-system' ? subject.name : [])),
    ['seldon-controller-manager'],
    'Seldon in the namespace of the operator is another question',
  );
  t.strictSame(proved(tenants), PROVED);
  t.ok(
    rules(plan(TENANT), 'financial-ml/seldon-scheduler', 'egress').includes('TCP 443, TCP 6443: anybody'),
    'without its SeldonConfig it may speak mTLS',
  );
  t.end();
});

void t.test('what is closed is no proof', (t) => {
  const picture = closedWorld(Picture.of(TENANT, { seen: ALL_KINDS }), ['financial-ml', 'seldon-system']);
  const pods = isolatedPods(picture, 'financial-ml');
  const instances = flowsOfPods(picture, pods, REQUIREMENTS);
  const { open, closed } = leastProof(picture, pods, instances, REQUIREMENTS);
  t.strictSame(open, { count: 0, ids: [] });
  const told = closed.map(({ id, from }) => `${id} ${from}`);
  t.ok(told.includes('DNS seldon-envoy (namespace financial-ml)'));
  t.ok(told.includes('API server seldon-v2-controller-manager (namespace seldon-system)'));
  t.notOk(told.includes('API server seldon-envoy (namespace financial-ml)'));
  t.ok(told.includes('F3 seldon-envoy (namespace financial-ml)'));
  t.end();
});

void t.test('an operator that nobody sees, or that no selector finds', (t) => {
  const unseen = plan(TENANT.slice(2));
  t.ok(
    rules(unseen, 'financial-ml/seldon-scheduler', 'ingress').includes(
      'TCP 9004, TCP 9044: */v2-controller-manager, hodometer, seldon-modelgateway, seldon-pipelinegateway',
    ),
  );
  t.strictSame(unseen.namespaces, ['financial-ml']);
  t.strictSame(proved(unseen), PROVED);
  const host = plan([operator('seldon-system', { hostNetwork: true }), ...TENANT.slice(2)]);
  t.ok(rules(host, 'financial-ml/seldon-scheduler', 'ingress').includes('TCP 9004: anybody'));
  t.strictSame(host.left, ['seldon-v2-controller-manager']);
  t.notOk(host.policies.some(({ subject }) => subject.namespace === 'seldon-system'));
  t.strictSame(proved(host), PROVED);
  t.end();
});

void t.test('what manifests tell of Kafka, storage and the collector', (t) => {
  const world = [...TENANT.slice(0, 3), server(), PIPELINE];
  const kafka = workload('StatefulSet', 'kafka', 'brokers', { labels: { app: 'kafka' } });
  const ports = [{ port: 9092, targetPort: 19092 }];
  const brokers = service('kafka', 'kafka', { selector: { app: 'kafka' }, ports });
  const gateway = 'financial-ml/seldon-modelgateway';
  const egress = (made: LeastPrivilege, name = gateway): string[] => beyondDns(rules(made, name, 'egress'));
  const seen = plan([...world, kafkaAt('kafka.kafka:9092'), kafka, brokers]);
  t.ok(egress(seen).includes('TCP 19092: kafka/kafka'), 'the pods’ own port');
  t.strictSame(proved(seen), PROVED);
  const spec = { hostNetwork: true };
  const onHost = workload('StatefulSet', 'kafka', 'brokers', { labels: { app: 'kafka' }, spec });
  const host = plan([...world, kafkaAt('kafka.kafka:9092'), onHost, brokers]);
  t.ok(egress(host).includes('TCP 19092: anybody'), 'no selector finds pods on the host network');
  const unseen = plan(
    [...world, kafkaAt('kafka.kafka:9092')],
    {},
    ALL_KINDS.filter((kind) => kind !== 'Service'),
  );
  t.ok(egress(unseen).includes('every port: kafka/*'), 'nobody knows where the Service leads');
  t.strictSame(proved(unseen), PROVED);
  const remote = plan([...world, kafkaAt('kafka.example.com:9093,10.1.2.3:9094')]);
  t.ok(egress(remote).includes('TCP 9093: anybody'));
  t.ok(egress(remote).includes('TCP 9094: 10.1.2.3/32'));
  t.strictSame(proved(remote), PROVED);
  const stored = plan([...TENANT, model('https://models.example.com/iris')]);
  t.strictSame(
    rules(stored, 'financial-ml/seldon-server', 'egress').filter((rule) => rule.includes('443')),
    ['TCP 443: anybody', 'TCP 443, TCP 6443: anybody'],
    'storage, and the API server',
  );
  t.strictSame(stored.unused, ['F26', 'F29']);

  const fenced = policy({ podSelector: {} }, 'fence', 'kafka');
  const closed = plan([...world, kafkaAt('kafka.kafka:9092'), kafka, brokers, fenced]);
  t.strictSame(closed.closed, [], 'not these policies');
  t.strictSame(
    [...new Set(closed.elsewhere.map(({ id, policies }) => `${id} ${policies.join()}`))],
    ['F26 kafka/fence'],
  );
  t.end();
});

void t.test('the API server and the DNS, where they are seen', (t) => {
  const slice = manifest({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default' },
    endpoints: [{ addresses: ['172.18.0.2'] }],
    ports: [{ port: 6443 }],
  });
  const dns = workload('Deployment', 'kube-system', 'coredns', { labels: { 'k8s-app': 'kube-dns' } });
  const cache = manifest({
    ...dns.object,
    kind: 'DaemonSet',
    metadata: { name: 'cache', namespace: 'kube-system' },
    spec: { template: { metadata: { labels: { 'k8s-app': 'node-local-dns' } }, spec: { containers: [{}] } } },
  });
  const controller = (world: readonly Manifest[]): string[] =>
    rules(plan([...TENANT, ...world]), 'seldon-system/seldon-controller-manager', 'egress');
  t.strictSame(controller([slice, dns]), [
    'UDP 53, TCP 53: kube-system/kube-dns',
    'TCP 6443: 172.18.0.2/32',
    'TCP 9004: */seldon-scheduler',
  ]);
  t.equal(controller([dns, cache])[0], 'UDP 53, TCP 53: 169.254.20.10/32', 'the cache on the node');
  const files = plan(TENANT, {}, ['Namespace', 'Deployment', 'SeldonRuntime', 'Server']);
  t.equal(
    rules(files, 'seldon-system/seldon-controller-manager', 'egress')[0],
    'UDP 53, TCP 53: 169.254.20.10/32, 169.254.25.10/32, kube-system/kube-dns',
    'files do not tell whether there is a cache',
  );
  t.end();
});

void t.test('what a user says', (t) => {
  const peer = (home: string): object => ({ namespaceSelector: { matchLabels: { at: home } } });
  const made = plan(TENANT, {
    clients: [{ title: 'ingress', peer: peer('ingress') as never }],
    scrapers: [{ title: 'monitoring', peer: peer('monitoring') as never }],
  });
  t.strictSame(rules(made, 'financial-ml/seldon-envoy', 'ingress'), [
    'TCP 9000: ingress/*, seldon-modelgateway, seldon-pipelinegateway, seldon-server',
    'TCP 9003: monitoring/*',
  ]);
  t.strictSame(
    rules(made, 'financial-ml/seldon-server', 'ingress')[0],
    'TCP 8002, TCP 8082, TCP 9006: monitoring/*',
  );
  t.strictSame(proved(made), PROVED);
  t.end();
});

void t.test('flows of a user’s own', (t) => {
  const own: readonly RequiredFlow[] = [
    {
      id: 'features',
      from: 'server',
      to: { cidr: '10.9.0.0/16' },
      protocol: 'UDP',
      port: 6566,
      breaks: 'no features',
    },
    {
      id: 'explain',
      from: { pods: { namespace: 'web', podSelector: { matchLabels: { app: 'web' } } } },
      to: { pods: { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'seldon-server' } } } },
      port: 9001,
      breaks: 'no explanations',
    },
  ];
  const picture = Picture.of([...TENANT, namespace('web')], { seen: ALL_KINDS });
  const flows = [...REQUIREMENTS.flows, ...own];
  const made = leastPrivilege(picture, 'financial-ml', { ...REQUIREMENTS, flows }, NOBODY)!;
  t.strictSame(rules(made, 'financial-ml/seldon-server', 'ingress'), [
    'TCP 9001: web/web',
    'TCP 9001, TCP 9501: seldon-envoy',
  ]);
  t.ok(rules(made, 'financial-ml/seldon-server', 'egress').includes('UDP 6566: 10.9.0.0/16'));
  t.ok(made.open.ids.includes('features') && made.open.ids.includes('explain'));
  t.strictSame(proved(made), PROVED);
  t.end();
});

void t.test('a default denial', (t) => {
  const alone = plan(TENANT, { defaultDeny: true });
  t.equal(alone.policies.at(-1)?.subject.name, 'seldon-default-deny', 'is the last one');
  t.strictSame(alone.policies.at(-1)?.object['spec'], {
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  });
  t.strictSame(proved(alone), PROVED);
  const kafka = workload('StatefulSet', 'financial-ml', 'kafka', { labels: { app: 'kafka' } });
  const brokers = service('kafka', 'financial-ml', { selector: { app: 'kafka' }, ports: [{ port: 9092 }] });
  const world = [...TENANT.slice(0, 3), server(), PIPELINE, kafkaAt('kafka:9092'), kafka, brokers];
  t.strictSame(proved(plan(world)), PROVED);
  const denied = plan([...world, workload('Deployment', 'web', 'web')], { defaultDeny: true });
  t.strictSame(denied.denied, ['StatefulSet kafka']);
  t.strictSame(
    [...new Set(denied.closed.map(({ id, policies }) => `${id} ${policies.join()}`))],
    ['F26 financial-ml/seldon-default-deny'],
    'what it closes is told, and no proof',
  );
  t.end();
});

void t.test('policies that are there already', (t) => {
  const wide = policy({ podSelector: {}, ingress: [{}] }, 'wide');
  const deny = policy({ podSelector: {} }, 'deny');
  const old = policy({ podSelector: {}, ingress: [{}] }, 'seldon-envoy');
  const made = plan([...TENANT, wide, deny, old]);
  t.strictSame(made.beside, ['NetworkPolicy financial-ml/wide'], 'those that admit, and are not replaced');
  t.strictSame(proved(made), PROVED);
  const kafka = workload('StatefulSet', 'financial-ml', 'kafka', { labels: { app: 'kafka' } });
  const brokers = service('kafka', 'financial-ml', { selector: { app: 'kafka' }, ports: [{ port: 9092 }] });
  const shut = plan([...TENANT.slice(0, 3), server(), PIPELINE, kafkaAt('kafka:9092'), kafka, brokers, deny]);
  t.strictSame(shut.closed, []);
  t.strictSame(
    [...new Set(shut.elsewhere.map(({ id, policies }) => `${id} ${policies.join()}`))],
    ['F26 financial-ml/deny'],
    'what they close stays closed, and is told',
  );
  const picture = Picture.of([...TENANT, namespace('web')], { seen: ALL_KINDS });
  t.equal(leastPrivilege(picture, 'web', REQUIREMENTS, NOBODY), undefined, 'no Seldon, no policies');
  t.end();
});
