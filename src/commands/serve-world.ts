import { Picture } from '../model/cluster.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { needsOf } from '../policy/needs.ts';
import type { Log } from '../server/guard.ts';
import type { ApiServer } from '../sources/api-server.ts';
import { Faults } from '../sources/faults.ts';
import { readManifests } from '../sources/files.ts';
import { inCluster, SERVICE_ACCOUNT } from '../sources/in-cluster.ts';
import { connect } from '../sources/kubeconfig.ts';
import { LiveCluster } from '../sources/live-cluster.ts';
import { givenWorld, liveWorld } from '../sources/world.ts';
import type { World } from '../sources/world.ts';

/** Where `serve` is told to take the rest of the cluster from. */
export interface WorldOptions {
  readonly cluster?: readonly string[];
  readonly kubeconfig?: string;
  /** The folder of the pod's service account; true where it is as the kubelet puts it. */
  readonly inCluster?: boolean | string;
  readonly context?: string;
  /** Seconds. */
  readonly staleAfter: number;
}

/** The API server that the options lead to, if to any. Throws Faults. */
export async function apiOf(options: WorldOptions): Promise<ApiServer | undefined> {
  const { kubeconfig, inCluster: account = false, context, cluster } = options;
  if (kubeconfig === undefined && account === false) return undefined;
  if (cluster !== undefined)
    throw new Faults(['--cluster and --kubeconfig are two pictures of one cluster: give one of them']);
  if (account !== false) return ofPod(account === true ? SERVICE_ACCOUNT : account);
  const connection = await connect({ kubeconfig, context });
  if ('problem' in connection) throw new Faults([connection.problem]);
  return connection.api;
}

function ofPod(folder: string): ApiServer {
  try {
    return inCluster(process.env, folder);
  } catch (error) {
    throw new Faults([(error as Error).message]);
  }
}

/** The world as manifests say it is. Throws Faults. */
export async function worldOfFiles(paths: readonly string[] | undefined, log: Log): Promise<World> {
  const { manifests, unreadable } = await readManifests(paths ?? []);
  if (unreadable.length > 0) throw new Faults(unreadable.map(({ message }) => message));
  if (paths === undefined)
    log.warn({}, 'no --cluster and no --kubeconfig: what depends on other objects is judged as unknown');
  else log.info({ objects: manifests.length }, 'the rest of the cluster is taken from files');
  const picture = Picture.of(manifests);
  return givenWorld(() => picture);
}

/**
 * The cluster behind an API server, watched from now on. What cannot be read now is asked for again: nothing here fails.
 * `synced` is called once everything has been read.
 */
export function watchedWorld(
  api: ApiServer,
  catalogue: Catalogue,
  log: Log,
  staleSeconds: number,
  synced: () => void,
): World {
  const live = new LiveCluster(needsOf(catalogue), {
    synced: (objects) => {
      log.info({ objects }, 'the cluster has been read');
      synced();
    },
    trouble: (sentence) => log.warn({}, sentence),
    recovered: (sentence) => log.info({}, `over: ${sentence}`),
  });
  live.follow(api);
  return liveWorld(live, staleSeconds * 1000);
}
