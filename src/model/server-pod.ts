import { environmentOf } from './container-env.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import { listAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { once } from './once.ts';
import { processesOf } from './process.ts';
import type { Process } from './process.ts';
import type { PodTemplate } from './workload.ts';

/** The inference servers that Seldon's agent knows (scheduler/cmd/agent/cli/cli.go, serverTypes). */
export type ServerType = 'mlserver' | 'triton';

/** A container of a pod that serves models to the agent beside it. */
export interface InferenceServer {
  readonly process: Process;
  readonly type: ServerType;
}

/** The name of the agent's container: the operator's own manifests and docs have no other. */
const AGENT = 'agent';
const AGENT_IMAGE = /(?:^|\/)seldon-agent(?:[:@]|$)/;
/** A release of Seldon's own image, from whatever registry; it reads no SELDON_SERVER_HOST. */
const STOCK_IMAGE = /^(?:.*\/)?seldonio\/seldon-agent:(?:latest|v?\d+\.\d+\.\d+(?:-rc\d+)?)$/;
const SERVER_IMAGES: Readonly<Record<ServerType, RegExp>> = {
  mlserver: /(?:^|\/)mlserver(?:[:@]|$)/,
  triton: /(?:^|\/)tritonserver(?:[:@]|$)/,
};
/** What only these servers are told: MLServer by variables, Triton by flags. */
const MLSERVER_VARIABLES = ['MLSERVER_HOST', 'MLSERVER_HTTP_PORT', 'MLSERVER_GRPC_PORT'];
const TRITON_FLAGS = ['http-address', 'grpc-address'];

/** Whether the container is Seldon's agent, by its name or its image. */
export function isAgent(process: Process): boolean {
  return process.name === AGENT || AGENT_IMAGE.test(imageOf(process));
}

/** Whether the container runs Seldon's own release of the agent. */
export function isStockAgent(process: Process): boolean {
  return STOCK_IMAGE.test(imageOf(process));
}

/** The container's image, as it is written. */
export function imageOf(process: Process): string {
  return stringAt(process.container, 'image') ?? '';
}

/** Whether it is a pod of a Server: by its labels and containers, or because Seldon's agent runs in it. */
export function isServerPod({ component, spec }: PodTemplate): boolean {
  if (component !== undefined) return component === 'server';
  return processesOf(spec).some((process) => AGENT_IMAGE.test(imageOf(process)));
}

/** The agents of a pod: one, in every pod that the operator makes. */
export function agentsOf(spec: JsonObject): readonly Process[] {
  return processesOf(spec).filter(isAgent);
}

const SERVERS = Symbol('inference servers');

/** The inference servers of a pod: by their names, by what they are told, by their images. */
export function inferenceServersOf(spec: JsonObject): readonly InferenceServer[] {
  return once(spec, SERVERS, readServers);
}

function readServers(spec: JsonObject): readonly InferenceServer[] {
  return processesOf(spec).flatMap((process) => {
    const type = serverTypeOf(process);
    return type === undefined ? [] : [{ process, type }];
  });
}

function serverTypeOf(process: Process): ServerType | undefined {
  const { name, container } = process;
  if (isAgent(process)) return undefined;
  if (name === 'mlserver' || name === 'triton') return name;
  const environment = environmentOf(container);
  if (TRITON_FLAGS.some((flag) => flagOccurrence(container, flag, environment) !== undefined))
    return 'triton';
  if (MLSERVER_VARIABLES.some((variable) => environment.get(variable) !== undefined)) return 'mlserver';
  const image = imageOf(process);
  return (['mlserver', 'triton'] as const).find((type) => SERVER_IMAGES[type].test(image));
}

/** Whether the manifest starts Triton itself; a script, or an image's own command, may do so with any flags. */
export function startsTriton({ container }: Process): boolean {
  return [...listAt(container, 'command'), ...listAt(container, 'args')].some(
    (word) => typeof word === 'string' && word.includes('tritonserver'),
  );
}
