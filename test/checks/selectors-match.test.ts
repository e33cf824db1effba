import t from 'tap';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { spoilt } from './pod-checks.ts';
import { manifest } from '../policy/made.ts';
import { decide, namespace, operator, policy, runtime, server, workload } from './seldon-cluster.ts';
import type { Change } from './seldon-cluster.ts';

// What a selector matches among what can be seen, and what nobody can tell.

const found = (world: readonly Manifest[], object: Manifest, change: Change = {}) =>
  decide(world, object, change).judgements.filter((one) => one.policy === 'policy-selectors-match');
const told = (world: readonly Manifest[], object: Manifest, change: Change = {}): string[] =>
  found(world, object, change).map(({ effect, problem, field }) => `${effect} ${problem} ${field.join('.')}`);
const cured = (world: readonly Manifest[], object: Manifest): Manifest =>
  withObject(object, patched(object.object, patchOf(found(world, object))));

const AUTOMATIC = 'kubernetes.io/metadata.name';
const matching = (labels: Record<string, string>) => ({ matchLabels: labels });
const oneOf = (key: string, values: string[], operator = 'In') => ({
  matchExpressions: [{ key, operator, values }],
});
const fromNamespaces = (...selectors: object[]) =>
  policy({
    podSelector: {},
    ingress: [{ from: selectors.map((namespaceSelector) => ({ namespaceSelector })) }],
  });
const fromPods = (podSelector: object, more: object = {}) =>
  policy({ podSelector: {}, ingress: [{ from: [{ podSelector, ...more }] }] });
const AT_REST = { operation: 'NONE', seen: ['Namespace', 'Deployment', 'SeldonRuntime', 'Server'] } as const;
const HOME = namespace('financial-ml');
const SYSTEM = namespace('seldon-system');
const PLACE = 'spec.ingress.0.from.0.namespaceSelector';

void t.test('a Namespace that is not labelled with its name', (t) => {
  for (const selector of [
    matching({ name: 'seldon-system' }),
    matching({ 'kubernetes.io/name': 'seldon-system' }),
    oneOf('name', ['seldon-system']),
    oneOf('namespace', ['seldon-system', 'elsewhere']),
  ]) {
    const object = fromNamespaces(selector);
    t.strictSame(told([HOME, SYSTEM], object), [`warn namespace-unlabelled ${PLACE}`]);
    t.strictSame(told([HOME, SYSTEM], object, AT_REST), [`deny namespace-unlabelled ${PLACE}`]);
    t.strictSame(told([HOME, SYSTEM], cured([HOME, SYSTEM], object)), [], JSON.stringify(selector));
  }
  t.match(cured([HOME, SYSTEM], fromNamespaces(matching({ name: 'seldon-system' }))).object['spec'], {
    ingress: [{ from: [{ namespaceSelector: { matchLabels: { [AUTOMATIC]: 'seldon-system' } } }] }],
  });
  t.end();
});

void t.test('a Namespace that is labelled, or named beside', (t) => {
  const silent = (world: readonly Manifest[], object: Manifest, label: string): void => {
    t.strictSame(told(world, object), [], label);
    t.strictSame(told(world, object, AT_REST), [], `${label}, at rest`);
  };
  const labelled = namespace('seldon-system', { name: 'seldon-system' });
  silent([HOME, labelled], fromNamespaces(matching({ name: 'seldon-system' })), 'by hand');
  silent([HOME, SYSTEM], fromNamespaces(matching({ [AUTOMATIC]: 'seldon-system' })), 'by Kubernetes');
  silent([HOME, namespace('a', { team: 'ml' })], fromNamespaces(matching({ team: 'ml' })), 'otherwise');
  silent(
    [HOME, SYSTEM],
    fromNamespaces(matching({ name: 'seldon-system' }), matching({ [AUTOMATIC]: 'seldon-system' })),
    'both ways',
  );
  silent([HOME, SYSTEM], fromNamespaces({}), 'all');
  silent([HOME, SYSTEM], fromNamespaces(oneOf('name', ['x'], 'NotIn')), 'all but one');
  silent([HOME], fromNamespaces(oneOf('team', [], 'DoesNotExist')), 'all without a label');
  t.match(
    told(
      [HOME, SYSTEM],
      policy({
        ingress: [
          { from: [{ namespaceSelector: matching({ name: 'seldon-system' }) }] },
          {
            from: [{ namespaceSelector: matching({ [AUTOMATIC]: 'seldon-system' }) }],
            ports: [{ port: 80 }],
          },
        ],
      }),
    ),
    [/namespace-unlabelled/],
    'in another rule it is another matter',
  );
  t.end();
});

