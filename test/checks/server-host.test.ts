import { readdirSync, readFileSync } from 'node:fs';
import { createPatch } from 'rfc6902';
import t from 'tap';
import type { Test } from 'tap';
import { serverHost } from '../../src/checks/server-pods/server-host.ts';
import type { ServerHostParams } from '../../src/checks/server-pods/server-host.ts';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { podTemplatesOf } from '../../src/model/workload.ts';
import type { Finding } from '../../src/policy/check.ts';
import { corpusText, manifestsIn, noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

const STOCK = 'docker.io/seldonio/seldon-agent:2.9.1';
const CUSTOM = 'registry.example.com/seldon-agent:2.9.0-fixed-v2';
const field = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const host = (value: string): object => ({ name: 'SELDON_SERVER_HOST', value });
const POD_IP = field('POD_IP', 'status.podIP');
const SERVICE = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'mlserver', namespace: 'financial-ml' },
  spec: { clusterIP: '10.43.116.121' },
};

interface Pod {
  readonly env?: unknown;
  readonly args?: unknown;
  readonly command?: unknown;
  readonly image?: string;
  /** The inference server beside the agent. */
  readonly server?: object;
  readonly spec?: object;
}
const containers = ({ env, args, command, image = CUSTOM, server = { name: 'mlserver' } }: Pod): object[] => [
  {
    name: 'agent',
    image,
    ...(env === undefined ? {} : { env }),
    ...(args === undefined ? {} : { args }),
    ...(command === undefined ? {} : { command }),
  },
  server,
];
const statefulSet = (pod: Pod): Manifest =>
  manifest({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'mlserver', namespace: 'financial-ml' },
    spec: {
      template: {
        metadata: { labels: { 'seldon-server-name': 'mlserver' } },
        spec: { containers: containers(pod), ...pod.spec },
      },
    },
  });
const config = (pod: Pod): object => ({
  apiVersion: 'mlops.seldon.io/v1alpha1',
  kind: 'ServerConfig',
  metadata: { name: 'mlserver', namespace: 'seldon-system' },
  spec: { podSpec: { containers: containers(pod), ...pod.spec } },
});
const server = (agent?: object, rest: object = {}): Manifest =>
  manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'Server',
    metadata: { name: 'mlserver', namespace: 'financial-ml' },
    spec: {
      serverConfig: 'mlserver',
      ...(agent === undefined ? {} : { podSpec: { containers: [{ name: 'agent', ...agent }], ...rest } }),
    },
  });
const mlserver = (...env: object[]): object => ({ name: 'mlserver', env });

