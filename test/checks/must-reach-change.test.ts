import t from 'tap';
import type { Manifest } from '../../src/model/manifest.ts';
import {
  decide,
  findings,
  namespace,
  operator,
  policy,
  runtime,
  server,
  TENANT,
  told,
  workload,
} from './seldon-cluster.ts';

// Whose fault: a request is denied for what it closes, and warned of what it finds closed.

const SCHEDULER = 'podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}';
/** A policy for the scheduler that admits everybody on these ports. */
const admits = (ports: string, name = 'scheduler'): Manifest =>
  policy(`{${SCHEDULER}, ingress: [{ports: [${ports}]}]}`, name);
const ALL_PORTS = '{port: 9002}, {port: 9004}, {port: 9005}, {port: 9008}';
const NO_XDS = '{port: 9004}, {port: 9005}, {port: 9008}';
const NO_XDS_NO_AGENT = '{port: 9004}, {port: 9008}';
const envoy = 'seldon-envoy -> seldon-scheduler:9002';
const agent = 'Server mlserver -> seldon-scheduler:9005';
const change = (
  world: readonly Manifest[],
  object: Manifest,
  previous?: Manifest,
  operation?: 'DELETE',
): string[] =>
  told(
    decide([...world, ...(previous === undefined ? [] : [previous])], object, {
      ...(previous && { previous }),
      ...(operation && { operation }),
    }),
  );

void t.test('a NetworkPolicy that is changed', (t) => {
  t.strictSame(change(TENANT, admits(NO_XDS), admits(ALL_PORTS)), [`deny blocked: ${envoy}`]);
  t.strictSame(change(TENANT, admits(NO_XDS), admits(NO_XDS)), [`warn blocked: ${envoy}`], 'it stood closed');
  t.strictSame(change(TENANT, admits(NO_XDS_NO_AGENT), admits(NO_XDS)), [
    `deny blocked: ${agent}`,
    `warn blocked: ${envoy}`,
  ]);
  t.strictSame(change(TENANT, admits(ALL_PORTS), admits(NO_XDS)), [], 'it opens what it closed');
  const other = admits(NO_XDS, 'other');
  t.strictSame(
    change([...TENANT, other], admits(NO_XDS), admits(ALL_PORTS)),
    [`deny blocked: ${envoy}`],
    'it was what allowed it',
  );
  t.strictSame(change([...TENANT, admits(ALL_PORTS, 'other')], admits(NO_XDS), admits(ALL_PORTS)), []);
  t.end();
});

void t.test('a NetworkPolicy that turns to other pods leaves these to the rest', (t) => {
  const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'default-deny');
  const away = policy('{podSelector: {matchLabels: {app: web}}, ingress: [{}]}', 'scheduler');
  const said = decide([...TENANT, deny, admits('{port: 9002}')], away, { previous: admits('{port: 9002}') });
  t.strictSame(told(said), [`deny blocked: ${envoy}`]);
  t.equal(findings(said)[0]?.patch, undefined, 'no rule of its own cures that');
  t.end();
});

void t.test('a NetworkPolicy that is deleted never meets more than a warning', (t) => {
  const deny = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'default-deny');
  const gone = admits(ALL_PORTS);
  const said = change([...TENANT, deny], gone, gone, 'DELETE');
  t.equal(said.length, 7);
  t.ok(
    said.every((line) => line.startsWith('warn closed-by-deletion: ')),
    said.join('\n'),
  );
  const byAddress = policy(
    `{${SCHEDULER}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}`,
    'by-address',
  );
  t.strictSame(change([...TENANT, byAddress], gone, gone, 'DELETE'), [], 'what nobody can tell');
  t.strictSame(change(TENANT, gone, gone, 'DELETE'), [], 'it closed nothing and nothing else does');
  t.strictSame(
    change([...TENANT, admits(ALL_PORTS, 'other'), deny], gone, gone, 'DELETE'),
    [],
    'another one allows the same',
  );
  t.strictSame(
    change([...TENANT, admits(NO_XDS, 'other')], deny, deny, 'DELETE'),
    [],
    'what stays closed was closed',
  );
  t.equal(
    findings(decide([...TENANT, deny, gone], gone, { operation: 'DELETE', previous: gone })).find(
      ({ patch }) => patch,
    ),
    undefined,
  );
  t.end();
});

