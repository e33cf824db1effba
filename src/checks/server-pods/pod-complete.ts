import type { Cluster } from '../../model/cluster.ts';
import { podsOver } from '../../model/config-users.ts';
import { listAt, stringAt } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Manifest } from '../../model/manifest.ts';
import { POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check } from '../../policy/check.ts';
import { configMapFaults } from './config-map-fault.ts';
import { containerFaults } from './container-fault.ts';
import { podFindings } from './pod-findings.ts';
import type { Fault } from './pod-findings.ts';
import { twiceFaults } from './twice-fault.ts';
import { claimsOf, volumeFaults } from './volume-fault.ts';
import { podCompleteInCel } from './pod-complete-in-cel.ts';

const COMMON = ['origin', 'place'];

/** Whether the pods of a Server can start: everything in them that has to be, and nothing twice. */
export const podComplete: Check = {
  name: 'pod-complete',
  needs: [...new Set<Kind>([...POD_TEMPLATE_KINDS, 'Server', 'ConfigMap'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'no-container': [...COMMON, 'role', 'task', 'others'],
    'no-image': [...COMMON, 'container'],
    'no-volume': [...COMMON, 'container', 'volume', 'volumes'],
    'nothing-shared': [...COMMON, 'container', 'other'],
    twice: [...COMMON, 'what', 'name', 'because'],
    /** A resource of a container that is not there. */
    'no-resource': [...COMMON, 'container', 'variable', 'other'],
    'no-config-map': [...COMMON, 'name', 'namespace', 'user'],
    /** Nothing of the pod to be seen but what the Server lays over it. */
    fragment: [...COMMON, 'missing'],
    /** A ServerConfig without any container. */
    empty: COMMON,
  },
  inCel: podCompleteInCel,
  *evaluate({ object, cluster }) {
    const faultsIn = (template: PodTemplate, owner: Manifest): Iterable<Fault> =>
      faultsOf(template, owner, cluster);
    const brought = object.known === 'ServerConfig' ? broughtByServers(object, cluster) : undefined;
    for (const finding of podFindings(object, cluster, faultsIn))
      if (brought?.(finding.key ?? '') !== true) yield finding;
  },
};

/** What is wrong with the pods, as far as all of them is to be seen. */
function* faultsOf(template: PodTemplate, owner: Manifest, cluster: Cluster): Iterable<Fault> {
  const { spec } = template;
  yield* twiceFaults(template);
  if (template.missing !== undefined) {
    // By the name that the Server writes: what the operator makes of it is another policy's.
    const missing = `ServerConfig ${stringAt(owner.object, 'spec', 'serverConfig') ?? ''}`;
    yield { problem: 'fragment', key: 'fragment', data: { missing }, unknown: true };
    return;
  }
  if (owner.known === 'ServerConfig' && listAt(spec, 'containers').length === 0) {
    yield { problem: 'empty', key: 'empty', data: {}, unknown: true };
    return;
  }
  yield* containerFaults(spec);
  yield* volumeFaults(spec, claimsOf(owner, template));
  // The pods of a ServerConfig are in no namespace yet.
  if (owner.known !== 'ServerConfig') yield* configMapFaults(template, cluster);
}

/** Whether every Server over a ServerConfig brings what that lacks by itself; not where there is no Server. */
function broughtByServers(config: Manifest, cluster: Cluster): (key: string) => boolean {
  const pods = podsOver(config, cluster);
  const left = new Set(pods.flatMap((pod) => [...faultsOf(pod, config, cluster)].map(({ key }) => key)));
  return (key) => pods.length > 0 && !left.has(key);
}
