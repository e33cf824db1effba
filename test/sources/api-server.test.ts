import t from 'tap';
import { Picture } from '../../src/model/cluster.ts';
import { nameOf } from '../../src/model/manifest.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { listCluster } from '../../src/sources/list-cluster.ts';
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

  const only = { ConfigMap: [{ namespace: 'guarded', name: 'made' }] };
  const kinds = ['Namespace', 'NetworkPolicy', 'Deployment', 'Server', 'ConfigMap'] as const;
  const listing = await listCluster(await as('admin'), kinds, only);
  t.same(listing.problems, []);
  t.same(listing.seen, ['Namespace', 'NetworkPolicy', 'Deployment', 'ConfigMap'], 'no Seldon here');
  const picture = Picture.of(listing.manifests, listing);
  t.match(picture.get('Namespace', '', 'guarded')?.object, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { uid: /./ },
  });
  t.same(picture.list('NetworkPolicy').map(nameOf), ['NetworkPolicy guarded/made']);
  t.notOk(
    Object.hasOwn(
      picture.get('NetworkPolicy', 'guarded', 'made')?.object['metadata'] as object,
      'managedFields',
    ),
  );
  t.same(picture.list('ConfigMap').map(nameOf), ['ConfigMap guarded/made']);

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
  const named = await listCluster(await as('nobody'), ['ConfigMap'], only);
  t.same([named.problems, named.seen], [[], ['ConfigMap']], 'the right to list one name is enough');
});
