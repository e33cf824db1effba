import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { at, listAt, objectAt, stringAt } from '../../src/model/json.ts';
import type { Json, JsonObject, Path } from '../../src/model/json.ts';
import { accessRules, admissionRules } from '../../src/policy/admission-rules.ts';
import { SETTINGS_SCHEMA } from '../../src/policy/settings.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { VERSION } from '../../src/sources/version.ts';
import { EVERYTHING_ADDED, OWN_POLICY } from './combinations.ts';
import { CHART, RELEASE, helm, noHelm, render } from './helm.ts';
import type { Values } from './helm.ts';

// What the chart says, rendered by helm: against the catalogue, the settings, the version and good practice.

t.setTimeout(300_000);
const catalogue = readCatalogue();

const schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as JsonObject;

void t.test('the schema takes the settings that the guard takes', (t) => {
  t.strictSame(bare(at(schema, 'properties', 'settings') ?? null), SETTINGS_SCHEMA);
  t.end();
});

void t.test('helm lint', { skip: noHelm }, async (t) => {
  for (const sets of [[], ['certificates.source=certManager'], ['validation.failurePolicy=Fail']]) {
    const { code, stdout } = await helm([
      'lint',
      '--strict',
      CHART,
      ...sets.flatMap((set) => ['--set', set]),
    ]);
    t.equal(code, 0, stdout);
  }
});

