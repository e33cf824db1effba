import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { at, listAt, objectAt, stringAt, stringsAt } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { kubeconfigText, startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { installSeldon, noCluster, noSeldon } from '../cluster/kubectl.ts';
import { MAIN, collect, killedWithUs, temporaryFolder } from '../commands/guard-process.ts';
import type { Folder } from '../commands/guard-process.ts';
import { OWN_POLICY } from './combinations.ts';
import { CHART, RELEASE, helm, noHelm } from './helm.ts';
import { until } from '../until.ts';

// Installed by helm on a real API server: the guard runs with the rights of its ServiceAccount and uses each of them and no
// other, an upgrade leaves alone what it wrote, and an uninstall takes everything along.

t.setTimeout(300_000);

const { name, namespace } = RELEASE;
const USER = `system:serviceaccount:${namespace}:${name}`;
const SECRET = `/api/v1/namespaces/${namespace}/secrets/${name}-tls`;
const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${name}-tls-leader`;
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

/** Who did what on which resource is all that is written down. */
const AUDIT = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', nonResourceURLs: ['/*'] }, { level: 'Metadata' }],
};

void t.test('from install to uninstall', { skip: noHelm || noCluster || noSeldon }, async (t) => {
  const folder = temporaryFolder(t);
  const audit = folder.path('audit.log');
  const policy = folder.write('audit.yaml', JSON.stringify(AUDIT));
  const server = await startApiServer([`--audit-policy-file=${policy}`, `--audit-log-path=${audit}`]);
  t.teardown(() => server.stop());
  await installSeldon(server);
  const before = await everything(server);
  const values = [
    '--values',
    folder.write('values.json', JSON.stringify({ policies: { 'small-replicas': OWN_POLICY } })),
  ];
  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await helm([...args, '-n', namespace], {
      KUBECONFIG: server.kubeconfig,
    });
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  await run('install', name, CHART, '--create-namespace', ...values);

  // The API server learns of rights in its own time, sooner than any pod could start.
  const granted = await rightsOf(server);
  await until(t, 'its rights are known', async () =>
    (await Promise.all(granted.map((right) => isGranted(server, right)))).every(Boolean),
  );
  const stop = await serveAsInstalled(t, server, folder);
  const bundle = async (): Promise<string | undefined> =>
    stringAt(await server.ask('GET', `${WEBHOOKS}/${name}`), 'webhooks', 0, 'clientConfig', 'caBundle');
  const certificate = async (): Promise<string | undefined> =>
    stringAt(await server.ask('GET', SECRET), 'data', 'ca.crt');
  await until(t, 'the API server trusts the guard', async () => (await bundle()) !== undefined);
  t.equal(await bundle(), await certificate());
  await until(
    t,
    'a replica leads',
    async () => stringAt(await server.ask('GET', LEASE), 'spec', 'holderIdentity') !== undefined,
  );

  await t.test('its rights are used, each of them, and no other is asked for', async (t) => {
    await until(t, 'every right is used', () =>
      granted.every((right) => usedBy(USER, audit).allowed.has(right)),
    );
    const { allowed, refused } = usedBy(USER, audit);
    t.strictSame([...allowed].toSorted(), granted.toSorted());
    t.strictSame([...refused], []);
  });

  await t.test('an upgrade leaves the keyring, the lease and the caBundle as they are', async (t) => {
    const [ca, kept] = [await bundle(), await server.ask('GET', SECRET)];
    await run('upgrade', name, CHART, ...values, '--set', 'validation.failurePolicy=Fail');
    const now = await server.ask('GET', `${WEBHOOKS}/${name}`);
    t.equal(stringAt(now, 'webhooks', 0, 'failurePolicy'), 'Fail');
    t.equal(stringAt(now, 'webhooks', 0, 'clientConfig', 'caBundle'), ca);
    t.strictSame(at(await server.ask('GET', SECRET), 'data'), at(kept, 'data'));
    t.ok(stringAt(await server.ask('GET', LEASE), 'spec', 'holderIdentity'));
    await run('rollback', name, '1');
    const again = await server.ask('GET', `${WEBHOOKS}/${name}`);
    t.equal(stringAt(again, 'webhooks', 0, 'failurePolicy'), 'Ignore', 'nor does a rollback');
    t.equal(stringAt(again, 'webhooks', 0, 'clientConfig', 'caBundle'), ca);
    t.strictSame(at(await server.ask('GET', SECRET), 'data'), at(kept, 'data'));
  });

  await stop();
  await run('uninstall', name);
  t.strictSame(
    (await everything(server)).filter((one) => !before.includes(one)),
    [`/api/v1/namespaces/${namespace}`],
    'nothing is left but the namespace, which helm made and not the chart',
  );
});

/** The guard with the arguments of its Deployment and the rights of its ServiceAccount; returns what ends it. */
async function serveAsInstalled(
  t: Test,
  server: TestApiServer,
  folder: Folder,
): Promise<() => Promise<void>> {
  const deployment = await server.ask('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
  const pod = objectAt(deployment, 'spec', 'template', 'spec');
  const account = stringAt(pod, 'serviceAccountName') ?? '';
  const token = stringAt(
    await server.ask('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      spec: {},
    }),
    'status',
    'token',
  );
  const config = kubeconfigText({ url: server.url, ca: server.ca, users: { guard: token ?? 'none' } });
  const settings = await server.ask('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}-settings`);
  const policies = stringsAt(
    await server.ask('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}-policies`),
    'data',
  );
  for (const { key, path } of mounted(pod, 'policies')) {
    mkdirSync(folder.path(dirname(path)));
    writeFileSync(folder.path(path), policies[key] ?? '');
  }
  const given = listAt(pod, 'containers', 0, 'args').map(String);
  // What a pod has and this machine has not.
  const here: Readonly<Record<string, string>> = {
    '--in-cluster': `--kubeconfig=${folder.write('kubeconfig', config)}`,
    '--port': '--port=0',
    '--probe-port': '--probe-port=0',
    '--host': '--host=127.0.0.1',
    '--drain': '--drain=0',
    '--policies': `--policies=${dirname(dirname(folder.path(mounted(pod, 'policies')[0]?.path ?? '')))}`,
    '--settings': `--settings=${folder.write('settings.yaml', stringAt(settings, 'data', 'settings.yaml') ?? '')}`,
  };
  const args = given.map((arg) => here[arg.replace(/=.*/, '')] ?? arg);
  const child = spawn(process.execPath, [MAIN, ...args]);
  const kill = killedWithUs(child);
  const printed = collect(child);
  t.teardown(() => void child.kill('SIGKILL'));
  await until(
    t,
    'the guard listens',
    () => printed.stdout().includes('listening on') || child.exitCode !== null,
  );
  t.equal(child.exitCode, null, printed.stderr());
  return async () => {
    child.kill('SIGTERM');
    await printed.ended;
    process.off('exit', kill);
    t.equal(child.exitCode, 0, printed.stderr());
  };
}

