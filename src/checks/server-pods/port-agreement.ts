import { agentPort, serverPort } from '../../model/port-setting.ts';
import type { PortSetting } from '../../model/port-setting.ts';
import { agentsOf, inferenceServersOf } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { settingWithin } from './container-patch.ts';
import type { Cure, Fault } from './pod-findings.ts';
import { tellingPort } from './port-cure.ts';

/** One port that an agent dials, and what the inference servers beside it say of theirs. */
export interface PortPair {
  readonly protocol: 'HTTP' | 'gRPC';
  readonly told: PortSetting;
  readonly served: readonly PortSetting[];
}

/** The ports that agents and inference servers of a pod have to agree on. */
export function portPairs(template: PodTemplate): readonly PortPair[] {
  const servers = inferenceServersOf(template.spec);
  return agentsOf(template.spec).flatMap((agent) =>
    (['http', 'grpc'] as const).map((which) => ({
      protocol: which === 'http' ? ('HTTP' as const) : ('gRPC' as const),
      told: agentPort(agent, `inference-${which}`, template),
      served: servers.map((server) => serverPort(server, which, template)),
    })),
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
  for (const { told, served, protocol } of pairs) {
    const [first] = served;
    if ([told, ...served].some(isMalformed)) continue;
    if (first === undefined) {
      if (told.value !== undefined && template.missing !== undefined)
        yield unknown(
          told,
          `what the inference server listens on is for ${template.missing} to say, which is not among the objects seen`,
        );
    } else if (!served.some((heard) => agrees(told, heard))) {
      const dark = [told, ...served].find(({ because }) => because !== undefined);
      if (dark === undefined) yield mismatch(told, first, protocol);
      // A fragment that says nothing of the port leaves it as it is.
      else if (template.missing === undefined || [told, ...served].some(({ value }) => value !== undefined))
        yield unknown(told, `${dark.setting} of container ${dark.process.name} ${dark.because ?? ''}`);
    }
  }
  if (pairs.length > 0 || template.missing === undefined) return;
  for (const server of inferenceServersOf(template.spec))
    for (const which of ['http', 'grpc'] as const) {
      const heard = serverPort(server, which, template);
      if (heard.value !== undefined && !isMalformed(heard))
        yield unknown(
          heard,
          `what the agent dials is for ${template.missing} to say, which is not among the objects seen`,
        );
    }
}

/** One number, or one source of it that is not to be seen. */
function agrees(told: PortSetting, heard: PortSetting): boolean {
  if (told.port !== undefined || heard.port !== undefined) return told.port === heard.port;
  return told.value !== undefined && JSON.stringify(told.value) === JSON.stringify(heard.value);
}

function mismatch(told: PortSetting, heard: PortSetting, protocol: PortPair['protocol']): Fault {
  const cures: Cure[] = [
    ...(heard.port === undefined ? [] : [tellingPort([told], heard.port)]),
    ...(told.port === undefined ? [] : [tellingPort([heard], told.port)]),
    tellingPort([told, heard], heard.usual),
  ];
  return {
    problem: 'mismatch',
    key: [
      'mismatch',
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

function unknown(setting: PortSetting, because: string): Fault {
  return {
    problem: 'not-readable',
    key: ['not-readable', setting.process.name, setting.setting, setting.text, because].join('\n'),
    process: setting.process,
    within: settingWithin(setting.setting),
    data: { container: setting.process.name, setting: setting.setting, because },
    unknown: true,
  };
}
