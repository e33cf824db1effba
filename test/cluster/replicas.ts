import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import type { TestApiServer } from '../api-server.ts';
import type { Serving } from '../commands/serving.ts';
import { ADDRESS, NAME, PATHS, change, configurations, slice } from './installation.ts';
import type { Loose } from './installation.ts';

// Replicas of the guard behind its Service, asked by an API server that is never left alone.

const POLICY = { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] };

/** Widens the webhooks to NetworkPolicies, and waits until one of them asks. */
export async function guarded(cluster: TestApiServer): Promise<void> {
  const rule = {
    apiGroups: ['networking.k8s.io'],
    apiVersions: ['v1'],
    resources: ['networkpolicies'],
    operations: ['CREATE', 'UPDATE'],
  };
  const { validating } = configurations(NAME);
  await change(cluster, PATHS.validating, NAME, (one) => ({
    ...one,
    webhooks: one.webhooks.map((webhook: Loose) => ({
      ...webhook,
      rules: [...validating.webhooks[0].rules, rule],
    })),
  }));
  const misplaced = { metadata: { name: 'public' } };
  for (const giveUp = Date.now() + 60_000; ; await wait(100)) {
    const said = await cluster
      .ask('POST', '/api/v1/namespaces?dryRun=All', { metadata: { name: 'dev' } })
      .catch(String);
    const policy = await create(cluster, 'shop', misplaced.metadata.name).catch(String);
    if (String(said).includes('denied the request') && policy === undefined) return;
    if (Date.now() > giveUp) throw new Error(`${String(said)} ${String(policy)}`);
  }
}

/** Creates a NetworkPolicy that nobody minds, as a dry run; throws what the API server says against it. */
export async function create(cluster: TestApiServer, namespace: string, name: string): Promise<undefined> {
  const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies?dryRun=All`;
  await cluster.ask('POST', path, { metadata: { name }, spec: POLICY });
}

/** Keeps writing until it is stopped; tells what failed. */
export function startLoad(cluster: TestApiServer): {
  stop: () => Promise<{ done: number; failed: string[] }>;
} {
  const failed: string[] = [];
  let done = 0;
  let isOn = true;
  const write = async (who: number): Promise<void> => {
    for (let i = 0; isOn; i++) {
      await create(cluster, 'shop', `load-${who}-${i}`).then(
        () => (done += 1),
        (error: unknown) => failed.push(String(error)),
      );
      await wait(20);
    }
  };
  const writers = [1, 2, 3, 4].map(write);
  return {
    async stop() {
      isOn = false;
      await Promise.all(writers);
      return { done, failed };
    },
  };
}

/**
 * Does what the endpoints controller does: only replicas that say they are ready are behind the Service. They may come and
 * go.
 */
export function route(cluster: TestApiServer, replicas: ReadonlyMap<string, Serving>): () => void {
  let isOn = true;
  const loop = async (): Promise<void> => {
    const known = new Map<string, boolean>();
    await cluster.ask('DELETE', `${PATHS.slices}/${NAME}`).catch(() => undefined);
    while (isOn) {
      for (const name of known.keys())
        if (!replicas.has(name) && known.delete(name))
          await cluster.ask('DELETE', `${PATHS.slices}/${NAME}-${name}`).catch(() => undefined);
      for (const [name, replica] of replicas) {
        const isReady = await probe(replica, '/readyz').then(
          ({ status }) => status === 200,
          () => false,
        );
        if (known.get(name) === isReady) continue;
        known.set(name, isReady);
        const wanted = slice(replica, isReady);
        const body = { ...wanted, metadata: { ...wanted.metadata, name: `${NAME}-${name}` } };
        await cluster.ask('DELETE', `${PATHS.slices}/${NAME}-${name}`).catch(() => undefined);
        if (isReady) await cluster.ask('POST', PATHS.slices, body).catch(() => known.delete(name));
      }
      await wait(50);
    }
  };
  void loop();
  return () => {
    isOn = false;
  };
}

/** It listens where endpoints can be, and so do its probes. */
export async function probe({ probePort }: Serving, path: string): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(`http://${ADDRESS}:${probePort}${path}`);
  return { status: statusCode, text: await body.text() };
}
