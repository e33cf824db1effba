import t from 'tap';
import type { Test } from 'tap';
import { portsAgree } from '../../src/checks/server-pods/ports-agree.ts';
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
  findings(portsAgree, {}, object, others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem).toSorted();

/** What is found, and that the patch of all of it leaves only what had none. */
function expect(
  t: Test,
  object: Manifest,
  others: readonly object[],
  expected: readonly string[],
  name: string,
): void {
  const found = ask(object, others);
  t.strictSame(problems(found), expected.toSorted(), name);
  const kept = found.filter(({ fix }) => fix === undefined).map(({ problem }) => problem);
  t.strictSame(
    problems(ask(cured(object, found), others)),
    kept.toSorted(),
    `${name}: the patch cures the rest`,
  );
}

const pod = (agent: object, mlserver: object, more: object = {}): Manifest =>
  workload({
    agent: { env: env(agent as Record<string, string>) },
    mlserver: { env: env(mlserver as Record<string, string>), ...more },
  });
const WHOLE = config({
  rclone: { readinessProbe: { tcpSocket: { port: 5572 } } },
  agent: { env: env(AGENT), readinessProbe: { httpGet: { path: '/ready', port: 9008 } } },
  mlserver: { env: env(MLSERVER), ports: PORTS, readinessProbe: PROBE },
});

void t.test('what agent and MLServer are told', async (t) => {
  const http = (port: string): object => ({ SELDON_SERVER_HTTP_PORT: port });
  const grpc = (port: string): object => ({ SELDON_SERVER_GRPC_PORT: port });
  const cases: [string, object, object, string[]][] = [
    ['the same', AGENT, MLSERVER, []],
    [
      'both moved',
      { ...AGENT, ...http('8080'), ...grpc('8081') },
      { MLSERVER_HTTP_PORT: '8080', MLSERVER_GRPC_PORT: '8081' },
      [],
    ],
    ['nothing: 8080 and 8080, 9500 and 8081', {}, {}, ['mismatch']],
    ['nothing, and MLServer moved to what the agent dials', {}, { MLSERVER_GRPC_PORT: '9500' }, []],
    ['nothing, and the agent moved to where MLServer is', grpc('8081'), {}, []],
    ['HTTP apart', { ...AGENT, ...http('9100') }, MLSERVER, ['mismatch']],
    ['both apart', { ...AGENT, ...http('9100'), ...grpc('9600') }, MLSERVER, ['mismatch', 'mismatch']],
    ['crossed', { ...AGENT, ...http('9500'), ...grpc('9000') }, MLSERVER, ['mismatch', 'mismatch']],
    [
      'an empty text is no setting',
      { ...AGENT, ...http('') },
      { ...MLSERVER, MLSERVER_HTTP_PORT: '8080' },
      [],
    ],
    ['an address', { ...AGENT, ...grpc('tcp://10.43.7.9:9500') }, MLSERVER, ['malformed']],
    ['a name', { ...AGENT, ...http('http') }, MLSERVER, ['malformed']],
    ['a space', { ...AGENT, ...http('9000 ') }, MLSERVER, ['malformed']],
    ['nought', { ...AGENT, ...http('0') }, MLSERVER, ['malformed']],
    ['too much', { ...AGENT, ...http('65536') }, MLSERVER, ['malformed']],
    ['a variable that is not there', { ...AGENT, ...http('$(NOWHERE)') }, MLSERVER, ['malformed']],
    ['no number of the server', AGENT, { ...MLSERVER, MLSERVER_HTTP_PORT: 'http' }, ['malformed']],
    ['by another variable', { PORT: '9000', ...AGENT, ...http('$(PORT)') }, MLSERVER, []],
    ["the agent's own proxy", AGENT, { ...MLSERVER, MLSERVER_HTTP_PORT: '9001' }, ['mismatch', 'collision']],
    [
      "both on the agent's own proxy",
      { ...AGENT, ...http('9001') },
      { ...MLSERVER, MLSERVER_HTTP_PORT: '9001' },
      ['collision'],
    ],
    [
      'one port for both protocols',
      { ...AGENT, ...grpc('9000') },
      { ...MLSERVER, MLSERVER_GRPC_PORT: '9000' },
      ['collision'],
    ],
    [
      "MLServer's metrics",
      { ...AGENT, ...grpc('8082') },
      { ...MLSERVER, MLSERVER_GRPC_PORT: '8082' },
      ['collision'],
    ],
  ];
  for (const [name, agent, mlserver, expected] of cases) expect(t, pod(agent, mlserver), [], expected, name);
});