void t.test('a value that the chart does not know is refused', { skip: noHelm }, async (t) => {
  // Helm 3.18 says it in other words than those before: what both name is held.
  for (const [wrong, said] of [
    [{ validaton: {} }, /propert.* '?validaton'? (?:is )?not allowed/],
    [{ validation: { failurePolicy: 'fail' } }, /failurePolicy.* must be one of/],
    [{ settings: { policies: { 'waivers-hold': { efect: 'off' } } } }, /propert.* '?efect/],
    [{ settings: { waivers: [{ policy: 'waivers-hold' }] } }, /waivers[./]0.*reason/],
    [{ certificates: { source: 'files' } }, /certificates[./]files[./]secret'?: (?:String length|minLength)/],
    [
      { policies: { mine: { check: 'cel', appliesTo: { Toaster: [] } } } },
      /policies.mine.appliesTo: the guard does not read Toaster/,
    ],
    [{ timeoutSeconds: 31 }, /timeoutSeconds'?: (?:Must be less|maximum).* 30/],
  ] as const)
    await t.rejects(render(wrong), { message: said }, JSON.stringify(wrong));
});

void t.test('the webhooks ask about what the policies are about, exactly', { skip: noHelm }, async (t) => {
  const objects = await render({ clusterDNS: { guarded: true } });
  const asked = webhooksOf(objects, 'ValidatingWebhookConfiguration').flatMap((webhook) =>
    listAt(webhook, 'rules'),
  );
  t.strictSame(operations(asked), operations(admissionRules(catalogue) as unknown as Json[]));
  const mutating = async (values: Values): Promise<string[]> =>
    operations(
      webhooksOf(await render(values), 'MutatingWebhookConfiguration').flatMap((one) => listAt(one, 'rules')),
    );
  const few = await mutating({});
  const all = await mutating({ mutation: { everyKind: true } });
  t.ok(few.length > 0 && few.length < all.length, 'it patches less than it judges');
  t.strictSame(
    all,
    operations(asked).filter((one) => !one.endsWith('DELETE') && !one.includes(' configmaps ')),
  );
  const chosen = { settings: { policies: { 'policy-rules-well-formed': { effect: 'fix' } } } };
  t.strictSame(await mutating(chosen), all, 'who chooses the effect fix is asked about it');
  const own = webhooksOf(
    await render({ policies: { 'small-replicas': OWN_POLICY } }),
    'ValidatingWebhookConfiguration',
  ).map((one) => operations(listAt(one, 'rules')).filter((asks) => !operations(asked).includes(asks)));
  t.strictSame(
    own,
    [[' v1 pods CREATE'], [' v1 nodes UPDATE']],
    'and about what policies of the user are about',
  );
  for (const rule of asked) t.notOk(JSON.stringify(rule).includes('"*"'), 'no wildcard');
});

void t.test('how the webhooks are registered', { skip: noHelm }, async (t) => {
  const objects = await render({ validation: { failurePolicy: 'Fail' }, clusterDNS: { guarded: true } });
  const validating = webhooksOf(objects, 'ValidatingWebhookConfiguration');
  const mutating = webhooksOf(objects, 'MutatingWebhookConfiguration');
  for (const webhook of [...validating, ...mutating]) {
    const name = stringAt(webhook, 'name') ?? '';
    t.match(webhook, { matchPolicy: 'Equivalent', sideEffects: 'NoneOnDryRun', timeoutSeconds: 3 }, name);
    const isTheOneThatMayFail = name === 'validate.seldon-guard.io';
    t.equal(webhook['failurePolicy'], isTheOneThatMayFail ? 'Fail' : 'Ignore', `failurePolicy of ${name}`);
    t.equal(
      at(webhook, 'clientConfig', 'caBundle'),
      undefined,
      'whoever keeps the caBundle, helm does not undo it',
    );
    if (name === 'validate-dns.seldon-guard.io') continue;
    const left = textsAt(webhook, 'namespaceSelector', 'matchExpressions', 0, 'values');
    if (name !== 'validate-cluster.seldon-guard.io')
      for (const namespace of ['kube-system', 'kube-public', 'kube-node-lease', RELEASE.namespace])
        t.ok(left.includes(namespace), `${name} leaves ${namespace} out`);
  }
  const [first] = validating;
  const clusterScoped = listAt(first ?? null, 'rules').filter(
    (rule) => stringAt(rule, 'scope') === 'Cluster',
  );
  t.strictSame(
    clusterScoped.flatMap((rule) => textsAt(rule, 'resources')),
    ['namespaces'],
    'nothing that no namespace leaves out can be held up by Fail',
  );
  t.equal(mutating[0]?.['reinvocationPolicy'], 'IfNeeded');
  const asItComes = webhooksOf(await render(), 'ValidatingWebhookConfiguration');
  t.ok(
    asItComes.every(({ failurePolicy }) => failurePolicy === 'Ignore'),
    'Ignore unless Fail was chosen',
  );
  t.notOk(
    asItComes.some(({ name }) => name === 'validate-dns.seldon-guard.io'),
    'CoreDNS by choice alone',
  );
});

const rulesOf = (role: JsonObject): readonly Json[] => listAt(role, 'rules');
const KIND_OF: Readonly<Record<string, string>> = {
  secrets: 'Secret',
  leases: 'Lease',
  validatingwebhookconfigurations: 'ValidatingWebhookConfiguration',
  mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
};

void t.test('what the guard may do is what it does', { skip: noHelm }, async (t) => {
  const objects = await render();
  const { rules: reads, inNamespaces } = accessRules(catalogue);
  const ofCluster = objects.filter((one) => one['kind'] === 'ClusterRole').flatMap(rulesOf);
  t.strictSame(ofCluster.slice(0, reads.length), reads, 'it lists and watches what checks need');
  const roles = objects
    .filter((one) => one['kind'] === 'Role')
    .map((one) => ({ namespace: stringAt(one, 'metadata', 'namespace'), rules: rulesOf(one) }));
  const isOwn = ({ namespace }: { namespace?: string | undefined }): boolean =>
    namespace === RELEASE.namespace;
  t.strictSame(
    roles.filter((role) => !isOwn(role)),
    inNamespaces,
    'and of ConfigMaps those that checks name',
  );
  const others = [...ofCluster.slice(reads.length), ...roles.filter(isOwn).flatMap(({ rules }) => rules)];
  for (const rule of others) t.ok(textsAt(rule, 'resourceNames').length === 1, 'everything else by its name');
  t.notOk(
    others.some((rule) => textsAt(rule, 'verbs').includes('create')),
    'it makes nothing',
  );
  const names = (kind: string): unknown[] =>
    objects.filter((one) => one['kind'] === kind).map((one) => at(one, 'metadata', 'name'));
  for (const rule of others.filter((rule) => textsAt(rule, 'verbs').includes('update')))
    for (const resource of textsAt(rule, 'resources'))
      t.ok(
        names(KIND_OF[resource] ?? '').includes(textsAt(rule, 'resourceNames')[0]),
        `an uninstall removes what it writes: ${resource}`,
      );
  for (const source of ['certManager', 'files']) {
    const files = { secret: 'ours', caBundle: '-----BEGIN CERTIFICATE-----' };
    const text = JSON.stringify(
      (await render({ certificates: { source, files } })).filter((one) =>
        stringAt(one, 'kind')?.endsWith('Role'),
      ),
    );
    t.notMatch(text, /update|secrets|leases/, `with ${source} it writes nothing`);
  }
});

void t.test('pods: restricted, spread, drained, replaced one by one', { skip: noHelm }, async (t) => {
  const objects = await render(EVERYTHING_ADDED);
  const pods = objects.flatMap((one) =>
    one['kind'] === 'Pod' ? [one] : one['kind'] === 'Deployment' ? [objectAt(one, 'spec', 'template')] : [],
  );
  t.equal(pods.length, 2);
  for (const pod of pods) {
    // https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
    t.match(pod, {
      spec: { securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } },
    });
    for (const container of listAt(pod, 'spec', 'containers'))
      t.match(container, {
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      });
  }
  const [deployment] = (await render({ drainSeconds: 20 })).filter(({ kind }) => kind === 'Deployment');
  const spec = objectAt(deployment ?? null, 'spec');
  t.match(spec, { replicas: 2, strategy: { rollingUpdate: { maxUnavailable: 0 } } });
  const args = textsAt(spec, 'template', 'spec', 'containers', 0, 'args');
  t.ok(args.includes('--drain=20000'));
  t.equal(
    at(spec, 'template', 'spec', 'terminationGracePeriodSeconds'),
    55,
    'as long as the drain and the longest request',
  );
  t.equal(listAt(spec, 'template', 'spec', 'topologySpreadConstraints').length, 2);
});

void t.test('the chart is of this version', (t) => {
  const text = readFileSync(join(CHART, 'Chart.yaml'), 'utf8');
  t.match(text, new RegExp(`^version: ${VERSION}\nappVersion: ${VERSION}$`, 'm'));
  t.end();
});

void t.test('good practice: each point has a proof, and it is where the table says', (t) => {
  const rows = readFileSync(join(CHART, 'README.md'), 'utf8').matchAll(/^\| (\d+) +\|.*\|(.*)\|$/gm);
  const points = [...rows].map(([, number, proofs = '']) => {
    const named = [...proofs.matchAll(/`([^`]+)`: "([^"]+)"/g)];
    t.ok(named.length > 0, `point ${number}`);
    for (const [, file = '', text = ''] of named)
      t.ok(readFileSync(join(CHART, '..', '..', file), 'utf8').includes(text), `${file}: ${text}`);
    return Number(number);
  });
  t.strictSame(
    points,
    Array.from({ length: 13 }, (_, i) => i + 1),
  );
  t.end();
});

/** A schema without the words of its descriptions. */
function bare(value: Json): Json {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === 'description' ? undefined : inner)),
  ) as Json;
}

function webhooksOf(objects: readonly JsonObject[], kind: string): JsonObject[] {
  return objects
    .filter((one) => one['kind'] === kind)
    .flatMap((one) => listAt(one, 'webhooks') as JsonObject[]);
}

function textsAt(value: Json, ...path: Path): string[] {
  return listAt(value, ...path).map(String);
}

/** Every operation that rules ask about, once, in a stable order. */
function operations(rules: readonly Json[]): string[] {
  const each = rules.flatMap((rule) =>
    textsAt(rule, 'resources').flatMap((resource) =>
      textsAt(rule, 'operations').map((operation) =>
        [...textsAt(rule, 'apiGroups'), ...textsAt(rule, 'apiVersions'), resource, operation].join(' '),
      ),
    ),
  );
  return [...new Set(each)].toSorted();
}
