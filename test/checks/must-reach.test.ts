import t from 'tap';
import { decide, policy, runtime, server, TENANT, told } from './seldon-cluster.ts';
import type { Manifest } from '../../src/model/manifest.ts';

// The truth table: each flow, on either side, closed by the policy under review, by another one, by both, by neither.

interface Row {
  readonly id: string;
  readonly client: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
  readonly effect?: string;
}

const named = (name: string) => ({ 'app.kubernetes.io/name': name });
const FLOWS: readonly Row[] = [
  {
    id: 'F1',
    client: 'seldon-v2-controller-manager',
    labels: { 'control-plane': 'v2-controller-manager' },
    port: 9004,
  },
  { id: 'F2', client: 'Server mlserver', labels: named('seldon-server'), port: 9005 },
  { id: 'F3', client: 'seldon-envoy', labels: named('seldon-envoy'), port: 9002 },
  { id: 'F4', client: 'seldon-modelgateway', labels: named('seldon-modelgateway'), port: 9004 },
  { id: 'F5', client: 'seldon-pipelinegateway', labels: named('seldon-pipelinegateway'), port: 9004 },
  { id: 'F6', client: 'seldon-dataflow-engine', labels: named('seldon-dataflow-engine'), port: 9008 },
  { id: 'F7', client: 'hodometer', labels: named('hodometer'), port: 9004, effect: 'warn' },
];
const SCHEDULER = { matchLabels: named('seldon-scheduler') };

const homeOf = (row: Row): string => (row.id === 'F1' ? 'seldon-system' : 'financial-ml');
const peer = (row: Row) => ({ namespaceSelector: {}, podSelector: { matchLabels: row.labels } });
const admit = (rows: readonly Row[]) =>
  rows.map((row) => ({ from: [peer(row)], ports: [{ port: row.port }] }));

/** A policy at one end of a flow that closes this flow and no other, or opens it. */
function gate(row: Row, side: 'ingress' | 'egress', open: boolean, name: string): Manifest {
  if (side === 'egress')
    return policy(
      {
        podSelector: { matchLabels: row.labels },
        policyTypes: ['Egress'],
        egress: open
          ? [{ to: [{ namespaceSelector: {}, podSelector: SCHEDULER }], ports: [{ port: row.port }] }]
          : [],
      },
      name,
      homeOf(row),
    );
  const others = open ? FLOWS : FLOWS.filter((other) => other !== row);
  return policy({ podSelector: SCHEDULER, policyTypes: ['Ingress'], ingress: admit(others) }, name);
}

for (const row of FLOWS)
  for (const side of ['ingress', 'egress'] as const)
    void t.test(`${row.id} on ${side}`, (t) => {
      const away = (end: string, namespace: string): string =>
        namespace === (side === 'egress' ? homeOf(row) : 'financial-ml')
          ? end
          : `${end} (namespace ${namespace})`;
      const flow = `${away(row.client, homeOf(row))} -> ${away('seldon-scheduler', 'financial-ml')}:${row.port}`;
      const blocked = [`${row.effect ?? 'deny'} blocked: ${flow}`];
      const standing = [`warn blocked: ${flow}`];
      const closing = gate(row, side, false, 'this');
      const other = side === 'ingress' ? 'egress' : 'ingress';

      t.strictSame(told(decide(TENANT, closing)), blocked, 'this policy closes it');
      t.strictSame(
        told(decide([...TENANT, gate(row, side, true, 'opener')], closing)),
        [],
        'another opens it',
      );
      t.strictSame(
        told(decide([...TENANT, gate(row, side, false, 'closer')], closing)),
        standing,
        'both close it',
      );
      t.strictSame(
        told(decide([...TENANT, gate(row, other, false, 'closer')], closing)),
        standing,
        'the other side stood closed',
      );
      t.strictSame(told(decide(TENANT, gate(row, side, true, 'this'))), [], 'this policy opens it');
      const opener = decide([...TENANT, gate(row, side, false, 'closer')], gate(row, side, true, 'this'));
      t.strictSame(told(opener), [], 'this policy opens what another closes');
      const bystander = policy({ podSelector: SCHEDULER, policyTypes: ['Egress'] }, 'bystander');
      t.strictSame(
        told(decide([...TENANT, gate(row, side, false, 'closer')], bystander)),
        [],
        'another closes it, this one has no part in it',
      );
      t.end();
    });

void t.test('a default deny closes every flow, and says so once for each', (t) => {
  const decision = decide(
    TENANT,
    policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'default-deny'),
  );
  const controller = 'seldon-v2-controller-manager (namespace seldon-system)';
  t.strictSame(
    told(decision),
    FLOWS.map(({ id, client, port, effect }) => {
      return `${effect ?? 'deny'} blocked: ${id === 'F1' ? controller : client} -> seldon-scheduler:${port}`;
    }).toSorted(),
  );
  t.end();
});

void t.test('Servers that are cut off for the same reason share a sentence, and others do not', (t) => {
  const world = [...TENANT, server('triton'), server('gpu')];
  const all = policy({ podSelector: { matchLabels: named('seldon-server') }, policyTypes: ['Egress'] });
  t.strictSame(told(decide(world, all)), [
    'deny blocked: Server mlserver, Server triton and Server gpu -> seldon-scheduler:9005',
  ]);
  const gpu = { matchLabels: { 'seldon-server-name': 'gpu' } };
  const one = policy({ podSelector: gpu, policyTypes: ['Egress'] }, 'gpu');
  t.strictSame(told(decide(world, one)), ['deny blocked: Server gpu -> seldon-scheduler:9005']);
  t.strictSame(told(decide([...world, one], all)), [
    'deny blocked: Server mlserver and Server triton -> seldon-scheduler:9005',
    'warn blocked: Server gpu -> seldon-scheduler:9005',
  ]);
  t.end();
});

void t.test('a namespace where nothing has to reach anything', (t) => {
  const shut = policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }, 'default-deny', 'web');
  t.strictSame(told(decide(TENANT, shut)), [], 'no Seldon in it');
  t.strictSame(told(decide([...TENANT, server('mlserver', 'web')], shut)), [], 'a Server with no scheduler');
  const idle = runtime('web', { overrides: [{ name: 'seldon-scheduler', replicas: 0 }] });
  t.strictSame(told(decide([...TENANT, idle], shut)), [], 'a scheduler without replicas');
  t.end();
});
