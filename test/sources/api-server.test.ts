import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { nameOf } from '../../src/model/manifest.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { listCluster } from '../../src/sources/list-cluster.ts';
import { listKind } from '../../src/sources/list-kind.ts';
import { noApiServer, startApiServer } from '../api-server.ts';

t.setTimeout(150_000);

void t.test('lists a real API server', { skip: noApiServer }, async (t) => {
  const server = await startApiServer();
  t.teardown(() => server.stop());
  const as = async (context: string) => {
    const connection = await connect({ kubeconfig: server.kubeconfig, context });
    if ('problem' in connection) throw new Error(connection.problem);
    t.teardown(() => connection.api.close());
    return connection.api;
  };
  const inNamespace = { apiVersion: 'v1', metadata: { name: 'made', namespace: 'guarded' } };
  await server.ask('POST', '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'guarded' },
  });
  for (const name of ['made', 'other'])
    await server.ask('POST', '/api/v1/namespaces/guarded/configmaps', {
      ...inNamespace,
      kind: 'ConfigMap',
      metadata: { name },
    });
  await server.ask('POST', '/apis/networking.k8s.io/v1/namespaces/guarded/networkpolicies', {
    ...inNamespace,
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    spec: { podSelector: {} },
  });

  const admin = await as('admin');
  t.match(
    await admin.raw('/readyz'),
    { ok: true, status: 200, text: 'ok', headers: { date: String } },
    'no JSON',
  );
  t.match(await admin.raw('/api/v1/namespaces/none'), { ok: true, status: 404, text: /"reason":"NotFound"/ });
  const sent = { method: 'POST', body: { metadata: { name: 'tried' } } } as const;
  t.match(await admin.raw('/api/v1/namespaces?dryRun=All', sent), { ok: true, status: 201 });
  t.match(await admin.raw('/readyz', undefined, AbortSignal.abort()), {
    ok: false,
    status: 0,
    trouble: String,
  });

  const kinds = ['Namespace', 'NetworkPolicy', 'Deployment', 'Server', 'ConfigMap'] as const;
  const listing = await listCluster(await as('admin'), kinds);
  t.same(listing.problems, []);
  t.same(listing.seen, ['Namespace', 'NetworkPolicy', 'Deployment'], 'no Seldon here, and no ConfigMaps');
  const picture = Picture.of(listing.manifests, listing);
  t.match(picture.get('Namespace', '', 'guarded')?.object, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'guarded', labels: { 'kubernetes.io/metadata.name': 'guarded' } },
  });
  t.same(picture.list('NetworkPolicy').map(nameOf), ['NetworkPolicy guarded/made']);
  t.notOk(
    Object.hasOwn(
      picture.get('NetworkPolicy', 'guarded', 'made')?.object['metadata'] as object,
      'managedFields',
    ),
  );

  const refused = await listCluster(await as('nobody'), ['Namespace', 'Deployment']);
  t.same(refused.seen, []);
  t.same(refused.problems, [
    'The guard may not list Namespace: grant list on namespaces.',
    'The guard may not list Deployment: grant list on deployments.apps.',
  ]);

  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: 'one' } };
  const base = '/apis/rbac.authorization.k8s.io/v1/namespaces/guarded';
  await server.ask('POST', `${base}/roles`, {
    ...role,
    kind: 'Role',
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['made'], verbs: ['list'] }],
  });
  await server.ask('POST', `${base}/rolebindings`, {
    ...role,
    kind: 'RoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'one' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
  });
  const nobody = await as('nobody');
  const named = async (namespace: string | undefined, name: string): Promise<unknown> => {
    const listing = await listKind(nobody, 'ConfigMap', { ...(namespace && { namespace }), name });
    return listing.ok ? listing.manifests.map(nameOf) : listing.status;
  };
  t.same(await named('guarded', 'made'), ['ConfigMap guarded/made'], 'the right to list one name is enough');
  t.same([await named('guarded', 'other'), await named(undefined, 'made')], [403, 403], 'for that one');

  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await server.ask('POST', `${rbac}/clusterroles`, {
    ...role,
    kind: 'ClusterRole',
    rules: [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['other'], verbs: ['list'] }],
  });
  await server.ask('POST', `${rbac}/clusterrolebindings`, {
    ...role,
    kind: 'ClusterRoleBinding',
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'one' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
  });
  t.same(await named(undefined, 'other'), ['ConfigMap guarded/other'], 'or of one name in any namespace');
});
