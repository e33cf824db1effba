import t from 'tap';
import { nameOf } from '../../src/model/manifest.ts';
import type { ApiServer } from '../../src/sources/api-server.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { listCluster } from '../../src/sources/list-cluster.ts';
import { listKind } from '../../src/sources/list-kind.ts';
import { startListServer, status } from './list-server.ts';
import type { ListServer } from './list-server.ts';

type Tap = Pick<typeof t, 'teardown'>;

const PODS = '/api/v1/pods';
const pods = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ metadata: { name: `p${i}`, namespace: 'a', uid: String(i) } }));

async function serving(
  t: Tap,
  ...args: Parameters<typeof startListServer>
): Promise<{ server: ListServer; api: ApiServer }> {
  const server = await startListServer(...args);
  const connection = await connect({ kubeconfig: server.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  t.teardown(async () => {
    await connection.api.close();
    await server.stop();
  });
  return { server, api: connection.api };
}

void t.test('lists page by page over a shared connection, with a token', async (t) => {
  const { server, api } = await serving(t, { [PODS]: pods(1201) });
  const before = Date.now();
  const listing = await listCluster(api, ['Pod']);
  t.equal(listing.manifests.length, 1201);
  t.equal(new Set(listing.manifests.map(nameOf)).size, 1201);
  t.same([listing.seen, listing.problems], [['Pod'], []]);
  t.ok(listing.takenAt >= before && listing.takenAt <= Date.now());
  t.same(server.asked, [
    `${PODS}?limit=500`,
    `${PODS}?limit=500&continue=500`,
    `${PODS}?limit=500&continue=1000`,
  ]);
  t.same(new Set(server.tokens), new Set(['Bearer secret-token']));
  for (let i = 0; i < 20; i += 1) await listCluster(api, ['Pod']);
  t.ok(server.connections <= 2, `${server.connections} connections for 23 requests`);
});

void t.test('items get their kind and lose what only the server reads', async (t) => {
  const item = {
    metadata: {
      name: 'isolation',
      namespace: 'a',
      managedFields: [{ manager: 'kubectl' }],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}', owner: 'me' },
    },
    spec: { podSelector: {}, aFieldOfTheFuture: { kept: true } },
  };
  const { api } = await serving(t, {
    '/apis/networking.k8s.io/v1/networkpolicies': [item],
    '/api/v1/services': [item],
  });
  const { manifests } = await listCluster(api, ['NetworkPolicy', 'Service']);
  const { managedFields: _dropped, ...metadata } = item.metadata;
  t.same(manifests[0]?.object, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    // What kubectl wrote last tells what was pruned from a policy, and is a second copy of anything else.
    metadata,
    spec: item.spec,
  });
  t.same(manifests[1]?.object['metadata'], {
    name: 'isolation',
    namespace: 'a',
    annotations: { owner: 'me' },
  });
  t.match(manifests[0], {
    known: 'NetworkPolicy',
    namespace: 'a',
    name: 'isolation',
    origin: { from: 'cluster' },
  });
});

void t.test('an API that is not installed is not seen, and no problem', async (t) => {
  const { api } = await serving(t, { [PODS]: [], '/api/v1/namespaces': [{ metadata: { name: 'a' } }] });
  const listing = await listCluster(api, ['Server', 'Pod', 'Namespace']);
  t.same(listing.seen, ['Pod', 'Namespace'], 'a kind without objects is seen all the same');
  t.same(listing.problems, []);
  t.same(listing.manifests.map(nameOf), ['Namespace a']);
});

void t.test('what may not be listed is said, and the rest is listed', async (t) => {
  const { api } = await serving(t, { [PODS]: pods(1) }, (url) =>
    url.pathname === PODS ? undefined : status(403, 'Forbidden', 'User "x" cannot list ...'),
  );
  const listing = await listCluster(api, ['NetworkPolicy', 'Pod', 'Service']);
  t.same(listing.seen, ['Pod']);
  t.same(listing.problems, [
    'The guard may not list NetworkPolicy: grant list on networkpolicies.networking.k8s.io.',
    'The guard may not list Service: grant list on services.',
  ]);
  t.equal(listing.manifests.length, 1);
});

