import fc from 'fast-check';
import t from 'tap';
import { labelsOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { manifest } from '../policy/made.ts';
import {
  cured,
  decide,
  findings,
  namespace,
  operator,
  policy,
  runtime,
  server,
  told,
  workload,
} from './seldon-cluster.ts';

// Rules go by labels: what a label that is taken off, changed or added does, and the patch that puts it back.

const byName = (name: string): string => `{namespaceSelector: {matchLabels: {name: ${name}}}}`;
const POLICY = policy(
  `{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [${byName('financial-ml')}, ${byName('seldon-system')}]}], egress: [{}]}`,
  'by-name',
);
const [SYSTEM, TENANT] = [
  namespace('seldon-system', { name: 'seldon-system' }),
  namespace('financial-ml', { name: 'financial-ml' }),
];
const world = [SYSTEM, operator(), TENANT, runtime(), server(), POLICY];
const update = (object: Manifest, previous: Manifest, others: readonly Manifest[] = world) =>
  decide([...others, previous], object, { previous });
const F1 = 'seldon-v2-controller-manager';

void t.test('a label that a policy goes by is taken off a Namespace', (t) => {
  const said = told(update(namespace('financial-ml'), TENANT));
  t.equal(said.length, 6);
  t.strictSame(
    said.filter((line) => line.includes(F1)),
    [],
    'the operator is admitted by its own namespace',
  );
  t.ok(said.every((line) => /^(deny|warn) relabelled: /.test(line)));
  t.strictSame(
    told(update(namespace('seldon-system'), SYSTEM)),
    [`deny relabelled: ${F1} -> seldon-scheduler (namespace financial-ml):9004`],
    'in the namespace of the operator',
  );
  t.strictSame(told(update(namespace('financial-ml', { name: 'other' }), TENANT)).length, 6, 'another value');
  t.end();
});

void t.test('a Namespace whose change is of another kind is not asked', (t) => {
  const closed = [...world, policy('{podSelector: {}, policyTypes: [Egress]}', 'shut')].filter(
    (each) => each !== POLICY,
  );
  t.strictSame(told(update(namespace('financial-ml', { name: 'financial-ml', team: 'risk' }), TENANT)), []);
  t.strictSame(told(update(namespace('financial-ml'), TENANT, closed)), [], 'what stood closed');
  const annotated = manifest({
    ...TENANT.object,
    metadata: { name: 'financial-ml', labels: { name: 'financial-ml' }, annotations: { a: 'b' } },
  });
  t.strictSame(told(update(annotated, TENANT, closed)), []);
  t.strictSame(told(update(namespace('web'), namespace('web', { name: 'web' }))), [], 'no Seldon in it');
  t.end();
});

void t.test('a label that a policy keeps out', (t) => {
  const keepOut = policy(
    '{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: quarantine, operator: DoesNotExist}]}}]}]}',
  );
  const locked = namespace('seldon-system', { quarantine: 'yes', name: 'seldon-system' });
  const decision = update(locked, SYSTEM, [...world.filter((each) => each !== POLICY), keepOut]);
  t.match(findings(decision), [
    { problem: 'relabelled', effect: 'deny', patch: [{ op: 'remove', path: '/metadata/labels/quarantine' }] },
  ]);
  t.end();
});

void t.test('the patch on a Namespace puts back what policies go by, and leaves the rest', (t) => {
  const keys = ['name', 'team', 'a/b~c'];
  const labelsOutOf = (...some: string[]) =>
    fc.dictionary(fc.constantFrom(...some), fc.constantFrom('financial-ml', 'x', 'y'));
  const label = labelsOutOf(...keys, 'env');
  const selector = fc.oneof(
    labelsOutOf(...keys).map((matchLabels) => ({ matchLabels })),
    fc
      .record({
        key: fc.constantFrom('name', 'team', 'a/b~c'),
        operator: fc.constantFrom('Exists', 'DoesNotExist'),
      })
      .map((one) => ({ matchExpressions: [one] })),
    fc
      .record({
        key: fc.constantFrom('name', 'team'),
        operator: fc.constantFrom('In', 'NotIn'),
        values: fc.constant(['x', 'financial-ml']),
      })
      .map((one) => ({ matchExpressions: [one] })),
  );
  const rules = fc
    .array(selector, { minLength: 1, maxLength: 3 })
    .map((all) => all.map((namespaceSelector) => ({ namespaceSelector })));
  let offered = 0;
  fc.assert(
    fc.property(label, fc.option(label, { nil: undefined }), rules, rules, (was, is, from, to) => {
      const previous = namespace('financial-ml', was);
      const object = manifest({
        ...previous.object,
        metadata: { name: 'financial-ml', ...(is && { labels: is }) },
      });
      const both = policy({
        podSelector: {},
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from }],
        egress: [{ to }],
      });
      const rest = [SYSTEM, operator(), runtime(), server(), both];
      const decision = update(object, previous, rest);
      const before = findings(decision);
      if (before.some(({ patch }) => patch === undefined)) throw new Error('no patch');
      const open = cured(object, decision);
      if (open === undefined) return;
      offered++;
      if (labelsOf(open)['env'] !== labelsOf(object)['env']) throw new Error('nobody goes by that label');
      const after = findings(update(open, previous, rest));
      if (after.length > 0) throw new Error(`not cured: ${after.map(({ message }) => message).join('\n')}`);
    }),
    { numRuns: 1000, seed: 9004 },
  );
  t.ok(offered > 100, `${offered} patches were offered`);
  t.end();
});