void t.test('a cure that brings another fault is none', async (t) => {
  const agent = { ...AGENT, SELDON_SERVER_HTTP_PORT: '8080' };
  const object = pod(agent, { ...MLSERVER, MLSERVER_HTTP_PORT: 'http' });
  const found = ask(object);
  t.match(found, [{ problem: 'malformed', data: { setting: 'MLSERVER_HTTP_PORT' } }]);
  t.equal(
    found[0]?.data['cure'],
    'MLSERVER_HTTP_PORT of container mlserver and SELDON_SERVER_HTTP_PORT of container agent to 9000',
  );
  t.strictSame(ask(cured(object, found)), []);
  const unready = workload({
    agent: {
      env: env({ ...AGENT, SELDON_READINESS_PORT: 'x' }),
      readinessProbe: { httpGet: { path: '/ready', port: 9108 } },
    },
    mlserver: { env: env(MLSERVER) },
  });
  t.match(ask(unready), [{ problem: 'malformed', fix: undefined }], 'its probe would miss the usual port');
});

void t.test('flags come before variables, and Triton has only flags', async (t) => {
  const agent = { env: env(AGENT), args: ['--inference-grpc-port=9600'] };
  const found = ask(workload({ agent, mlserver: { env: env(MLSERVER) } }));
  t.match(found, [
    {
      problem: 'mismatch',
      field: ['spec', 'template', 'spec', 'containers', 0, 'args', 0],
      data: { setting: '--inference-grpc-port', value: '9600', port: '9500' },
    },
  ]);
  t.strictSame(found[0]?.fix, [
    { op: 'replace', path: '/spec/template/spec/containers/0/args/0', value: '--inference-grpc-port=9500' },
  ]);
  const triton = (args: string[], agent: Record<string, string> = AGENT, more: object = {}): Manifest =>
    workload({ agent: { env: env(agent) }, triton: { args, ...more } });
  const cases: [string, Manifest, string[]][] = [
    ['the same', triton(['tritonserver', '--http-port=9000', '--grpc-port', '9500']), []],
    [
      'its defaults',
      triton(['tritonserver'], {
        ...AGENT,
        SELDON_SERVER_HTTP_PORT: '8000',
        SELDON_SERVER_GRPC_PORT: '8001',
      }),
      [],
    ],
    ["its defaults, and the agent at upstream's", triton(['tritonserver']), ['mismatch', 'mismatch']],
    ['a script that nobody sees into', triton(['/start.sh']), ['not-readable', 'not-readable']],
    [
      'by variables in a line',
      triton(['-c', 'tritonserver --http-port=$(SERVER_HTTP_PORT) --grpc-port=$(SERVER_GRPC_PORT)'], AGENT, {
        env: env({ SERVER_HTTP_PORT: '9000', SERVER_GRPC_PORT: '8001' }),
      }),
      ['mismatch'],
    ],
  ];
  for (const [name, object, expected] of cases) expect(t, object, [], expected, name);
  const below = config({
    agent: { env: env(AGENT) },
    triton: {
      args: ['-c', 'tritonserver --http-port=$(SERVER_HTTP_PORT) --grpc-port=$(SERVER_GRPC_PORT)'],
      env: env({ SERVER_HTTP_PORT: '9000', SERVER_GRPC_PORT: '9500' }),
    },
  });
  const moved = { SELDON_SERVER_GRPC_PORT: '8001' };
  expect(
    t,
    server({ triton: { env: env({ SERVER_GRPC_PORT: '8001' }) }, agent: { env: env(moved) } }),
    [below],
    [],
    'both moved by a Server',
  );
  expect(
    t,
    server({ triton: { env: env({ SERVER_GRPC_PORT: '8001' }) } }),
    [below],
    ['mismatch'],
    'one moved by a Server',
  );
});

