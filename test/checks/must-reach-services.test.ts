import t from 'tap';
import type { Decision } from '../../src/judge/decision.ts';
import { patchOf } from '../../src/judge/patch-of.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { manifest } from '../policy/made.ts';
import {
  decide,
  namespace,
  operator,
  policy,
  runtime,
  server,
  TENANT,
  told,
  workload,
} from './seldon-cluster.ts';

// A client dials a Service's name and port, which are fixed in Seldon's code: it has to lead to the server's own port.

interface Port {
  readonly port: number;
  readonly targetPort?: number | string;
  readonly protocol?: string;
}

const mesh = (ports: readonly Port[], spec: object = {}, name = 'seldon-mesh'): Manifest =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'financial-ml' },
    spec: { selector: { 'app.kubernetes.io/name': 'seldon-envoy' }, ports, ...spec },
  });
const GOOD = mesh([{ port: 80, targetPort: 'http' }]);
const found = (decision: Decision) => decision.judgements.filter(({ problem }) => problem === 'misdirected');
const because = (object: Manifest, world: readonly Manifest[] = TENANT): string[] =>
  found(decide(world, object)).map(({ effect, brief }) => `${effect}: ${brief}`);

void t.test('a port, a selector and a name that lead elsewhere', (t) => {
  t.strictSame(because(GOOD), []);
  t.strictSame(because(mesh([{ port: 80, targetPort: 9000 }])), []);
  t.strictSame(because(mesh([{ port: 80, targetPort: 8080 }])), [
    'deny: Service seldon-mesh: its port 80 leads to port 8080 of seldon-envoy, not to 9000',
  ]);
  t.strictSame(because(mesh([{ port: 80 }])), [
    'deny: Service seldon-mesh: its port 80 leads to port 80 of seldon-envoy, not to 9000',
  ]);
  t.strictSame(because(mesh([{ port: 80, targetPort: 'web' }])), [
    'deny: Service seldon-mesh: its port 80 leads to a port named web, which seldon-envoy does not have',
  ]);
  t.strictSame(because(mesh([{ port: 8080, targetPort: 'http' }])), [
    'deny: Service seldon-mesh: it has no TCP port 80',
  ]);
  t.strictSame(because(mesh([{ port: 80, targetPort: 'http', protocol: 'UDP' }])).length, 1);
  t.strictSame(because(mesh([{ port: 80, targetPort: 'http' }], { selector: { app: 'envoy' } })), [
    'deny: Service seldon-mesh: its selector does not select seldon-envoy',
  ]);
  t.strictSame(because(mesh([{ port: 80, targetPort: 'http' }], { clusterIP: 'None' })), [
    'deny: Service seldon-mesh: it is headless, so that its port 80 is port 80 of seldon-envoy, not 9000',
  ]);
  t.end();
});

void t.test('what is no fault, or nobody can tell', (t) => {
  const shifted = [{ port: 80, targetPort: 8080 }];
  t.strictSame(because(mesh(shifted, {}, 'web')), [], 'a Service of another name');
  t.strictSame(because(mesh(shifted), [namespace('financial-ml')]), [], 'no Seldon in the namespace');
  t.strictSame(because(mesh(shifted, { selector: {} })), [], 'its endpoints are made by hand');
  t.strictSame(because(mesh(shifted, { type: 'ExternalName', externalName: 'a.b' })), []);
  t.strictSame(because(mesh([{ port: 80, targetPort: 'http' }, { port: 8443 }])), []);
  t.end();
});

void t.test('both sides moved together', (t) => {
  const envoy = workload('Deployment', 'financial-ml', 'seldon-envoy', {
    spec: { containers: [{ name: 'envoy', ports: [{ name: 'http', containerPort: 19000 }] }] },
  });
  const world = [...TENANT, envoy];
  t.strictSame(because(GOOD, world), []);
  t.strictSame(because(mesh([{ port: 80, targetPort: 9000 }]), world), [
    'deny: Service seldon-mesh: its port 80 leads to port 9000 of seldon-envoy, not to 19000',
  ]);
  const open = (port: number): Manifest =>
    policy(
      `{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-envoy}}, ingress: [{ports: [{port: ${port}}]}]}`,
    );
  const denied = (object: Manifest): number =>
    decide([...world, GOOD], object).judgements.filter(
      ({ policy, effect }) => policy === 'data-plane-reachable' && effect === 'deny',
    ).length;
  t.equal(denied(open(19_000)), 0, 'a NetworkPolicy admits the port that the Service leads to');
  t.ok(denied(open(9000)) > 0);
  t.end();
});