void t.test('a Namespace that does not exist, where all are seen', (t) => {
  for (const selector of [
    matching({ [AUTOMATIC]: 'seldon-sytem' }),
    matching({ team: 'ml' }),
    matching({ name: 'mlflow' }),
    oneOf('team', [], 'Exists'),
  ]) {
    t.strictSame(told([HOME, SYSTEM], fromNamespaces(selector)), [`warn no-namespace ${PLACE}`]);
    t.notMatch(told([HOME, SYSTEM], fromNamespaces(selector), AT_REST), [/no-namespace/]);
    const cluster = ['default', 'kube-system', 'kube-public'].map((name) => namespace(name));
    t.match(told([HOME, ...cluster], fromNamespaces(selector), AT_REST), [/warn no-namespace/]);
    t.notMatch(told([HOME, ...cluster.slice(1)], fromNamespaces(selector), AT_REST), [/no-namespace/]);
  }
  t.end();
});

void t.test('of Namespaces that cannot be seen nobody knows the labels', (t) => {
  const object = fromNamespaces(
    matching({ name: 'mlflow' }),
    matching({ team: 'ml' }),
    matching({ [AUTOMATIC]: 'x' }),
  );
  for (const change of [AT_REST, { seen: [] }] as const) {
    const [one, ...others] = found([HOME], object, change);
    t.strictSame(others, [], 'one sentence for all');
    t.match(one, { problem: 'namespace-unseen', outcome: 'unknown', effect: 'warn' });
    t.match(one?.message, 'Whether any Namespace matches name=mlflow and team=ml is unknown');
    t.match(one?.patch, [
      { op: 'remove', path: '/spec/ingress/0/from/0/namespaceSelector/matchLabels/name' },
      {
        op: 'add',
        path: '/spec/ingress/0/from/0/namespaceSelector/matchLabels/kubernetes.io~1metadata.name',
        value: 'mlflow',
      },
    ]);
    t.equal(one?.patch?.length, 2, 'a team is no name');
  }
  t.strictSame(
    told([], fromNamespaces(matching({ [AUTOMATIC]: 'x' })), AT_REST),
    [],
    'Kubernetes sets that one',
  );
  t.strictSame(
    told([], fromNamespaces({}, oneOf('a', ['b'], 'NotIn')), AT_REST),
    [],
    'these match without a label',
  );
  t.end();
});

void t.test('selectors with more than one requirement', (t) => {
  const both = (labels: Record<string, string>, ...rest: object[]) => ({
    matchLabels: labels,
    matchExpressions: rest,
  });
  const byTeam = fromNamespaces(matching({ name: 'seldon-system', team: 'ml' }));
  t.match(told([HOME, SYSTEM], byTeam), [/^warn no-namespace/], 'the name alone would not do');
  const fixOf = (selector: object) =>
    found([], fromNamespaces(selector), AT_REST).map(({ patch }) => patch ?? []);
  const not = { key: 'name', operator: 'NotIn', values: ['a'] };
  t.strictSame(fixOf(both({ team: 'ml' }, not)), [[]], 'what must not be there is no name');
  t.strictSame(fixOf(matching({ name: 'x', [AUTOMATIC]: 'x' })), [[]], 'it is asked for already');
  t.strictSame(fixOf(both({ [AUTOMATIC]: 'x' }, not)), [], 'a label that may well be absent');
  t.strictSame(told([], fromNamespaces({})), [], 'all, of none');
  const beside = policy({
    ingress: [
      {
        from: [
          { namespaceSelector: matching({ name: 'seldon-system' }), podSelector: matching({ a: 'b' }) },
          {
            namespaceSelector: matching({ [AUTOMATIC]: 'seldon-system' }),
            podSelector: matching({ c: 'd' }),
          },
        ],
      },
    ],
  });
  t.match(told([HOME, SYSTEM], beside), [/namespace-unlabelled/], 'other pods of it beside');
  t.end();
});