void t.test('probes', async (t) => {
  const probed = (probe: object, ports: object[] = PORTS, mlserver: object = MLSERVER): Manifest =>
    pod(AGENT, mlserver, { ports, livenessProbe: probe });
  const at = (port: string | number, handler = 'httpGet'): object => ({ [handler]: { path: '/', port } });
  const cases: [string, Manifest, string[]][] = [
    ['by name', probed(PROBE), []],
    ['by number', probed(at(9000)), []],
    ['the gRPC port', probed(at(9500, 'tcpSocket')), []],
    ['the metrics', probed(at(8082)), []],
    ['another container of the pod', probed(at(9008)), []],
    ['by exec', probed({ exec: { command: ['true'] } }), []],
    ['another host', probed({ httpGet: { host: 'example.com', port: 1 } }), []],
    ['a number where nothing listens', probed(at(8080)), ['probe']],
    ['gRPC where nothing listens', probed(at(8081, 'grpc')), ['probe']],
    [
      'a name that is another number',
      probed(PROBE, [{ name: 'server-http', containerPort: 8080 }]),
      ['probe'],
    ],
    ['a name that is not declared', probed(at('http')), ['probe-unnamed']],
    ['no ports at all', probed(PROBE, []), ['probe-unnamed']],
  ];
  for (const [name, object, expected] of cases) expect(t, object, [], expected, name);
  const readiness = (port: number): Manifest =>
    workload({ agent: { env: env(AGENT), readinessProbe: at(port) }, mlserver: { env: env(MLSERVER) } });
  expect(t, readiness(9008), [], [], 'the agent, where it is ready');
  expect(t, readiness(9108), [], ['probe'], 'the agent, elsewhere');
  const beside = workload({
    agent: { env: env(AGENT) },
    mlserver: { env: env(MLSERVER), livenessProbe: at(15021) },
    proxy: {},
  });
  t.match(ask(beside), [
    {
      problem: 'not-readable',
      unknown: true,
      field: ['spec', 'template', 'spec', 'containers', 1, 'livenessProbe', 'httpGet', 'port'],
      data: { because: /livenessProbe of container mlserver goes to port 15021, and container proxy, which/ },
    },
  ]);
  const rclone = (port: number): Manifest =>
    workload({
      rclone: { readinessProbe: at(port, 'tcpSocket') },
      agent: { env: env(AGENT) },
      mlserver: { env: env(MLSERVER) },
    });
  expect(t, rclone(5572), [], [], 'rclone');
  expect(t, rclone(5573), [], ['probe'], 'rclone, elsewhere');
});

void t.test('what is declared', async (t) => {
  const declared = (ports: object[], more: object = {}): Manifest => pod(AGENT, MLSERVER, { ports, ...more });
  const cases: [string, Manifest, string[]][] = [
    ['as it is', declared(PORTS), []],
    ['nothing', declared([]), []],
    [
      'another number, that nobody asks for',
      declared([{ name: 'server-http', containerPort: 8080 }]),
      ['misdeclared'],
    ],
    ['a port without a name', declared([{ containerPort: 1234 }]), []],
    ['one name twice', declared([...PORTS, { name: 'server-http', containerPort: 8080 }]), ['same-name']],
    ['one number twice', declared([...PORTS, { name: 'again', containerPort: 9000 }]), []],
  ];
  for (const [name, object, expected] of cases) expect(t, object, [], expected, name);
  const beside = (port: object): Manifest =>
    workload({ agent: { env: env(AGENT) }, mlserver: { env: env(MLSERVER) }, side: { ports: [port] } });
  expect(t, beside({ containerPort: 9100 }), [], [], 'a container beside, on its own port');
  expect(t, beside({ containerPort: 9500 }), [], ['collision'], "a container beside, on the server's");
  expect(t, beside({ containerPort: 9500, protocol: 'UDP' }), [], [], 'another protocol');
  const again = workload({
    agent: { env: env(AGENT) },
    mlserver: { env: env(MLSERVER) },
    side: { ports: [{ containerPort: 9100 }, { name: 'x', containerPort: 9100 }] },
  });
  expect(t, again, [], [], 'a container that declares a number twice need not listen twice');
  const shared = workload({
    agent: { env: env(AGENT), ports: [{ name: 'http', containerPort: 9001 }] },
    mlserver: { env: env(MLSERVER), ports: [{ name: 'http', containerPort: 9000 }] },
  });
  t.match(ask(shared), [
    { problem: 'shared-name', data: { container: 'agent', other: 'mlserver', name: 'http', port: 9001 } },
  ]);
});