void t.test('what arrives in a closed namespace is told which policy closed it', (t) => {
  const closed = [namespace('seldon-system'), operator(), namespace('financial-ml'), admits(NO_XDS_NO_AGENT)];
  t.strictSame(change(closed, runtime()), [`warn opened-by-nobody: ${envoy}`]);
  t.strictSame(change([...closed, runtime()], server()), [`warn opened-by-nobody: ${agent}`]);
  const [told] = findings(decide(closed, runtime()));
  t.match(told, { standing: true, patch: undefined });
  t.match(
    told?.remedy,
    /Allow TCP 9002 from seldon-envoy to seldon-scheduler \(ingress\) in scheduler or a policy beside it/,
  );
  t.match(told?.brief, /closed by scheduler$/);
  const hand = workload('Deployment', 'financial-ml', 'seldon-envoy');
  const scheduler = workload('StatefulSet', 'financial-ml', 'seldon-scheduler');
  t.strictSame(change([...closed, scheduler], hand), [`warn opened-by-nobody: ${envoy}`]);
  t.strictSame(change([...closed, hand], scheduler), [`warn opened-by-nobody: ${envoy}`]);
  t.strictSame(change([...closed, scheduler], workload('Deployment', 'financial-ml', 'web')), []);
  t.end();
});

void t.test('what arrives where the operator cannot get out', (t) => {
  const shut = policy({ podSelector: {}, policyTypes: ['Egress'] }, 'shut', 'seldon-system');
  const world = [namespace('seldon-system'), operator(), namespace('financial-ml'), shut];
  t.strictSame(change(world, runtime()), [
    'warn opened-by-nobody: seldon-v2-controller-manager (namespace seldon-system) -> seldon-scheduler:9004',
  ]);
  t.end();
});

void t.test('of two Servers that one policy cuts off, one may have been so before', (t) => {
  const admit = (name: string): Manifest =>
    policy(
      `{${SCHEDULER}, ingress: [{from: [{podSelector: {matchLabels: {seldon-server-name: ${name}}}}]}]}`,
    );
  const said = change([...TENANT, server('triton')], admit('none'), admit('triton')).filter((line) =>
    line.includes('Server'),
  );
  t.strictSame(said, ['deny blocked: Server triton -> seldon-scheduler:9005', `warn blocked: ${agent}`]);
  t.end();
});

void t.test('an operator arrives, or comes to watch a namespace', (t) => {
  const N = [
    namespace('financial-ml'),
    runtime(),
    namespace('seldon-system'),
    admits('{port: 9002}, {port: 9008}, {port: 9005}'),
  ];
  const flow =
    'warn opened-by-nobody: seldon-v2-controller-manager -> seldon-scheduler (namespace financial-ml):9004';
  t.strictSame(change(N, operator()), [flow]);
  t.strictSame(change(N, operator('seldon-system', { clusterwide: false })), []);
  t.strictSame(change(N, operator(), operator('seldon-system', { clusterwide: false })), [flow]);
  t.strictSame(change(N, operator('seldon-system', { watch: 'blue' })), []);
  t.end();
});

void t.test('a client that comes to speak mTLS finds a port closed: the labels did not do it', (t) => {
  const said = change(
    [...TENANT, admits(ALL_PORTS)],
    operator('seldon-system', { security: 'SSL' }),
    operator(),
  );
  t.strictSame(said, [
    'warn opened-by-nobody: seldon-v2-controller-manager -> seldon-scheduler (namespace financial-ml):9044',
  ]);
  t.end();
});

void t.test('an update that changes nothing of the kind says nothing new', (t) => {
  const world = [...TENANT, admits(NO_XDS)];
  const replicas = (count: number): Manifest =>
    runtime('financial-ml', { overrides: [{ name: 'seldon-envoy', replicas: count }] });
  t.strictSame(change(world, replicas(2), replicas(1)), [`warn opened-by-nobody: ${envoy}`]);
  t.strictSame(change(world, replicas(1), replicas(0)), [`warn opened-by-nobody: ${envoy}`]);
  t.strictSame(change(world, replicas(0), replicas(1)), []);
  t.strictSame(change(world, runtime(), runtime()), []);
  t.end();
});
