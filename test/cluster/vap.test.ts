import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { stringify } from 'yaml';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { reviewChange } from '../../src/model/review.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { policiesIn, readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { startApiServer } from '../api-server.ts';
import { guard } from '../commands/guard-process.ts';
import { ownPolicy, writePolicies } from '../commands/own-policies.ts';
import { installSeldon, kubectl, noCluster, noSeldon } from './kubectl.ts';

// What `generate vap` prints is applied to a real API server, which then finds what the guard finds in the same changes, policy
// by policy and word by word.

t.setTimeout(300_000);

const HOME = 'shop';

/** A policy that everything breaks: once it speaks, all do. */
const CANARY = 'zz-speaks-always';

const OWN = {
  'keys-are-few': ownPolicy({
    values: { most: 2, labels: ['team', 'owner'], nested: { deep: [1, 'a', null, true, 1.5] } },
    variables: [
      { name: 'data', expression: 'has(object.data) ? object.data : {}' },
      { name: 'keys', expression: 'variables.data.map(key, key)' },
    ],
    validations: [
      {
        expression: 'size(variables.keys) <= params.most',
        messageExpression:
          "object.metadata.name + ' has more than ' + string(params.most) + ' keys: ' + string(size(variables.keys))",
      },
      {
        expression: "params.nested.deep.exists(each, each == 'a') && params.nested.deep[0] + 1 == 2",
        message: 'the values are not what they are',
      },
    ],
  }),
  'labels-name-a-team': ownPolicy({
    values: { labels: ['team', 'owner'] },
    matchConditions: [
      { name: 'not-exempt', expression: "!object.metadata.name.startsWith('exempt')" },
      { name: 'of-this-namespace', expression: `request.namespace == '${HOME}' && request.operation != ''` },
    ],
    validations: [
      {
        expression:
          'has(object.metadata.labels) && params.labels.exists_one(label, label in object.metadata.labels)',
        message: 'needs exactly one of the labels team and owner',
      },
    ],
  }),
  'mode-stays': ownPolicy({
    validations: [
      {
        expression:
          "oldObject == null || !has(oldObject.data) || !('mode' in oldObject.data) || (has(object.data) && 'mode' in object.data && object.data.mode == oldObject.data.mode)",
        messageExpression: "'mode was ' + oldObject.data.mode",
      },
    ],
  }),
  'mode-is-a-word': ownPolicy({
    validations: [
      // Without data, or without mode in it, it has no value: neither of the two finds a fault.
      { expression: "object.data.mode.matches('^[a-z]+(-[a-z]+)*$')", message: 'mode is no word' },
    ],
  }),
  'namespace-is-labelled': ownPolicy({
    validations: [
      {
        expression:
          "namespaceObject.metadata.labels['tier'] == 'gold' || !('gold' in object.metadata.annotations)",
        message: 'gold is for namespaces of that tier',
      },
    ],
  }),
  'asked-by-people': ownPolicy({
    validations: [
      {
        expression:
          "request.userInfo.username != 'admin' || request.kind.kind + request.resource.resource + request.name == 'ConfigMapconfigmapsplain' || request.kind.version != 'v1'",
        messageExpression: "'multi\\nline'",
        message: 'asked by admin',
      },
    ],
  }),
  [CANARY]: ownPolicy(
    { validations: [{ expression: 'false' }] },
    {
      appliesTo: Object.fromEntries(
        ['ConfigMap', 'Deployment', 'StatefulSet', 'ServerConfig'].map((kind) => [
          kind,
          ['CREATE', 'UPDATE'],
        ]),
      ),
    },
  ),
};

function configMap(name: string, data: JsonObject | undefined, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: HOME, ...metadata },
    ...(data === undefined ? {} : { data }),
  };
}

const waived = (id: string, value: string): JsonObject => ({
  annotations: { [`waive.seldon-guard.io/${id}`]: value },
});
const LABELLED = { labels: { team: 'a' } };
const MANY = { a: '1', b: '2', c: '3' };