void t.test('hooks', async (t) => {
  const hook = (path: string, port: number): Manifest =>
    pod(AGENT, MLSERVER, { lifecycle: { preStop: { httpGet: { path, port } } } });
  expect(t, hook('terminate', 9007), [], [], 'the drainer');
  expect(t, hook('/terminate', 9107), [], ['hook'], 'another port');
  expect(t, hook('/flush', 9107), [], [], 'another hook');
  const named = (name: string): Manifest =>
    workload({
      agent: {
        env: env(AGENT),
        ports: [{ name: 'drainer', containerPort: 9007 }],
        lifecycle: { preStop: { httpGet: { path: 'terminate', port: name } } },
      },
      mlserver: { env: env(MLSERVER), ports: PORTS },
    });
  expect(t, named('drainer'), [], [], 'the drainer by its name');
  expect(t, named('drain'), [], ['hook'], "a name that is nobody's");
  const hidden = { configMapKeyRef: { name: 'ports', key: 'drainer' } };
  const unseen = pod({ ...AGENT, SELDON_DRAINER_PORT: hidden }, MLSERVER, {
    lifecycle: { preStop: { httpGet: { path: 'terminate', port: 9007 } } },
  });
  t.match(ask(unseen), [
    {
      unknown: true,
      data: { because: 'SELDON_DRAINER_PORT of container agent comes from ConfigMap ports, key drainer' },
    },
  ]);
});

