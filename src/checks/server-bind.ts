import { environmentOf } from '../model/container-env.ts';
import type { Value } from '../model/container-env.ts';
import type { JsonObject } from '../model/json.ts';
import { processesOf } from './container-patch.ts';
import type { Process } from './container-patch.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import { podAddressOf, written } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';

/** Where an inference server listens, and which of its settings says so. */
export interface ServerBind {
  /** Undefined where no container of an inference server is to be seen. */
  readonly process: Process | undefined;
  readonly setting: string;
  readonly isFlag: boolean;
  readonly address: PodAddress;
  /** The address for a message. */
  readonly bound: string;
}

// Both listen on every address unless told otherwise: mlserver/settings.py Settings.host, and
// triton-inference-server/server src/command_line_parser.h http_address_, grpc_address_.
const EVERYWHERE = '0.0.0.0';
const TRITON_FLAGS = ['http-address', 'grpc-address'];
/** More servers than that are no pod; they are not looked at. */
const MOST_BINDS = 32;
const MLSERVER_VARIABLE = 'MLSERVER_HOST';

/** The addresses at which the inference servers of a pod listen. */
export function serverBinds(spec: JsonObject): readonly ServerBind[] {
  const processes = processesOf(spec);
  const binds = processes.flatMap((process) => bindsOf(process, spec));
  if (binds.length > 0) return binds.slice(0, MOST_BINDS);
  return [bindOf(undefined, MLSERVER_VARIABLE, false, undefined, spec)];
}

function bindsOf(process: Process, spec: JsonObject): ServerBind[] {
  const environment = environmentOf(process.container);
  const flags = TRITON_FLAGS.map((flag) => ({
    flag,
    found: flagOccurrence(process.container, flag, environment),
  }));
  if (process.name === 'triton' || flags.some(({ found }) => found !== undefined))
    return flags.map(({ flag, found }) => bindOf(process, `--${flag}`, true, found?.value, spec));
  const value = environment.get(MLSERVER_VARIABLE);
  if (process.name === 'mlserver' || value !== undefined)
    return [bindOf(process, MLSERVER_VARIABLE, false, value, spec)];
  return [];
}

function bindOf(
  process: Process | undefined,
  setting: string,
  isFlag: boolean,
  value: Value | undefined,
  spec: JsonObject,
): ServerBind {
  if (value === undefined || value.length === 0)
    return {
      process,
      setting,
      isFlag,
      address: podAddressOf([EVERYWHERE], spec),
      bound: `${EVERYWHERE}, its default`,
    };
  return { process, setting, isFlag, address: podAddressOf(value, spec), bound: written(value) };
}