void t.test('the patch leads it back', (t) => {
  const wrong = [
    mesh([{ port: 80, targetPort: 8080 }]),
    mesh([{ port: 80, targetPort: 'web' }]),
    mesh([{ port: 8080, targetPort: 'http' }]),
    mesh([{ port: 80, targetPort: 'http' }], { selector: { app: 'envoy' } }),
    mesh([{ port: 1 }, { port: 80, targetPort: 1 }]),
  ];
  for (const object of wrong) {
    const decision = decide(TENANT, object);
    const cured = withObject(object, patched(object.object, patchOf(found(decision))));
    t.strictSame(because(cured), []);
  }
  t.end();
});

void t.test('what stood before is a warning, and what did not is not', (t) => {
  const [was, is] = [
    mesh([{ port: 80, targetPort: 8080 }]),
    mesh([{ port: 80, targetPort: 8080 }, { port: 9003 }]),
  ];
  const effects = (previous: Manifest): string[] =>
    found(decide([...TENANT, previous], is, { previous })).map(({ effect }) => effect);
  t.strictSame(effects(was), ['warn']);
  t.strictSame(effects(GOOD), ['deny']);
  t.strictSame(
    found(decide([...TENANT, was], was, { operation: 'NONE' })).map(({ effect }) => effect),
    ['deny'],
    'at rest',
  );
  t.end();
});

void t.test("the scheduler's Service, in plaintext and with mTLS", (t) => {
  const ports = (...own: [number, number | string][]): Manifest =>
    manifest({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'seldon-scheduler', namespace: 'financial-ml' },
      spec: {
        selector: { 'app.kubernetes.io/name': 'seldon-scheduler' },
        ports: own.map(([port, targetPort]) => ({ port, targetPort })),
      },
    });
  const plain: [number, string][] = [
    [9002, 'xds'],
    [9004, 'scheduler'],
    [9005, 'agent'],
    [9008, 'dataflow'],
  ];
  const world = (security: string): Manifest[] => [
    namespace('seldon-system'),
    operator('seldon-system', { security }),
    namespace('financial-ml'),
    runtime(),
    server(),
  ];
  t.strictSame(because(ports(...plain), world('PLAINTEXT')), []);
  t.match(because(ports(...plain), world('SSL')), [
    /it has no TCP port 90[45][45]$/,
    /it has no TCP port 90[45][45]$/,
  ]);
  t.strictSame(because(ports(...plain, [9044, 'scheduler-mtls'], [9055, 'agent-mtls']), world('SSL')), []);
  t.strictSame(because(ports(...plain.slice(1), [9002, 'agent'])), [
    'deny: Service seldon-scheduler: its port 9002 leads to port 9005 of seldon-scheduler, not to 9002',
  ]);
  t.end();
});

void t.test('what an operator makes as its SeldonRuntime had it coming says nothing again', (t) => {
  const config = manifest({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonConfig',
    metadata: { name: 'default', namespace: 'seldon-system' },
    spec: {
      components: [
        { name: 'seldon-scheduler', podSpec: { containers: [{ name: 'main' }] } },
        { name: 'seldon-envoy', podSpec: { containers: [{ name: 'main' }] } },
      ],
    },
  });
  const shut = policy({ podSelector: {}, policyTypes: ['Ingress'] }, 'shut');
  const world = [namespace('seldon-system'), operator(), config, namespace('financial-ml'), runtime(), shut];
  const made = (labels: Record<string, string> = {}, spec: object = {}): Manifest =>
    workload('Deployment', 'financial-ml', 'seldon-envoy', {
      labels: { 'app.kubernetes.io/name': 'seldon-envoy', ...labels },
      spec: { containers: [{ name: 'main' }], ...spec },
    });
  const xds = 'warn opened-by-nobody: seldon-envoy -> seldon-scheduler:9002';
  t.strictSame(told(decide(world, made())), []);
  t.strictSame(told(decide(world, made({ team: 'ml' }))), [xds], 'other labels');
  const ssl = {
    containers: [{ name: 'main', env: [{ name: 'CONTROL_PLANE_SECURITY_PROTOCOL', value: 'SSL' }] }],
  };
  t.strictSame(told(decide(world, made({}, ssl))), [xds], 'another protocol');
  const ports = { containers: [{ name: 'main', ports: [{ containerPort: 1 }] }] };
  t.strictSame(told(decide(world, made({}, ports))), [xds], 'other ports');
  t.strictSame(told(decide([...world.slice(0, 4), shut], made())).length, 0, 'no scheduler to reach');
  t.end();
});
