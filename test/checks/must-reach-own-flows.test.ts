import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse, stringify } from 'yaml';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Kind } from '../../src/model/kinds.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { Faults } from '../../src/sources/faults.ts';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';
import { readText } from '../../src/sources/read-text.ts';
import { manifest } from '../policy/made.ts';
import { ALL_KINDS, bench, decide, namespace, policy, TENANT, workload } from './seldon-cluster.ts';

// Flows of a user's own: pods by labels, addresses, Services; in the settings, and in a policy folder.

const ID = 'dependencies-reachable';
type Flow = Record<string, unknown>;

/** What is said of these flows alone, as `warn blocked: ... on TCP 5000 (egress)`. */
function told(
  flow: Flow | readonly Flow[],
  world: readonly Manifest[],
  object: Manifest,
  { previous, seen = ALL_KINDS }: { previous?: Manifest; seen?: readonly Kind[] } = {},
): string[] {
  const flows = (Array.isArray(flow) ? flow : [flow]) as readonly Flow[];
  const ownFlows = flows.map((one) => ({ id: 'own', breaks: 'nothing works', ...one }));
  const catalogue = readCatalogue({ [ID]: { flows: [], ownFlows } as never });
  const operation = previous === undefined ? 'CREATE' : 'UPDATE';
  const review = reviewChange(Picture.of(world, { seen }), { operation, object, previous });
  return judge(review, { ...bench, catalogue })
    .judgements.filter((judgement) => judgement.policy === ID)
    .map(({ effect, problem, brief }) => `${effect} ${problem}: ${brief}`);
}

/** A policy that lets all pods of the tenant out to these peers alone. */
const out = (to = ''): Manifest =>
  policy(`{podSelector: {}, policyTypes: [Egress], egress: [${to === '' ? '' : `{to: [${to}]}`}]}`);
const MLFLOW = { from: 'server', to: { service: 'mlflow/tracking' }, port: 80 };
const service = (spec: object, name = 'tracking', home = 'mlflow'): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: home }, spec });
const TRACKING = service({ selector: { app: 'mlflow' }, ports: [{ port: 80, targetPort: 'http' }] });
const PODS = workload('Deployment', 'mlflow', 'tracking', {
  labels: { app: 'mlflow' },
  spec: { containers: [{ name: 'main', ports: [{ name: 'http', containerPort: 5000 }] }] },
});
const HOME = [...TENANT, namespace('mlflow')];
const blocked = (to: string, port: number): string[] => [
  `warn blocked: Server mlserver cannot reach ${to} on TCP ${port} (egress)`,
];
const toMlflow = (ports: string): Manifest =>
  policy(
    `{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: mlflow}}}], ports: [${ports}]}]}`,
  );

void t.test('a Service is the port of the pods behind it', (t) => {
  const world = [...HOME, TRACKING, PODS];
  t.strictSame(told(MLFLOW, world, out()), blocked('Service tracking (namespace mlflow)', 5000));
  t.strictSame(
    told(MLFLOW, world, toMlflow('{port: 80}')),
    blocked('Service tracking (namespace mlflow)', 5000),
  );
  t.strictSame(told(MLFLOW, world, toMlflow('{port: 5000}')), []);
  t.strictSame(told(MLFLOW, world, toMlflow('{port: http}')), []);
  t.strictSame(told({ ...MLFLOW, protocol: 'UDP' }, world, toMlflow('{port: 5000}')), [
    'warn blocked: Server mlserver cannot reach Service tracking (namespace mlflow) on UDP 5000 (egress)',
  ]);
  const ingress = policy('{podSelector: {}, policyTypes: [Ingress]}', 'shut', 'mlflow');
  t.strictSame(
    told(MLFLOW, world, ingress),
    [
      'warn blocked: Server mlserver (namespace financial-ml) cannot reach Service tracking on TCP 5000 (ingress)',
    ],
    'closed at the other end, where no Seldon runs',
  );
  t.end();
});