/** Which keys a pod mounts of a ConfigMap, and where. */
function mounted(pod: JsonObject, volume: string): { key: string; path: string }[] {
  const found = listAt(pod, 'volumes').find((one) => stringAt(one, 'name') === volume);
  return listAt(found, 'configMap', 'items').map((item) => ({
    key: stringAt(item, 'key') ?? '',
    path: stringAt(item, 'path') ?? '',
  }));
}

/** A right as this test writes it: `verb group/resource`, and `of name`, `in namespace` where it is for these alone. */
function rightTo(verb: string, group: string, resource: string, name?: string, of?: string): string {
  return [verb, `${group}/${resource}`, name && `of ${name}`, of && `in ${of}`].filter(Boolean).join(' ');
}

/** What the chart's roles grant. */
async function rightsOf(server: TestApiServer): Promise<string[]> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const roles = await Promise.all(
    [
      `${rbac}/clusterroles/${name}`,
      `${rbac}/namespaces/kube-system/roles/${name}-config`,
      `${rbac}/namespaces/${namespace}/roles/${name}-keyring`,
    ].map((path) => server.ask('GET', path)),
  );
  const each = (value: Json, key: string): string[] => listAt(value, key).map(String);
  return roles.flatMap((role) =>
    listAt(role, 'rules').flatMap((rule) =>
      each(rule, 'verbs').flatMap((verb) =>
        each(rule, 'resources').flatMap((resource) => {
          const names = at(rule, 'resourceNames') === undefined ? [undefined] : each(rule, 'resourceNames');
          const where = stringAt(role, 'metadata', 'namespace');
          return names.map((of) => rightTo(verb, each(rule, 'apiGroups')[0] ?? '', resource, of, where));
        }),
      ),
    ),
  );
}