const ask = (
  object: Manifest,
  others: readonly object[] = [SERVICE],
  params: ServerHostParams = {},
): Finding[] => findings(serverHost, params, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

/** All fixes together leave nothing that would be denied, and nothing to fix; only the pod's env and arguments change. */
function cures(
  t: Test,
  object: Manifest,
  others: readonly object[] = [SERVICE],
  params: ServerHostParams = {},
): Manifest {
  const found = ask(object, others, params);
  const after = cured(object, found);
  const left = ask(after, others, params);
  const harmless = ['not-read', 'not-readable'];
  t.strictSame(
    problems(left).filter((problem) => !harmless.includes(problem)),
    [],
    'the fix cures it',
  );
  for (const { path } of createPatch(object.object, after.object))
    t.match(path, /\/(env|args|command|podSpec)(\/|$)/, 'nothing else changes');
  return after;
}

void t.test('what the agent is told', async (t) => {
  const pod = (env: object[], rest: Partial<Pod> = {}): Manifest => statefulSet({ env, ...rest });
  const flag = (...args: string[]): Manifest => statefulSet({ args });
  const cases: [string, Manifest, string[]][] = [
    ['nothing', pod([]), []],
    ['127.0.0.1', pod([host('127.0.0.1')]), []],
    ['all of 127/8, where the server listens on all', pod([host('127.1.2.3')]), []],
    ['localhost', pod([host('localhost')]), []],
    ['LOCALHOST.', pod([host('LOCALHOST.')]), []],
    ['0.0.0.0', pod([host('0.0.0.0')]), []],
    ['nothing at all', pod([host('')]), []],
    ['explicit null', pod([{ name: 'SELDON_SERVER_HOST', value: null }]), []],
    ['the pod address', pod([field('SELDON_SERVER_HOST', 'status.podIP')]), []],
    ['the pod addresses', pod([field('SELDON_SERVER_HOST', 'status.podIPs')]), []],
    ['the pod name', pod([field('SELDON_SERVER_HOST', 'metadata.name')]), []],
    ['by reference', pod([POD_IP, host('$(POD_IP)')]), []],
    ['the node', pod([field('SELDON_SERVER_HOST', 'status.hostIP')]), ['elsewhere']],
    [
      'the node, on its network',
      pod([field('SELDON_SERVER_HOST', 'status.hostIP')], { spec: { hostNetwork: true } }),
      [],
    ],
    ['a Service', pod([host('mlserver.financial-ml.svc.cluster.local')]), ['elsewhere']],
    ['a short name', pod([host('mlserver')]), ['elsewhere']],
    ['a name put together', pod([field('NAME', 'metadata.name'), host('$(NAME).mlserver')]), ['elsewhere']],
    ['an address', pod([host('10.42.0.74')]), ['elsewhere']],
    ['a port too many', pod([host('localhost:9500')]), ['elsewhere']],
    ['a reference to nothing', pod([host('$(POD_IP)'), POD_IP]), ['elsewhere']],
    ['a dollar of its own', pod([POD_IP, host('$$(POD_IP)')]), ['elsewhere']],
    ['the last entry wins', pod([host('mlserver'), host('127.0.0.1')]), []],
    ['the last entry wins, wrongly', pod([host('127.0.0.1'), host('mlserver')]), ['elsewhere']],
    ['::1', pod([host('::1')]), ['not-bound']],
    ['[::1]', pod([host('[::1]')]), ['not-bound']],
    ['::', pod([host('::')]), ['not-bound']],
    ['ip6-localhost', pod([host('ip6-localhost')]), ['not-bound']],
    [
      '::1 on a server for it',
      pod([host('::1')], { server: mlserver({ name: 'MLSERVER_HOST', value: '::' }) }),
      [],
    ],
    [
      'a Secret',
      pod([{ name: 'SELDON_SERVER_HOST', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }]),
      ['not-readable'],
    ],
    [
      'a ConfigMap, by reference',
      pod([{ name: 'H', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }, host('$(H)')]),
      ['not-readable'],
    ],
    [
      'envFrom, by reference',
      statefulSet({ env: [host('$(H)')], server: { name: 'mlserver' } }),
      ['elsewhere'],
    ],
    [
      'an alias for loopback',
      pod([host('model-server')], {
        spec: { hostAliases: [{ ip: '127.0.0.1', hostnames: ['model-server'] }] },
      }),
      [],
    ],
    [
      'an alias for another',
      pod([host('model-server')], {
        spec: { hostAliases: [{ ip: '10.0.0.1', hostnames: ['model-server'] }] },
      }),
      ['elsewhere'],
    ],
    ['--inference-host=', flag('--inference-host=mlserver'), ['elsewhere']],
    ['-inference-host=', flag('-inference-host=mlserver'), ['elsewhere']],
    [
      '--inference-host x',
      flag('--tracing-config-path=/x', '--inference-host', 'mlserver', '--y'),
      ['elsewhere'],
    ],
    ['-inference-host x', flag('-inference-host', '127.0.0.1'), []],
    ['the last flag wins', flag('--inference-host=mlserver', '--inference-host=127.0.0.1'), []],
    ['another flag', flag('--inference-hostname=mlserver', '--inference-http-port=1'), []],
    ['an empty flag is the pod', flag('--inference-host='), []],
    ['a flag without its value', flag('--inference-host'), []],
    ['in command', statefulSet({ command: ['/bin/agent', '--inference-host=mlserver'] }), ['elsewhere']],
    [
      'args after command',
      statefulSet({
        command: ['/bin/agent', '--inference-host=mlserver'],
        args: ['--inference-host=localhost'],
      }),
      [],
    ],
    [
      'the flag beats the variable',
      statefulSet({ env: [host('mlserver')], args: ['--inference-host=127.0.0.1'] }),
      [],
    ],
    [
      'wrongly',
      statefulSet({ env: [host('127.0.0.1')], args: ['--inference-host=mlserver'] }),
      ['elsewhere'],
    ],
    [
      'with a variable',
      statefulSet({ env: [{ name: 'H', value: 'mlserver' }], args: ['--inference-host=$(H)'] }),
      ['elsewhere'],
    ],
    [
      'wholly in a variable',
      statefulSet({ env: [{ name: 'A', value: '--inference-host=mlserver' }], args: ['$(A)'] }),
      ['elsewhere'],
    ],
    [
      'in a line for a shell',
      statefulSet({ command: ['sh', '-c', 'exec /bin/agent --inference-host=mlserver --x'] }),
      ['elsewhere'],
    ],
    [
      'in a line, quoted',
      statefulSet({ command: ['sh', '-c'], args: ['/bin/agent --inference-host "mlserver"; true'] }),
      ['elsewhere'],
    ],
    [
      'in a line, the pod',
      statefulSet({ command: ['sh', '-c', '/bin/agent --inference-host=localhost'] }),
      [],
    ],
    [
      'in a line, of the shell',
      statefulSet({ env: [POD_IP], command: ['sh', '-c', '/bin/agent --inference-host=${POD_IP}'] }),
      [],
    ],
    [
      'in a line, beyond us',
      statefulSet({ command: ['sh', '-c', '/bin/agent --inference-host=$(hostname -i)'] }),
      ['not-readable'],
    ],
  ];
  for (const [name, object, expected] of cases)
    await t.test(name, async (t) => {
      const found = ask(object);
      t.strictSame(problems(found), expected);
      for (const { problem, data } of found)
        t.strictSame(
          Object.keys(data).toSorted(),
          (serverHost.problems[problem] ?? []).toSorted(),
          `${problem} fills its words`,
        );
      for (const prefer of ['loopback', 'podIP'] as const) cures(t, object, [SERVICE], { prefer });
    });
});

void t.test('where the server listens', async (t) => {
  const bound = (value: string): object => mlserver(POD_IP, { name: 'MLSERVER_HOST', value });
  const triton = (...args: string[]): object => ({
    name: 'triton',
    command: ['bash'],
    args: ['-c', ['tritonserver', ...args].join(' ')],
  });
  const cases: [string, object, string[]][] = [
    ['127.0.0.1', bound('0.0.0.0'), []],
    ['127.0.0.1', bound('127.0.0.1'), []],
    ['127.0.0.1', bound('localhost'), []],
    ['127.0.0.2', bound('127.0.0.1'), ['not-bound']],
    ['127.0.0.1', bound('$(POD_IP)'), ['not-bound']],
    ['0.0.0.0', bound('$(POD_IP)'), ['not-bound']],
    ['localhost', bound('::1'), []],
    ['127.0.0.1', bound('::1'), ['not-bound']],
    ['127.0.0.1', bound(''), []],
    ['$(POD_IP)', bound('127.0.0.1'), ['not-bound']],
    ['$(POD_IP)', bound('$(POD_IP)'), []],
    ['$(POD_IP)', bound('0.0.0.0'), []],
    ['127.0.0.1', bound('10.0.0.1'), []],
    ['127.0.0.1', triton('--http-port=9000', '--grpc-port=9500'), []],
    ['::1', triton('--http-port=9000'), ['not-bound']],
    ['$(POD_IP)', triton('--http-address=0.0.0.0', '--grpc-address=127.0.0.1'), ['not-bound']],
    ['127.0.0.1', triton('--http-address=127.0.0.1', '--grpc-address', '127.0.0.1'), []],
    ['127.0.0.1', { name: 'triton', args: ['--grpc-address=$(POD_IP)'], env: [POD_IP] }, ['not-bound']],
  ];
  for (const [value, beside, expected] of cases)
    await t.test(`${value} ${JSON.stringify(beside)}`, async (t) => {
      const object = statefulSet({ env: [POD_IP, host(value)], server: beside });
      t.strictSame(problems(ask(object)), expected);
      for (const prefer of ['loopback', 'podIP'] as const) cures(t, object, [SERVICE], { prefer });
    });
  const secret = { name: 'MLSERVER_HOST', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
  t.match(ask(statefulSet({ env: [host('127.0.0.1')], server: mlserver(secret) })), [
    {
      problem: 'not-readable',
      unknown: true,
      data: { because: 'MLSERVER_HOST of container mlserver comes from Secret s, key k' },
    },
  ]);
});

void t.test('a Service also needs an address at which the server listens', async (t) => {
  const object = statefulSet({
    env: [host('mlserver')],
    server: mlserver(POD_IP, { name: 'MLSERVER_HOST', value: '$(POD_IP)' }),
  });
  const after = cures(t, object);
  t.match(after.object, {
    spec: {
      template: {
        spec: { containers: [{ env: [{ valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }] }] },
      },
    },
  });
  const nowhere = statefulSet({
    env: [host('mlserver')],
    server: mlserver({ name: 'MLSERVER_HOST', value: '::1' }),
  });
  t.match(ask(nowhere)[0]?.data, {
    cure: 'SELDON_SERVER_HOST of container agent to 127.0.0.1 and MLSERVER_HOST of container mlserver to 0.0.0.0',
  });
  cures(t, nowhere);
});

void t.test('what a finding tells', async (t) => {
  const told = (object: Manifest, others?: object[]): unknown => ask(object, others)[0]?.data;
  t.match(told(statefulSet({ env: [host('mlserver.financial-ml.svc.cluster.local')] })), {
    origin: 'StatefulSet financial-ml/mlserver',
    container: 'agent',
    source: 'SELDON_SERVER_HOST',
    value: 'mlserver.financial-ml.svc.cluster.local',
    what: 'the name of Service financial-ml/mlserver',
    aside: '',
    cure: 'SELDON_SERVER_HOST of container agent to 127.0.0.1',
  });
  const what = (value: string, others?: object[]): unknown =>
    (told(statefulSet({ env: [host(value)] }), others) as { what: string }).what;
  t.equal(what('mlserver.financial-ml.svc', []), 'the name of a Service');
  t.equal(what('mlserver.financial-ml'), 'the name of Service financial-ml/mlserver');
  t.equal(what('mlserver', []), 'a name outside the pod');
  t.equal(what('10.43.116.121'), 'the address of Service financial-ml/mlserver');
  t.equal(what('10.43.116.121', []), 'a fixed address');
  t.equal(what('$(MLSERVER_SERVICE_HOST)'), 'the address of a Service');
  t.equal(what('http://mlserver'), 'neither a host name nor an address');
  t.match(told(statefulSet({ env: [host('mlserver')], image: STOCK })), {
    aside: /does not read SELDON_SERVER_HOST/,
  });
  t.match(told(statefulSet({ args: ['--inference-host=mlserver'], image: STOCK })), { aside: '' });
  t.ok(
    String((told(statefulSet({ env: [host('x'.repeat(9000))] })) as { value: string }).value).length <= 100,
  );
});

void t.test('a value is never read from a Secret', async (t) => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'financial-ml' },
    stringData: { k: 'hunter2' },
  };
  const object = statefulSet({
    env: [{ name: 'SELDON_SERVER_HOST', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
  });
  const found = ask(object, [secret]);
  t.match(found, [{ unknown: true, data: { because: 'SELDON_SERVER_HOST comes from Secret s, key k' } }]);
  t.notMatch(JSON.stringify(found), /hunter2/);
  t.equal(found[0]?.fix, undefined);
});

void t.test('the stock agent does not read the variable', async (t) => {
  const images: [string, string[]][] = [
    [STOCK, ['not-read']],
    ['seldonio/seldon-agent:2.9.1', ['not-read']],
    ['mirror.example.com/seldonio/seldon-agent:v2.10.0-rc1', ['not-read']],
    ['seldonio/seldon-agent:latest', ['not-read']],
    ['seldon-agent:2.9.0-fixed-v2', []],
    ['seldonio/seldon-agent:2.9.0-fixed-v2', []],
    ['jtayl22/seldon-agent:2.9.1', []],
    ['notseldonio/seldon-agent:2.9.1', []],
    [`seldonio/seldon-agent@sha256:${'0'.repeat(64)}`, []],
  ];
  for (const [image, expected] of images)
    t.strictSame(problems(ask(statefulSet({ env: [host('127.0.0.1')], image }))), expected, image);
  const flagged = statefulSet({
    env: [host('127.0.0.1')],
    args: ['--inference-host=127.0.0.1'],
    image: STOCK,
  });
  t.strictSame(ask(flagged), [], 'with the flag the variable does not matter');
  const twice = statefulSet({ env: [host('a'), { name: 'X', value: '1' }, host('localhost')], image: STOCK });
  const after = cured(twice, ask(twice));
  t.match(after.object, { spec: { template: { spec: { containers: [{ env: [{ name: 'X' }] }] } } } });
  t.strictSame(ask(after), [], 'every entry is taken out');
  const used = statefulSet({
    env: [host('localhost'), { name: 'X', value: '$(SELDON_SERVER_HOST)' }],
    image: STOCK,
  });
  t.strictSame(ask(used)[0]?.fix, undefined, 'not where something refers to it');
});

void t.test('what the stock agent dials when it is told nothing', async (t) => {
  const onPodIp = mlserver(POD_IP, { name: 'MLSERVER_HOST', value: '$(POD_IP)' });
  const untold = statefulSet({ image: STOCK, server: onPodIp });
  t.match(ask(untold), [
    { problem: 'not-bound', data: { source: '--inference-host', value: '0.0.0.0, its default' } },
  ]);
  cures(t, untold);
  t.strictSame(ask(statefulSet({ server: onPodIp })), [], 'of another image that is not known');
  const misled = statefulSet({ env: [POD_IP, host('$(POD_IP)')], image: STOCK, server: onPodIp });
  t.match(ask(misled), [
    { problem: 'not-read', fix: undefined },
    { problem: 'not-bound', effect: 'warn' },
  ]);
});

void t.test('a Server over its ServerConfig', async (t) => {
  const bad = [host('mlserver')];
  const good = [host('127.0.0.1')];
  const onPodIp = mlserver(POD_IP, { name: 'MLSERVER_HOST', value: '$(POD_IP)' });
  const cases: [string, Manifest, object, string[], boolean][] = [
    ['the fault of the Server', server({ env: bad }), config({ env: good }), ['elsewhere'], false],
    ['the fault of the ServerConfig', server(), config({ env: bad }), ['elsewhere'], true],
    ['put right by the Server', server({ env: good }), config({ env: bad }), [], false],
    ['another container above', server({ name: 'rclone' }), config({ env: bad }), ['elsewhere'], true],
    ['the agent above, without env', server({ image: CUSTOM }), config({ env: bad }), ['elsewhere'], true],
    ['a flag below', server(), config({ args: ['--inference-host=mlserver'] }), ['elsewhere'], true],
    [
      'a flag below, args above',
      server({ args: ['--x'] }),
      config({ args: ['--inference-host=mlserver'] }),
      ['elsewhere'],
      true,
    ],
    ['a flag above', server({ args: ['--inference-host=mlserver'] }), config({}), ['elsewhere'], false],
    [
      'a flag above, over a good one',
      server({ args: ['-inference-host', 'mlserver'] }),
      config({ args: ['--inference-host=localhost'] }),
      ['elsewhere'],
      false,
    ],
    [
      'the address above, the server below',
      server({ env: good }),
      config({ server: onPodIp }),
      ['not-bound'],
      false,
    ],
    ['both below', server(), config({ env: good, server: onPodIp }), ['not-bound'], true],
  ];
  for (const [name, object, below, expected, standing] of cases)
    await t.test(name, async (t) => {
      const found = ask(object, [below]);
      t.strictSame(problems(found), expected);
      for (const finding of found) {
        t.equal(finding.standing ?? false, standing, 'whose fault it is');
        t.equal(
          finding.data['origin'],
          standing ? 'ServerConfig seldon-system/mlserver' : 'Server financial-ml/mlserver',
        );
      }
      for (const prefer of ['loopback', 'podIP'] as const) cures(t, object, [below], { prefer });
    });
  t.match(ask(manifest(config({ env: bad }))), [
    { problem: 'elsewhere', field: ['spec', 'podSpec', 'containers', 0, 'env', 0] },
  ]);
  // The Server's command comes before the ServerConfig's arguments, so that a flag in it does not count.
  const inCommand = server({ command: ['/bin/agent', '--inference-host=localhost'] });
  const below = config({ args: ['--inference-host=mlserver'] });
  t.strictSame(problems(ask(inCommand, [below])), ['elsewhere']);
  cures(t, inCommand, [below]);
  const inLine = config({ command: ['sh', '-c', 'agent --inference-host=mlserver'] });
  t.equal(ask(server(), [inLine])[0]?.fix, undefined, 'an argument does not reach a line for a shell');
});

void t.test('a Server whose ServerConfig is not to be seen', async (t) => {
  t.strictSame(ask(server(), []), [], 'has no fault of its own');
  t.strictSame(ask(server({ env: [host('127.0.0.1')] }), []), []);
  t.strictSame(problems(ask(server({ env: [host('mlserver')] }), [])), ['elsewhere']);
  t.match(ask(server({ env: [host('::1')] }), []), [
    { problem: 'not-readable', unknown: true, data: { because: /ServerConfig mlserver/ } },
  ]);
  t.match(ask(server({ env: [host('$(POD_IP)')] }), []), [{ problem: 'not-readable', unknown: true }]);
});

void t.test('any workload whose container carries it is judged', async (t) => {
  const object = manifest({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'x', namespace: 'financial-ml' },
    spec: { template: { spec: { containers: [{ name: 'c', env: [host('mlserver')] }] } } },
  });
  t.strictSame(problems(ask(object)), ['elsewhere']);
  const sidecar = statefulSet({
    spec: {
      initContainers: [
        { name: 'side', restartPolicy: 'Always', env: [host('mlserver')] },
        { name: 'init', env: [host('mlserver')] },
      ],
    },
  });
  t.match(ask(sidecar), [{ field: ['spec', 'template', 'spec', 'initContainers', 0, 'env', 0] }]);
  cures(t, sidecar);
});

