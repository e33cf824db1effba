import { environmentOf } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import type { JsonObject } from '../../model/json.ts';
import { agentPort, serverPort } from '../../model/port-setting.ts';
import type { PortSetting } from '../../model/port-setting.ts';
import type { Process } from '../../model/process.ts';
import { rcloneAddress, rclonePort, rclonesOf } from '../../model/rclone.ts';
import { agentsOf, inferenceServersOf } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { settingWithin } from './container-patch.ts';
import { podAddressOf } from './pod-address.ts';
import type { Cure, Fault } from './pod-findings.ts';
import { tellingByFlag, tellingPort } from './port-cure.ts';

/** One port that an agent dials, and what those beside it say of theirs. */
export interface PortPair {
  readonly protocol: 'HTTP' | 'gRPC';
  /** Who is to listen there. */
  readonly peer: 'the inference server' | 'rclone';
  readonly told: PortSetting;
  readonly served: readonly PortSetting[];
}

/** The ports that the containers of a pod have to agree on: agents with inference servers, and with rclone. */
export function portPairs(template: PodTemplate): readonly PortPair[] {
  const { spec } = template;
  const [servers, rclones] = [inferenceServersOf(spec), rclonesOf(spec)];
  return agentsOf(spec).flatMap((agent): PortPair[] => [
    ...(['http', 'grpc'] as const).map((which): PortPair => ({
      protocol: which === 'http' ? 'HTTP' : 'gRPC',
      peer: 'the inference server',
      told: agentPort(agent, `inference-${which}`, template),
      served: servers.map((server) => serverPort(server, which, template)),
    })),
    ...(dialsRcloneElsewhere(agent, spec)
      ? []
      : [
          {
            protocol: 'HTTP' as const,
            peer: 'rclone' as const,
            told: agentPort(agent, 'rclone', template),
            served: rclones.map((rclone) => rclonePort(rclone, template)),
          },
        ]),
  ]);
}

/** Whether an agent fetches models by way of an rclone that is not, or may not be, its pod's (scheduler/cmd/agent/cli/flags.go:30). */
function dialsRcloneElsewhere({ container }: Process, spec: JsonObject): boolean {
  const host = flagOccurrence(container, 'rclone-host', environmentOf(container));
  return (
    host !== undefined && ['name', 'node', 'address', 'unknown'].includes(podAddressOf(host.value, spec).at)
  );
}

/** A server's port together with what agents dial it by: they move as one. */
export function withDiallers(heard: PortSetting, pairs: readonly PortPair[]): readonly PortSetting[] {
  const isIt = (other: PortSetting): boolean =>
    other.setting === heard.setting && other.process.container === heard.process.container;
  return [heard, ...pairs.filter(({ served }) => served.some(isIt)).map(({ told }) => told)];
}

/** Whether a setting says something that is no port. */
export function isMalformed({ value, port, because }: PortSetting): boolean {
  return value !== undefined && port === undefined && because === undefined;
}

/** The agents that dial where no inference server of their pod listens. */
export function* disagreements(template: PodTemplate): Iterable<Fault> {
  const pairs = portPairs(template);
  for (const pair of pairs) {
    const { told, served, peer } = pair;
    const [first] = served;
    if ([told, ...served].some(isMalformed)) continue;
    if (first === undefined) {
      if (told.value !== undefined && template.missing !== undefined)
        yield unknown(
          told,
          `what ${peer} listens on is for ${template.missing} to say, which is not among the objects seen`,
        );
    } else if (!served.some((heard) => agrees(told, heard))) {
      const dark = [told, ...served].find(({ because }) => because !== undefined);
      if (dark === undefined) yield mismatch(told, first, pair);
      // A fragment that says nothing of the port leaves it as it is.
      else if (template.missing === undefined || [told, ...served].some(({ value }) => value !== undefined))
        yield unknown(told, `${dark.setting} of container ${dark.process.name} ${dark.because ?? ''}`);
    }
  }
  if (pairs.length > 0 || template.missing === undefined) return;
  const unmet = [
    ...inferenceServersOf(template.spec).flatMap((server) =>
      (['http', 'grpc'] as const).map((which) => serverPort(server, which, template)),
    ),
    ...rclonesOf(template.spec).map((rclone) => rclonePort(rclone, template)),
  ];
  for (const heard of unmet)
    if (heard.value !== undefined && !isMalformed(heard))
      yield unknown(
        heard,
        `what the agent dials is for ${template.missing} to say, which is not among the objects seen`,
      );
}

/** One number, or one source of it that is not to be seen. */
function agrees(told: PortSetting, heard: PortSetting): boolean {
  if (told.port !== undefined || heard.port !== undefined) return told.port === heard.port;
  return told.value !== undefined && JSON.stringify(told.value) === JSON.stringify(heard.value);
}

function mismatch(told: PortSetting, heard: PortSetting, { protocol, peer }: PortPair): Fault {
  const cures: Cure[] =
    peer === 'rclone'
      ? [
          ...(heard.port === undefined ? [] : [tellingByFlag(told, String(heard.port))]),
          ...(told.port === undefined ? [] : [tellingByFlag(heard, rcloneAddress(heard, told.port))]),
        ]
      : [
          ...(heard.port === undefined ? [] : [tellingPort([told], heard.port)]),
          ...(told.port === undefined ? [] : [tellingPort([heard], told.port)]),
          tellingPort([told, heard], heard.usual),
        ];
  const problem = peer === 'rclone' ? 'rclone' : 'mismatch';
  return {
    problem,
    key: [
      problem,
      told.process.name,
      told.setting,
      told.text,
      heard.process.name,
      heard.setting,
      heard.text,
    ].join('\n'),
    process: told.process,
    within: settingWithin(told.setting),
    data: {
      protocol,
      container: told.process.name,
      setting: told.setting,
      value: told.text,
      server: heard.process.name,
      bound: heard.setting,
      port: heard.text,
    },
    cures,
  };
}

/** That it cannot be told whether something in a container goes by the same port as all else. */
export function unknown(setting: Pick<PortSetting, 'process' | 'setting' | 'text'>, because: string): Fault {
  return {
    problem: 'not-readable',
    key: ['not-readable', setting.process.name, setting.setting, setting.text, because].join('\n'),
    process: setting.process,
    within: settingWithin(setting.setting),
    data: { container: setting.process.name, setting: setting.setting, because },
    unknown: true,
  };
}
