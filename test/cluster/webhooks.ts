import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import type { TestApiServer } from '../api-server.ts';

/** A guard that listens on loopback. */
export interface Door {
  readonly port: number;
  readonly probePort: number;
  readonly ca: string;
}

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1';
const PROBES = '/apis/networking.k8s.io/v1/namespaces/default/networkpolicies';

/**
 * Registers the guard's two webhooks, as a cluster has them, and returns once the API server calls both: it
 * learns of them in its own time.
 */
export async function register(cluster: TestApiServer, door: Door): Promise<void> {
  for (const [plural, kind, webhook, more] of [
    [
      'mutatingwebhookconfigurations',
      'MutatingWebhookConfiguration',
      'mutate',
      { reinvocationPolicy: 'IfNeeded' },
    ],
    ['validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', 'validate', {}],
  ] as const)
    await cluster.ask('POST', `${CONFIGURATIONS}/${plural}`, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind,
      metadata: { name: `${webhook}.seldon-guard.io` },
      webhooks: [
        {
          name: `${webhook}.seldon-guard.io`,
          admissionReviewVersions: ['v1'],
          clientConfig: {
            url: `https://127.0.0.1:${door.port}/${webhook}`,
            caBundle: Buffer.from(door.ca).toString('base64'),
          },
          rules: rules(),
          // A guard that cannot be asked must fail the test.
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          sideEffects: 'NoneOnDryRun',
          timeoutSeconds: 10,
          ...more,
        },
      ],
    });
  for (const giveUp = Date.now() + 60_000; !(await bothAreCalled(cluster, door)); await wait(100))
    if (Date.now() > giveUp) throw new Error('the API server does not call the webhooks');
}

/** One rule per kind, with the operations that some policy is about; what is judged at rest alone needs none. */
function rules(): object[] {
  return [...readCatalogue().about].flatMap(([kind, policies]) => {
    const { group, version, resource, namespaced } = KINDS[kind];
    const operations = [...new Set(policies.flatMap(({ appliesTo }) => appliesTo[kind as Kind] ?? []))];
    if (operations.length === 0) return [];
    return {
      apiGroups: [group],
      apiVersions: [version],
      resources: [resource],
      operations,
      scope: namespaced ? 'Namespaced' : 'Cluster',
    };
  });
}

/** A NetworkPolicy comes and goes; the guard counts who asked. */
async function bothAreCalled(cluster: TestApiServer, { probePort }: Door): Promise<boolean> {
  await cluster.ask('POST', PROBES, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'webhook-probe' },
    spec: { podSelector: {}, ingress: [{}] },
  });
  await cluster.ask('DELETE', `${PROBES}/webhook-probe`);
  const { body } = await request(`http://127.0.0.1:${probePort}/metrics`);
  const figures = await body.text();
  return ['mutate', 'validate'].every((webhook) =>
    figures.includes(
      `seldon_guard_admission_duration_seconds_count{webhook="${webhook}",kind="NetworkPolicy"`,
    ),
  );
}