void t.test('a list that expired between pages begins again, once and whole', async (t) => {
  const expired = status(410, 'Expired', 'The provided continue parameter is too old');
  const { server, api } = await serving(t, { [PODS]: pods(700) }, (url) =>
    url.searchParams.has('continue') ? expired : undefined,
  );
  const listing = await listCluster(api, ['Pod']);
  t.equal(listing.manifests.length, 700, 'nothing twice');
  t.same(server.asked, [`${PODS}?limit=500`, `${PODS}?limit=500&continue=500`, PODS]);
  const always = await serving(t, {}, () => expired);
  t.same((await listCluster(always.api, ['Pod'])).problems, [
    `Cannot list Pod: the API server at ${always.server.url} answered 410: The provided continue parameter is too old.`,
  ]);
  t.equal(always.server.asked.length, 2, 'once');
});

void t.test('a busy server is asked again when it says so', async (t) => {
  const { server, api } = await serving(t, { [PODS]: pods(1) }, (_url, times) =>
    times < 2 ? { ...status(429, 'TooManyRequests'), headers: { 'retry-after': '0' } } : undefined,
  );
  t.same((await listCluster(api, ['Pod'])).seen, ['Pod']);
  t.equal(server.asked.length, 3);
  const late = { ...status(429, 'TooManyRequests'), headers: { 'retry-after': '3600' } };
  const { api: hopeless } = await serving(t, {}, () => late);
  t.match((await listCluster(hopeless, ['Pod'])).problems, [
    /^Cannot list Pod: .* answered 429: TooManyRequests\.$/,
  ]);
});

void t.test('ConfigMaps are asked for by name, or not at all', async (t) => {
  const maps = [
    { metadata: { name: 'wanted', namespace: 'a' } },
    { metadata: { name: 'other', namespace: 'a' } },
  ];
  const [one, any] = ['/api/v1/namespaces/a/configmaps', '/api/v1/configmaps'];
  const { server, api } = await serving(t, { [one]: maps, [any]: maps });
  t.match(await listCluster(api, ['ConfigMap']), { manifests: [], seen: [], problems: [] });
  t.same(server.asked, []);
  for (const only of [{ namespace: 'a', name: 'wanted' }, { name: 'wanted' }]) {
    const listing = await listKind(api, 'ConfigMap', only);
    t.same(listing.ok && listing.manifests.map(nameOf), ['ConfigMap a/wanted']);
  }
  const query = 'fieldSelector=metadata.name%3Dwanted&limit=500';
  t.same(server.asked, [`${one}?${query}`, `${any}?${query}`]);
});

void t.test('credentials that are not accepted, and servers of another kind, are one sentence', async (t) => {
  const refused = await serving(t, {}, () => status(401, 'Unauthorized'));
  t.same((await listCluster(refused.api, ['Pod', 'Service', 'Deployment'])).problems, [
    `The API server at ${refused.server.url} does not accept the credentials (401).`,
  ]);
  const web = await serving(t, {}, () => ({ status: 200, body: '<html>' }));
  t.same((await listCluster(web.api, ['Pod'])).problems, [
    `Cannot list Pod: what answers at ${web.server.url} is not a Kubernetes API server.`,
  ]);
  const empty = await serving(t, {});
  t.match((await listCluster(empty.api, ['Pod', 'Server'])).problems, [
    /404 page not found; is it a Kubernetes API server\?$/,
  ]);
});

void t.test('a server that is gone is one sentence, and one that comes back is found', async (t) => {
  const { server, api } = await serving(t, { [PODS]: pods(1) });
  await listCluster(api, ['Pod']);
  await server.stop();
  const listing = await listCluster(api, ['Pod', 'Service', 'Deployment']);
  t.same(listing.seen, []);
  t.match(listing.problems[0], `Cannot reach the API server at ${server.url}: the connection`);
  t.match((await listCluster(api, ['Pod', 'Service'])).problems, [
    `Cannot reach the API server at ${server.url}: the connection is refused.`,
  ]);
});