void t.test('a Service of the Seldon namespace itself, headless, by hand and external', (t) => {
  const own = { ...MLFLOW, to: { service: 'tracking' } };
  const here = service(
    { selector: { app: 'mlflow' }, ports: [{ port: 80, targetPort: 8080 }] },
    'tracking',
    'financial-ml',
  );
  t.strictSame(told(own, [...HOME, here], out()), blocked('Service tracking', 8080));
  t.strictSame(told(own, [...HOME, here], out('{podSelector: {}}')), []);
  const headless = service({
    clusterIP: 'None',
    selector: { app: 'mlflow' },
    ports: [{ port: 80, targetPort: 8080 }],
  });
  t.strictSame(told(MLFLOW, [...HOME, headless], out()), blocked('Service tracking (namespace mlflow)', 80));
  const external = service({ type: 'ExternalName', externalName: 'mlflow.example.com' });
  t.strictSame(told(MLFLOW, [...HOME, external], out()), blocked('mlflow.example.com', 80));
  t.strictSame(told(MLFLOW, [...HOME, external], out('{ipBlock: {cidr: 203.0.113.0/24}}')), [
    'record uncertain: unknown whether one flow can happen: depends on the addresses of mlflow.example.com',
  ]);
  t.strictSame(
    told(MLFLOW, [...HOME, service({ ports: [{ port: 80 }] })], out()),
    [],
    'endpoints made by hand',
  );
  t.end();
});

void t.test(
  'a Service that is not there needs no way to it; one that nobody can see may be anything',
  (t) => {
    t.strictSame(told(MLFLOW, HOME, out()), []);
    const seen = ALL_KINDS.filter((kind) => kind !== 'Service');
    t.strictSame(told(MLFLOW, HOME, out(), { seen }), blocked('Service tracking (namespace mlflow)', 80));
    t.strictSame(told(MLFLOW, HOME, toMlflow('{port: 80}'), { seen }), []);
    t.strictSame(told(MLFLOW, HOME, toMlflow('{port: 5000}'), { seen }), [
      'record uncertain: unknown whether one flow can happen: depends on Service mlflow/tracking',
    ]);
    t.end();
  },
);

void t.test('pods by their labels, seen or not', (t) => {
  const flow = {
    from: ['seldon-modelgateway', 'server'],
    to: { pods: { namespace: 'mlflow', podSelector: { matchLabels: { app: 'mlflow' } } } },
    port: 5000,
  };
  const both = 'warn blocked: seldon-modelgateway and 1 more cannot reach';
  t.strictSame(told(flow, HOME, out()), [`${both} pods app=mlflow (namespace mlflow) on TCP 5000 (egress)`]);
  t.strictSame(told(flow, [...HOME, PODS], out()), [
    `${both} Deployment tracking (namespace mlflow) on TCP 5000 (egress)`,
  ]);
  const by = (labels: string): Manifest =>
    out(`{namespaceSelector: {}, podSelector: {matchLabels: {${labels}}}}`);
  t.strictSame(told(flow, HOME, by('app: mlflow')), []);
  t.strictSame(
    told(flow, HOME, by('team: ml')).map((line) => line.slice(0, 16)),
    ['record uncertain'],
  );
  t.strictSame(told(flow, [...HOME, PODS], by('team: ml')).length, 1);
  t.match(told(flow, [...HOME, PODS], by('team: ml'))[0], /^warn blocked/);
  t.end();
});

void t.test('pods of every namespace that a selector selects, and pods as clients', (t) => {
  const selected = {
    from: 'seldon-envoy',
    to: {
      pods: {
        namespaceSelector: { matchLabels: { data: 'yes' } },
        podSelector: { matchLabels: { app: 'store' } },
      },
    },
    port: 6379,
  };
  const stores = ['red', 'blue'].map((name) => namespace(name, { data: 'yes' }));
  t.match(told(selected, [...HOME, ...stores], out()), [
    /seldon-envoy cannot reach pods app=store \(namespace red\) and pods app=store \(namespace blue\)/,
  ]);
  const red = '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: red}}}';
  t.match(told(selected, [...HOME, ...stores], out(red)), [
    /cannot reach pods app=store \(namespace blue\) on/,
  ]);
  const scraped = {
    from: { pods: { namespace: 'monitoring', podSelector: { matchLabels: { app: 'prometheus' } } } },
    to: 'server',
    port: 9006,
  };
  const shut = policy('{podSelector: {}, policyTypes: [Ingress]}');
  t.strictSame(told(scraped, [...HOME, namespace('monitoring')], shut), [
    'warn blocked: pods app=prometheus (namespace monitoring) cannot reach Server mlserver on TCP 9006 (ingress)',
  ]);
  t.strictSame(told({ ...scraped, effect: 'record' }, HOME, shut).length, 1);
  t.end();
});

