import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { objectAt, stringAt } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { kubeconfigText, startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { kubectl, noCluster } from '../cluster/kubectl.ts';
import { guard, temporaryFolder } from '../commands/guard-process.ts';
import { RELEASE, noHelm, render } from './helm.ts';
import { until } from '../until.ts';

// Nobody answers the chart's webhooks here, and Fail was chosen: what is refused is what would be asked about, and what
// goes through never leaves the API server.

t.setTimeout(180_000);

const { name, namespace } = RELEASE;
const REFUSED = /failed calling webhook \\"validate.seldon-guard.io\\"/;

const container = { name: 'any', image: 'registry.example.com/any:1' };
const template = { metadata: { labels: { app: 'any' } }, spec: { containers: [container] } };
const selector = { matchLabels: { app: 'any' } };

/** One object of each kind, by its place, and what else its spec could be. */
const OBJECTS: Readonly<Record<string, readonly [spec: JsonObject, otherwise: JsonObject]>> = {
  '/api/v1/namespaces/ml/services': [{ ports: [{ port: 1 }] }, { ports: [{ port: 2 }] }],
  '/apis/apps/v1/namespaces/ml/deployments': [
    { selector, template },
    { selector, template, replicas: 3 },
  ],
  '/apis/networking.k8s.io/v1/namespaces/ml/networkpolicies': [
    { podSelector: {} },
    { podSelector: {}, policyTypes: ['Egress'] },
  ],
  '/apis/mlops.seldon.io/v1alpha1/namespaces/ml/servers': [{}, { replicas: 2 }],
};
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/ml/networkpolicies';
const closed = (of: string): JsonObject => ({ metadata: { name: of }, spec: { podSelector: {} } });

/** A kind that takes anything, as far as this test goes. */
const anyKind = (group: string, version: string, kind: string, scope: string): JsonObject => {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  };
};
const SERVERS = anyKind('mlops.seldon.io', 'v1alpha1', 'Server', 'Namespaced');
const INSTALLATIONS = anyKind('operator.tigera.io', 'v1', 'Installation', 'Cluster');

/** A Server without anything but its name, which has no spec to change into another one. */
const BARE: readonly [string, readonly [JsonObject, JsonObject]] = [
  '/apis/mlops.seldon.io/v1alpha1/namespaces/ml/servers/bare',
  [{}, { replicas: 2 }],
];

