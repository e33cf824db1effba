import t from 'tap';
import type { Test } from 'tap';
import { serverHost } from '../../src/checks/server-pods/server-host.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings } from './pod-checks.ts';
import { AGENT, config, env, server, workload } from './server-pods.ts';

// What server-host cures, what it leaves, and what it cannot see.

const STOCK = 'docker.io/seldonio/seldon-agent:2.9.1';
const CUSTOM = 'registry.example.com/seldon-agent:2.9.0-fixed-v2';
const POD_IP = { fieldRef: { fieldPath: 'status.podIP' } };

const ask = (object: Manifest, others: readonly object[] = []): Finding[] =>
  findings(serverHost, {}, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

const pod = (
  image: string,
  host: string | object,
  mlserver: Readonly<Record<string, string | object>> = {},
) =>
  workload({
    agent: { image, env: env({ ...AGENT, POD_IP, SELDON_SERVER_HOST: host }) },
    mlserver: { env: env({ POD_IP, ...mlserver }) },
  });

/** That every fault has a patch, and what is left after it. */
function leaves(t: Test, object: Manifest, before: readonly string[], after: readonly string[]): void {
  const found = ask(object);
  t.strictSame(problems(found), before);
  t.ok(found.every(({ fix }) => fix !== undefined && fix.length > 0));
  t.strictSame(problems(ask(cured(object, found))), after);
}

void t.test('an agent that does not read the variable is cured all the same, and then told so', async (t) => {
  leaves(t, pod(STOCK, 'mlserver'), ['elsewhere'], ['not-read']);
  leaves(t, pod(CUSTOM, 'mlserver'), ['elsewhere'], []);
  const from = { configMapKeyRef: { name: 'addresses', key: 'host' } };
  leaves(t, pod(CUSTOM, 'mlserver', { MLSERVER_HOST: from }), ['elsewhere'], ['not-readable']);
});

void t.test('a cure that makes a new fault is none', async (t) => {
  const found = ask(pod(STOCK, '::1', { MLSERVER_HOST: '::1' }));
  t.strictSame(problems(found), ['not-read', 'not-bound']);
  // With MLSERVER_HOST 0.0.0.0 the variable would be wrong, which leads to ::1.
  t.ok(found.every(({ fix }) => fix === undefined));
});

void t.test('what a Server cannot cure is to be cured in its ServerConfig', async (t) => {
  const line = { command: ['sh', '-c', 'agent --inference-host=mlserver'] };
  t.match(ask(server(), [config({ agent: { image: STOCK, ...line }, mlserver: {} })]), [
    { problem: 'elsewhere', standing: true, data: { place: 'ServerConfig seldon-system/mlserver' } },
  ]);
  const value = env({ SELDON_SERVER_HOST: 'mlserver' });
  t.match(ask(server(), [config({ agent: { image: CUSTOM, env: value }, mlserver: {} })]), [
    { problem: 'elsewhere', standing: true, data: { place: 'Server financial-ml/mlserver' } },
  ]);
});

void t.test('an agent that reads the variable may have it from envFrom', async (t) => {
  const agent = (image: string, more: object = {}): object => ({
    image,
    envFrom: [{ configMapRef: { name: 'shared' } }],
    ...more,
  });
  const beside = (fields: object): Manifest => workload({ agent: fields, mlserver: {} });
  t.match(ask(beside(agent(CUSTOM))), [
    { problem: 'not-readable', unknown: true, data: { because: 'SELDON_SERVER_HOST may come from envFrom' } },
  ]);
  t.strictSame(ask(beside(agent(STOCK))), [], 'a stock agent does not read it');
  t.strictSame(
    ask(beside(agent(CUSTOM, { args: ['--inference-host=127.0.0.1'] }))),
    [],
    'a flag comes first',
  );
  t.strictSame(ask(beside(agent(CUSTOM, { env: env({ SELDON_SERVER_HOST: 'localhost' }) }))), [], 'and env');
  const prefixed = { envFrom: [{ prefix: 'AWS_', secretRef: { name: 'shared' } }] };
  t.strictSame(ask(beside(agent(CUSTOM, prefixed))), [], 'a prefix rules it out');
  t.strictSame(ask(server({ agent: agent(CUSTOM) })), [], 'a fragment leaves it as it is');
  const other = manifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'datadog', namespace: 'monitoring' },
    spec: {
      template: {
        metadata: { labels: { app: 'datadog' } },
        spec: { containers: [{ name: 'agent', ...agent('datadog/agent:7') }] },
      },
    },
  });
  t.strictSame(ask(other), [], "somebody else's agent");
});

void t.test('a server may have its address from envFrom', async (t) => {
  const object = workload({
    agent: { image: CUSTOM, env: env({ SELDON_SERVER_HOST: '127.0.0.1' }) },
    mlserver: { envFrom: [{ secretRef: { name: 'shared' } }] },
  });
  t.match(ask(object), [
    { unknown: true, data: { because: 'MLSERVER_HOST of container mlserver may come from envFrom' } },
  ]);
});

void t.test('any number of servers is looked at', async (t) => {
  const servers = Object.fromEntries(
    Array.from({ length: 36 }, (_, i) => [`server-${String(i)}`, { env: env({ MLSERVER_HOST: '0.0.0.0' }) }]),
  );
  const agent = { image: CUSTOM, env: env({ SELDON_SERVER_HOST: '127.0.0.1' }) };
  t.strictSame(ask(workload({ agent, ...servers })), []);
  const deaf = { env: env({ MLSERVER_HOST: '::1' }) };
  t.strictSame(problems(ask(workload({ agent, ...servers, last: deaf }))), ['not-bound']);
});
