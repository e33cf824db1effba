import type { Cluster } from './cluster.ts';
import { stringAt } from './json.ts';
import type { Manifest } from './manifest.ts';
import { podTemplatesOf } from './workload.ts';
import type { PodTemplate } from './workload.ts';

/** The pods of every Server in the picture that is laid over this ServerConfig. */
export function podsOver(config: Manifest, cluster: Cluster): readonly PodTemplate[] {
  return cluster
    .list('Server')
    .filter((server) => stringAt(server.object, 'spec', 'serverConfig') === config.name)
    .flatMap((server) => podTemplatesOf(server, cluster))
    .filter(({ base }) => base?.manifest === config);
}
