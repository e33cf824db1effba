import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifest } from '../policy/made.ts';
import {
  cured,
  decide,
  findings,
  policy,
  runtime,
  server,
  TENANT,
  told,
  workload,
} from './seldon-cluster.ts';
import type { Template } from './seldon-cluster.ts';

// Whose flows are asked about: the pods that exist, and those that a SeldonRuntime or a Server will make.

const shut = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'default-deny');
const bare = TENANT.filter(({ known }) => known !== 'SeldonRuntime' && known !== 'Server');
/** The clients that are cut off by a default deny, without the operator. */
const clients = (world: readonly Manifest[], object = shut): string[] =>
  told(decide(world, object))
    .flatMap((line) => /: (.*) -> /.exec(line)?.[1] ?? line)
    .filter((name) => !name.includes('controller'));
const ALL = [
  'Server mlserver',
  'hodometer',
  'seldon-dataflow-engine',
  'seldon-envoy',
  'seldon-modelgateway',
  'seldon-pipelinegateway',
];
const without = (...names: string[]): string[] => ALL.filter((name) => !names.includes(name));
const sts = (name: string, template?: Template): Manifest =>
  workload('StatefulSet', 'financial-ml', name, template);
const dep = (name: string, template?: Template): Manifest =>
  workload('Deployment', 'financial-ml', name, template);

void t.test('components that a SeldonRuntime leaves out are asked for nothing', (t) => {
  const of = (overrides: object[]): string[] =>
    clients([...bare, runtime('financial-ml', { overrides }), server()]).toSorted();
  t.strictSame(of([]), ALL);
  t.strictSame(
    of([
      { name: 'hodometer', disable: true },
      { name: 'seldon-dataflow-engine', replicas: 0 },
    ]),
    without('hodometer', 'seldon-dataflow-engine'),
  );
  t.strictSame(
    of([
      { name: 'hodometer', replicas: 2 },
      { name: 'mlserver', replicas: 0 },
    ]),
    ALL,
    'mlserver is no component',
  );
  t.strictSame(of([{ name: 'seldon-scheduler', disable: true }]), []);
  t.end();
});

void t.test(
  'a Server is asked about whether its ServerConfig is to be seen or not, and not without replicas',
  (t) => {
    const of = (spec: object): string[] =>
      clients([...bare, runtime(), server('mlserver', 'financial-ml', spec)]).toSorted();
    t.strictSame(of({ serverConfig: 'nowhere' }), ALL);
    t.strictSame(of({ replicas: 3 }), ALL);
    t.strictSame(of({ replicas: 0 }), without('Server mlserver'));
    t.end();
  },
);

void t.test('workloads and Pods stand for themselves, without any custom resource', (t) => {
  const scheduler = sts('seldon-scheduler');
  t.strictSame(clients([...bare, scheduler, dep('seldon-envoy')]), ['seldon-envoy']);
  t.strictSame(clients([...bare, scheduler, dep('seldon-envoy', { replicas: 0 })]), []);
  t.strictSame(clients([...bare, dep('seldon-envoy')]), [], 'no scheduler to reach');
  const pod = manifest({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'hodometer-x7',
      namespace: 'financial-ml',
      labels: { 'app.kubernetes.io/name': 'hodometer' },
    },
    spec: { containers: [{ name: 'hodometer' }] },
  });
  t.strictSame(clients([...bare, scheduler, pod]), ['hodometer-x7']);
  const ended = manifest({ ...pod.object, status: { phase: 'Succeeded' } });
  t.strictSame(clients([...bare, scheduler, ended]), []);
  t.strictSame(
    clients([
      ...TENANT,
      sts('mlserver', { labels: { 'seldon-server-name': 'mlserver' } }),
      dep('web'),
    ]).toSorted(),
    ALL,
    'once each',
  );
  t.end();
});

void t.test('a Server made by hand, with nothing but its name', (t) => {
  const world = [
    ...bare,
    sts('seldon-scheduler'),
    sts('iris', { labels: { 'seldon-server-name': 'iris', version: '2' } }),
  ];
  t.strictSame(clients(world), ['Server iris']);
  const open = cured(shut, decide(world, shut));
  t.match(
    JSON.stringify(open?.object['spec']),
    '"podSelector":{"matchLabels":{"seldon-server-name":"iris"}}',
  );
  t.end();
});

const AGENT = { containers: [{ name: 'agent' }, { name: 'mlserver' }] };

void t.test('a Server known by its containers alone is named by the labels of all its pods', (t) => {
  const labels = { app: 'iris', 'pod-template-hash': 'x' };
  const world = [...bare, sts('seldon-scheduler'), sts('iris', { labels, spec: AGENT })];
  t.strictSame(clients(world), ['Server iris']);
  const spec = JSON.stringify(cured(shut, decide(world, shut))?.object['spec']);
  t.match(spec, '"podSelector":{"matchLabels":{"app":"iris"}}');
  t.notMatch(spec, /pod-name|pod-index|pod-template-hash/);
  t.end();
});

void t.test('pods that no labels name get no rule: it would admit everybody', (t) => {
  const world = [...bare, sts('seldon-scheduler'), sts('iris', { labels: {}, spec: AGENT })];
  const decision = decide(world, shut);
  const [iris] = findings(decision).filter(({ message }) => message.startsWith('Server iris'));
  t.match(iris, { effect: 'deny', patch: undefined });
  t.notMatch(JSON.stringify(findings(decision)), /"matchLabels":\{\}/);
  t.end();
});

void t.test('labels that a SeldonRuntime hands down are those of its pods', (t) => {
  const world = [...bare, runtime('financial-ml', {}, { team: 'ml' }), server()];
  const byTeam = policy('{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {team: ml}}}]}]}');
  t.strictSame(clients(world, byTeam), ['Server mlserver'], 'a Server has labels of its own');
  t.strictSame(clients(TENANT, byTeam).toSorted(), ALL);
  t.end();
});

void t.test(
  'the host network: nothing is certain, nothing is denied, no rule is offered that would not help',
  (t) => {
    const scheduler = sts('seldon-scheduler');
    const onHost = (name: string): Manifest => dep(name, { spec: { hostNetwork: true } });
    const [finding, ...others] = findings(
      decide(
        [...bare, scheduler, onHost('seldon-envoy')],
        policy('{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}'),
      ),
    );
    t.match(finding, { problem: 'uncertain', effect: 'warn', patch: undefined });
    t.strictSame(others, []);
    const served = sts('seldon-scheduler', { spec: { hostNetwork: true } });
    t.strictSame(told(decide([...bare, served, dep('seldon-envoy')], shut)), [], 'no policy selects a node');
    t.end();
  },
);

void t.test('addresses count where the pods have some, and are unknown where they have none', (t) => {
  const envoy = (podIP?: string): Manifest[] => [
    dep('seldon-envoy'),
    manifest({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'seldon-envoy-5d-abc',
        namespace: 'financial-ml',
        labels: { 'app.kubernetes.io/name': 'seldon-envoy', 'pod-template-hash': '5d' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'seldon-envoy-5d', controller: true }],
      },
      spec: {},
      status: { podIP },
    }),
  ];
  const scheduler = '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}';
  const block = policy(
    `${scheduler}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}, {podSelector: {}, namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}}]}]}`,
  );
  const said = (ip?: string): string[] =>
    told(decide([...bare, sts('seldon-scheduler'), ...envoy(ip)], block)).map((line) => line.slice(0, 14));
  t.strictSame(said('10.1.0.7'), []);
  t.strictSame(said('10.2.0.7'), ['deny blocked: ']);
  t.strictSame(said(), ['warn uncertain']);
  t.end();
});
