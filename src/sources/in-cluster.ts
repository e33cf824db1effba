import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent } from 'undici';
import { apiServer } from './api-server.ts';
import type { ApiServer } from './api-server.ts';

/** Where the kubelet puts a pod's service account (Kubernetes, "Accessing the Kubernetes API from a Pod"). */
export const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this process runs in a pod with a service account. */
export function isInCluster(env: NodeJS.ProcessEnv, folder: string): boolean {
  return Boolean(env['KUBERNETES_SERVICE_HOST']) && existsSync(join(folder, 'token'));
}

/**
 * The API server of the cluster that this pod runs in, as its service account; throws a sentence where there is none. Without
 * the client library, which takes 90 MiB to read the kubeconfig that a pod does not have. The kubelet renews the token in its
 * file, so it is read anew for every request.
 */
export function inCluster(env: NodeJS.ProcessEnv, folder: string): ApiServer {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (!host || !isInCluster(env, folder))
    throw new Error(`This is no pod with a service account: there is no ${join(folder, 'token')}.`);
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  const url = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return apiServer(url, async () => {
    const token = (await readFile(join(folder, 'token'), 'utf8')).trim();
    return { headers: { authorization: `Bearer ${token}` }, dispatcher: () => trusting(folder) };
  });
}

/** A connection that trusts the cluster's own authority. */
function trusting(folder: string): Agent {
  return new Agent({ connect: { ca: readFileSync(join(folder, 'ca.crt'), 'utf8') } });
}
