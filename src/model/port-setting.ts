import { environmentOf, mayComeFromOutside, sourceName, textOf, written } from './container-env.ts';
import type { Value } from './container-env.ts';
import { flagOccurrence } from './flag-occurrence.ts';
import type { Process } from './process.ts';
import { startsTriton } from './server-pod.ts';
import type { InferenceServer, ServerType } from './server-pod.ts';
import type { PodTemplate } from './workload.ts';

/** By what a process is told a port, and which one it takes when it is told nothing. */
interface PortName {
  readonly variable?: string;
  readonly flag?: string;
  readonly unset?: number;
  /** What Seldon's own ServerConfigs write (k8s/yaml/components.yaml). */
  readonly usual: number;
}

/** A port that a process of a pod is told. */
export interface PortSetting {
  readonly process: Process;
  /** The variable or flag that says it, or would: `MLSERVER_HTTP_PORT`, `--http-port`. */
  readonly setting: string;
  /** The variable to set it by: its own, or the one that a flag refers to. */
  readonly variable: string | undefined;
  /** The flag to set it by, where the process has it. */
  readonly flag: string | undefined;
  /** Undefined where it is told nothing. */
  readonly value: Value | undefined;
  /** The number; undefined where it is none, or cannot be told. */
  readonly port: number | undefined;
  /** Why the number cannot be told: `comes from ConfigMap ports, key http`. */
  readonly because: string | undefined;
  /** What Seldon's own ServerConfigs write there. */
  readonly usual: number;
  /** The value for a message. */
  readonly text: string;
}

/** What Seldon's agent is told of ports. */
export type AgentPort =
  | 'inference-http'
  | 'inference-grpc'
  | 'proxy-http'
  | 'proxy-grpc'
  | 'metrics'
  | 'drainer'
  | 'readiness'
  | 'debug'
  | 'rclone'
  | 'envoy'
  | 'scheduler'
  | 'scheduler-tls';

/** The ports of an inference server. */
export type ServerPort = 'http' | 'grpc' | 'metrics';

/**
 * scheduler/cmd/agent/cli/cli.go:23-56,348-363 and flags.go:22-63: a flag comes before its variable, and an empty
 * variable counts as unset. `--readiness-port` is a constant that no flag set registers.
 */
const AGENT_PORTS: Readonly<Record<AgentPort, PortName>> = {
  'inference-http': {
    variable: 'SELDON_SERVER_HTTP_PORT',
    flag: 'inference-http-port',
    unset: 8080,
    usual: 9000,
  },
  'inference-grpc': {
    variable: 'SELDON_SERVER_GRPC_PORT',
    flag: 'inference-grpc-port',
    unset: 9500,
    usual: 9500,
  },
  'proxy-http': {
    variable: 'SELDON_REVERSE_PROXY_HTTP_PORT',
    flag: 'reverse-proxy-http-port',
    unset: 9999,
    usual: 9001,
  },
  'proxy-grpc': {
    variable: 'SELDON_REVERSE_PROXY_GRPC_PORT',
    flag: 'reverse-proxy-grpc-port',
    unset: 9998,
    usual: 9501,
  },
  metrics: { variable: 'SELDON_METRICS_PORT', flag: 'metrics-port', unset: 9006, usual: 9006 },
  drainer: { variable: 'SELDON_DRAINER_PORT', flag: 'drainer-port', unset: 9007, usual: 9007 },
  readiness: { variable: 'SELDON_READINESS_PORT', usual: 9008 },
  debug: { variable: 'SELDON_DEBUG_GRPC_PORT', flag: 'debug-grpc-port', unset: 7777, usual: 7777 },
  rclone: { flag: 'rclone-port', unset: 5572, usual: 5572 },
  envoy: { variable: 'SELDON_ENVOY_PORT', flag: 'envoy-port', unset: 9000, usual: 80 },
  scheduler: { variable: 'SELDON_SCHEDULER_PORT', flag: 'scheduler-port', unset: 9005, usual: 9005 },
  'scheduler-tls': {
    variable: 'SELDON_SCHEDULER_TLS_PORT',
    flag: 'scheduler-tls-port',
    unset: 9055,
    usual: 9055,
  },
};