/** Objects, and what they were before. */
const CHANGES: readonly [JsonObject, (JsonObject | undefined)?][] = [
  [configMap('plain', { a: '1' }, LABELLED)],
  [configMap('bare', undefined)],
  [configMap('many', MANY, LABELLED)],
  [configMap('two-labels', { mode: 'fast' }, { labels: { team: 'a', owner: 'b' } })],
  [configMap('exempt-one', { mode: 'Fast' })],
  [configMap('gold', { mode: 'fast-er' }, { ...LABELLED, annotations: { gold: 'yes' } })],
  [configMap('reason', MANY, { ...LABELLED, ...waived('keys-are-few', 'it is old') })],
  [configMap('reason-owner', MANY, waived('keys-are-few', 'it is old | owner=me | until=2999-01-01'))],
  [configMap('placeholders', MANY, waived('keys-are-few', 'why not | owner=<who> | until=<YYYY-MM-DD>'))],
  [configMap('no-reason', MANY, waived('keys-are-few', '<why> | owner=me'))],
  [configMap('blank-reason', MANY, waived('keys-are-few', ' | owner=me'))],
  [configMap('malformed', MANY, waived('keys-are-few', 'it is old | ends=soon'))],
  [configMap('half-angled', MANY, waived('keys-are-few', '<why> because'))],
  [configMap('other-policy', MANY, waived('mode-stays', 'it is old'))],
  [configMap('by-settings', MANY, LABELLED)],
  [configMap('stands', { ...MANY, d: '4' }, LABELLED), configMap('stands', MANY, LABELLED)],
  [configMap('grows', MANY, LABELLED), configMap('grows', { a: '1' }, LABELLED)],
  [configMap('loses-label', { a: '1' }), configMap('loses-label', { a: '1' }, LABELLED)],
  [configMap('had-no-label', { a: '2' }), configMap('had-no-label', { a: '1' })],
  [configMap('mode-changes', { mode: 'b' }, LABELLED), configMap('mode-changes', { mode: 'a' }, LABELLED)],
  [configMap('mode-goes', {}, LABELLED), configMap('mode-goes', { mode: 'a' }, LABELLED)],
  [configMap('mode-same', { mode: 'A' }, LABELLED), configMap('mode-same', { mode: 'A' }, LABELLED)],
  [configMap('mode-breaks', { mode: 'A' }, LABELLED), configMap('mode-breaks', { mode: 'a' }, LABELLED)],
  [configMap('mode-unknown-before', { mode: 'A' }, LABELLED), configMap('mode-unknown-before', {}, LABELLED)],
];

function workload(kind: string, name: string, spec: JsonObject, labels: JsonObject = {}): JsonObject {
  const own = { app: name, ...labels };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: HOME },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: own }, spec },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
    },
  };
}