void t.test('what leaves the API server', { skip: noHelm || noCluster }, async (t) => {
  const server = await startApiServer();
  t.teardown(() => server.stop());
  for (const one of ['ml', namespace, 'calico-system'])
    await server.ask('POST', '/api/v1/namespaces', { metadata: { name: one } });
  for (const crd of [SERVERS, INSTALLATIONS])
    await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd);
  for (const [path, [spec]] of Object.entries(OBJECTS))
    await made(server, path, { metadata: { name: 'any' }, spec });
  // As bare as can be: neither spec nor labels nor annotations.
  await server.ask(
    'POST',
    '/apis/mlops.seldon.io/v1alpha1/namespaces/ml/servers',
    kindOf({ metadata: { name: 'bare' } }),
  );

  const objects = await render({ validation: { failurePolicy: 'Fail' }, clusterDNS: { guarded: true } });
  for (const object of objects) {
    const kind = stringAt(object, 'kind') ?? '';
    if (/^(?:Validating|Mutating)Webhook/.test(kind))
      await server.ask('POST', `/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}s`, object);
  }
  const isInForce = (): Promise<boolean> =>
    server.ask('POST', `${POLICIES}?dryRun=All`, closed('probe')).then(
      () => false,
      (error: unknown) => REFUSED.test(String(error)),
    );
  await until(t, 'the webhooks are in force', isInForce);

  await t.test('of updates, those that change what is judged', async (t) => {
    for (const [path, [, otherwise]] of [...Object.entries(OBJECTS), BARE])
      for (const [what, refused, change] of changes(otherwise)) {
        const isBare = path.endsWith('/bare');
        const place = isBare ? path : `${path}/any`;
        const now = objectAt(await server.ask('GET', place));
        const asked = server.ask('PUT', `${place}?dryRun=All`, change(now));
        if (refused) await t.rejects(asked, { message: REFUSED }, `${place}: ${what}`);
        else await t.resolves(asked, `${place}: ${what}`);
      }
  });

  await t.test('nothing of the namespaces that are left out', async (t) => {
    for (const one of ['kube-system', 'calico-system', namespace])
      await t.resolves(server.ask('POST', POLICIES.replace('/ml/', `/${one}/`), closed('free')), one);
    const lease = { metadata: { name: 'node-1' } };
    await t.resolves(
      server.ask('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', lease),
      "a node's lease",
    );
    for (const one of ['kube-system', namespace]) {
      const path = `/api/v1/namespaces/${one}`;
      const now = objectAt(await server.ask('GET', path));
      await t.resolves(server.ask('PUT', path, labelled(now)), `Namespace ${one}`);
    }
    await t.rejects(server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'new' } }), {
      message: REFUSED,
    });
  });

  await t.test('no object that pods need before they can start', async (t) => {
    const installation = {
      apiVersion: 'operator.tigera.io/v1',
      kind: 'Installation',
      metadata: { name: 'default' },
    };
    await t.resolves(server.ask('POST', '/apis/operator.tigera.io/v1/installations', installation));
  });

  await t.test('nothing that the guard itself writes', async (t) => {
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await server.ask('POST', accounts, { metadata: { name } });
    await server.ask('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'anything' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
    const asked = await server.ask('POST', `${accounts}/${name}/token`, { spec: {} });
    const users = { guard: stringAt(asked, 'status', 'token') ?? '' };
    const kubeconfig = temporaryFolder(t).write('kubeconfig', kubeconfigText({ ...server, users }));
    const { kind, apiVersion } = { kind: 'NetworkPolicy', apiVersion: 'networking.k8s.io/v1' };
    const own = { ...closed('own'), kind, apiVersion };
    const created = await kubectl({ ...server, kubeconfig }, ['create', '-n', 'ml', '-f', '-'], own);
    t.equal(created.code, 0, created.stderr);
  });

  await t.test('nothing at all while the guard is off', async (t) => {
    const args = ['--kubeconfig', server.kubeconfig, '--webhooks', name];
    t.equal((await guard(['off', ...args])).code, 0);
    await until(t, 'everything goes through', async () => !(await isInForce()));
    t.equal((await guard(['on', ...args])).code, 0);
    await until(t, 'and is asked about again', isInForce);
  });
});

type Change = (now: JsonObject) => JsonObject;

/** What an update may change, and whether the guard is asked about it. */
function changes(otherwise: JsonObject): (readonly [what: string, refused: boolean, change: Change])[] {
  const metadata =
    (more: JsonObject): Change =>
    (now) => ({ ...now, metadata: { ...objectAt(now, 'metadata'), ...more } });
  return [
    ['nothing', false, (now) => now],
    ['finalizers', false, metadata({ finalizers: ['example.org/hold'] })],
    ['labels', true, labelled],
    ['annotations', true, metadata({ annotations: { 'example.org/note': 'yes' } })],
    ['spec', true, (now) => ({ ...now, spec: { ...objectAt(now, 'spec'), ...otherwise } })],
  ];
}

function labelled(now: JsonObject): JsonObject {
  const labels = { ...objectAt(now, 'metadata', 'labels'), 'example.org/new': 'yes' };
  return { ...now, metadata: { ...objectAt(now, 'metadata'), labels } };
}

/** The kinds of other groups are served a moment after they were installed. */
async function made(server: TestApiServer, path: string, object: JsonObject): Promise<void> {
  const whole = path.includes('mlops.seldon.io') ? kindOf(object) : object;
  for (const giveUp = Date.now() + 30_000; ; await wait(100))
    try {
      return void (await server.ask('POST', path, whole));
    } catch (error) {
      if (!String(error).includes(': 404 ') || Date.now() > giveUp) throw error;
    }
}

function kindOf(object: JsonObject): JsonObject {
  return { apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'Server', ...object };
}
