import { capabilitiesOf } from './capabilities.ts';
import type { Capabilities } from './capabilities.ts';
import type { Cluster, Fact } from './cluster.ts';
import { numberAt } from './json.ts';
import type { Kind } from './kinds.ts';
import type { Manifest } from './manifest.ts';
import { OPERATORS } from './operator.ts';
import { isServerPod } from './server-pod.ts';
import { podTemplatesOf } from './workload.ts';

/** What the scheduler of a namespace may place Models on: a Server, or a workload of Server pods made by hand. */
export interface ModelServer {
  readonly source: Manifest;
  /** The name by which a Model's `spec.server` asks for it. */
  readonly name: string;
  /** Whether it has no replicas: the scheduler passes over it (filters/deletedserver.go). */
  readonly off: boolean;
  readonly capabilities: Capabilities;
}

/** The kinds that `modelServersIn` reads. */
export const MODEL_SERVER_KINDS: readonly Kind[] = [
  'Server',
  'StatefulSet',
  'Deployment',
  'ServerConfig',
  'SeldonConfig',
];

/** What a Server, or a workload of Server pods, is to the scheduler; undefined for other objects. */
function modelServerOf(source: Manifest, cluster: Cluster): ModelServer | undefined {
  const template = podTemplatesOf(source, cluster).find(isServerPod);
  if (template === undefined) return undefined;
  return {
    source,
    name: source.name,
    off: numberAt(source.object, 'spec', 'replicas') === 0,
    capabilities: capabilitiesOf(template, source.object),
  };
}

/** A workload that is called as a Server is what the operator made of it, and the Server speaks for it. */
const SERVERS: Fact<readonly ModelServer[]> = {
  name: 'model-servers',
  kinds: ['Server', 'StatefulSet', 'Deployment'],
  everywhere: ['ServerConfig', 'SeldonConfig'],
  picks: [OPERATORS],
  compute(cluster, namespace) {
    const servers = cluster.list('Server', namespace);
    const names = new Set(servers.map(({ name }) => name));
    const byHand = [...cluster.list('StatefulSet', namespace), ...cluster.list('Deployment', namespace)];
    return [...servers, ...byHand.filter(({ name }) => !names.has(name))].flatMap(
      (source) => modelServerOf(source, cluster) ?? [],
    );
  },
};

/** The Servers of a namespace on which Models may be placed: all of them share (agent_svc_manager.go, Shared: true). */
export function modelServersIn(cluster: Cluster, namespace: string): readonly ModelServer[] {
  return cluster.derive(SERVERS, namespace);
}