const EMPTY_LABELS = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'financial-ml', labels: null },
};

void t.test('the patch where no labels are left', (t) => {
  const patchOf = (object: Manifest): unknown => findings(update(object, TENANT))[0]?.patch;
  const whole = [{ op: 'add', path: '/metadata/labels', value: { name: 'financial-ml' } }];
  t.strictSame(patchOf(manifest(EMPTY_LABELS)), whole);
  t.strictSame(patchOf(namespace('financial-ml')), [
    { op: 'add', path: '/metadata/labels/name', value: 'financial-ml' },
  ]);
  t.end();
});

void t.test('labels of a workload, of its template and of its SeldonRuntime', (t) => {
  const byTeam = policy(
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {team: ml}}}, {namespaceSelector: {matchLabels: {name: seldon-system}}}]}]}',
    'by-team',
  );
  const others = [
    SYSTEM,
    operator(),
    TENANT,
    byTeam,
    workload('StatefulSet', 'financial-ml', 'seldon-scheduler'),
  ];
  const name = { 'app.kubernetes.io/name': 'seldon-envoy' };
  const envoy = (labels: Record<string, string>): Manifest =>
    workload('Deployment', 'financial-ml', 'seldon-envoy', { labels: { ...name, ...labels } });
  const lost = update(envoy({}), envoy({ team: 'ml' }), others);
  t.strictSame(told(lost), ['deny relabelled: seldon-envoy -> seldon-scheduler:9002']);
  const place = '/spec/template/metadata/labels/team';
  t.match(findings(lost), [
    { field: ['spec', 'template', 'metadata', 'labels'], patch: [{ op: 'add', path: place, value: 'ml' }] },
  ]);
  t.strictSame(
    told(update(envoy({ a: 'b' }), envoy({}), others)),
    ['warn opened-by-nobody: seldon-envoy -> seldon-scheduler:9002'],
    'it stood closed',
  );
  t.strictSame(told(update(envoy({ team: 'ml', a: 'b' }), envoy({ team: 'ml' }), others)), []);

  const few = {
    overrides: ['hodometer', 'seldon-modelgateway', 'seldon-pipelinegateway', 'seldon-dataflow-engine'].map(
      (each) => ({ name: each, disable: true }),
    ),
  };
  const rest = [SYSTEM, operator(), TENANT, byTeam];
  const made = update(runtime('financial-ml', few), runtime('financial-ml', few, { team: 'ml' }), rest);
  t.strictSame(told(made), ['deny relabelled: seldon-envoy -> seldon-scheduler:9002']);
  t.match(findings(made), [
    { field: ['metadata', 'labels'], patch: [{ op: 'add', path: '/metadata/labels/team', value: 'ml' }] },
  ]);
  t.end();
});

void t.test('a Server known by its containers is asked about its labels too', (t) => {
  const agent = { containers: [{ name: 'agent' }, { name: 'mlserver' }] };
  const iris = (labels: Record<string, string>): Manifest =>
    workload('StatefulSet', 'financial-ml', 'iris', { labels, spec: agent });
  const byApp = policy(
    '{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: iris}}}]}]}',
    'by-app',
  );
  const others = [TENANT, workload('StatefulSet', 'financial-ml', 'seldon-scheduler'), byApp];
  t.strictSame(told(update(iris({ app: 'rose' }), iris({ app: 'iris' }), others)), [
    'deny relabelled: Server iris -> seldon-scheduler:9005',
  ]);
  t.strictSame(told(decide(others, iris({}))), [
    'warn opened-by-nobody: Server iris -> seldon-scheduler:9005',
  ]);
  t.end();
});