const container = (name: string, image = 'busybox'): JsonObject => ({ name, image });
const AGENT = container('loader', 'docker.io/seldonio/seldon-agent:2.9.1');
const HOST: JsonObject = { hostNetwork: true };
const WORKLOADS: readonly [JsonObject, (JsonObject | undefined)?][] = [
  [workload('StatefulSet', 'by-image', { ...HOST, containers: [AGENT] })],
  [workload('Deployment', 'by-names', { ...HOST, containers: [container('agent'), container('mlserver')] })],
  [workload('Deployment', 'one-name', { ...HOST, containers: [container('agent')] })],
  [
    workload(
      'StatefulSet',
      'by-label',
      { ...HOST, containers: [container('a')] },
      { 'seldon-server-name': 'x' },
    ),
  ],
  [
    workload(
      'StatefulSet',
      'by-app',
      { ...HOST, containers: [container('a')] },
      {
        'app.kubernetes.io/name': 'seldon-server',
      },
    ),
  ],
  [
    workload(
      'StatefulSet',
      'a-scheduler',
      { ...HOST, containers: [AGENT] },
      {
        'app.kubernetes.io/name': 'seldon-scheduler',
      },
    ),
  ],
  [
    workload(
      'Deployment',
      'the-operator',
      { ...HOST, containers: [AGENT] },
      {
        'control-plane': 'v2-controller-manager',
      },
    ),
  ],
  [
    workload('Deployment', 'sidecar', {
      ...HOST,
      containers: [container('a')],
      initContainers: [{ ...AGENT, restartPolicy: 'Always' }],
    }),
  ],
  [workload('Deployment', 'init', { ...HOST, containers: [container('a')], initContainers: [AGENT] })],
  [workload('StatefulSet', 'off', { hostNetwork: false, containers: [AGENT] })],
  [workload('StatefulSet', 'unset', { containers: [AGENT] })],
  [
    workload('StatefulSet', 'crowd', {
      ...HOST,
      containers: [AGENT, ...Array.from({ length: 40 }, (_, i) => container(`c${i}`))],
    }),
  ],
  [
    workload('Deployment', 'comes', { ...HOST, containers: [AGENT] }),
    workload('Deployment', 'comes', { containers: [AGENT] }),
  ],
  [
    workload('Deployment', 'stood', { ...HOST, containers: [AGENT, container('b')] }),
    workload('Deployment', 'stood', { ...HOST, containers: [AGENT] }),
  ],
];

