import { listAt, numberAt, stringAt } from './json.ts';
import { agentPort, serverPort } from './port-setting.ts';
import type { PortSetting } from './port-setting.ts';
import { processesOf } from './process.ts';
import type { Process } from './process.ts';
import { rclonePort, rclonesOf } from './rclone.ts';
import { agentsOf, inferenceServersOf } from './server-pod.ts';
import type { PodTemplate } from './workload.ts';

/** A port at which a process of a Server pod listens; all containers of a pod share their ports. */
export interface Listener {
  readonly process: Process;
  /** What says so: `MLSERVER_HTTP_PORT`, or `containerPort` of a container that is not known. */
  readonly source: string;
  /** The name by which upstream's manifests declare it in the container; undefined where they do not. */
  readonly names: readonly string[];
  /** Undefined where it is not to be seen, or is none. */
  readonly port: number | undefined;
  /** Why it is not to be seen: `comes from ConfigMap ports, key http`. */
  readonly because: string | undefined;
  /** Undefined where no setting moves it. */
  readonly setting: PortSetting | undefined;
}

const AGENT_LISTENS = [
  ['proxy-http', ['http']],
  ['proxy-grpc', ['grpc']],
  ['metrics', ['metrics']],
  ['readiness', ['readiness-port']],
  ['drainer', []],
  ['debug', []],
] as const;

const SERVER_LISTENS = [
  ['http', ['server-http', 'http']],
  ['grpc', ['server-grpc', 'grpc']],
  ['metrics', ['server-metrics', 'metrics']],
] as const;

/** Where the processes of a Server pod listen: as they are told, and where they are not known, as they declare. */
export function listenersOf(template: PodTemplate): readonly Listener[] {
  const { spec } = template;
  const agents = agentsOf(spec);
  const servers = inferenceServersOf(spec);
  const listener = (setting: PortSetting, names: readonly string[]): Listener => ({
    process: setting.process,
    source: setting.setting,
    names,
    port: setting.port,
    because:
      setting.value === undefined && setting.port === undefined
        ? (setting.because ?? 'is not set')
        : setting.because,
    setting,
  });
  const serving = [...agents, ...servers.map(({ process }) => process)].map(({ container }) => container);
  const rclones = rclonesOf(spec).filter(({ container }) => !serving.includes(container));
  const known = new Set([...serving, ...rclones.map(({ container }) => container)]);
  return [
    ...servers.flatMap((server) =>
      SERVER_LISTENS.map(([which, names]) => listener(serverPort(server, which, template), names)),
    ),
    ...agents.flatMap((agent) =>
      AGENT_LISTENS.map(([which, names]) => listener(agentPort(agent, which, template), names)),
    ),
    ...rclones.map((process) => {
      const { port, because } = rclonePort(process, template);
      // Nothing moves it that has the port for its value.
      return { process, source: '--rc-addr', names: [], port, because, setting: undefined };
    }),
    ...processesOf(spec)
      .filter(({ container }) => !known.has(container))
      .flatMap(declaredListeners),
  ];
}

function declaredListeners(process: Process): readonly Listener[] {
  return listAt(process.container, 'ports').flatMap((entry) => {
    const port = numberAt(entry, 'containerPort');
    if (port === undefined || (stringAt(entry, 'protocol') ?? 'TCP') !== 'TCP') return [];
    return [{ process, source: 'containerPort', names: [], port, because: undefined, setting: undefined }];
  });
}
