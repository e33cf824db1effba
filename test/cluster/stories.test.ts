import { join } from 'node:path';
import t from 'tap';
import type { Test } from 'tap';
import { readExamples } from '../../src/sources/examples.ts';
import type { Example } from '../../src/sources/examples.ts';
import { pathOf } from '../../src/sources/list-kind.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import { startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { temporaryFolder } from '../commands/guard-process.ts';
import { serving } from '../commands/serving.ts';
import { startDnsServer } from '../dns-server.ts';
import { installSeldon, kubectl, noCluster, noSeldon } from './kubectl.ts';
import type { Printed } from './kubectl.ts';
import { completed } from './stage.ts';
import { register } from './webhooks.ts';

// The incidents that the guard exists for, told once more with it: what was applied on those days meets a denial that names
// what would have been found days later, and what was done in the end passes. A real API server, kubectl, and a watching guard.

t.setTimeout(300_000);

/** What the public DNS answered for seldon-scheduler.financial-ml. */
const STRANGER = '143.244.220.150';

void t.test('five days', { skip: noCluster || noSeldon }, async (t) => {
  const cluster = await startApiServer(['--service-cluster-ip-range=10.43.0.0/16']);
  t.teardown(() => cluster.stop());
  await installSeldon(cluster);
  const world = await startDnsServer((name) =>
    name === 'seldon-scheduler.financial-ml' ? [STRANGER] : 'NXDOMAIN',
  );
  t.teardown(() => world.close());
  const files = temporaryFolder(t);
  const params = { resolvers: [world.address] };
  const settings = files.write(
    'settings.json',
    JSON.stringify({ policies: { 'namespace-not-public': { params } } }),
  );
  const guard = await serving(t, ['--kubeconfig', cluster.kubeconfig, '--settings', settings]);
  await register(cluster, guard);
  const apply = (name: string, object: object): Promise<Printed> =>
    kubectl(cluster, ['apply', '-f', files.write(`${name}.json`, JSON.stringify(object))]);

  await t.test('the namespace that exists outside as well', async (t) => {
    const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const denied = await apply('financial-ml', namespace('financial-ml'));
    t.equal(denied.code, 1);
    t.match(
      denied.stderr,
      /Namespace financial-ml is refused\.\n\nnamespace-not-public:\n- seldon-scheduler\.financial-ml /,
    );
    t.match(denied.stderr, `answers it with ${STRANGER}`);
    t.match(await apply('financial-inference', namespace('financial-inference')), { code: 0, stderr: '' });
  });

  await t.test('the policy that closed the ports of the scheduler', async (t) => {
    const { bad, good } = await day('control-plane-reachable', cluster);
    const denied = await apply('isolation', bad.object.object);
    t.match(
      denied.stderr,
      /seldon-envoy cannot reach seldon-scheduler on TCP 9002: .*NetworkPolicy isolation/,
    );
    passes(t, await apply('isolation', good.object.object), 'control-plane-reachable');
  });

  await t.test('the Service port in a rule for pods', async (t) => {
    const { bad, good } = await day('policy-ports-are-pod-ports', cluster);
    const denied = await apply('ports', bad.object.object);
    t.match(denied.stderr, /\n\npolicy-ports-are-pod-ports:\n- .*\b80\b/);
    passes(t, await apply('ports', good.object.object), 'policy-ports-are-pod-ports');
  });

  await t.test('the server host that was a Service', async (t) => {
    const { bad, good } = await day('server-host-is-local', cluster);
    const denied = await apply('host', bad.object.object);
    t.match(denied.stderr, /server-host-is-local:\n- .* outside the pod, because SELDON_SERVER_HOST/);
    passes(t, await apply('host', good.object.object), 'server-host-is-local');
  });

  await t.test('the controller that resolved no cluster names', async (t) => {
    const { bad, good } = await day('cluster-names-resolve', cluster);
    const patched = await apply('manager', bad.object.object);
    t.match(`${patched.stderr}${patched.stdout}`, /cluster-names-resolve/);
    passes(t, await apply('manager', good.object.object), 'cluster-names-resolve');
  });
});

/** A policy's first example that hurts and the one that cures it, with what they stand among in the cluster. */
async function day(policy: string, cluster: TestApiServer): Promise<{ bad: Example; good: Example }> {
  const examples = await readExamples(BUILT_IN, policy);
  const named = (name: string): Example => {
    const found = examples.find((example) => example.name === name);
    if (found === undefined) throw new Error(`no ${name}.yaml in ${join(BUILT_IN, policy)}`);
    return found;
  };
  const [bad, good] = [named('bad'), named('good')];
  const around = [...bad.cluster, ...good.cluster];
  const places = [...around, bad.object, good.object].map(({ namespace }) => namespace);
  const annotations = { 'waive.seldon-guard.io/namespace-not-public': 'it was there before the guard' };
  for (const name of new Set(places))
    if (name !== '') await make(cluster, '/api/v1/namespaces', { metadata: { name, annotations } });
  for (const manifest of around)
    if (manifest.known !== undefined && manifest.known !== 'Namespace')
      await make(cluster, pathOf(manifest.known, manifest.namespace || undefined), completed(manifest));
  return { bad, good };
}

/** Makes what is not there yet. */
async function make(cluster: TestApiServer, path: string, object: object): Promise<void> {
  await cluster.ask('POST', path, object).catch((error: unknown) => {
    if (!String(error).includes('AlreadyExists')) throw error;
  });
}

/** It is stored, or at least not this policy's to refuse. */
function passes(t: Test, { stderr }: Printed, policy: string): void {
  t.notMatch(stderr, new RegExp(`^${policy}:$`, 'm'));
}