void t.test('a Server over its ServerConfig', async (t) => {
  const agent = (values: Record<string, string>): object => ({ env: env(values) });
  const grpc = { SELDON_SERVER_GRPC_PORT: '8081' };
  const http = { SELDON_SERVER_HTTP_PORT: '8080' };
  const cases: [string, Manifest, object, string[], boolean][] = [
    ['nothing', server(), WHOLE, [], false],
    ['the agent moved', server({ agent: agent(grpc) }), WHOLE, ['mismatch'], false],
    [
      'the server moved',
      server({ mlserver: agent({ MLSERVER_GRPC_PORT: '8081' }) }),
      WHOLE,
      ['mismatch'],
      false,
    ],
    [
      'gRPC moved',
      server({ agent: agent(grpc), mlserver: agent({ MLSERVER_GRPC_PORT: '8081' }) }),
      WHOLE,
      [],
      false,
    ],
    [
      'HTTP moved',
      server({ agent: agent(http), mlserver: agent({ MLSERVER_HTTP_PORT: '8080' }) }),
      WHOLE,
      ['probe'],
      false,
    ],
    [
      'HTTP moved, with a number that is lost',
      server({
        agent: agent(http),
        mlserver: { env: env({ MLSERVER_HTTP_PORT: '8080' }), readinessProbe: { httpGet: { port: 8080 } } },
      }),
      WHOLE,
      ['probe', 'probe-lost'],
      false,
    ],
    [
      'a number that is lost',
      server({ mlserver: { readinessProbe: { httpGet: { port: 8080 } } } }),
      WHOLE,
      ['probe-lost'],
      false,
    ],
    [
      'the number that the name is',
      server({ mlserver: { readinessProbe: { httpGet: { port: 9000 } } } }),
      WHOLE,
      [],
      false,
    ],
    [
      'a name again',
      server({ mlserver: { ports: [{ name: 'server-http', containerPort: 8080 }] } }),
      WHOLE,
      ['same-name'],
      false,
    ],
    [
      'a second server',
      server({ mine: { env: env(MLSERVER) } }),
      WHOLE,
      ['collision', 'collision', 'collision'],
      false,
    ],
    [
      'wrong below',
      server(),
      config({ agent: agent({ ...AGENT, ...grpc }), mlserver: agent(MLSERVER) }),
      ['mismatch'],
      true,
    ],
    [
      'wrong below, and put right',
      server({ agent: agent({ SELDON_SERVER_GRPC_PORT: '9500' }) }),
      config({ agent: agent({ ...AGENT, ...grpc }), mlserver: agent(MLSERVER) }),
      [],
      false,
    ],
  ];
  for (const [name, object, below, expected, standing] of cases) {
    expect(t, object, [below], expected, name);
    for (const finding of ask(object, [below])) {
      t.equal(finding.standing ?? false, standing, `${name}: whose fault it is`);
      t.equal(
        finding.data['origin'],
        standing ? 'ServerConfig seldon-system/mlserver' : 'Server financial-ml/mlserver',
      );
    }
  }
  const [named] = ask(
    server({
      mlserver: {
        ports: [
          { name: 'debug', containerPort: 5678 },
          { name: 'server-http', containerPort: 8080 },
        ],
      },
    }),
    [WHOLE],
  );
  t.strictSame(named?.fix, [{ op: 'remove', path: '/spec/podSpec/containers/0/ports/1' }]);
  t.strictSame(named?.field, ['spec', 'podSpec', 'containers', 0, 'ports', 1]);
  const [alone] = ask(server({ mlserver: { ports: [{ name: 'server-http', containerPort: 8080 }] } }), [
    WHOLE,
  ]);
  t.strictSame(alone?.fix, [{ op: 'remove', path: '/spec/podSpec/containers/0/ports/0' }]);
  const [http8080] = ask(server({ mlserver: agent({ MLSERVER_HTTP_PORT: '8080' }) }), [WHOLE]);
  t.strictSame(
    http8080?.fix,
    [{ op: 'replace', path: '/spec/podSpec/containers/0/env/0/value', value: '9000' }],
    'the one change that cures both the disagreement and the probe',
  );
  const [moved] = ask(server({ agent: agent(http), mlserver: agent({ MLSERVER_HTTP_PORT: '8080' }) }), [
    WHOLE,
  ]);
  t.match(moved?.data, {
    cure: 'MLSERVER_HTTP_PORT of container mlserver and SELDON_SERVER_HTTP_PORT of container agent to 9000',
  });
});

