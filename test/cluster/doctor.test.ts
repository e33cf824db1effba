import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import type { Test } from 'tap';
import { assemble } from '../../src/commands/assemble.ts';
import { versionFloor } from '../../src/doctor/version-floor.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Examined } from '../../src/reports/health.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import { admissionRules } from '../../src/policy/admission-rules.ts';
import type { AdmissionRule } from '../../src/policy/admission-rules.ts';
import { fixersOf } from '../../src/policy/fixers.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { buildMetrics } from '../../src/server/metrics.ts';
import { buildProbes } from '../../src/server/probes.ts';
import { Traffic } from '../../src/server/traffic.ts';
import { issue, makeAuthority } from '../../src/sources/authority.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { givenWorld } from '../../src/sources/world.ts';
import { startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { MAIN, guard, run, temporaryFolder } from '../commands/guard-process.ts';
import {
  ADDRESS,
  AGGREGATOR_ROUTING,
  NAME,
  PATHS,
  change,
  configurations,
  install,
  noInstallation,
  slice,
  startGuard,
} from './installation.ts';
import type { Loose } from './installation.ts';

// `seldon-guard doctor` at a real API server that calls a real guard by its Service: first all is well, then one thing is
// not, and it is named with what to do.

t.setTimeout(300_000);

const CATALOGUE = chosen(undefined).catalogue;
/** What policies are about, but Namespaces. */
const rest = (catalogue: Catalogue): AdmissionRule[] =>
  admissionRules(catalogue).filter(({ resources }) => !resources.includes('namespaces'));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

void t.test('an installation looked over', { skip: noInstallation }, async (t) => {
  const cluster = await startApiServer([AGGREGATOR_ROUTING]);
  t.teardown(() => cluster.stop());
  await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name: NAME } });
  const files = temporaryFolder(t);
  const settings = files.write('settings.yaml', '{}');
  const serving = await startGuard(t, cluster, ['--settings', settings]);
  await install(cluster, serving);
  for (const [path, rules] of [
    [PATHS.validating, rest(CATALOGUE)],
    [PATHS.mutating, rest(fixersOf(CATALOGUE, DEFAULT_SETTINGS))],
  ] as const)
    await change(cluster, path, NAME, (now) => asksForRest(now, rules));
  const arguments_ = ['doctor', '--kubeconfig', cluster.kubeconfig];
  const doctor = async (...args: string[]) => read(await guard([...arguments_, '--format=json', ...args]));

  await t.test('all is well', async (t) => {
    const { code, examined, stderr, summary } = await doctor();
    t.strictSame(
      examined.filter(({ state }) => state !== 'ok'),
      [],
    );
    t.strictSame(
      [...new Set(examined.map(({ check }) => check))],
      [
        'kubernetes',
        'clock',
        'registration',
        'scope',
        'ca-bundle',
        'certificate',
        'endpoints',
        'replicas',
        'disruption-budget',
        'readiness',
        'picture',
        'certificate-shown',
        'versions',
        'coverage',
        'leader',
        'probe-refused',
        'probe-admitted',
      ],
    );
    t.strictSame(
      { code, stderr, summary },
      { code: 0, stderr: '', summary: { wrong: 0, warning: 0, unknown: 0, ok: 23 } },
    );
    const text = await guard(arguments_);
    t.match(text.stdout, /^seldon-guard in namespace seldon-guard, webhooks seldon-guard, at https:/);
    t.match(text.stdout, /^ok {6}probe-refused: Namespace museum \(dry run\): the guard refused it/m);
    t.match(text.stdout, /\n0 wrong, 0 warning, 0 unknown, 23 ok\n$/);
    const { items } = (await cluster.ask('GET', '/api/v1/namespaces')) as Loose;
    t.notMatch(items, [{ metadata: { name: /museum|doctor/ } }], 'nothing is left behind');
  });

  await t.test('who may see nothing is told which rights it takes, and never that all is well', async (t) => {
    const { code, examined } = await doctor('--context=nobody');
    t.equal(code, 2);
    t.strictSame(stateOf(examined, 'kubernetes'), 'ok');
    const others = examined.filter(({ check }) => check !== 'kubernetes' && check !== 'clock');
    t.ok(others.every(({ state, remedy }) => state === 'unknown' && remedy));
    t.match(
      one(examined, 'endpoints').remedy,
      'the right to get services seldon-guard in namespace seldon-guard',
    );
    t.match(one(examined, 'probe-admitted').says, 'no right to create namespaces');
  });

  await t.test('who may see only the webhooks is told the rest as unknown', async (t) => {
    const rights = '/apis/rbac.authorization.k8s.io/v1';
    const metadata = { name: 'sees-webhooks' };
    const resources = ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'];
    await cluster.ask('POST', `${rights}/clusterroles`, {
      metadata,
      rules: [
        { apiGroups: ['admissionregistration.k8s.io'], resources, verbs: ['get'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      ],
    });
    await cluster.ask('POST', `${rights}/clusterrolebindings`, {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sees-webhooks' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
    });
    const { code, examined } = await doctor('--context=nobody');
    t.equal(code, 0);
    t.equal(stateOf(examined, 'registration'), 'ok');
    t.match(one(examined, 'certificate'), {
      state: 'unknown',
      says: /no right to get secrets seldon-guard-tls in/,
    });
    t.match(one(examined, 'picture'), { state: 'unknown', says: /no right to get pods\/proxy in/ });
    t.equal(stateOf(examined, 'readiness'), 'ok', 'by what the kubelet says of the pod');
    t.match(one(examined, 'probe-refused'), { state: 'unknown', says: /no right to create namespaces/ });
  });

  await t.test('webhooks that are not there, lead elsewhere, or ask about too much', async (t) => {
    const none = await doctor('--webhooks=other');
    t.equal(none.code, 1);
    t.match(one(none.examined, 'registration'), {
      state: 'wrong',
      says: /does not exist/,
      remedy: /helm upgrade/,
    });
    t.equal(stateOf(none.examined, 'probe-refused'), 'unknown');

    const stranger = await makeAuthority(Date.now(), 1.5 * DAY_MS);
    const rules = [
      { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['CREATE'] },
      {
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['nodes'],
        operations: ['CREATE'],
        scope: 'Cluster',
      },
    ];
    const { validating } = configurations('other', {
      rules,
      namespaceSelector: {},
      // Nobody is really kept from anything.
      matchConditions: [{ name: 'never', expression: 'false' }],
      matchPolicy: 'Exact',
      timeoutSeconds: 30,
    });
    validating.webhooks[0].clientConfig.caBundle = Buffer.from(stranger.cert).toString('base64');
    await cluster.ask('POST', PATHS.validating, validating);
    const { code, examined } = await doctor('--webhooks=other', '--namespace=elsewhere');
    await cluster.ask('DELETE', `${PATHS.validating}/other`);
    t.equal(code, 1);
    const all = (check: string) => examined.filter((each) => each.check === check);
    t.match(all('registration'), [
      { state: 'ok' },
      { state: 'warning', says: /nothing is patched/ },
      { state: 'wrong', says: /not to namespace elsewhere/, remedy: /--namespace seldon-guard/ },
    ]);
    t.match(all('scope'), [
      {
        state: 'wrong',
        says: /namespace kube-system and its failurePolicy is Fail/,
        remedy: /NotIn, values: \[kube-system\]/,
      },
      { state: 'wrong', says: /namespace seldon-guard and its failurePolicy is Fail/ },
      { state: 'wrong', says: /its rules hold "\*"/ },
      { state: 'warning', says: /asked about nodes, which are in no namespace/ },
      { state: 'warning', says: /timeoutSeconds is 30/ },
      { state: 'warning', says: /matchPolicy is Exact/ },
    ]);
    t.match(all('ca-bundle'), [{ state: 'warning', says: /1 authority \(days left: 1\)/ }]);
    t.match(all('certificate'), [
      { state: 'wrong', says: /signed by no authority in the caBundle of validate/ },
    ]);
    // It is refused by the other pair of webhooks, not by these.
    t.match(all('probe-refused'), [{ state: 'ok' }]);
  });

  await t.test('certificates that the API server does not accept, and nobody who renews them', async (t) => {
    const authority = await makeAuthority(Date.now(), DAY_MS);
    const host = `${NAME}.${NAME}.svc`;
    const ended = await issue(authority, [host], Date.now() - 2 * DAY_MS, DAY_MS);
    const named = await issue(authority, ['another.name'], Date.now(), DAY_MS);
    const put = (text: string) => ({ 'tls.crt': Buffer.from(text).toString('base64') });
    await cluster.ask('POST', PATHS.secrets, { metadata: { name: 'broken-tls' }, data: put(ended.cert) });
    await cluster.ask('POST', PATHS.leases, {
      metadata: { name: 'broken-tls-leader' },
      spec: { holderIdentity: 'gone_1', leaseDurationSeconds: 15, renewTime: '2020-01-01T00:00:00.000000Z' },
    });
    await withContainer(t, cluster, (container) => {
      container.args = ['serve', '--tls-secret', `${NAME}/broken-tls`];
    });
    const { code, examined } = await doctor();
    t.equal(code, 1);
    t.match(one(examined, 'certificate'), {
      state: 'wrong',
      says: /is not valid by the API server's clock: from /,
    });
    t.match(one(examined, 'leader'), {
      state: 'wrong',
      says: /gone renewed it last \d+ s ago/,
      remedy: /leases broken-tls-leader/,
    });
    t.match(one(examined, 'certificate-shown'), {
      state: 'warning',
      says: /and the one in the Secret does not/,
    });
    for (const [text, says] of [
      [named.cert, /is not for seldon-guard\.seldon-guard\.svc/],
      [
        (await issue(authority, [host], Date.now(), DAY_MS)).cert,
        /signed by no authority in the caBundle of/,
      ],
      ['nonsense', /holds no certificate in PEM/],
    ] as const) {
      await change(cluster, PATHS.secrets, 'broken-tls', (secret) => ({ ...secret, data: put(text) }));
      t.match(one((await doctor()).examined, 'certificate'), { state: 'wrong', says });
    }
    await cluster.ask('DELETE', `${PATHS.secrets}/broken-tls`);
    await cluster.ask('DELETE', `${PATHS.leases}/broken-tls-leader`);
    const gone = await doctor();
    t.match(one(gone.examined, 'certificate'), { state: 'wrong', says: /does not exist/ });
    t.match(one(gone.examined, 'leader'), { state: 'wrong', says: /it names no holder/ });
  });

  await t.test('settings that let pass what should be refused, or refuse what should pass', async (t) => {
    const policy = async (text: string, check: string, state: string): Promise<Examined> => {
      files.write('settings.yaml', `policies: { namespace-not-public: ${text} }`);
      for (const giveUp = Date.now() + 30_000; ; await wait(200)) {
        const found = one((await doctor()).examined, check);
        if (found.state === state || Date.now() > giveUp) return found;
      }
    };
    t.match(await policy('{ effect: warn }', 'probe-refused', 'warning'), {
      state: 'warning',
      says: /answered with a warning/,
      remedy: /set the effect of namespace-not-public to deny/,
    });
    t.match(await policy('{ effect: off }', 'probe-refused', 'wrong'), {
      state: 'wrong',
      says: /admitted without a word from the guard: .*matchConditions or the settings leave it out/,
    });
    t.match(await policy('{ params: { names: [seldon-guard-doctor] } }', 'probe-admitted', 'wrong'), {
      state: 'wrong',
      says: 'the guard refused it, although nothing is wrong with it.',
      remedy: /^Free the cluster first: seldon-guard off\. /,
    });
    t.equal((await policy('{}', 'probe-admitted', 'ok')).state, 'ok');
  });

  await t.test('replicas that are missing, and budgets', async (t) => {
    const replicas = (ready: number) =>
      change(
        cluster,
        PATHS.deployments,
        NAME,
        (deployment) => ({ ...deployment, status: { replicas: 2, readyReplicas: ready } }),
        '/status',
      );
    const budget = (spec: object) =>
      change(cluster, PATHS.budgets, NAME, (now) => ({ ...now, spec: { ...now.spec, ...spec } }));
    await replicas(1);
    await budget({ minAvailable: 2 });
    const { code, examined } = await doctor();
    t.equal(code, 0, 'warnings alone');
    t.match(one(examined, 'replicas'), {
      state: 'warning',
      says: '1 of 2 replicas are ready.',
      remedy: /describe pods/,
    });
    t.match(one(examined, 'disruption-budget'), {
      state: 'warning',
      says: /minAvailable 2 of 2 lets no pod go/,
    });
    await replicas(0);
    await cluster.ask('DELETE', `${PATHS.budgets}/${NAME}`);
    const worse = await doctor();
    t.equal(worse.code, 1);
    t.match(one(worse.examined, 'replicas'), { state: 'wrong', says: '0 of 2 replicas are ready.' });
    t.match(one(worse.examined, 'disruption-budget'), {
      state: 'warning',
      remedy: /podDisruptionBudget\.enabled/,
    });
    await replicas(2);
  });

  await t.test('a policy about what nobody asks about', async (t) => {
    const told = async (how: (rules: AdmissionRule[]) => readonly AdmissionRule[]): Promise<Examined> => {
      await change(cluster, PATHS.validating, NAME, (now) => {
        now.webhooks[1].rules = how(rest(CATALOGUE));
        return now;
      });
      return one((await doctor()).examined, 'coverage');
    };
    t.match(await told((rules) => rules.filter(({ resources }) => !resources.includes('servers'))), {
      state: 'warning',
      about: 'ValidatingWebhookConfiguration seldon-guard',
      says: /^it is not asked about .*\bServer \(CREATE and UPDATE\)/,
      remedy: /helm upgrade/,
    });
    t.match(await told((rules) => rules.map((rule) => ({ ...rule, operations: ['CREATE', 'UPDATE'] }))), {
      state: 'warning',
      says: /NetworkPolicy \(DELETE\)/,
    });
    const without = (resource: string) => (rules: AdmissionRule[]) =>
      rules.map((rule) => ({ ...rule, resources: rule.resources.filter((one) => one !== resource) }));
    t.match(
      await told((rules) => without('configmaps')(rules).filter(({ resources }) => resources.length > 0)),
      {
        state: 'ok',
        says: /but ConfigMaps, as the chart has it without clusterDNS\.guarded/,
      },
    );
    t.match(await told((rules) => rules), {
      state: 'ok',
      says: 'it is asked about all that policies are about.',
    });
  });

  await t.test('a replica that is not ready, stale, of another version, and in another time', async (t) => {
    const { port, close } = await sick();
    t.teardown(close);
    await withContainer(t, cluster, (container) => {
      container.ports[1].containerPort = port;
    });
    const { code, examined } = await doctor();
    t.equal(code, 1);
    t.match(one(examined, 'picture'), {
      state: 'wrong',
      says: /is 400\d s old, more than 300 s/,
      remedy: /Read its log/,
    });
    t.match(one(examined, 'versions'), {
      state: 'warning',
      says: /version 0\.0\.9, and this command is version/,
    });
    t.match(
      examined.filter(({ check }) => check === 'clock'),
      [
        { state: 'ok' },
        { state: 'warning', about: 'Pod seldon-guard/replica-1', says: /36\d\d s behind the API server's/ },
      ],
    );
    t.match(one(examined, 'readiness'), {
      state: 'warning',
      says: /it is not ready: The guard is about to end/,
    });
  });

  await t.test('a probe port that the API server does not reach is unknown, not wrong', async (t) => {
    await withContainer(t, cluster, (container) => {
      container.ports[1].containerPort = 1;
    });
    const { code, examined } = await doctor();
    t.equal(code, 0);
    t.match(one(examined, 'picture'), {
      state: 'unknown',
      says: /its port 1 cannot be asked through the API server's proxy to pods: .*refused/,
      remedy: /kubectl -n seldon-guard port-forward pod\/replica-1 1,/,
    });
    t.equal(stateOf(examined, 'readiness'), 'ok');
  });

  await t.test('nobody behind the Service', async (t) => {
    const path = `${PATHS.slices}/${NAME}`;
    await cluster.ask('PUT', path, slice(serving, false));
    // A connection that the API server has already may outlive its endpoint, so that the dry run tells nothing here.
    const nobody = await doctor();
    t.equal(nobody.code, 1);
    t.match(one(nobody.examined, 'endpoints'), {
      state: 'wrong',
      says: /no ready endpoint stands behind it, so that every write .* is refused \(failurePolicy Fail\)/,
      remedy: /^Free the cluster first: seldon-guard off\. Then see why no pod is ready/,
    });
    await cluster.ask('PUT', path, slice(serving));
    const service = (await cluster.ask('GET', `${PATHS.services}/${NAME}`)) as Loose;
    await cluster.ask('DELETE', `${PATHS.services}/${NAME}`);
    const { examined } = await doctor();
    t.match(one(examined, 'endpoints'), { state: 'wrong', says: /it does not exist, so that every write/ });
    const { metadata, spec } = service;
    spec.ports[0].port = 444;
    await cluster.ask('POST', PATHS.services, { metadata: { name: metadata.name }, spec });
    t.match(one((await doctor()).examined, 'endpoints'), {
      state: 'wrong',
      says: /no port 443/,
      remedy: /to one of 444/,
    });
  });

  await t.test('an API server that cannot be asked', async (t) => {
    const text = JSON.stringify({
      clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
      contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
      users: [{ name: 'x', user: { token: 'x' } }],
      'current-context': 'x',
    });
    const ended = await guard(['doctor', '--kubeconfig', files.write('nobody.json', text)]);
    t.match(ended, {
      code: 2,
      stdout: '',
      stderr: /cannot reach the API server at .*: the connection is refused/,
    });
  });

  await t.test("a clock that differs from the API server's", async (t) => {
    const later = `data:text/javascript,const now = Date.now; Date.now = () => now() + ${HOUR_MS}`;
    const ended = await run(process.execPath, ['--import', later, MAIN, ...arguments_, '--format=json']);
    const clocks = read(ended).examined.filter(({ check }) => check === 'clock');
    t.match(clocks, [
      { state: 'warning', about: 'API server', says: /3[56]\d\d s behind this machine's/, remedy: /NTP/ },
    ]);
    t.equal(clocks.length, 1, "the replica's is held against the API server's, not against this one");
  });
});

void t.test('the oldest Kubernetes', (t) => {
  const of = (gitVersion: string) =>
    versionFloor({ greeting: { ok: true, status: 200, headers: {}, text: JSON.stringify({ gitVersion }) } });
  t.match(of('v1.29.14'), [{ state: 'wrong', says: /v1\.29\.14/, remedy: /1\.30 or newer/ }]);
  t.match(of('v1.30.0-gke.1'), [{ state: 'ok' }]);
  t.match(of('strange'), [{ state: 'unknown' }]);
  t.end();
});

/** The configuration with a second webhook, for all that its first one is not asked about. */
function asksForRest(now: Loose, rules: readonly AdmissionRule[]): Loose {
  const [first] = now.webhooks;
  const second = { ...first, name: `rest.${first.name}`, failurePolicy: 'Ignore', rules };
  return { ...now, webhooks: [first, second] };
}

function read({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }) {
  if (stdout === '') throw new Error(`nothing was printed: ${stderr}`);
  const { examined, summary } = JSON.parse(stdout) as { examined: Examined[]; summary: object };
  return { code, stderr, examined, summary };
}

function one(examined: readonly Examined[], check: string): Examined {
  const found = examined.find((each) => each.check === check);
  if (found === undefined) throw new Error(`there is no ${check}`);
  return found;
}

function stateOf(examined: readonly Examined[], check: string): string {
  return one(examined, check).state;
}

/** Changes the container of the guard's Deployment for a test, and puts it back. */
async function withContainer(
  t: Test,
  cluster: TestApiServer,
  how: (container: Loose) => void,
): Promise<void> {
  const { spec } = (await cluster.ask('GET', `${PATHS.deployments}/${NAME}`)) as Loose;
  t.teardown(() => change(cluster, PATHS.deployments, NAME, (now) => ({ ...now, spec })));
  await change(cluster, PATHS.deployments, NAME, (now) => {
    how(now.spec.template.spec.containers[0]);
    return now;
  });
}

/** The probes of a guard that is about to end, has not heard of its cluster for long, and is an hour behind. */
async function sick(): Promise<{ port: number; close: () => Promise<unknown> }> {
  const rules = chosen(undefined);
  const world = { ...givenWorld(() => Picture.of([])), asOf: () => Date.now() - 4_000_000 };
  const ill = assemble({ rules: () => rules, world, record: () => undefined });
  const traffic = new Traffic();
  traffic.draining = true;
  const metrics = buildMetrics(ill, { version: '0.0.9', catalogue: () => 'x' });
  const probes = buildProbes({ guard: ill, metrics, traffic });
  probes.addHook('onSend', async (_request, reply) => {
    reply.header('date', new Date(Date.now() - HOUR_MS).toUTCString());
  });
  const url = await probes.listen({ host: ADDRESS ?? '', port: 0 });
  return { port: Number(new URL(url).port), close: () => probes.close() };
}