void t.test('the patch touches the one entry that counts', async (t) => {
  const object = statefulSet({
    env: [host('localhost'), { name: 'X', value: '1' }, host('mlserver'), { name: 'Y' }],
  });
  t.strictSame(ask(object)[0]?.fix, [
    { op: 'replace', path: '/spec/template/spec/containers/0/env/2/value', value: '127.0.0.1' },
  ]);
  const split = statefulSet({ args: ['--a', '--inference-host', 'mlserver', '--b'] });
  t.strictSame(ask(split)[0]?.fix, [
    { op: 'replace', path: '/spec/template/spec/containers/0/args/2', value: '127.0.0.1' },
  ]);
  const line = statefulSet({ command: ['sh', '-c', 'agent --inference-host=mlserver --b'] });
  t.strictSame(ask(line)[0]?.fix, [
    {
      op: 'replace',
      path: '/spec/template/spec/containers/0/command/2',
      value: 'agent --inference-host=127.0.0.1 --b',
    },
  ]);
  const podIp = statefulSet({ env: [POD_IP], args: ['--inference-host=mlserver'] });
  t.strictSame(ask(podIp, [], { prefer: 'podIP' })[0]?.fix, [
    { op: 'replace', path: '/spec/template/spec/containers/0/args/0', value: '--inference-host=$(POD_IP)' },
  ]);
});