/**
 * MLServer: mlserver/settings.py, Settings.http_port, grpc_port, metrics_port. Triton: src/command_line_parser.h,
 * http_port_, grpc_port_, metrics_port_.
 */
const SERVER_PORTS: Readonly<Record<ServerType, Readonly<Record<ServerPort, PortName>>>> = {
  mlserver: {
    http: { variable: 'MLSERVER_HTTP_PORT', unset: 8080, usual: 9000 },
    grpc: { variable: 'MLSERVER_GRPC_PORT', unset: 8081, usual: 9500 },
    metrics: { variable: 'MLSERVER_METRICS_PORT', unset: 8082, usual: 8082 },
  },
  triton: {
    http: { flag: 'http-port', unset: 8000, usual: 9000 },
    grpc: { flag: 'grpc-port', unset: 8001, usual: 9500 },
    metrics: { flag: 'metrics-port', unset: 8002, usual: 8002 },
  },
};

/** What an agent is told of a port. */
export function agentPort(agent: Process, which: AgentPort, template: PodTemplate): PortSetting {
  return portSetting(agent, AGENT_PORTS[which], template);
}

/** The port at which an inference server serves `which`. */
export function serverPort(
  { process, type }: InferenceServer,
  which: ServerPort,
  template: PodTemplate,
): PortSetting {
  const setting = portSetting(process, SERVER_PORTS[type][which], template);
  if (type === 'mlserver' || setting.value !== undefined || setting.because !== undefined) return setting;
  // Its flags are not to be seen then.
  return startsTriton(process)
    ? setting
    : { ...setting, port: undefined, because: 'stands in a command that cannot be seen' };
}

function portSetting(process: Process, name: PortName, { missing }: PodTemplate): PortSetting {
  const { container } = process;
  const environment = environmentOf(container);
  const found = name.flag === undefined ? undefined : flagOccurrence(container, name.flag, environment);
  const ofVariable = name.variable === undefined ? undefined : environment.get(name.variable);
  const value = found?.value ?? (ofVariable?.length === 0 ? undefined : ofVariable);
  const byFlag = found !== undefined || name.variable === undefined;
  const where = {
    process,
    setting: byFlag ? `--${name.flag ?? ''}` : (name.variable ?? ''),
    variable: byFlag ? found?.variable : name.variable,
    flag: found === undefined ? undefined : name.flag,
    value,
    usual: name.usual,
  };
  const unknown = (because: string, text: string): PortSetting => ({
    ...where,
    port: undefined,
    because,
    text,
  });
  if (value === undefined) {
    if (missing !== undefined && ofVariable === undefined)
      return unknown(`is for ${missing} to say, which is not among the objects seen`, 'not set');
    if (!byFlag && ofVariable === undefined && mayComeFromOutside(container, where.setting))
      return unknown('may come from envFrom', 'not set');
    const text = name.unset === undefined ? 'not set' : `${String(name.unset)}, its default`;
    return { ...where, port: name.unset, because: undefined, text };
  }
  const text = textOf(value);
  const source = value.find((part) => typeof part !== 'string');
  if (text === undefined)
    return unknown(`comes from ${typeof source === 'object' ? sourceName(source) : ''}`, written(value));
  if (missing !== undefined && text.includes('$('))
    return unknown(`refers to what ${missing} may set, which is not among the objects seen`, written(value));
  return { ...where, port: portIn(text), because: undefined, text: text === '' ? '""' : written(value) };
}

/** The port number that a text is; undefined where a process would not take it for one. */
function portIn(text: string): number | undefined {
  const port = /^\+?\d{1,9}$/.test(text) ? Number(text) : 0;
  return port > 0 && port < 65_536 ? port : undefined;
}
