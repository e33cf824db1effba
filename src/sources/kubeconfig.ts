import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { apiServer } from './api-server.ts';
import type { ApiServer, Credentials } from './api-server.ts';
import { inCluster, isInCluster, SERVICE_ACCOUNT } from './in-cluster.ts';

export interface ConnectOptions {
  /** A kubeconfig file; without it KUBECONFIG, ~/.kube/config or the pod's service account, in this order. */
  readonly kubeconfig?: string | undefined;
  /** The context to use instead of the current one. */
  readonly context?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a pod's service account is. */
  readonly serviceAccount?: string;
}

/** An API server to ask, or a sentence why there is none. */
export type Connection = { readonly api: ApiServer } | { readonly problem: string };

const NOWHERE = {
  problem:
    'There is no kubeconfig: KUBECONFIG names no file that exists, ~/.kube/config does not exist, and this is no pod with a service account.',
};

/** The API server that a kubeconfig or the pod's service account leads to. Nothing is asked of it yet. Never throws. */
export async function connect(options: ConnectOptions = {}): Promise<Connection> {
  const { env = process.env, serviceAccount = SERVICE_ACCOUNT } = options;
  const files = kubeconfigFiles(options.kubeconfig, env);
  if (files.length === 0)
    return isInCluster(env, serviceAccount) ? { api: inCluster(env, serviceAccount) } : NOWHERE;
  // Half a second and 90 MiB: only for those who need it.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    for (const file of files) merge(config, load(new KubeConfig(), file));
  } catch (error) {
    return { problem: (error as Error).message };
  }
  return choose(config, options.context, files.join(delimiter));
}

function kubeconfigFiles(
  explicit: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): string[] {
  if (explicit !== undefined) return [explicit];
  // As kubectl has it: files of the list that do not exist are passed over.
  if (env['KUBECONFIG'])
    return env['KUBECONFIG'].split(delimiter).filter((file) => file !== '' && existsSync(file));
  const home = env['HOME'] ?? env['USERPROFILE'];
  const file = home === undefined ? undefined : join(home, '.kube', 'config');
  return file !== undefined && existsSync(file) ? [file] : [];
}

function load(config: KubeConfig, file: string): KubeConfig {
  try {
    config.loadFromFile(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'does not exist'
        : // client-node reads fields of nothing where the file is empty or no map.
          error instanceof TypeError
          ? 'is not a kubeconfig'
          : `cannot be read: ${message.split('\n', 1)[0]}`;
    throw new Error(`The kubeconfig ${file} ${why}.`);
  }
  return config;
}

/** Of two entries with one name the first file's counts (client-go, "the first file to set a value wins"). */
function merge(into: KubeConfig, from: KubeConfig): void {
  into.currentContext ||= from.currentContext;
  for (const cluster of from.clusters) if (into.getCluster(cluster.name) === null) into.addCluster(cluster);
  for (const user of from.users) if (into.getUser(user.name) === null) into.addUser(user);
  for (const context of from.contexts)
    if (into.getContextObject(context.name) === null) into.addContext(context);
}

function choose(config: KubeConfig, context: string | undefined, where: string): Connection {
  const name = context ?? config.currentContext;
  if (!name) return { problem: `No context is chosen in ${where}: set current-context or name one.` };
  config.setCurrentContext(name);
  if (config.getContextObject(name) === null) {
    const names = config.contexts.map((one) => one.name).join(', ') || 'none';
    return { problem: `There is no context ${name} in ${where}; there is: ${names}.` };
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    return { problem: `The context ${name} in ${where} names a cluster that is not there.` };
  return { api: apiServer(cluster.server, () => credentials(config)) };
}

/**
 * client-node knows every way to authenticate (tokens in files, exec plugins, client certificates, proxies) and
 * says the outcome to what it takes for its own request. The connection it makes is used once and for all by
 * `api-server.ts`: client-node itself would make one per request.
 */
async function credentials(config: KubeConfig): Promise<Credentials> {
  const headers: Record<string, string> = {};
  let dispatcher: Dispatcher | undefined;
  const request = {
    setHeaderParam: (name: string, value: string) => void (headers[name] = value),
    setDispatcher: (made: Dispatcher) => void (dispatcher = made),
  };
  await config.applySecurityAuthentication(
    request as unknown as Parameters<KubeConfig['applySecurityAuthentication']>[0],
  );
  const made = dispatcher;
  return { headers, dispatcher: made && (() => made) };
}