void t.test('what is not to be seen', async (t) => {
  const from = { configMapKeyRef: { name: 'ports', key: 'grpc' } };
  const hidden = { ...AGENT, SELDON_SERVER_GRPC_PORT: from };
  t.match(ask(workload({ agent: { env: env(hidden) }, mlserver: { env: env(MLSERVER) } })), [
    {
      problem: 'not-readable',
      unknown: true,
      data: { because: 'SELDON_SERVER_GRPC_PORT of container agent comes from ConfigMap ports, key grpc' },
    },
  ]);
  const both = workload({
    agent: { env: env(hidden) },
    mlserver: { env: env({ ...MLSERVER, MLSERVER_GRPC_PORT: from }) },
  });
  t.strictSame(ask(both), [], 'one source is one number');
  const probes = { readinessProbe: PROBE, livenessProbe: PROBE };
  const grpcPort = { name: 'server-grpc', containerPort: 9500 };
  const hiddenHttp = (more: object): Manifest =>
    workload({
      agent: { env: env({ SELDON_SERVER_HTTP_PORT: from, SELDON_SERVER_GRPC_PORT: '9500' }) },
      mlserver: { env: env({ MLSERVER_HTTP_PORT: from, MLSERVER_GRPC_PORT: '9500' }), ...more },
    });
  t.strictSame(ask(hiddenHttp({ ports: [grpcPort] })), [], 'and nothing else goes by it');
  t.match(
    ask(hiddenHttp({ ports: PORTS, ...probes })),
    [
      {
        problem: 'not-readable',
        unknown: true,
        data: { because: /readinessProbe.*server-http, and MLSERVER_HTTP/ },
      },
    ],
    'a probe goes by it: said once',
  );
  t.match(
    ask(hiddenHttp({ ports: PORTS })),
    [
      {
        problem: 'not-readable',
        unknown: true,
        data: { because: /^MLSERVER_HTTP_PORT of container mlserver/ },
      },
    ],
    'a declaration goes by it',
  );
  t.match(ask(server({ mlserver: { livenessProbe: PROBE } }), []), [
    { unknown: true, data: { because: /which ports it declares is for ServerConfig mlserver/ } },
  ]);
  const envFrom = workload({
    agent: { env: env(AGENT) },
    mlserver: { env: env({ MLSERVER_HTTP_PORT: '9000' }), envFrom: [{ configMapRef: { name: 'x' } }] },
  });
  const hiddenBoth = workload({
    agent: { env: env({ SELDON_SERVER_HTTP_PORT: '9000' }), envFrom: [{ configMapRef: { name: 'x' } }] },
    mlserver: { env: env({ MLSERVER_HTTP_PORT: '9000' }), envFrom: [{ configMapRef: { name: 'y' } }] },
  });
  t.match(ask(hiddenBoth), [{ problem: 'not-readable', unknown: true }]);
  t.match(ask(envFrom), [
    { problem: 'not-readable', unknown: true, data: { because: /may come from envFrom/ } },
  ]);
  const metrics = workload({
    agent: { env: env(AGENT) },
    mlserver: {
      env: env(MLSERVER),
      envFrom: [{ secretRef: { name: 'models' } }],
      ports: [{ name: 'server-metrics', containerPort: 8082 }],
    },
  });
  t.match(ask(metrics), [{ unknown: true, effect: 'record', data: { setting: 'MLSERVER_METRICS_PORT' } }]);
  t.strictSame(ask(server(), []), [], 'a Server that says nothing of ports');
  t.match(ask(server({ agent: { env: env({ SELDON_SERVER_GRPC_PORT: '8081' }) } }), []), [
    { unknown: true, data: { because: /ServerConfig mlserver/ } },
  ]);
  t.match(ask(server({ mlserver: { env: env({ MLSERVER_GRPC_PORT: '8081' }) } }), []), [
    { unknown: true, data: { because: /ServerConfig mlserver/ } },
  ]);
  const apart = server({
    agent: { env: env({ SELDON_SERVER_GRPC_PORT: '8081' }) },
    mlserver: { env: env({ MLSERVER_GRPC_PORT: '9500' }) },
  });
  t.strictSame(problems(ask(apart, [])), ['mismatch'], 'what it says itself is the last word on both');
});

void t.test("pods that are not a Server's are not its business", async (t) => {
  const ports = {
    ports: [
      { name: 'a', containerPort: 1 },
      { name: 'a', containerPort: 2 },
    ],
  };
  t.strictSame(ask(stranger(ports)), []);
  const agent = stranger({ image: 'docker.io/seldonio/seldon-agent:2.9.1', ...ports });
  t.strictSame(problems(ask(agent)), ['same-name'], 'but an agent by its image is');
});

void t.test("the cases that upstream's code was run on", { skip: noCorpus }, async (t) => {
  const expected = new Map([
    ['mlserver/agent-env-append-duplicate', ['mismatch']],
    ['mlserver/mlserver-port-changed-one-side', ['mismatch']],
    ['mlserver/port-changed-both-sides', ['probe', 'probe', 'probe']],
    ['mlserver/ports-append-duplicate-name', ['same-name']],
    ['mlserver/probe-int-over-named-port', ['probe-lost']],
    ['mlserver/lifecycle-port-int-over-int', ['hook']],
  ]);
  const cases = mergeCases();
  t.ok(cases.length > 25);
  for (const { name, server, config } of cases) {
    expect(t, server, [config], expected.get(name) ?? [], name);
    expect(t, manifest(config), [], [], `${name}: the ServerConfig`);
  }
});

