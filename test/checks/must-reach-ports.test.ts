import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import {
  cured,
  decide,
  namespace,
  operator,
  policy,
  runtime,
  seldonConfig,
  server,
  TENANT,
  told,
  workload,
} from './seldon-cluster.ts';

// Which port a rule admits, and which port a client dials.

/** A policy for the scheduler that admits everybody on these ports, written in YAML. */
const onPorts = (ports: string): Manifest =>
  policy(
    `{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}, ingress: [{ports: ${ports}}]}`,
  );
/** The flows that are left open on 9005 or closed by it: the agents'. */
const agents = (decision: ReturnType<typeof decide>): string[] =>
  told(decision).filter((line) => line.includes('Server'));
const CLOSED = ['deny blocked: Server mlserver -> seldon-scheduler:9005'];
const CLOSED_TLS = ['deny blocked: Server mlserver -> seldon-scheduler:9055'];

void t.test('a rule by number, range, name and protocol', (t) => {
  const opens = (ports: string, open: boolean): void =>
    void t.strictSame(agents(decide(TENANT, onPorts(ports))), open ? [] : CLOSED, ports);
  opens('[{port: 9005}]', true);
  opens('[{port: 9005, protocol: TCP}]', true);
  opens('[{port: 9005, protocol: UDP}]', false);
  opens('[{protocol: TCP}]', true);
  opens('[{protocol: UDP}]', false);
  opens('[]', true);
  opens('[{port: 9000, endPort: 9005}]', true);
  opens('[{port: 9005, endPort: 9010}]', true);
  opens('[{port: 9000, endPort: 9004}]', false);
  opens('[{port: agent}]', true);
  opens('[{port: scheduler}]', false);
  opens('[{port: "9005"}]', false);
  opens('[{port: 80}, {port: 9005}]', true);
  t.end();
});

void t.test('a port by name is the name that the scheduler of this cluster gives it', (t) => {
  const ports = [{ name: 'agents', containerPort: 9005 }];
  const scheduler = workload('StatefulSet', 'financial-ml', 'seldon-scheduler', {
    spec: { containers: [{ name: 'scheduler', ports }] },
  });
  const world = [...TENANT, scheduler];
  t.strictSame(agents(decide(world, onPorts('[{port: agents}]'))), []);
  t.strictSame(agents(decide(world, onPorts('[{port: agent}]'))), CLOSED);
  t.end();
});

/** A tenant whose components speak mTLS or not, as the operator, the SeldonConfig and the agent say. */
function spoken(operatorSays?: string, configSays?: string, agentSays?: string): Manifest[] {
  const env = agentSays === undefined ? [] : [{ name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value: agentSays }];
  return [
    namespace('seldon-system'),
    ...(operatorSays === undefined ? [] : [operator('seldon-system', { security: operatorSays })]),
    ...(configSays === undefined ? [] : [seldonConfig('seldon-system', {}, configSays)]),
    namespace('financial-ml'),
    runtime(),
    server('mlserver', 'financial-ml', { podSpec: { containers: [{ name: 'agent', env }] } }),
  ];
}

void t.test('a client dials the port of the protocol that it is told to speak', (t) => {
  const plain = onPorts('[{port: 9005}]');
  const tls = onPorts('[{port: 9055}]');
  const [ssl, plaintext, unseen] = [
    spoken('SSL', 'SSL', 'SSL'),
    spoken('PLAINTEXT', 'PLAINTEXT', 'PLAINTEXT'),
    spoken(),
  ];
  t.strictSame(agents(decide(ssl, plain)), CLOSED_TLS);
  t.strictSame(agents(decide(ssl, tls)), []);
  t.strictSame(agents(decide(plaintext, plain)), []);
  t.strictSame(agents(decide(plaintext, tls)), CLOSED);
  t.strictSame(agents(decide(unseen, plain)), [], 'unknown: either port is enough');
  t.strictSame(agents(decide(unseen, tls)), [], 'unknown: either port is enough');
  t.strictSame(agents(decide(unseen, onPorts('[{port: 80}]'))), CLOSED, 'unknown: neither is not');
  t.strictSame(
    agents(decide(spoken('SSL'), plain)),
    [],
    'what the operator speaks is no proof for the others',
  );
  t.end();
});

void t.test(
  'where neither port is open, the one that less closes is spoken of, and the patch opens it',
  (t) => {
    const tlsOnly = policy(
      '{podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: 9055}]}]}',
      'tls-only',
    );
    const shut = policy(
      '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-server}}, policyTypes: [Egress]}',
      'shut',
    );
    const decision = decide([...spoken(), tlsOnly], shut);
    t.strictSame(told(decision), CLOSED_TLS);
    const open = cured(shut, decision);
    t.ok(open);
    if (open !== undefined) t.strictSame(told(decide([...spoken(), tlsOnly], open)), []);
    t.end();
  },
);

void t.test('where one port is in doubt and the other open, it is open', (t) => {
  const some = policy(
    '{podSelector: {}, ingress: [{ports: [{port: 9055}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}',
  );
  t.strictSame(agents(decide(spoken(), some)), []);
  t.end();
});

void t.test('clients that dial different ports are told apart', (t) => {
  const tls = [{ name: 'agent', env: [{ name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value: 'SSL' }] }];
  const other = server('triton', 'financial-ml', { podSpec: { containers: tls } });
  const world = [...spoken('PLAINTEXT', 'PLAINTEXT', 'PLAINTEXT'), other];
  t.strictSame(agents(decide(world, onPorts('[{port: 80}]'))), [
    ...CLOSED,
    'deny blocked: Server triton -> seldon-scheduler:9055',
  ]);
  t.end();
});

void t.test('Envoy and the dataflow engine keep their ports under mTLS', (t) => {
  const world = spoken('SSL', 'SSL', 'SSL');
  const scheduler = onPorts('[{port: 9044}, {port: 9055}]');
  t.strictSame(told(decide(world, scheduler)), [
    'deny blocked: seldon-dataflow-engine -> seldon-scheduler:9008',
    'deny blocked: seldon-envoy -> seldon-scheduler:9002',
  ]);
  t.end();
});

void t.test('the cure opens the port that is dialled; both where nobody can tell', (t) => {
  const portsFor = (world: readonly Manifest[]): (number | undefined)[] => {
    const shut = onPorts('[{port: 80}]');
    const spec = cured(shut, decide(world, shut))?.object['spec'] as unknown as { ingress: Rule[] };
    return spec.ingress
      .filter(({ from }) => JSON.stringify(from ?? []).includes('seldon-server'))
      .flatMap(({ ports }) => ports.map(({ port }) => port));
  };
  interface Rule {
    readonly from?: readonly unknown[];
    readonly ports: readonly { readonly port?: number }[];
  }
  t.strictSame(portsFor(spoken('PLAINTEXT', 'PLAINTEXT', 'PLAINTEXT')), [9005]);
  t.strictSame(portsFor(spoken('SSL', 'SSL', 'SSL')), [9055]);
  t.strictSame(portsFor(spoken('PLAINTEXT')), [9005], 'the operator has what the chart gives all of them');
  t.strictSame(portsFor(spoken('SSL')), [9055], 'the operator has what the chart gives all of them');
  t.strictSame(portsFor(spoken()), [9005, 9055]);
  t.end();
});
