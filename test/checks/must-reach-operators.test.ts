import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import {
  cured,
  decide,
  namespace,
  operator,
  policy,
  runtime,
  seldonConfig,
  told,
  workload,
} from './seldon-cluster.ts';

// Where the operator runs, which namespaces it watches, and what is said where that cannot be seen.

const home = [namespace('seldon-system'), operator()];
const tenant = (name: string): Manifest[] => [namespace(name), runtime(name)];
/** A policy that admits everything within its namespace, and these peers besides. */
const within = (name: string, peers = ''): Manifest =>
  policy(`{podSelector: {}, ingress: [{from: [{podSelector: {}}${peers}]}]}`, 'within', name);
const from = (name: string): string =>
  `, {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${name}}}}`;
const shut = (name: string): Manifest => policy({ podSelector: {}, policyTypes: ['Egress'] }, 'shut', name);
const F1 = (client: string): string =>
  `deny blocked: seldon-v2-controller-manager${client} -> seldon-scheduler:9004`;
/** What is said of the operator's own flows alone. */
const ofOperators = (lines: string[]): string[] =>
  lines.filter((line) => line.includes('controller-manager'));

void t.test('everything in one namespace', (t) => {
  for (const clusterwide of [false, true]) {
    const world = [
      namespace('seldon-mesh'),
      operator('seldon-mesh', { clusterwide }),
      runtime('seldon-mesh'),
    ];
    t.strictSame(told(decide(world, within('seldon-mesh'))), []);
    const scheduler = policy(
      '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}}',
      's',
      'seldon-mesh',
    );
    t.strictSame(ofOperators(told(decide(world, scheduler))), [F1('')]);
  }
  t.end();
});

void t.test('one operator for all namespaces dials each of them', (t) => {
  const world = [...home, ...tenant('red'), ...tenant('blue')];
  t.strictSame(told(decide(world, within('red'))), [F1(' (namespace seldon-system)')]);
  t.strictSame(told(decide(world, within('red', from('seldon-system')))), []);
  t.strictSame(told(decide(world, within('red', from('blue')))), [F1(' (namespace seldon-system)')]);
  t.strictSame(told(decide(world, shut('seldon-system'))), [
    'deny blocked: seldon-v2-controller-manager -> seldon-scheduler (namespace blue) and seldon-scheduler (namespace red):9004',
  ]);
  t.end();
});

void t.test('the cure for an operator of all namespaces holds for those to come', (t) => {
  const closed = shut('seldon-system');
  const open = cured(closed, decide([...home, ...tenant('red')], closed));
  t.match(open?.object['spec'], { egress: [{ to: { length: 1 } }] }, 'one peer does');
  if (open !== undefined)
    t.strictSame(told(decide([...home, ...tenant('red'), ...tenant('green')], open)), []);
  t.end();
});

void t.test('an operator of all namespaces with none yet', (t) => {
  const to = (selector: string): Manifest =>
    policy(
      `{podSelector: {}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: ${selector}}]}]}`,
      'e',
      'seldon-system',
    );
  const said = (object: Manifest): string[] => told(decide(home, object)).map((line) => line.slice(0, 22));
  t.strictSame(said(shut('seldon-system')), ['warn later-namespaces:']);
  t.strictSame(said(to('{matchLabels: {kubernetes.io/metadata.name: seldon-system}}')), [
    'warn later-namespaces:',
  ]);
  t.strictSame(said(to('{}')), []);
  t.strictSame(said(to('{matchLabels: {seldon: enabled}}')), [], 'later namespaces may carry that label');
  t.strictSame(said(shut('elsewhere')), []);
  const own = [namespace('seldon-system'), operator('seldon-system', { clusterwide: false })];
  t.strictSame(told(decide(own, shut('seldon-system'))), [], 'an operator of its own namespace');
  t.strictSame(
    told(decide([...home, ...tenant('red'), to('{}')], { ...shut('seldon-system'), name: 'f' })),
    [],
    'another policy allows it',
  );
  t.end();
});

void t.test('several operators, each with its own namespaces', (t) => {
  const world = [
    namespace('ops-a'),
    operator('ops-a', { watch: 'red' }),
    namespace('ops-b'),
    operator('ops-b', { watch: 'blue' }),
    ...tenant('red'),
    ...tenant('blue'),
  ];
  t.strictSame(told(decide(world, within('red', from('ops-a')))), []);
  t.strictSame(told(decide(world, within('red', from('ops-b')))), [F1(' (namespace ops-a)')]);
  t.strictSame(ofOperators(told(decide(world, shut('ops-a')))), [
    'deny blocked: seldon-v2-controller-manager -> seldon-scheduler (namespace red):9004',
  ]);
  t.strictSame(told(decide(world, within('blue', from('ops-b')))), []);
  t.end();
});