void t.test('rclone and its agent', async (t) => {
  const beside = (agent: object, rclone: object): Manifest =>
    workload({
      rclone: { ...rclone },
      agent: { command: ['/bin/agent'], env: env(AGENT), ...agent },
      mlserver: { env: env(MLSERVER) },
    });
  const args = (...list: string[]): object => ({ args: list });
  const rcd = (...list: string[]): object => args('rcd', '--rc-no-auth', ...list);
  const moved = args('--rclone-port=5573');
  const config = { configMapKeyRef: { name: 'ports', key: 'rclone' } };
  const cases: [string, object, object, string[]][] = [
    ['nothing said', {}, {}, []],
    ['as Seldon says it', {}, rcd('--rc-addr=0.0.0.0:5572'), []],
    ['rclone by its own default', {}, rcd(), []],
    ['both moved', moved, rcd('--rc-addr=:5573'), []],
    ['the agent moved', moved, rcd('--rc-addr=0.0.0.0:5572'), ['rclone']],
    ['the agent moved, and rclone has no flag', moved, rcd(), ['rclone']],
    ['rclone moved', args('--x'), rcd('--rc-addr', 'localhost:5573'), ['rclone']],
    ['rclone moved, IPv6', args('--x'), rcd('--rc-addr=[::]:5573'), ['rclone']],
    ['rclone moved, in a line', moved, { command: ['sh', '-c', 'rclone rcd --rc-addr=:5574'] }, ['rclone']],
    ['no number', args('--rclone-port=rclone'), {}, ['malformed']],
    ['an rclone elsewhere', args('--rclone-port=5573', '--rclone-host=rclone.shared'), {}, []],
    ['an rclone that is this one', args('--rclone-port=5573', '--rclone-host=127.0.0.1'), rcd(), ['rclone']],
    ['by the variable', {}, { ...rcd(), env: env({ RCLONE_RC_ADDR: ':5573' }) }, ['rclone']],
    [
      'by the variable, which comes after the flag',
      {},
      { ...rcd('--rc-addr=:5572'), env: env({ RCLONE_RC_ADDR: ':5573' }) },
      [],
    ],
    [
      "by the variable, which comes after the image's flag",
      {},
      { env: env({ RCLONE_RC_ADDR: ':5573' }) },
      [],
    ],
    ['from a ConfigMap', {}, { ...rcd('--rc-addr=:$(P)'), env: env({ P: config }) }, ['not-readable']],
    ['in a script', {}, { command: ['/start.sh'] }, ['not-readable']],
    ['twice', {}, rcd('--rc-addr=:5572', '--rc-addr=:5573'), ['not-readable']],
    ['without a number', {}, rcd('--rc-addr=unix:///x'), ['not-readable']],
  ];
  for (const [name, agent, rclone, expected] of cases) {
    const object = beside(agent, rclone);
    t.strictSame(problems(ask(object)), expected, name);
  }
  for (const [agent, rclone] of [
    [moved, rcd('--rc-addr=0.0.0.0:5572')],
    [moved, rcd()],
    [args('--x'), rcd('--rc-addr=:5573')],
  ] as const)
    expect(t, beside(agent, rclone), [], ['rclone'], JSON.stringify(rclone));
  t.match(ask(beside(args('--x'), rcd('--rc-addr=[::]:5573'))), [
    {
      data: { setting: '--rclone-port', value: '5572, its default', bound: '--rc-addr', port: '[::]:5573' },
      fix: [{ op: 'add', path: '/spec/template/spec/containers/1/args/-', value: '--rclone-port=5573' }],
    },
  ]);
  t.match(
    ask(beside({}, rcd('--rc-addr=0.0.0.0:5573'))),
    [{ fix: [{ value: '--rc-addr=0.0.0.0:5572' }] }],
    "an argument would take the place of all those of the agent's image",
  );
  t.match(
    ask(beside({ ...args('agent'), command: ['sh', '-c'] }, rcd('--rc-addr=0.0.0.0:5573'))),
    [{ fix: [{ value: '--rc-addr=0.0.0.0:5572' }] }],
    'a shell would get it',
  );
  const below = (rclone: object): object => {
    const { object } = manifest(WHOLE);
    const copy = structuredClone(object) as { spec: { podSpec: { containers: object[] } } };
    copy.spec.podSpec.containers[0] = { name: 'rclone', ...rclone };
    return copy;
  };
  const over = server({ rclone: args('--rc-addr=:5573') });
  t.strictSame(problems(ask(over, [below(rcd())])), ['rclone'], 'a Server moves it');
  t.match(ask(server({ agent: moved }), []), [
    { unknown: true, data: { because: /what rclone listens on/ } },
  ]);
  t.match(ask(over, []), [{ unknown: true, data: { because: /what the agent dials/ } }]);
});