void t.test('pods that are called so and labelled otherwise', (t) => {
  const world = [
    HOME,
    SYSTEM,
    operator(),
    runtime(),
    server(),
    workload('Deployment', 'financial-ml', 'web', { labels: { app: 'web', 'pod-template-hash': '1' } }),
  ];
  const patchFor = (object: Manifest) => found(world, object).map(({ problem, patch }) => [problem, patch]);
  const mended = (object: Manifest, path: string, labels: object, label: string): void => {
    t.strictSame(
      patchFor(object),
      [['other-labels', [{ op: 'replace', path, value: matching(labels as never) }]]],
      label,
    );
    t.strictSame(told(world, cured(world, object)), []);
  };
  const peer = '/spec/ingress/0/from/0/podSelector';
  mended(
    fromPods(matching({ app: 'seldon-scheduler' })),
    peer,
    { 'app.kubernetes.io/name': 'seldon-scheduler' },
    'a component',
  );
  mended(
    fromPods(matching({ app: 'seldon-mesh' })),
    peer,
    { 'app.kubernetes.io/name': 'seldon-envoy' },
    'its Service',
  );
  mended(fromPods(matching({ app: 'mlserver' })), peer, { 'seldon-server-name': 'mlserver' }, 'a Server');
  mended(fromPods(matching({ name: 'web' })), peer, { app: 'web' }, "anybody's");
  mended(fromPods(oneOf('name', ['web', 'x'])), peer, { app: 'web' }, 'one of several');
  mended(
    fromPods(matching({ app: 'seldon-v2-controller-manager' }), {
      namespaceSelector: matching({ [AUTOMATIC]: 'seldon-system' }),
    }),
    peer,
    { 'control-plane': 'v2-controller-manager' },
    'in another namespace',
  );
  mended(
    policy({ podSelector: matching({ app: 'seldon-envoy' }) }),
    '/spec/podSelector',
    { 'app.kubernetes.io/name': 'seldon-envoy' },
    "the policy's own",
  );
  t.match(
    found(world, policy({ podSelector: matching({ app: 'seldon-envoy' }) }))[0]?.message,
    'this policy selects pods by app=seldon-envoy',
  );
  t.end();
});

void t.test('a Model has no pods', (t) => {
  const model = manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Model',
    metadata: { name: 'iris', namespace: 'financial-ml' },
  });
  for (const world of [
    [HOME, model],
    [HOME, runtime(), server(), model],
  ])
    for (const change of [{}, { operation: 'NONE' }] as const)
      t.match(found(world, fromPods(matching({ app: 'iris' })), change), [
        { problem: 'model-name', effect: 'warn' },
      ]);
  const served = workload('Deployment', 'financial-ml', 'iris', { labels: { app: 'iris' } });
  t.strictSame(
    told([HOME, model, served], fromPods(matching({ app: 'iris' }))),
    [],
    'a workload of the same name has',
  );
  t.end();
});