void t.test('an operator that cannot be seen is never in the way for certain', (t) => {
  const world = tenant('red');
  const first = (object: Manifest, more: readonly Manifest[] = []): string[] =>
    told(decide([...world, ...more], object)).map((line) => line.replace(/: .*/, ''));
  t.strictSame(first(within('red')), [], 'it may be in the namespace itself');
  t.strictSame(first(within('red', from('seldon-system'))), []);
  t.strictSame(first(within('red', ', {namespaceSelector: {}}')), []);
  const only = (peers: string): Manifest =>
    policy(
      `{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}, ingress: [{from: [{podSelector: {matchExpressions: [{key: app.kubernetes.io/name, operator: Exists}]}}${peers}]}]}`,
      'only',
      'red',
    );
  t.strictSame(first(only('')), ['warn uncertain'], 'it may carry that label and run in the namespace');
  t.strictSame(first(only(', {namespaceSelector: {matchLabels: {team: platform}}}')), ['warn uncertain']);
  const app = ', {namespaceSelector: {}, podSelector: {matchLabels: {app: operator}}}';
  t.strictSame(first(only(app)), ['warn uncertain'], 'it may carry that label');
  const nobody = policy(
    '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}}',
    'n',
    'red',
  );
  t.strictSame(ofOperators(told(decide(world, nobody))), [F1(' (namespace seldon-system)')]);
  t.end();
});

void t.test(
  'an operator that cannot be seen: whether it was this policy that cut it off may be a guess',
  (t) => {
    const inside = policy({ podSelector: {}, policyTypes: ['Egress'] }, 'inside', 'red');
    t.match(
      ofOperators(told(decide([...tenant('red'), inside], within('red')))),
      [/^warn blocked/],
      'in the namespace it was',
    );
    const admits = within('red');
    t.strictSame(
      ofOperators(told(decide([...tenant('red'), admits], inside))),
      [],
      'elsewhere another one closed it',
    );
    t.end();
  },
);

void t.test('an operator that watches other namespaces is the first that is thought of', (t) => {
  const world = [namespace('ops'), operator('ops', { clusterwide: false }), ...tenant('red')];
  const nobody = policy(
    '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}}',
    'n',
    'red',
  );
  t.strictSame(ofOperators(told(decide(world, nobody))), [F1(' (namespace ops)')]);
  t.end();
});

void t.test('several configurations of a name, and nobody can see which one counts', (t) => {
  const configs = ['ops', 'other'].map((home) => seldonConfig(home, { team: 'ml' }));
  const said = (spec: string): string[] =>
    told(decide([...configs, namespace('red'), runtime('red')], policy(spec, 'p', 'red'))).map((line) =>
      line.slice(0, 14),
    );
  t.strictSame(
    said('{podSelector: {}, ingress: [{ports: [{port: xds}, {port: scheduler}, {port: dataflow}]}]}'),
    ['warn uncertain'],
  );
  t.strictSame(said('{podSelector: {matchLabels: {team: ml}}}'), ['warn uncertain']);
  t.strictSame(said('{podSelector: {matchLabels: {app.kubernetes.io/name: web}}}'), []);
  t.end();
});

void t.test('an operator of which nobody can see what it watches', (t) => {
  const spec = {
    containers: [
      {
        name: 'manager',
        env: [{ name: 'CLUSTERWIDE', valueFrom: { configMapKeyRef: { name: 'settings', key: 'wide' } } }],
      },
    ],
  };
  const some = workload('Deployment', 'ops', 'seldon-v2-controller-manager', {
    labels: { 'control-plane': 'v2-controller-manager' },
    spec,
  });
  const world = [namespace('ops'), some, ...tenant('red')];
  const said = (object: Manifest): string[] => ofOperators(told(decide(world, object)));
  t.strictSame(said(within('red', from('ops'))), []);
  t.match(said(within('red')), [/^warn uncertain: .* seldon-v2-controller-manager watches/]);
  t.match(said(shut('ops')), [/^warn uncertain: .* seldon-v2-controller-manager watches/]);
  t.strictSame(
    ofOperators(told(decide([...world, operator('seldon-system')], within('red', from('seldon-system'))))),
    [],
    'another one watches it for certain',
  );
  t.end();
});

void t.test('a configuration in the namespace of the operator is that of its tenants', (t) => {
  const config = seldonConfig('seldon-system', { team: 'ml' });
  const world = [...home, config, ...tenant('red')];
  const byTeam = policy(
    `{podSelector: {matchLabels: {team: ml}}, ingress: [{from: [{podSelector: {matchLabels: {team: ml}}}${from('seldon-system')}]}]}`,
    'by-team',
    'red',
  );
  t.strictSame(told(decide(world, byTeam)), []);
  const others = policy('{podSelector: {matchLabels: {team: ml}}}', 'others', 'red');
  t.equal(told(decide(world, others)).filter((line) => line.startsWith('deny')).length, 5);
  t.end();
});
