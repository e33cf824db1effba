import { environmentOf } from '../../model/container-env.ts';
import { listAt, stringAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { processesOf } from '../../model/process.ts';
import type { Process } from '../../model/process.ts';
import { agentsOf } from '../../model/server-pod.ts';
import { CAPABILITIES } from '../../model/workload.ts';
import { entryOf } from './own-entry.ts';
import type { Fault } from './pod-findings.ts';

/** What the containers of a Server's pods are for; the operator adds none of them (server_reconciler.go:119-147). */
export const TASKS = {
  agent: 'registers with the scheduler and loads models',
  rclone: 'fetches the models',
  server: 'serves the models',
} as const;

/** The containers that a pod lacks, and what those that it has lack by themselves. */
export function* containerFaults(spec: JsonObject): Iterable<Fault> {
  const processes = processesOf(spec);
  const others = processes.map(({ name }) => name).join(', ');
  for (const role of missingRoles(spec, processes))
    yield {
      problem: 'no-container',
      key: `no-container ${role}`,
      data: { role, task: TASKS[role], others: others === '' ? 'none at all' : `${others} alone` },
    };
  for (const process of [...processes, ...startersOf(spec)]) {
    // The API reference has it optional for those who fill it in; for a StatefulSet nobody does (core/v1 validateContainers).
    if ((stringAt(process.container, 'image') ?? '').trim() === '')
      yield {
        problem: 'no-image',
        key: `no-image ${process.name}`,
        process,
        data: { container: process.name },
      };
    yield* resourceFaults(spec, process);
  }
}

function missingRoles(spec: JsonObject, processes: readonly Process[]): (keyof typeof TASKS)[] {
  const agents = new Set<Process['container']>(agentsOf(spec).map(({ container }) => container));
  const isAgent = ({ container }: Process): boolean => agents.has(container) || isToldAsAgent(container);
  const isRclone = ({ name, container }: Process): boolean =>
    `${name} ${stringAt(container, 'image') ?? ''}`.includes('rclone');
  const missing: (keyof typeof TASKS)[] = [];
  if (!processes.some(isAgent)) missing.push('agent');
  if (!processes.some(isRclone) && !processes.some(hasOtherRclone)) missing.push('rclone');
  // Whatever else there is may be a server of somebody's own.
  if (processes.every((process) => isAgent(process) || isRclone(process))) missing.push('server');
  return missing;
}

/** An agent under another name, with an image of another name. */
function isToldAsAgent(container: Process['container']): boolean {
  const environment = environmentOf(container);
  return ['SELDON_SCHEDULER_HOST', CAPABILITIES].some((name) => environment.get(name) !== undefined);
}

/** An agent may be told of an rclone that runs elsewhere (scheduler/cmd/agent/cli/flags.go:30). */
function hasOtherRclone({ container }: Process): boolean {
  return [...listAt(container, 'command'), ...listAt(container, 'args')].some(
    (text) => typeof text === 'string' && text.includes('-rclone-host'),
  );
}

/** The init containers that end before the others start; those that stay are among the processes. */
function startersOf(spec: JsonObject): Process[] {
  return listAt(spec, 'initContainers').flatMap((container, index) =>
    stringAt(container, 'restartPolicy') === 'Always'
      ? []
      : [{ list: 'initContainers' as const, index, name: stringAt(container, 'name') ?? '', container }],
  );
}

/** A resource is taken from a container of the pod by its name (core/v1 ResourceFieldSelector.containerName). */
function* resourceFaults(spec: JsonObject, process: Process): Iterable<Fault> {
  for (const entry of listAt(process.container, 'env')) {
    const other = stringAt(entry, 'valueFrom', 'resourceFieldRef', 'containerName') ?? '';
    const names = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')].map((container) =>
      stringAt(container, 'name'),
    );
    if (other === '' || names.includes(other)) continue;
    const variable = stringAt(entry, 'name') ?? '';
    yield {
      problem: 'no-resource',
      key: ['no-resource', process.name, variable, other].join('\n'),
      process,
      within: (own) => entryOf(own, 'env', variable),
      data: { container: process.name, variable, other },
    };
  }
}