/** Whether the API server would grant it by now (authorization.k8s.io/v1 SubjectAccessReview). */
async function isGranted(server: TestApiServer, right: string): Promise<boolean> {
  const [, verb, group, resource, of, where] =
    /^(\S+) ([^/]*)\/(\S+)(?: of (\S+))?(?: in (\S+))?$/.exec(right) ?? [];
  const attributes = { verb, group, resource, name: of, namespace: where };
  const asked = await server.ask('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    spec: { user: USER, resourceAttributes: attributes },
  });
  return at(asked, 'status', 'allowed') === true;
}

/** What a user was allowed and refused, by the API server's audit log, in the same words. */
function usedBy(user: string, audit: string): { allowed: Set<string>; refused: Set<string> } {
  const [allowed, refused] = [new Set<string>(), new Set<string>()];
  for (const line of readFileSync(audit, 'utf8').split('\n').slice(0, -1)) {
    const event = JSON.parse(line) as Json;
    if (stringAt(event, 'user', 'username') !== user) continue;
    const about = objectAt(event, 'objectRef');
    const word = (key: string): string => stringAt(about, key) ?? '';
    const right = rightTo(
      stringAt(event, 'verb') ?? '',
      word('apiGroup'),
      word('resource'),
      word('name'),
      word('namespace'),
    );
    (at(event, 'annotations', 'authorization.k8s.io/decision') === 'allow' ? allowed : refused).add(right);
    // A kind that is not installed here is asked for, and watched once it is.
    if (at(event, 'responseStatus', 'code') === 404) allowed.add(right.replace(/^list /, 'watch '));
  }
  return { allowed, refused };
}

/** The paths of all objects of all kinds that the chart may make. */
async function everything(server: TestApiServer): Promise<string[]> {
  const lists = [
    '/api/v1/namespaces',
    ...['secrets', 'configmaps', 'services', 'serviceaccounts', 'pods'].map((plural) => `/api/v1/${plural}`),
    '/apis/apps/v1/deployments',
    '/apis/policy/v1/poddisruptionbudgets',
    '/apis/networking.k8s.io/v1/networkpolicies',
    '/apis/coordination.k8s.io/v1/leases',
    ...['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map(
      (plural) => `/apis/rbac.authorization.k8s.io/v1/${plural}`,
    ),
    WEBHOOKS,
    WEBHOOKS.replace('validating', 'mutating'),
  ];
  const found = await Promise.all(
    lists.map(async (list) =>
      listAt(await server.ask('GET', list), 'items').map(
        (one) =>
          `${list}/${[stringAt(one, 'metadata', 'namespace'), stringAt(one, 'metadata', 'name')].filter(Boolean).join('/')}`,
      ),
    ),
  );
  // The API server makes some of its own in its own time.
  return found.flat().filter((path) => path.includes(name) || path.includes(namespace));
}