void t.test('the same fault has the same key, whatever else changes', async (t) => {
  const key = (object: Manifest, others?: object[]): unknown => ask(object, others)[0]?.key;
  const one = statefulSet({ env: [host('mlserver')] });
  t.equal(key(one), key(statefulSet({ env: [{ name: 'X' }, host('mlserver')], image: STOCK })));
  t.equal(key(one), key(one, []));
  t.not(key(one), key(statefulSet({ env: [host('triton')] })));
  t.not(key(one), key(statefulSet({ args: ['--inference-host=mlserver'] })));
});

void t.test('references that double are not followed to the end', async (t) => {
  const env = [{ name: 'V0', value: 'mlserver' }];
  for (let i = 1; i < 60; i += 1) env.push({ name: `V${i}`, value: `$(V${i - 1})$(V${i - 1})` });
  const found = ask(statefulSet({ env: [...env, host('$(V59)')] }));
  t.strictSame(problems(found), ['not-readable']);
});

void t.test('objects of every wrong shape are judged without an error', async (t) => {
  const objects = [
    statefulSet({
      env: [POD_IP, host('mlserver')],
      args: ['--x'],
      server: mlserver({ name: 'MLSERVER_HOST', value: '$(POD_IP)' }),
      spec: { hostAliases: [{ ip: '127.0.0.1', hostnames: ['a'] }] },
    }),
    statefulSet({ env: [host('127.0.0.1')], image: STOCK }),
    server({ args: ['--inference-host=mlserver'], env: [host('mlserver')] }),
    manifest(config({ command: ['sh', '-c', 'agent --inference-host mlserver'] })),
  ];
  let judged = 0;
  for (const object of objects)
    for (const bad of spoilt(object.object)) {
      const odd = manifestOf(bad, { from: 'request' });
      cured(odd, ask(odd, [SERVICE, config({ env: [host('mlserver')] })], { prefer: 'podIP' }));
      judged += 1;
    }
  for (const bad of spoilt(manifestOf(config({ env: [host('mlserver')] }), { from: 'request' }).object))
    cured(server(), ask(server(), [bad]));
  t.ok(judged > 300);
});