void t.test('labels that no pod has', (t) => {
  const web = workload('Deployment', 'financial-ml', 'web', { labels: { app: 'web' } });
  const world = [HOME, web];
  t.strictSame(told(world, fromPods(matching({ app: 'api' }))), [
    'warn no-pod spec.ingress.0.from.0.podSelector',
  ]);
  t.strictSame(told(world, policy({ podSelector: matching({ app: 'api' }) })), [
    'warn no-pod spec.podSelector',
  ]);
  t.match(told(world, fromPods(matching({ app: 'api' })), AT_REST), [/^record no-pod/]);
  const silent = (all: readonly Manifest[], object: Manifest, label: string): void =>
    void t.strictSame(told(all, object), [], label);
  silent([HOME], fromPods(matching({ app: 'api' })), 'nothing is there yet');
  silent(world, fromPods(matching({ app: 'web' })), 'they are there');
  silent(world, fromPods({}), 'all');
  silent(world, fromPods(oneOf('app', ['web'], 'NotIn')), 'all but some');
  silent(
    world,
    fromPods(matching({ 'app.kubernetes.io/name': 'seldon-envoy' })),
    'a component that is still to come',
  );
  for (const kind of ['DaemonSet', 'Job', 'CronJob'] as const) {
    const template = { metadata: { labels: { app: 'api' } }, spec: { containers: [] } };
    const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
    const apiVersion = kind === 'DaemonSet' ? 'apps/v1' : 'batch/v1';
    const api = manifest({ apiVersion, kind, metadata: { name: 'x', namespace: 'financial-ml' }, spec });
    silent([...world, api], fromPods(matching({ app: 'api' })), kind);
  }
  const pod = (status: object) =>
    manifest({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'financial-ml', labels: { app: 'api' } },
      status,
    });
  silent([...world, pod({ phase: 'Running' })], fromPods(matching({ app: 'api' })), 'a Pod by itself');
  t.match(
    told([...world, pod({ phase: 'Succeeded' })], fromPods(matching({ app: 'api' }))),
    [/no-pod/],
    'a Pod that has ended',
  );
  const off = workload('Deployment', 'financial-ml', 'api', { labels: { app: 'api' }, replicas: 0 });
  const server0 = workload('Deployment', 'financial-ml', 'x', {
    labels: { 'seldon-server-name': 'x' },
    replicas: 0,
  });
  silent([...world, server0], fromPods(matching({ 'seldon-server-name': 'x' })), "a Server's, for now");
  const away = { namespaceSelector: matching({ [AUTOMATIC]: 'seldon-system' }) };
  t.match(told([...world, SYSTEM], fromPods(matching({ app: 'api' }), away)), [], 'nothing is there yet');
  t.strictSame(
    told(world, fromPods(matching({ app: 'api' }), away)),
    [`warn no-namespace ${PLACE}`],
    'told once',
  );
  const unseen = { namespaceSelector: matching({ team: 'ml' }) };
  t.match(told([web], fromPods(matching({ app: 'api' }), unseen), { seen: ['Deployment'] }), [
    /namespace-unseen/,
  ]);
  const all = { namespaceSelector: {} };
  t.match(told(world, fromPods(matching({ app: 'api' }), all)), [/^warn no-pod/]);
  t.strictSame(
    told(world, fromPods(matching({ app: 'api' }), all), AT_REST),
    [],
    'in namespaces that nobody sees',
  );
  silent([...world, off], fromPods(matching({ app: 'api' })), 'scaled to nothing for now');
  t.end();
});

void t.test('whose fault it is', (t) => {
  const world = [HOME, SYSTEM];
  const object = fromNamespaces(matching({ name: 'seldon-system' }));
  t.match(found(world, object, { previous: object }), [{ standing: true }]);
  t.strictSame(found(world, object, { previous: object, operation: 'DELETE' }), []);
  t.end();
});

void t.test('no shape breaks it', (t) => {
  const object = policy({
    podSelector: matching({ app: 'seldon-envoy' }),
    ingress: [
      {
        from: [
          { namespaceSelector: oneOf('name', ['seldon-system']), podSelector: matching({ app: 'web' }) },
        ],
      },
    ],
  });
  let count = 0;
  for (const each of spoilt(object.object)) {
    count++;
    const broken = manifest({ ...each, apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' });
    if (found([HOME, SYSTEM, runtime()], broken).some(({ outcome }) => outcome === 'error'))
      t.fail(JSON.stringify(each));
  }
  t.ok(count > 100, `${count} shapes`);
  t.end();
});
