import { listAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Process } from '../../model/process.ts';
import { agentsOf } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { entryOf } from './own-entry.ts';
import type { Fault } from './pod-findings.ts';

/**
 * The volumes that a pod gets by claims of its own: those of the ServerConfig, which a Server cannot add to
 * (server_reconciler.go:119-147), or of the StatefulSet.
 */
export function claimsOf(owner: Manifest, { base }: PodTemplate): readonly string[] {
  return listAt((base?.manifest ?? owner).object, 'spec', 'volumeClaimTemplates').flatMap(
    (claim) => stringAt(claim, 'name') ?? stringAt(claim, 'metadata', 'name') ?? [],
  );
}

/** The volumes that containers mount and the pod does not have, and those that they ought to mount together. */
export function* volumeFaults(spec: JsonObject, claims: readonly string[]): Iterable<Fault> {
  const volumes = [...namesOf(spec, 'volumes'), ...claims];
  const known = new Set(volumes);
  for (const list of ['containers', 'initContainers'] as const)
    for (const [index, container] of listAt(spec, list).entries()) {
      const process: Process = { list, index, name: stringAt(container, 'name') ?? '', container };
      for (const field of ['volumeMounts', 'volumeDevices'] as const)
        for (const mount of listAt(container, field)) {
          const volume = stringAt(mount, 'name') ?? '';
          if (known.has(volume)) continue;
          yield {
            problem: 'no-volume',
            key: ['no-volume', process.name, volume].join('\n'),
            process,
            within: (own) => entryOf(own, field, volume),
            data: {
              container: process.name,
              volume: volume === '' ? 'a volume without a name' : volume,
              volumes: volumes.length === 0 ? 'none' : [...known].join(', '),
            },
          };
        }
    }
  yield* unshared(spec);
}

/** rclone writes the models where the agent reads them (agent flag --agent-folder, `/mnt/agent` in every manifest of Seldon's). */
function* unshared(spec: JsonObject): Iterable<Fault> {
  const containers = listAt(spec, 'containers');
  const [agent] = agentsOf(spec);
  const rclone = containers.find((container) => stringAt(container, 'name') === 'rclone');
  if (agent === undefined || rclone === undefined) return;
  // A pod in which nothing at all is mounted is a sketch of one.
  if (containers.every((container) => listAt(container, 'volumeMounts').length === 0)) return;
  const mounted = new Set(namesOf(agent.container, 'volumeMounts'));
  if (namesOf(rclone, 'volumeMounts').some((name) => mounted.has(name))) return;
  yield {
    problem: 'nothing-shared',
    key: 'nothing-shared',
    process: agent,
    data: { container: agent.name, other: 'rclone' },
  };
}

function namesOf(object: Json | undefined, field: string): string[] {
  return listAt(object, field).flatMap((entry) => stringAt(entry, 'name') ?? []);
}
