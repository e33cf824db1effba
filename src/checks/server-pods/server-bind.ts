import { environmentOf, valueFor, written } from '../../model/container-env.ts';
import type { Value } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Process } from '../../model/process.ts';
import { inferenceServersOf, startsTriton } from '../../model/server-pod.ts';
import type { InferenceServer } from '../../model/server-pod.ts';
import { podAddressOf } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';

/** Where an inference server listens, and which of its settings says so. */
export interface ServerBind {
  /** Undefined where no container of an inference server is to be seen. */
  readonly process: Process | undefined;
  readonly setting: string;
  readonly isFlag: boolean;
  /** What it is about, where there is a setting for each protocol. */
  readonly protocol: 'http' | 'grpc' | undefined;
  readonly address: PodAddress;
  /** The address for a message. */
  readonly bound: string;
}

// Both listen on every address unless told otherwise: mlserver/settings.py Settings.host, and
// triton-inference-server/server src/command_line_parser.h http_address_, grpc_address_.
const EVERYWHERE = '0.0.0.0';
/** A script or an image's own command may start Triton with flags that are not to be seen. */
const IN_COMMAND: Value = [{ from: 'elsewhere', what: 'a command that cannot be seen' }];
export const MLSERVER_VARIABLE = 'MLSERVER_HOST';

/** The addresses at which the inference servers of a pod listen. */
export function serverBinds(spec: JsonObject): readonly ServerBind[] {
  const binds = inferenceServersOf(spec).flatMap((server) => bindsOf(server, spec));
  if (binds.length > 0) return binds;
  return [bindOf(undefined, MLSERVER_VARIABLE, undefined, undefined, spec)];
}

/** The addresses at which one inference server listens: one setting, or one for each protocol. */
export function bindsOf({ process, type }: InferenceServer, spec: JsonObject): ServerBind[] {
  const environment = environmentOf(process.container);
  if (type === 'mlserver')
    return [
      bindOf(
        process,
        MLSERVER_VARIABLE,
        undefined,
        valueFor(MLSERVER_VARIABLE, process.container, environment),
        spec,
      ),
    ];
  return (['http', 'grpc'] as const).map((protocol) => {
    const flag = `${protocol}-address`;
    const found = flagOccurrence(process.container, flag, environment);
    const value = found?.value ?? (startsTriton(process) ? undefined : IN_COMMAND);
    return bindOf(process, `--${flag}`, protocol, value, spec);
  });
}

/** How a person calls the server. */
export function serverName({ process }: ServerBind): string {
  return process === undefined ? 'the server' : `container ${process.name}`;
}

function bindOf(
  process: Process | undefined,
  setting: string,
  protocol: ServerBind['protocol'],
  value: Value | undefined,
  spec: JsonObject,
): ServerBind {
  const told = value === undefined || value.length === 0 ? undefined : value;
  return {
    process,
    setting,
    isFlag: setting.startsWith('--'),
    protocol,
    address: podAddressOf(told ?? [EVERYWHERE], spec),
    bound: told === undefined ? `${EVERYWHERE}, its default` : written(told),
  };
}