void t.test('addresses: every one of the range has to be reached', (t) => {
  const flow = { from: 'server', to: { cidr: '10.20.0.0/24' }, port: 443 };
  const to = (...blocks: string[]): string[] =>
    told(flow, HOME, out(blocks.map((block) => `{ipBlock: ${block}}`).join(', ')));
  const CLOSED = blocked('10.20.0.0/24', 443);
  t.strictSame(to('{cidr: 10.0.0.0/8}'), []);
  t.strictSame(to('{cidr: 10.20.0.0/25}'), CLOSED);
  t.strictSame(to('{cidr: 10.20.0.0/25}', '{cidr: 10.20.0.128/25}'), []);
  t.strictSame(to('{cidr: 10.20.0.0/16, except: [10.20.0.64/28]}'), CLOSED);
  t.strictSame(to('{cidr: 10.20.0.0/16, except: [10.20.1.0/24]}'), []);
  t.strictSame(told(flow, HOME, out('{namespaceSelector: {}}')), CLOSED, 'they are no pods');
  t.end();
});

void t.test('clients from outside: one who gets in is enough', (t) => {
  const flow = { from: 'anyone', to: 'seldon-envoy', port: 9000 };
  const from = (peers: string): string[] =>
    told(flow, HOME, policy(`{podSelector: {}, ingress: [{from: [${peers}]}]}`));
  const CLOSED = [
    'warn blocked: clients outside namespace financial-ml cannot reach seldon-envoy on TCP 9000 (ingress)',
  ];
  t.strictSame(told(flow, HOME, policy({ podSelector: {}, policyTypes: ['Ingress'] })), CLOSED);
  t.strictSame(from('{podSelector: {}}'), CLOSED);
  for (const key of ['name', 'kubernetes.io/metadata.name'])
    t.strictSame(from(`{namespaceSelector: {matchLabels: {${key}: financial-ml}}}`), CLOSED, key);
  t.strictSame(from('{namespaceSelector: {matchLabels: {name: web}}}'), []);
  t.strictSame(
    from('{namespaceSelector: {matchExpressions: [{key: name, operator: In, values: [financial-ml, web]}]}}'),
    [],
  );
  t.strictSame(from('{ipBlock: {cidr: 203.0.113.0/24}}'), []);
  t.end();
});

void t.test('whoever closes the last way in has closed it', (t) => {
  const only = policy('{podSelector: {}, ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]}');
  const none = policy('{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}');
  const decision = decide([...TENANT, only], none, { previous: only });
  t.match(
    decision.judgements.find(({ message }) => message.startsWith('clients outside')),
    { policy: 'data-plane-reachable', standing: false },
  );
  t.end();
});

void t.test('the patch names them as the flow does', (t) => {
  const selectors = {
    namespaceSelector: { matchLabels: { data: 'yes' } },
    podSelector: { matchLabels: { app: 'store' } },
  };
  const patch = (to: object): unknown => {
    const ownFlows = [
      { id: 'own', from: 'seldon-envoy', to, port: 6379, protocol: 'UDP', breaks: 'nothing works' },
    ];
    const catalogue = readCatalogue({ [ID]: { flows: [], ownFlows } as never });
    const world = Picture.of([...HOME, namespace('red', { data: 'yes' })], { seen: ALL_KINDS });
    const review = reviewChange(world, { operation: 'CREATE', object: out() });
    const found = judge(review, { ...bench, catalogue }).judgements.find(
      (judgement) => judgement.policy === ID,
    );
    return found?.patch;
  };
  const rule = (peer: object) => [
    { path: '/spec/egress/-', value: { to: [peer], ports: [{ protocol: 'UDP', port: 6379 }] } },
  ];
  t.match(patch({ pods: selectors }), rule(selectors));
  t.strictSame((patch({ pods: selectors }) as { value: { to: unknown } }[])[0]?.value.to, [selectors]);
  const cidr = '10.0.0.0/24';
  t.match(patch({ cidr }), rule({ ipBlock: { cidr } }));
  const home = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'red' } } };
  const { podSelector } = selectors;
  t.match(patch({ pods: { namespace: 'red', podSelector } }), rule({ ...home, podSelector }));
  t.end();
});

