import t from 'tap';
import { listensWhereProbed } from '../../src/checks/server-pods/listens-where-probed.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { Finding } from '../../src/policy/check.ts';
import { noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';
import {
  AGENT,
  config,
  env,
  mergeCases,
  MLSERVER,
  PORTS,
  PROBE,
  server,
  stranger,
  workload,
} from './server-pods.ts';

const ask = (object: Manifest, others: readonly object[] = []): Finding[] =>
  findings(listensWhereProbed, {}, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);
const agent = { env: env(AGENT) };
const mlserver = (host: string | object | undefined, more: object = { readinessProbe: PROBE }): object => ({
  env: [
    ...env(MLSERVER),
    ...(host === undefined
      ? []
      : env({ POD_IP: { fieldRef: { fieldPath: 'status.podIP' } }, MLSERVER_HOST: host })),
  ],
  ports: PORTS,
  ...more,
});
const pod = (host: string | object | undefined, more?: object): Manifest =>
  workload({ agent, mlserver: mlserver(host, more) });

void t.test('where MLServer listens', async (t) => {
  const cases: [string | object | undefined, string[]][] = [
    [undefined, []],
    ['', []],
    ['0.0.0.0', []],
    ['::', []],
    ['$(POD_IP)', []],
    [{ fieldRef: { fieldPath: 'status.podIP' } }, []],
    ['127.0.0.1', ['deaf']],
    ['127.0.0.53', ['deaf']],
    ['localhost', ['deaf']],
    ['LocalHost.', ['deaf']],
    ['::1', ['deaf']],
    ['mlserver.example.com', ['not-readable']],
    ['10.42.0.12', ['not-readable']],
    ['tcp://0.0.0.0', ['not-readable']],
    [{ fieldRef: { fieldPath: 'status.hostIP' } }, ['not-readable']],
    [{ configMapKeyRef: { name: 'a', key: 'b' } }, ['not-readable']],
  ];
  for (const [host, expected] of cases) {
    const object = pod(host);
    const found = ask(object);
    t.strictSame(problems(found), expected, JSON.stringify(host));
    if (expected[0] === 'deaf') t.strictSame(ask(cured(object, found)), [], 'the patch cures it');
  }
  const [found] = ask(pod('127.0.0.1'));
  t.match(found, {
    field: ['spec', 'template', 'spec', 'containers', 1, 'env', 3],
    data: { setting: 'MLSERVER_HOST', value: '127.0.0.1', probes: 'readinessProbe' },
  });
  t.strictSame(found?.fix, [
    { op: 'replace', path: '/spec/template/spec/containers/1/env/3/value', value: '0.0.0.0' },
  ]);
});

void t.test('what cannot be seen of an address is said', async (t) => {
  const from = (source: object, more: object = {}): Manifest =>
    workload({ agent, mlserver: { ...mlserver(undefined), envFrom: [source], ...more } });
  t.match(ask(from({ secretRef: { name: 'shared' } })), [
    {
      problem: 'not-readable',
      unknown: true,
      effect: 'record',
      data: { because: 'MLSERVER_HOST of container mlserver may come from envFrom' },
    },
  ]);
  const referring = ask(from({ secretRef: { name: 'shared' } }, { env: env({ MLSERVER_HOST: '$(HOST)' }) }));
  t.match(referring, [{ unknown: true, effect: undefined }], 'what speaks of the address is told');
  t.strictSame(ask(from({ prefix: 'AWS_', secretRef: { name: 'shared' } })), [], 'no name from there is its');
  t.equal(ask(from({ prefix: 'ML', secretRef: { name: 'shared' } })).length, 1);
  t.strictSame(
    ask(from({ secretRef: { name: 'shared' } }, { env: env({ MLSERVER_HOST: '0.0.0.0' }) })),
    [],
    'env comes before it',
  );
  t.match(ask(pod('10.42.0.12')), [
    { data: { because: "MLSERVER_HOST of container mlserver is an address that may not be the pod's" } },
  ]);
  const script = workload({ agent, triton: { command: ['/start.sh'], ports: PORTS, livenessProbe: PROBE } });
  t.match(ask(script)[0], {
    unknown: true,
    data: { because: '--http-address of container triton comes from a command that cannot be seen' },
  });
  t.strictSame(ask(workload({ agent, triton: { command: ['/start.sh'] } })), [], 'nobody comes to it');
});

void t.test("only what comes to the pod's address counts", async (t) => {
  const cases: [string, object, string[]][] = [
    ['no probe', {}, []],
    ['by exec', { livenessProbe: { exec: { command: ['true'] } } }, []],
    ['of another host', { livenessProbe: { httpGet: { host: '127.0.0.1', port: 9000 } } }, []],
    ['by TCP', { livenessProbe: { tcpSocket: { port: 9500 } } }, ['deaf']],
    ['by gRPC', { startupProbe: { grpc: { port: 9500 } } }, ['deaf']],
    ['a host that is empty', { livenessProbe: { httpGet: { host: '', port: 9000 } } }, ['deaf']],
  ];
  for (const [name, more, expected] of cases)
    t.strictSame(problems(ask(pod('127.0.0.1', more))), expected, name);
  const all = { startupProbe: PROBE, livenessProbe: PROBE, readinessProbe: PROBE };
  t.match(ask(pod('localhost', all)), [
    { data: { probes: 'readinessProbe, livenessProbe and startupProbe' } },
  ]);
  t.strictSame(
    ask(stranger({ env: env({ MLSERVER_HOST: '127.0.0.1' }), livenessProbe: PROBE })),
    [],
    'no pod of a Server',
  );
});

void t.test('Triton has an address for each protocol', async (t) => {
  const triton = (args: string[], probe: object): Manifest =>
    workload({
      agent,
      triton: {
        args: ['tritonserver', '--http-port=9000', '--grpc-port=9500', ...args],
        ports: PORTS,
        livenessProbe: probe,
      },
    });
  const http = { httpGet: { port: 9000 } };
  const grpc = { tcpSocket: { port: 9500 } };
  const cases: [string[], object, string[]][] = [
    [[], http, []],
    [['--http-address=127.0.0.1'], http, ['--http-address']],
    [['--http-address', 'localhost'], PROBE, ['--http-address']],
    [['--http-address=127.0.0.1'], grpc, []],
    [['--grpc-address=127.0.0.1'], http, []],
    [['--grpc-address=127.0.0.1'], grpc, ['--grpc-address']],
    [['--grpc-address=127.0.0.1'], { grpc: { port: 9500 } }, ['--grpc-address']],
    [['--http-address=127.0.0.1', '--http-address=0.0.0.0'], http, []],
  ];
  for (const [args, probe, expected] of cases) {
    const object = triton(args, probe);
    const found = ask(object);
    t.strictSame(
      found.map(({ data }) => data['setting']),
      expected,
      `${args.join(' ')} ${JSON.stringify(probe)}`,
    );
    t.strictSame(ask(cured(object, found)), []);
  }
});

void t.test('a Server over its ServerConfig', async (t) => {
  const deaf = { env: env({ MLSERVER_HOST: '127.0.0.1' }) };
  const below = config({ agent, mlserver: mlserver(undefined) });
  const [own] = ask(server({ mlserver: deaf }), [below]);
  t.match(own, { problem: 'deaf', data: { origin: 'Server financial-ml/mlserver' } });
  t.not(own?.standing, true);
  const wrong = config({ agent, mlserver: mlserver('127.0.0.1') });
  const above = server();
  const found = ask(above, [wrong]);
  t.match(found, [
    {
      standing: true,
      data: { origin: 'ServerConfig seldon-system/mlserver', place: 'Server financial-ml/mlserver' },
    },
  ]);
  t.strictSame(ask(cured(above, found), [wrong]), [], 'the Server can put it right');
  t.strictSame(ask(server({ mlserver: { env: env({ MLSERVER_HOST: '0.0.0.0' }) } }), [wrong]), []);
  t.match(ask(manifest(wrong)), [
    { problem: 'deaf', data: { origin: 'ServerConfig seldon-system/mlserver' } },
  ]);
  t.match(ask(server({ mlserver: deaf }), []), [
    { problem: 'not-readable', unknown: true, data: { because: /ServerConfig mlserver/ } },
  ]);
  t.strictSame(ask(server({ mlserver: { env: env({ MLSERVER_HOST: '0.0.0.0' }) } }), []), []);
});

void t.test('Services in front of it', async (t) => {
  const service = (
    port: object,
    selector: object = { 'seldon-server-name': 'mlserver' },
    namespace = 'financial-ml',
  ): Manifest =>
    manifest({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's', namespace },
      spec: { selector, ports: [port] },
    });
  const behind = [pod('127.0.0.1').object];
  const cases: [string, Manifest, string[]][] = [
    ['by number', service({ port: 80, targetPort: 9000 }), ['service-deaf']],
    ['by name', service({ port: 80, targetPort: 'server-grpc' }), ['service-deaf']],
    ['by its own number', service({ port: 9500 }), ['service-deaf']],
    ['to the agent', service({ port: 9001 }), []],
    ['to a name of another container', service({ port: 80, targetPort: 'http' }), []],
    ['other pods', service({ port: 9000 }, { app: 'web' }), []],
    ['no selector', service({ port: 9000 }, {}), []],
    ['another namespace', service({ port: 9000 }, { 'seldon-server-name': 'mlserver' }, 'other'), []],
  ];
  for (const [name, object, expected] of cases) t.strictSame(problems(ask(object, behind)), expected, name);
  t.match(ask(service({ port: 9000 }), behind), [
    {
      field: ['spec', 'ports', 0],
      data: { workload: 'StatefulSet financial-ml/mlserver', port: 9000, value: '127.0.0.1' },
    },
  ]);
  t.strictSame(ask(service({ port: 9000 }), [pod('0.0.0.0').object]), []);
  const below = config({ agent, mlserver: mlserver('127.0.0.1') });
  t.match(ask(service({ port: 9000 }), [below, server().object]), [
    { data: { workload: 'Server financial-ml/mlserver' } },
  ]);
});

void t.test("the cases that upstream's code was run on", { skip: noCorpus }, async (t) => {
  for (const { name, server, config } of mergeCases()) t.strictSame(ask(server, [config]), [], name);
});

void t.test('any type at any place', async (t) => {
  const object = pod('127.0.0.1');
  for (const odd of spoilt(object.object)) t.doesNotThrow(() => ask(manifest(odd)));
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 's', namespace: 'financial-ml' },
    spec: { selector: { 'seldon-server-name': 'mlserver' }, ports: [{ port: 9000 }] },
  };
  for (const odd of spoilt(service)) t.doesNotThrow(() => ask(manifest(odd), [object.object]));
});
