import { argumentsOf, envOf } from './container-env.ts';
import type { EnvValue } from './container-env.ts';
import { goFlags } from './go-flags.ts';
import { listAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';
import { agentsOf } from './server-pod.ts';
import { CAPABILITIES } from './workload.ts';
import type { PodTemplate } from './workload.ts';

/** What the agent of a Server's pods tells the scheduler that models may require of it. */
export type Capabilities =
  | {
      readonly known: true;
      readonly names: readonly string[];
      readonly from: 'flag' | 'variable' | 'default';
    }
  | { readonly known: false; readonly because: string };

/** The flag, which comes before the variable (scheduler/cmd/agent/cli/cli.go, maybeUpdateCapabilities). */
const FLAG = 'capabilities';
/** What an agent advertises that is told nothing (scheduler/cmd/agent/cli/flags.go:45). */
export const DEFAULT_CAPABILITIES: readonly string[] = ['sklearn', 'xgboost'];

/** The capabilities that a Server asks for by itself, in the field that counts (updateCapabilities, server_reconciler.go:100-117). */
export function ownCapabilities(
  server: JsonObject,
): { readonly field: 'capabilities' | 'extraCapabilities'; readonly names: readonly string[] } | undefined {
  for (const field of ['capabilities', 'extraCapabilities'] as const) {
    const names = listAt(server, 'spec', field).filter((name) => typeof name === 'string');
    if (names.length > 0) return { field, names: namesIn(names.join(',')) };
  }
  return undefined;
}

/**
 * The capabilities that pods of a Server advertise. Where the ServerConfig is not to be seen, a Server's own
 * `capabilities` are taken at their word; everything else is unknown then.
 */
export function capabilitiesOf(template: PodTemplate, object: JsonObject): Capabilities {
  const { spec, missing, namespace } = template;
  if (missing !== undefined) {
    const own = ownCapabilities(object);
    return own?.field === 'capabilities'
      ? { known: true, names: own.names, from: 'variable' }
      : { known: false, because: `${missing} is not among the objects seen` };
  }
  const [agent] = agentsOf(spec);
  if (agent === undefined) return { known: false, because: 'no container of its pods is an agent' };
  const fields = { 'metadata.namespace': namespace };
  const flag = goFlags(argumentsOf(agent.container, fields)).get(FLAG);
  if (flag !== undefined) return read(flag, 'flag', `--${FLAG} of container ${agent.name}`);
  const variable = envOf(agent.container, CAPABILITIES, fields);
  if (variable.known && (variable.value ?? '') === '')
    return { known: true, names: DEFAULT_CAPABILITIES, from: 'default' };
  return read(variable, 'variable', `${CAPABILITIES} of container ${agent.name}`);
}

/** Whether a container of the pod has the variable, so that what a Server asks for has a place to go. */
export function takesCapabilities(spec: JsonObject): boolean {
  return listAt(spec, 'containers').some((container) =>
    listAt(container, 'env').some((entry) => stringAt(entry, 'name') === CAPABILITIES),
  );
}

function read(value: EnvValue, from: 'flag' | 'variable', what: string): Capabilities {
  return value.known
    ? { known: true, names: namesIn(value.value ?? ''), from }
    : { known: false, because: `${what} cannot be seen: ${value.because}` };
}

/** Split and trimmed as the agent does it (maybeUpdateCapabilities, trimStrings). */
function namesIn(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}