void t.test('upstream is fine', { skip: noCorpus }, async (t) => {
  const good = new URL('../../../shared/corpus/upstream-good/', import.meta.url);
  const files = readdirSync(good, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.yaml'));
  t.ok(files.length > 0);
  let pods = 0;
  for (const file of files) {
    const all = manifestsIn(corpusText(`upstream-good/${file}`), { namespace: 'seldon-mesh' });
    const picture = Picture.of(all);
    pods += all
      .flatMap((each) => podTemplatesOf(each, picture))
      .filter((each) => each.component === 'server').length;
    t.strictSame(problems(atRest(serverHost, {}, all)), [], file);
  }
  t.ok(pods > 5, `${pods} Server pods were judged`);
});

void t.test('the recorded reviews', { skip: noCorpus }, async (t) => {
  const folder = new URL('../../../shared/corpus/admission-reviews/', import.meta.url);
  const found = new Map<string, string[]>();
  for (const file of readdirSync(folder)) {
    const { request } = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as {
      request: { object: unknown };
    };
    const object = manifestOf(request.object, { from: 'request' });
    if (object.known === 'Pod') continue;
    const list = problems(ask(object));
    if (list.length > 0) found.set(file.slice(0, 4), list);
  }
  t.strictSame(Object.fromEntries(found), { '0085': ['elsewhere'], '0086': ['elsewhere'] });
});

void t.test('the incident with 127.0.0.1 is none', { skip: noCorpus }, async (t) => {
  const all = manifestsIn(corpusText('incidents/manifests/a6f4441e-mlserver-manual.yaml'));
  const [object] = all.filter(({ known }) => known === 'StatefulSet');
  t.ok(object !== undefined && object.known === 'StatefulSet');
  t.strictSame(problems(atRest(serverHost, {}, all)), []);
});