void t.test("Envoy's port is the agent's to read", async (t) => {
  for (const port of ['80', '8443', ''])
    t.strictSame(ask(pod({ ...AGENT, SELDON_ENVOY_PORT: port }, MLSERVER)), [], port);
  const linked = pod({ ...AGENT, SELDON_ENVOY_PORT: 'tcp://10.43.7.9:80' }, MLSERVER);
  expect(t, linked, [], ['malformed'], 'an address');
});

void t.test('however many ports are declared, all are looked at', async (t) => {
  const many = Array.from({ length: 5000 }, (_, i) => ({
    name: `p-${String(i)}`,
    containerPort: 20_000 + i,
  }));
  const last = { name: 'p-0', containerPort: 30_001 };
  t.strictSame(ask(pod(AGENT, MLSERVER, { ports: [...PORTS, ...many] })), []);
  t.strictSame(problems(ask(pod(AGENT, MLSERVER, { ports: [...PORTS, ...many, last] }))), ['same-name']);
  const apart = { name: 'server-grpc', containerPort: 30_001 };
  t.strictSame(problems(ask(pod(AGENT, MLSERVER, { ports: [...many, apart] }))), ['misdeclared']);
});

void t.test('what is unknown does not hide what is certain', async (t) => {
  const agents = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => {
      const from = (key: string): object => ({ configMapKeyRef: { name: `ports-${String(i)}`, key } });
      const told = { SELDON_SERVER_HTTP_PORT: from('http'), SELDON_SERVER_GRPC_PORT: from('grpc') };
      return [`agent-${String(i)}`, { image: 'seldon-agent:x', env: env(told) }];
    }),
  );
  const ports = [...PORTS, { name: 'server-http', containerPort: 8080 }];
  const found = problems(ask(workload({ ...agents, mlserver: { env: env(MLSERVER), ports } })));
  t.ok(found.filter((problem) => problem === 'not-readable').length > 50);
  t.ok(found.includes('same-name'));
});

void t.test('a pod that no node would start is not worked out', async (t) => {
  const apart = (many: number): Manifest =>
    workload({
      agent: { env: env({ ...AGENT, SELDON_SERVER_GRPC_PORT: '8081' }) },
      mlserver: { env: env(MLSERVER) },
      ...Object.fromEntries(Array.from({ length: many }, (_, i) => [`side-${String(i)}`, {}])),
    });
  t.strictSame(problems(ask(apart(30))), ['mismatch']);
  t.strictSame(problems(ask(apart(38))), ['mismatch']);
  t.throws(() => ask(apart(39)), /its pods have 41 containers, more than the 40/);
});

void t.test('any type at any place', async (t) => {
  const object = pod(AGENT, MLSERVER, {
    ports: PORTS,
    readinessProbe: PROBE,
    lifecycle: { preStop: { httpGet: { path: 'terminate', port: 9007 } } },
  });
  for (const odd of spoilt(object.object)) t.doesNotThrow(() => ask(manifest(odd)));
  const above = server({
    agent: { env: env({ SELDON_SERVER_GRPC_PORT: '8081' }) },
    mlserver: { ports: PORTS },
  });
  for (const odd of spoilt(above.object)) t.doesNotThrow(() => ask(manifest(odd), [WHOLE]));
  for (const odd of spoilt(WHOLE as never)) t.doesNotThrow(() => ask(above, [odd]));
});
