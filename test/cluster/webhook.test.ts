import t from 'tap';
import { pathOf } from '../../src/sources/list-kind.ts';
import { readExamples } from '../../src/sources/examples.ts';
import { BUILT_IN } from '../../src/sources/policies.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { startApiServer } from '../api-server.ts';
import { temporaryFolder } from '../commands/guard-process.ts';
import { decisionsIn, serving } from '../commands/serving.ts';
import { installSeldon, kubectl, noCluster, noSeldon } from './kubectl.ts';
import type { Printed } from './kubectl.ts';
import { register } from './webhooks.ts';

// A day at a real cluster: `seldon-guard serve --kubeconfig` as a process of its own, registered with the CA that
// `--ca-out` wrote, and everything asked with the real kubectl.

t.setTimeout(180_000);

const DNS = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  spec: { clusterIP: '10.43.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
};
const MANAGER = 'seldon-v2-controller-manager';

void t.test('a guarded cluster', { skip: noCluster || noSeldon }, async (t) => {
  const cluster = await startApiServer(['--service-cluster-ip-range=10.43.0.0/16']);
  t.teardown(() => cluster.stop());
  await installSeldon(cluster);
  const { before, deployment, isolation } = await documents();
  for (const { known, namespace, object } of before)
    if (known !== undefined) await cluster.ask('POST', pathOf(known, namespace || undefined), object);
  await cluster.ask('POST', pathOf('Service', 'kube-system'), DNS);

  const guard = await serving(t, ['--kubeconfig', cluster.kubeconfig]);
  await register(cluster, guard);
  const run = (...args: string[]): Promise<Printed> => kubectl(cluster, args);
  const files = temporaryFolder(t);
  const file = (name: string, object: object): string => files.write(name, JSON.stringify(object));
  const bad = file('isolation.json', isolation);

  await t.test('a denial is told whole, however it is asked for', async (t) => {
    const applied = await run('apply', '-f', bad);
    const told = denialIn(applied);
    t.match(told, /^NetworkPolicy financial-ml\/isolation is refused\.\n\ncontrol-plane-reachable:\n- /);
    t.match(told, /\n- seldon-envoy cannot reach seldon-scheduler on TCP 9002: /);
    t.match(applied.stderr, /^Warning: control-plane-reachable: hodometer cannot reach /m);
    for (const more of [['--dry-run=server'], ['--server-side'], ['--server-side', '--dry-run=server']])
      t.equal(denialIn(await run('apply', ...more, '-f', bad)), told, more.join(' '));
    t.equal(denialIn(await run('create', '-f', bad)), told, 'create');
    t.match(await run('get', 'networkpolicy', '-n', 'financial-ml'), {
      stdout: '',
      stderr: /No resources found/,
    });
  });

  await t.test('a program gets the causes with their fields', async (t) => {
    const path = pathOf('NetworkPolicy', 'financial-ml');
    const error = await cluster.ask('POST', path, isolation).then(() => t.fail('it was admitted'), String);
    const status = JSON.parse(String(error).replace(/^.*?: 403 /, '')) as { details: { causes: object[] } };
    t.match(status, { reason: 'Forbidden', code: 403 });
    t.match(status.details.causes[0], {
      field: /^spec/,
      message: /^control-plane-reachable: .* cannot reach /,
    });
  });

  await t.test('the waiver of the denial, with a reason, lets it pass', async (t) => {
    const snippets = denialIn(await run('apply', '-f', bad)).match(/waive\.seldon-guard\.io\/\S+(?=: )/g);
    const why = 'moving out on Friday | owner=team-a';
    const annotations = Object.fromEntries((snippets ?? []).map((snippet) => [snippet, why]));
    const metadata = { ...isolation.metadata, annotations };
    const waived = await run('apply', '-f', file('waived.json', { ...isolation, metadata }));
    t.match(waived, { code: 0, stdout: /isolation created/, stderr: '' });
    t.match(await run('delete', 'networkpolicy', 'isolation', '-n', 'financial-ml'), { code: 0, stderr: '' });
  });

  await t.test('a misplaced field is said by kubectl, or else by the guard', async (t) => {
    const spec = { podSelector: {}, ingress: [{ to: [{ podSelector: {} }], ports: [{ port: 9004 }] }] };
    const metadata = { name: 'misplaced', namespace: 'default' };
    const misplaced = file('misplaced.json', { ...isolation, metadata, spec });
    t.match(await run('apply', '-f', misplaced), {
      code: 1,
      stderr: /unknown field "spec\.ingress\[0\]\.to"/,
    });
    const lenient = await run('apply', '--validate=warn', '-f', misplaced);
    t.match(denialIn(lenient), /names its peers under to, .*\(spec\.ingress\[0\]\.to\)/);
  });

  await t.test('the fix is stored by the API server, once', async (t) => {
    t.match(await run('delete', 'deployment', MANAGER, '-n', 'seldon-system'), { code: 0 });
    const manager = file('manager.json', deployment);
    const stored = async () => {
      const { stdout } = await run('get', 'deployment', MANAGER, '-n', 'seldon-system', '-o', 'json');
      return JSON.parse(stdout) as {
        metadata: { resourceVersion: string };
        spec: { template: { spec: object } };
      };
    };
    const dry = await run('apply', '--dry-run=server', '-o', 'json', '-f', manager);
    t.match(JSON.parse(dry.stdout), { spec: { template: { spec: DNS_CONFIG } } }, 'a dry run shows it too');
    const created = await run('apply', '-f', manager);
    t.match(created, { code: 0, stdout: /created/ });
    t.equal(created.stderr.match(/^Warning: cluster-names-resolve: patched: /gm)?.length, 1, created.stderr);
    t.equal(created.stderr.match(/as a safeguard$/gm)?.length, 1, 'and /validate has nothing to add');
    const first = await stored();
    t.match(first.spec.template.spec, DNS_CONFIG);
    t.match(await run('apply', '-f', manager), { code: 0, stdout: /unchanged/, stderr: '' });
    t.equal((await stored()).metadata.resourceVersion, first.metadata.resourceVersion);
    const environment = ['set', 'env', `deployment/${MANAGER}`, '-n', 'seldon-system', 'LOG_LEVEL=debug'];
    t.match(await run(...environment), { code: 0, stderr: '' }, 'what is mended is not mended again');
    t.match((await stored()).spec.template.spec, DNS_CONFIG);
  });

  await t.test('what no policy minds passes without a word', async (t) => {
    t.match(await run('create', 'namespace', 'risk-models'), { code: 0, stderr: '' });
    t.match(await run('label', 'namespace', 'risk-models', 'team=risk'), { code: 0, stderr: '' });
    t.match(await run('create', 'deployment', 'web', '--image=web:1', '-n', 'risk-models'), {
      code: 0,
      stderr: '',
    });
    t.match(await run('scale', 'deployment', 'web', '--replicas=2', '-n', 'risk-models'), {
      code: 0,
      stderr: '',
    });
    t.match(await run('delete', 'namespace', 'risk-models', '--wait=false'), { code: 0, stderr: '' });
  });

  await t.test('the record holds every decision once, and no dry run', async (t) => {
    const ended = await guard.stop();
    t.equal(ended.code, 0);
    const decisions = decisionsIn(ended);
    const uids = decisions.map(({ uid, webhook }) => `${String(webhook)} ${String(uid)}`);
    t.equal(new Set(uids).size, uids.length);
    const denied = decisions.filter(({ allowed }) => allowed === false);
    t.same(
      denied.map(({ name, user, webhook }) => [name, user, webhook]),
      // apply, server-side apply, create, the program, apply; then the misplaced field.
      [...Array(5).fill('isolation'), 'misplaced'].map((name) => [name, 'admin', 'validate']),
    );
    const patches = decisions.filter(({ patchBytes }) => patchBytes !== 0);
    t.match(patches, [{ webhook: 'mutate', name: MANAGER, operation: 'CREATE', effect: 'fix' }]);
  });
});

const DNS_CONFIG = { dnsConfig: { nameservers: ['10.43.0.10'], options: [{ name: 'ndots', value: '5' }] } };

/** What a denial says, without what kubectl and the API server put before it. */
function denialIn({ code, stderr }: Printed): string {
  const told = /admission webhook "validate\.seldon-guard\.io" denied the request: ([^]*)$/.exec(stderr)?.[1];
  return code === 1 && told !== undefined ? told : `no denial: exit ${code}, ${stderr}`;
}

/** The first example: a namespace with Seldon in it, and the policy that closes it. */
async function documents(): Promise<{
  before: readonly Manifest[];
  deployment: object;
  isolation: Isolation;
}> {
  const example = (await readExamples(BUILT_IN, 'control-plane-reachable')).find(
    ({ name }) => name === 'bad',
  );
  const deployment = example?.cluster.find(({ known }) => known === 'Deployment');
  if (example === undefined || deployment === undefined) throw new Error('there is no such example');
  return {
    before: example.cluster,
    deployment: deployment.object,
    isolation: example.object.object as unknown as Isolation,
  };
}

interface Isolation {
  readonly metadata: { readonly name: string; readonly namespace: string };
}
