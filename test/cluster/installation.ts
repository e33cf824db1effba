import { networkInterfaces } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Test } from 'tap';
import { noApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { serving } from '../commands/serving.ts';
import type { Serving } from '../commands/serving.ts';

// An installation as the chart makes it, where there are no nodes: the guard runs beside the API server, and a Service leads
// to it by way of an EndpointSlice and a pod that nobody else started.

/** The API server calls the endpoints of a Service, and no loopback address may be one. */
export const ADDRESS: string | undefined = Object.values(networkInterfaces())
  .flat()
  .find((one) => one?.family === 'IPv4' && !one.internal)?.address;

/** Why nothing can be installed here, or false where it can: for tap's `skip`. */
export const noInstallation: string | false =
  noApiServer || (ADDRESS === undefined && 'this machine has no address but loopback');

/** What the API server needs to be told to call endpoints itself: there is no kube-proxy. */
export const AGGREGATOR_ROUTING = '--enable-aggregator-routing=true';

export const NAME = 'seldon-guard';
const LABELS = { 'app.kubernetes.io/name': NAME };
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const IN_NAMESPACE = `/namespaces/${NAME}`;

/** Where the API server keeps what an installation is made of. */
export const PATHS = {
  validating: `${CONFIGURATIONS}/validatingwebhookconfigurations`,
  mutating: `${CONFIGURATIONS}/mutatingwebhookconfigurations`,
  deployments: `/apis/apps/v1${IN_NAMESPACE}/deployments`,
  services: `/api/v1${IN_NAMESPACE}/services`,
  pods: `/api/v1${IN_NAMESPACE}/pods`,
  secrets: `/api/v1${IN_NAMESPACE}/secrets`,
  leases: `/apis/coordination.k8s.io/v1${IN_NAMESPACE}/leases`,
  slices: `/apis/discovery.k8s.io/v1${IN_NAMESPACE}/endpointslices`,
  budgets: `/apis/policy/v1${IN_NAMESPACE}/poddisruptionbudgets`,
} as const;

/** An object as tests change it. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests reach into objects of every kind
export type Loose = any;

/** A pair of webhook configurations that lead to the guard's Service. */
export function configurations(name: string, webhook: object = {}): { validating: Loose; mutating: Loose } {
  const one = (which: string, path: string, more: object) => ({
    metadata: { name },
    webhooks: [
      {
        name: `${which}.seldon-guard.io`,
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { namespace: NAME, name: NAME, path, port: 443 } },
        rules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            resources: ['namespaces'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', NAME] },
          ],
        },
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: 'NoneOnDryRun',
        timeoutSeconds: 3,
        ...more,
      },
    ],
  });
  return {
    validating: one('validate', '/validate', { failurePolicy: 'Fail', ...webhook }),
    mutating: one('mutate', '/mutate', {}),
  };
}

/** Starts the guard as the chart does: its own certificate, kept in a Secret. */
export function startGuard(
  t: Pick<Test, 'teardown'>,
  cluster: TestApiServer,
  more: readonly string[] = [],
): Promise<Serving> {
  const args = [`--host=${ADDRESS}`, '--kubeconfig', cluster.kubeconfig, ...tlsArgs(`${NAME}-tls`), ...more];
  return serving(t, args, { ca: 'the one that it keeps in its Secret' });
}

function tlsArgs(secret: string): string[] {
  return [`--tls-secret=${NAME}/${secret}`, `--webhooks=${NAME}`, `--service=${NAME}/${NAME}`];
}

/** Installs all that the chart would, around a guard that runs, and waits until it is asked and its word counts. */
export async function install(cluster: TestApiServer, guard: Serving): Promise<void> {
  const ask: typeof cluster.ask = (...asked) => cluster.ask(...asked);
  const { validating, mutating } = configurations(NAME);
  await ask('POST', PATHS.validating, validating);
  await ask('POST', PATHS.mutating, mutating);
  await ask('POST', PATHS.services, {
    metadata: { name: NAME },
    spec: { selector: LABELS, ports: [{ name: 'https', port: 443, targetPort: 'https' }] },
  });
  await ask('POST', PATHS.slices, slice(guard));
  const template = { metadata: { labels: LABELS }, spec: { containers: [container(guard)] } };
  await ask('POST', PATHS.deployments, {
    metadata: { name: NAME },
    spec: { replicas: 2, selector: { matchLabels: LABELS }, template },
  });
  await change(
    cluster,
    PATHS.deployments,
    NAME,
    (one) => ({
      ...one,
      status: { replicas: 2, readyReplicas: 2 },
    }),
    '/status',
  );
  await ask('POST', PATHS.budgets, {
    metadata: { name: NAME },
    spec: { minAvailable: 1, selector: { matchLabels: LABELS } },
  });
  await addPod(cluster, 'replica-1', guard);
  await untilDenied(cluster);
}

/** A pod that says it is where the guard is. */
export async function addPod(
  cluster: TestApiServer,
  name: string,
  guard: Pick<Serving, 'port' | 'probePort'>,
) {
  await cluster.ask('POST', PATHS.pods, {
    metadata: { name, labels: LABELS },
    spec: { nodeName: 'nowhere', containers: [container(guard)] },
  });
  const status = {
    phase: 'Running',
    podIP: ADDRESS,
    podIPs: [{ ip: ADDRESS }],
    conditions: [{ type: 'Ready', status: 'True' }],
  };
  await change(cluster, PATHS.pods, name, (pod) => ({ ...pod, status }), '/status');
}

function container({ port, probePort }: Pick<Serving, 'port' | 'probePort'>): object {
  return {
    name: 'guard',
    image: 'registry.example.com/seldon-guard:1',
    args: ['serve', '--in-cluster', ...tlsArgs(`${NAME}-tls`)],
    ports: [
      { name: 'https', containerPort: port },
      { name: 'probes', containerPort: probePort },
    ],
    readinessProbe: { httpGet: { path: '/readyz', port: 'probes' } },
  };
}

/** Leads the Service to a guard. */
export function slice({ port }: Pick<Serving, 'port'>, ready = true): Loose {
  return {
    metadata: { name: NAME, labels: { 'kubernetes.io/service-name': NAME } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [ADDRESS], conditions: { ready } }],
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  };
}

/** Writes an object as `how` says, on what is there. */
export async function change(
  cluster: TestApiServer,
  path: string,
  name: string,
  how: (object: Loose) => object | Promise<object>,
  part = '',
): Promise<void> {
  const now = await cluster.ask('GET', `${path}/${name}`);
  await cluster.ask('PUT', `${path}/${name}${part}`, await how(now));
}

/** The API server learns of webhooks, certificates and endpoints in its own time. */
export async function untilDenied(cluster: TestApiServer): Promise<void> {
  for (const giveUp = Date.now() + 60_000; ; await wait(100)) {
    const said = await cluster
      .ask('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name: 'dev' } })
      .then(() => 'it was admitted', String);
    if (said.includes('denied the request')) return;
    if (Date.now() > giveUp) throw new Error(`the guard's word does not count: ${said}`);
  }
}