void t.test('the API server finds what the guard finds', { skip: noCluster || noSeldon }, async (t) => {
  const folder = t.testdir();
  const policies = writePolicies(join(folder, 'mine'), OWN);
  const file = join(folder, 'settings.yaml');
  const ids = [...Object.keys(OWN), 'host-network-avoided'];
  const settings = {
    policies: {
      ...Object.fromEntries(policiesIn(BUILT_IN).map((id) => [id, { effect: 'off' }])),
      ...Object.fromEntries(ids.map((id) => [id, { effect: 'warn' }])),
    } as Record<string, { effect: string }>,
    waivers: [
      { policy: 'keys-are-few', namespace: HOME, kind: 'ConfigMap', name: 'by-settings', reason: 'agreed' },
      { policy: 'keys-are-few', name: 'many', reason: 'it ended', until: '2020-01-01' },
    ],
  };
  writeFileSync(file, stringify(settings));
  const made = await guard(['generate', 'vap', '--settings', file, '--policies', policies]);
  t.equal(made.stderr, '');
  const rules = chosen(file, [policies]);

  const cluster = await startApiServer();
  t.teardown(() => cluster.stop());
  await installSeldon(cluster);
  const namespace = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: HOME, labels: { tier: 'tin' } },
  };
  const examples = (await readExamples(BUILT_IN, 'host-network-avoided')).filter(({ object }) =>
    ['Deployment', 'StatefulSet', 'ServerConfig'].includes(object.kind),
  );
  t.ok(
    examples.some(({ bad }) => bad) && examples.some(({ bad }) => !bad),
    'examples of both sorts are played',
  );
  const changes = [
    ...CHANGES,
    ...WORKLOADS,
    ...examples.map(({ object, previous }): [JsonObject, (JsonObject | undefined)?] => [
      object.object,
      previous?.object,
    ]),
  ];
  const homes = new Set(examples.map(({ object }) => object.namespace));
  for (const name of homes)
    await kubectl(cluster, ['create', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
  await kubectl(cluster, ['create', '-f', '-'], namespace);
  for (const [, before] of changes)
    if (before !== undefined) {
      const { code, stderr } = await kubectl(cluster, ['create', '-f', '-'], before);
      t.equal(code, 0, code === 0 ? 'is taken' : stderr);
    }
  const applied = await kubectl(cluster, ['apply', '-f', '-'], made.stdout);
  t.equal(applied.code, 0, applied.stderr);

  const told = async (object: JsonObject, before?: JsonObject): Promise<Record<string, string>> => {
    const verb = before === undefined ? 'create' : 'replace';
    const { code, stderr } = await kubectl(cluster, [verb, '--dry-run=server', '-f', '-'], object);
    t.equal(code, 0, code === 0 ? 'is taken' : stderr);
    const warnings = stderr.matchAll(
      /^Warning: Validation failed for ValidatingAdmissionPolicy '([^']+)\.seldon-guard\.io' with binding '[^']+': (.*)$/gm,
    );
    return Object.fromEntries([...warnings].map(([, id, words]) => [id ?? '', words ?? '']));
  };
  for (let patience = 100; patience > 0; patience--) {
    if (CANARY in (await told(configMap('canary', {})))) break;
    await wait(200);
  }

  const picture = Picture.of([manifestOf(namespace, { from: 'cluster' })]);
  const found = (object: JsonObject, before?: JsonObject): Record<string, string> => {
    const change = before === undefined ? {} : { previous: manifestOf(before, { from: 'cluster' }) };
    const review = reviewChange(picture, {
      operation: before === undefined ? 'CREATE' : 'UPDATE',
      object: manifestOf(object, { from: 'request' }),
      user: { name: 'admin', groups: [] },
      ...change,
    });
    const { judgements } = judge(review, { ...rules, now: Date.now() });
    return Object.fromEntries(
      judgements
        .filter(({ policy, outcome, standing }) => ids.includes(policy) && outcome === 'fail' && !standing)
        .map(({ policy, brief }) => [policy, brief]),
    );
  };
  const seen = new Map<string, number>();
  for (const [object, before] of changes) {
    const expected = found(object, before);
    for (const id of Object.keys(expected)) seen.set(id, (seen.get(id) ?? 0) + 1);
    t.strictSame(
      await told(object, before),
      expected,
      `${before === undefined ? '' : 'update of '}${JSON.stringify(object)}`,
    );
  }
  for (const id of ids) {
    t.ok((seen.get(id) ?? 0) > 0, `${id} is broken by something`);
    if (id !== CANARY) t.ok((seen.get(id) ?? 0) < changes.length, `${id} is kept by something`);
  }

  settings.policies = { [CANARY]: { effect: 'off' }, 'keys-are-few': { effect: 'deny' } };
  writeFileSync(
    file,
    stringify({
      ...settings,
      policies: {
        ...settings.policies,
        'labels-name-a-team': { effect: 'off', namespaces: { [HOME]: 'deny' } },
        'asked-by-people': { effect: 'deny', namespaces: { [HOME]: 'off' } },
      },
    }),
  );
  const strict = await guard(['generate', 'vap', '--settings', file, '--policies', policies]);
  t.notMatch(strict.stdout, new RegExp(`name: ${CANARY}`), 'what is switched off is not made');
  await kubectl(cluster, ['delete', 'validatingadmissionpolicybindings', '--all']);
  t.equal((await kubectl(cluster, ['apply', '-f', '-'], strict.stdout)).code, 0);
  const asked = (object: JsonObject) => kubectl(cluster, ['create', '--dry-run=server', '-f', '-'], object);
  const denied = /denied request: many has more than 2 keys: 3/;
  // The API server takes up each policy and each binding in its own time.
  const comesTo = async (object: JsonObject, stderr: RegExp): Promise<void> => {
    let answer = await asked(object);
    for (let patience = 100; patience > 0 && !stderr.test(answer.stderr); patience--) {
      await wait(200);
      answer = await asked(object);
    }
    t.match(answer, { code: 1, stderr });
  };
  await comesTo(configMap('many', MANY, LABELLED), denied);
  t.match(await asked(configMap('plain', { a: '1' }, LABELLED)), { code: 0, stderr: '' });
  await comesTo(configMap('bare', { a: '1' }), /needs exactly one of the labels/);
  const elsewhere = { ...configMap('bare', { a: '1' }), metadata: { name: 'bare', namespace: 'default' } };
  await comesTo(elsewhere, /'asked-by-people\.seldon-guard\.io'.* asked by admin/);
});