void t.test('parameters that are wrong are refused with the field', (t) => {
  const refused = (flow: Flow): string[] => {
    try {
      told(flow, HOME, out());
    } catch (error) {
      if (error instanceof Faults) return error.faults.map((fault) => fault.replace(/^.*ownFlows\.0\.?/, ''));
      throw error;
    }
    return [];
  };
  const flow = { from: 'server', to: 'seldon-envoy', port: 9000 };
  t.strictSame(refused(flow), []);
  t.match(refused({ ...flow, from: 'mlserver' }), [
    /^from: expected one of controller-manager, seldon-scheduler/,
  ]);
  t.strictSame(refused({ ...flow, to: { service: 'a/b/c' } }).length, 1);
  t.strictSame(refused({ ...flow, to: { pod: {} } }), ['to: unknown field pod']);
  t.strictSame(refused({ ...flow, to: {} }), ['to: expected at least 1 field']);
  t.strictSame(refused({ ...flow, to: { cidr: '10.0.0.0/8', service: 'a' } }), ['to: expected only 1 field']);
  t.strictSame(refused({ ...flow, to: { pods: { podSelector: { matchLabel: {} } } } }), [
    'to.pods.podSelector: unknown field matchLabel',
  ]);
  t.strictSame(refused({ from: 'server', to: 'seldon-envoy' }), [': port is missing']);
  t.strictSame(refused({ from: 'server', to: { setting: 'kafka' } }), []);
  t.strictSame(refused({ ...flow, to: { setting: 'redis' } }), [
    'to.setting: expected one of kafka, tracing, storage',
  ]);
  t.strictSame(refused({ ...flow, from: [] }).length, 1);
  t.strictSame(refused({ ...flow, ports: [1] }), [': unknown field ports']);
  t.end();
});

void t.test('settings add flows, and folders add policies', (t) => {
  const folder = t.testdir({});
  const settings = join(folder, 'settings.yaml');
  const own = {
    id: 'mlflow',
    from: 'server',
    to: { cidr: '10.9.0.1/32' },
    port: 5000,
    breaks: 'runs are lost',
  };
  writeFileSync(settings, stringify({ policies: { [ID]: { params: { ownFlows: [own] } } } }));
  const said = (): string[] => {
    const review = reviewChange(Picture.of(TENANT, { seen: ALL_KINDS }), {
      operation: 'CREATE',
      object: out(),
    });
    return judge(review, { ...bench, ...chosen(settings) }).judgements.flatMap(
      ({ policy, effect, message }) => (message.includes('10.9.0.1') ? [`${effect} ${policy}`] : []),
    );
  };
  t.strictSame(said(), [`warn ${ID}`]);

  const mine = join(folder, 'mine', 'mlflow-reachable');
  mkdirSync(mine, { recursive: true });
  cpSync(join(BUILT_IN, ID, 'policy.yaml'), join(mine, 'policy.yaml'));
  const read = readText(join(mine, 'policy.yaml'));
  const document = parse('text' in read ? read.text : '') as Record<string, unknown>;
  writeFileSync(
    join(mine, 'policy.yaml'),
    stringify({ ...document, effect: 'deny', params: { flows: [own] } }),
  );
  writeFileSync(settings, stringify({ policyFolders: ['mine'] }));
  t.strictSame(said(), ['deny mlflow-reachable']);

  writeFileSync(settings, stringify({ policyFolders: ['mine', 'mine'] }));
  t.throws(() => chosen(settings), { message: /there is a policy mlflow-reachable already$/ });
  writeFileSync(settings, stringify({ policyFolders: ['theirs'] }));
  t.throws(() => chosen(settings), { message: /theirs: cannot be read \(ENOENT\)$/ });
  t.end();
});
