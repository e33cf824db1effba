import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/sources/kubeconfig.ts';
import type { ConnectOptions } from '../../src/sources/kubeconfig.ts';
import { kubeconfigText } from '../api-server.ts';
import { startListServer } from './list-server.ts';

const HELD = { '/api/v1/pods': [{ metadata: { name: 'p', namespace: 'a' } }] };

/** What came of connecting and asking once. */
async function outcome(options: ConnectOptions): Promise<string> {
  const connection = await connect({ env: {}, ...options });
  if ('problem' in connection) return connection.problem;
  const answer = await connection.api.get('/api/v1/pods');
  await connection.api.close();
  return answer.ok ? 'ok' : answer.trouble;
}

void t.test('the kubeconfig is the named one, KUBECONFIG, or that of the home', async (t) => {
  const server = await startListServer(HELD);
  t.teardown(() => server.stop());
  const home = t.testdir({ '.kube': { config: t.fixture('symlink', server.kubeconfig) } });
  t.equal(await outcome({ kubeconfig: server.kubeconfig, env: { KUBECONFIG: '/nowhere' } }), 'ok');
  t.equal(await outcome({ env: { KUBECONFIG: `/nowhere:${server.kubeconfig}`, HOME: '/nowhere' } }), 'ok');
  t.equal(await outcome({ env: { HOME: home } }), 'ok');
});

void t.test('of several files the first to name a thing counts', async (t) => {
  const server = await startListServer(HELD);
  t.teardown(() => server.stop());
  const cluster = { url: server.url, ca: server.ca };
  const folder = t.testdir({
    a: kubeconfigText({ ...cluster, users: { first: 'one' } }),
    b: kubeconfigText({
      url: 'https://127.0.0.1:1',
      ca: server.ca,
      users: { second: 'two', first: 'three' },
    }),
  });
  const env = { KUBECONFIG: `${join(folder, 'a')}:${join(folder, 'b')}` };
  t.equal(await outcome({ env }), 'ok');
  t.equal(await outcome({ env, context: 'second' }), 'ok');
  t.same(server.tokens, ['Bearer one', 'Bearer two']);
  t.match(
    await outcome({ env, context: 'third' }),
    /^There is no context third in .*; there is: first, second\.$/,
  );
});

void t.test('what is wrong with a kubeconfig is one sentence', async (t) => {
  const folder = t.testdir({
    empty: '',
    nothing: '~',
    broken: 'a: [',
    contextless: 'apiVersion: v1\nkind: Config\n',
    clusterless: 'contexts: [{name: c, context: {cluster: gone}}]\ncurrent-context: c\n',
    certless: kubeconfigText({ url: 'https://127.0.0.1:1', ca: 'x', users: { u: 't' } }).replace(
      /"certificate-authority-data":"[^"]*"/,
      '"certificate-authority":"gone.crt"',
    ),
  });
  const said = (file: string) =>
    outcome({ kubeconfig: join(folder, file) }).then((text) => text.replaceAll(`${folder}/`, ''));
  t.equal(await said('nowhere'), 'The kubeconfig nowhere does not exist.');
  t.match(await said('empty'), /^The kubeconfig empty cannot be read: [^\n]*\.$/);
  t.equal(await said('nothing'), 'The kubeconfig nothing is not a kubeconfig.');
  t.match(await said('broken'), /^The kubeconfig broken cannot be read: [^\n]*\.$/);
  t.equal(await said('contextless'), 'No context is chosen in contextless: set current-context or name one.');
  t.equal(await said('clusterless'), 'The context c in clusterless names a cluster that is not there.');
  t.match(await said('certless'), /^cannot authenticate to the API server at https:.*: ENOENT.* 'gone.crt'$/);
  t.match(await outcome({}), /^There is no kubeconfig: /);
});

void t.test('a server whose certificate the kubeconfig does not vouch for is not spoken to', async (t) => {
  const [server, other] = [await startListServer(HELD), await startListServer(HELD)];
  t.teardown(() => Promise.all([server.stop(), other.stop()]));
  const folder = t.testdir({ config: kubeconfigText({ url: server.url, ca: other.ca, users: { u: 't' } }) });
  t.equal(
    await outcome({ kubeconfig: join(folder, 'config') }),
    `cannot reach the API server at ${server.url}: its certificate is signed by an authority that the kubeconfig does not name`,
  );
  t.same(server.tokens, []);
});

void t.test('in a pod the service account is used, and its token read again', async (t) => {
  const server = await startListServer(HELD);
  t.teardown(() => server.stop());
  const account = t.testdir({ 'ca.crt': server.ca, token: 'first' });
  const { hostname, port } = new URL(server.url);
  const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const connection = await connect({ env, serviceAccount: account });
  if ('problem' in connection) throw new Error(connection.problem);
  t.teardown(() => connection.api.close());
  t.ok((await connection.api.get('/api/v1/pods')).ok);
  writeFileSync(join(account, 'token'), 'second\n');
  t.ok((await connection.api.get('/api/v1/pods')).ok);
  t.same(server.tokens, ['Bearer first', 'Bearer second']);
});
