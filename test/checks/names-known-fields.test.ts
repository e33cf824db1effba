import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fieldFaults } from '../../src/checks/placement/field-faults.ts';
import { namesKnownFields } from '../../src/checks/placement/names-known-fields.ts';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { rootType, rootTypes } from '../../src/model/known-fields.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { fieldPath } from '../../src/model/path.ts';
import { reviewState } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { readManifests } from '../../src/sources/files.ts';
import { manifestsIn } from '../../src/sources/manifests-in.ts';
import { noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';

// Fields that a kind does not have: found in a file as it is written, in a cluster by what kubectl was given.

const check = namesKnownFields;
const CORPUS = join(import.meta.dirname, '../../../shared/corpus');
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What a scan finds in the last document of a text, the others being the rest of the cluster. */
function scanned(text: string, told?: string): Finding[] {
  const { manifests } = manifestsIn(text, 'a.yaml');
  const object = manifests.at(-1);
  const cluster = new Narrowed(Picture.of(manifests), check.needs, check.name, told);
  return object === undefined ? [] : [...check.evaluate(reviewState(cluster, object), {}, [])];
}

/** An object as it is stored when another spec was applied. */
function stored(kind: string, spec: JsonObject, written: unknown) {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'mlops.seldon.io/v1alpha1';
  const text = typeof written === 'string' ? written : JSON.stringify({ apiVersion, kind, spec: written });
  const metadata = { name: 'a', namespace: 'x', annotations: { [LAST_APPLIED]: text } };
  return manifest({ apiVersion, kind, metadata, spec });
}

/** Each finding as its problem, its field, and what is suggested. */
const brief = (found: readonly Finding[]) =>
  found.map(({ problem, field, data }) =>
    [problem, fieldPath(field), data['nearest'] ?? data['elsewhere'] ?? data['fields'] ?? data['span']].join(
      ' ',
    ),
  );

const object = (apiVersion: string, kind: string, spec: string) => `
apiVersion: ${apiVersion}
kind: ${kind}
metadata: { name: a, namespace: x }
spec: ${spec}
`;
const seldon = (kind: string, spec: string) => object('mlops.seldon.io/v1alpha1', kind, spec);
const deployment = (spec: string) => object('apps/v1', 'Deployment', spec);
const pod = (container: string) =>
  deployment(`{ template: { spec: { containers: [{ name: a, ${container} }] } } }`);
const operator = (release: string) =>
  `${deployment(`{ template: { spec: { containers: [{ image: 'seldonio/seldonv2-controller:${release}' }] } } }`)}---`;

void t.test('a name that is nearly that of another field', (t) => {
  const found = scanned(pod('resource: { limits: { cpu: 1 } }, imagepullpolicy: Always'));
  const place = 'spec.template.spec.containers[0]';
  t.strictSame(brief(found), [
    `misspelled ${place}.imagepullpolicy ${place}.imagePullPolicy`,
    `misspelled ${place}.resource ${place}.resources`,
  ]);
  t.match(found[0]?.data, { kind: 'Deployment', release: 'Kubernetes 1.36' });
  t.end();
});

void t.test('what is not written for the API server to keep', (t) => {
  const policy = object('networking.k8s.io/v1', 'NetworkPolicy', '{ podSelector: {}, status: {} }');
  t.strictSame(
    brief(scanned(`${policy}status: {}\n`)),
    ['unknown-field spec.status egress, ingress, podSelector, policyTypes'],
    'a status, but not just anywhere',
  );
  const reported = '{ phase: 7, replicas: 1, ofTomorrow: {}, replicaz: 2 }';
  for (const text of [seldon('Server', '{}'), deployment('{}')])
    t.strictSame(scanned(`${text}status: ${reported}\n`), [], 'whatever a release reports in it');
  const patch = pod(
    '$retainKeys: [name], $setElementOrder/env: [], env: [{ $patch: delete, name: A }], paths: []',
  );
  t.strictSame(
    scanned(`${patch}$patch: delete\n`).map(({ field }) => fieldPath(field)),
    ['spec.template.spec.containers[0].paths'],
    'what tells kustomize how to merge',
  );
  t.end();
});

void t.test('a name that another place has: below it, or around it', (t) => {
  t.strictSame(brief(scanned(deployment('{ containers: [] }'))), [
    'misplaced spec.containers spec.template.spec.containers',
  ]);
  t.strictSame(brief(scanned(pod('nodeSelector: { a: b }'))), [
    'misplaced spec.template.spec.containers[0].nodeSelector spec.template.spec.nodeSelector',
  ]);
  t.strictSame(brief(scanned(seldon('SeldonRuntime', '{ overrides: [{ name: hodometer, env: [] }] }'))), [
    'misplaced spec.overrides[0].env spec.overrides[0].podSpec.containers[].env',
  ]);
  t.end();
});

void t.test('a name that is nowhere: what is there instead', (t) => {
  const found = scanned(seldon('SeldonRuntime', '{ scheduler: { disabled: false } }'));
  t.strictSame(brief(found), [
    'unknown-field spec.scheduler config, disableAutoUpdate, overrides, seldonConfig',
  ]);
  t.equal(found[0]?.data['release'], 'Seldon Core 2.8 to 2.10');
  t.match(scanned(pod('warmth: 1'))[0]?.data['fields'], /^args, .*, resizePolicy and 1\d more$/);
  t.end();
});

void t.test('where a name may be anything, anything may be its value, and where nothing is said', (t) => {
  for (const text of [
    object('v1', 'ConfigMap', '').replace('spec:', 'data: { anything: goes }'),
    object('v1', 'Namespace', '').replace('{ name: a', '{ labels: { a: b }, annotations: { c: d }, name: a'),
    pod("resources: { limits: { cpu: 1, memory: '1Gi', nvidia.com/gpu: '1' } }"),
    pod('ports: [{ containerPort: 1 }], livenessProbe: { httpGet: { port: http } }'),
    pod('readinessProbe: { httpGet: { port: 80 } }, env: [{ name: A, value: null }], warmth: null'),
    deployment('{ replicas: null, strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } } }'),
    seldon('Pipeline', '{ steps: [{ name: a, tensorMap: { a.outputs.b: c } }] }'),
    seldon('Model', "{ memory: 100Ki, parameters: [{ name: a, value: '1' }], requirements: [sklearn] }"),
    object('autoscaling/v2beta2', 'HorizontalPodAutoscaler', '{ anything: goes }'),
    object('apps/v1beta1', 'Deployment', '{ rollbackTo: {} }'),
    'apiVersion: example.com/v1\nkind: Deployment\nspec: { anything: goes }',
  ])
    t.strictSame(brief(scanned(text)), [], text);
  t.end();
});

void t.test('the patch of a misspelled name moves the value and cures it, where it fits', (t) => {
  const [text] = [seldon('Server', '{ serverConfi: mlserver, replica: 2 }')];
  const { manifests } = manifestsIn(text, 'a.yaml');
  const found = scanned(text);
  t.strictSame(
    found.map(({ fix }) => fix?.length),
    [2, 2],
  );
  const after = cured(manifests[0]!, found);
  t.strictSame(after.object['spec'], { serverConfig: 'mlserver', replicas: 2 });
  t.strictSame(scanned(JSON.stringify(after.object)), []);
  t.equal(scanned(seldon('Server', '{ replica: many }'))[0]?.fix, undefined, 'text is no number');
  t.equal(scanned(pod('port: 80'))[0]?.fix, undefined, 'a number is no list');
  t.end();
});

void t.test('a patch shows nothing that may be secret', (t) => {
  for (const container of [
    'evn: [{ name: A, value: hunter2 }]',
    'arg: [--password=hunter2]',
    "comand: ['hunter2']",
  ]) {
    const [found] = scanned(pod(container));
    t.equal(found?.problem, 'misspelled', container);
    t.notMatch(JSON.stringify(found), 'hunter2', container);
  }
  t.end();
});

void t.test('another type than the field has', (t) => {
  const of = (text: string) =>
    scanned(text).map(({ field, data }) => `${fieldPath(field)}: ${data['found']}, not ${data['expected']}`);
  t.strictSame(of(seldon('Model', '{ requirements: sklearn }')), ['spec.requirements: a string, not a list']);
  t.strictSame(of(pod('env: [{ name: A, value: 8080 }, { name: B, value: yes }]')), [
    'spec.template.spec.containers[0].env[0].value: a number, not a string',
    'spec.template.spec.containers[0].env[1].value: a boolean, not a string',
  ]);
  t.strictSame(of(pod('livenessProbe: { httpGet: { port: true } }')), [
    'spec.template.spec.containers[0].livenessProbe.httpGet.port: a boolean, not a string or a number',
  ]);
  t.strictSame(of(deployment('[]')), ['spec: a list, not a map']);
  t.end();
});

void t.test('in a cluster: what was applied and is not there', (t) => {
  const one = { replicas: 1 };
  const admitted = (written: unknown, spec: JsonObject = one) =>
    brief(findings(check, {}, stored('Deployment', spec, written)));
  t.strictSame(admitted({ replicas: 1, replica: 3 }), [
    'unknown-field spec.replica minReadySeconds, paused, progressDeadlineSeconds, replicas, revisionHistoryLimit, selector, strategy, template',
  ]);
  t.strictSame(admitted({ replica: 3 }), ['misspelled spec.replica spec.replicas']);
  t.strictSame(admitted({ ofTomorrow: 1 }, { ...one, ofTomorrow: 1 }), [], 'the API server knows it');
  t.strictSame(admitted({ replica: 1 }), [], 'what was meant has come to stand there');
  const containers = (...names: string[]) => ({
    template: {
      spec: { containers: names.map((name) => ({ name, ...(name === 'a' && { ofTomorrow: 1 }) })) },
    },
  });
  t.strictSame(admitted(containers('a'), containers('injected', 'a')), [], 'nor where one was put before it');
  t.strictSame(admitted({ paused: 'no' }), [], 'types are for the API server to judge');
  t.strictSame(admitted('no JSON'), []);
  t.strictSame(admitted('[]'), []);
  const raw = manifest({ ...stored('Deployment', { replica: 3 }, {}).object });
  t.strictSame(brief(findings(check, {}, raw)), [], 'what a built-in kind holds, the API server has decoded');
  t.end();
});

void t.test('what a CRD preserves', (t) => {
  t.strictSame(brief(findings(check, {}, stored('Server', { warmth: 1 }, { warmth: 1 }))), [
    'kept spec.warmth ',
  ]);
  t.end();
});

void t.test('peers of the other direction are told once, by the policy that knows more of them', (t) => {
  const policy = (rule: string) => object('networking.k8s.io/v1', 'NetworkPolicy', `{ ingress: [${rule}] }`);
  t.strictSame(brief(scanned(policy('{ to: [{ podSelector: {} }] }'))), []);
  t.strictSame(brief(scanned(policy('{ from: [{ podSelector: {} }], to: [{ podSelector: {} }] }'))), [
    'misplaced spec.ingress[0].to spec.egress[].to',
  ]);
  t.end();
});

void t.test('a field of some releases', (t) => {
  const text = seldon('Server', '{ deploymentStrategy: { type: Recreate } }');
  t.match(scanned(`${operator('2.9.1')}${text}`), [
    { problem: 'other-release', data: { release: 'Seldon Core 2.9.1', span: 'from Seldon Core 2.10.0 on' } },
  ]);
  t.strictSame(scanned(`${operator('2.10.2')}${text}`), []);
  t.strictSame(scanned(`${operator('2.9.1')}${text}`, '2.10.0'), [], 'the guard was told otherwise');
  t.match(scanned(text), [{ problem: 'unseen-release', unknown: true, effect: 'record' }]);
  const gone = seldon('ServerConfig', '{ podSpec: { resourceClaims: [{ name: a, source: {} }] } }');
  t.strictSame(scanned(`${operator('2.8.5')}${gone}`), []);
  t.match(scanned(`${operator('2.9.0')}${gone}`), [
    { problem: 'other-release', data: { span: 'up to Seldon Core 2.8.5' } },
  ]);
  t.end();
});

void t.test('a release that nobody has described yet', (t) => {
  const text = seldon('Server', '{ warmth: 1 }');
  t.match(scanned(`${operator('2.11.0')}${text}`), [{ problem: 'newer-release', unknown: true }]);
  t.match(scanned(`${operator('2.7.0')}${text}`), [{ problem: 'newer-release', unknown: true }]);
  t.match(scanned(`${operator('2.10.9')}${text}`), [{ problem: 'unknown-field' }]);
  t.end();
});

void t.test(
  "no fault in upstream's manifests, nor in what hurt for other reasons",
  { skip: noCorpus },
  async (t) => {
    const { manifests } = await readManifests([join(CORPUS, 'upstream-good'), join(CORPUS, 'incidents')]);
    const judged = manifests.filter(({ known }) => known !== undefined);
    t.ok(judged.length > 200, `${judged.length} objects`);
    const cluster = new Narrowed(Picture.of(manifests), check.needs, check.name);
    for (const each of judged)
      t.strictSame(brief([...check.evaluate(reviewState(cluster, each), {}, [])]), [], each.name);
  },
);

void t.test('no fault in what a real API server has decoded', { skip: noCorpus }, (t) => {
  const folder = join(CORPUS, 'admission-reviews');
  let fields = 0;
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const { request } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      request: { object?: unknown };
    };
    const { apiVersion, kind, object } = manifestOf(request.object, { from: 'request' });
    const type = rootType(apiVersion, kind)?.type;
    if (type === undefined) continue;
    fields += JSON.stringify(object).length;
    t.strictSame(
      fieldFaults(object, type).filter(({ is }) => is !== 'of-some-releases'),
      [],
      file,
    );
  }
  t.ok(fields > 100_000);
  t.end();
});

void t.test('every kind can be asked, and is ready beforehand', (t) => {
  check.prepare?.();
  t.ok(rootTypes().length > 25);
  for (const type of rootTypes()) {
    t.strictSame(fieldFaults({}, type), [], type);
    t.match(fieldFaults({ metadat: {} }, type), [{ is: 'unknown', path: ['metadat'] }], type);
  }
  t.end();
});

void t.test('no value of any type makes it throw', (t) => {
  const whole = stored(
    'Server',
    { replicas: 1, podSpec: { containers: [{ name: 'a', env: [] }] } },
    { replica: 1 },
  );
  for (const each of spoilt(whole.object)) {
    findings(check, {}, manifest(each));
    scanned(JSON.stringify(each));
  }
  const service = '{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"},"spec":{"__proto__":{"a":1}}}';
  t.match(scanned(service), [{ problem: 'unknown-field', field: ['spec', '__proto__'] }]);
  t.end();
});
