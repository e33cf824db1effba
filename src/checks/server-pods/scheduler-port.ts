import type { Cluster } from '../../model/cluster.ts';
import { envOf } from '../../model/container-env.ts';
import { listAt, numberAt, stringAt } from '../../model/json.ts';
import { agentPort } from '../../model/port-setting.ts';
import type { PortSetting } from '../../model/port-setting.ts';
import type { Process } from '../../model/process.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { settingWithin } from './container-patch.ts';
import type { Fault } from './pod-findings.ts';
import { isMalformed } from './port-agreement.ts';
import { tellingPort } from './port-cure.ts';
import { schedulerOf } from './scheduler-host.ts';
import { SCHEDULER } from './scheduler-named.ts';

/** Whom the scheduler serves on its other ports (scheduler/cmd/scheduler/main.go:109-137). */
const SERVES: ReadonlyMap<number, string> = new Map([
  [9002, 'Envoy'],
  [9004, 'the operator and the gateways'],
  [9044, 'the operator and the gateways with TLS'],
  [9005, 'agents without TLS'],
  [9055, 'agents with TLS'],
  [9008, 'the dataflow engine'],
]);

/** An agent that dials another port than the one on which the scheduler takes agents. */
export function* portFaults(
  agent: Process,
  template: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): Iterable<Fault> {
  const [plain, tls] = (['scheduler', 'scheduler-tls'] as const).map((which) =>
    agentPort(agent, which, template),
  );
  if (plain === undefined || tls === undefined) return;
  for (const setting of [plain, tls].filter(isMalformed))
    yield { ...faultOf('malformed', setting), data: { ...dataOf(setting), value: setting.text } };
  if (isLinked(plain, template, namespaces, cluster))
    yield { ...faultOf('linked', plain), data: dataOf(plain) };
  const dialled = dialledBy(agent, plain, tls, template);
  if (dialled.port === undefined) {
    const dark = [plain, tls].find(({ because, value }) => because !== undefined && value !== undefined);
    if (dark !== undefined && dialled.because !== undefined) yield unknown(dark, dark.because ?? '');
    // A fragment that says nothing of the port leaves it as it is.
    else if (dialled.because !== undefined && template.missing === undefined)
      yield unknown(dialled, dialled.because);
    else if (template.missing !== undefined && plain.value !== undefined && plain.port !== plain.usual)
      yield unknown(plain, `is ${plain.text}, and whether it counts is for ${template.missing} to say`);
    return;
  }
  const { port } = dialled;
  if (takesAgents(port, dialled, agent, template, namespaces, cluster)) return;
  const whom = SERVES.get(port);
  yield {
    ...faultOf('port', dialled),
    data: {
      ...dataOf(dialled),
      value: dialled.text,
      expected: dialled.usual,
      aside: whom === undefined ? '' : ` On ${String(port)} it serves ${whom}.`,
    },
  };
}

function faultOf(problem: string, setting: PortSetting): Omit<Fault, 'data'> {
  return {
    problem,
    key: [problem, setting.process.name, setting.setting, setting.text].join('\n'),
    process: setting.process,
    within: settingWithin(setting.setting),
    cures: [tellingPort([setting], setting.usual)],
  };
}

function unknown(setting: PortSetting, why: string): Fault {
  const because = `${setting.setting} of container ${setting.process.name} ${why}`;
  return {
    ...faultOf('not-readable', setting),
    cures: [],
    data: { ...dataOf(setting), because },
    unknown: true,
  };
}

function dataOf({ process, setting }: PortSetting): { container: string; setting: string } {
  return { container: process.name, setting };
}

/**
 * Kubernetes sets `<SERVICE>_PORT` to an address (tcp://10.43.7.9:9002) for every Service of the namespace that has one,
 * unless the container sets the variable itself, if only to nothing (core/v1 PodSpec.enableServiceLinks; k8s.io/kubernetes
 * pkg/kubelet/envvars). For the scheduler's Service that is SELDON_SCHEDULER_PORT, which the agent reads.
 */
function isLinked(
  plain: PortSetting,
  { spec }: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): boolean {
  if (plain.value !== undefined || plain.because !== undefined || plain.flag !== undefined) return false;
  const isSet = listAt(plain.process.container, 'env').some(
    (entry) => stringAt(entry, 'name') === plain.setting,
  );
  if (isSet || spec['enableServiceLinks'] === false) return false;
  return namespaces.some((namespace) => {
    const service = namespace === undefined ? undefined : cluster.get('Service', namespace, SCHEDULER);
    return stringAt(service?.object, 'spec', 'clusterIP') !== 'None';
  });
}

/** The port that counts: which one it is depends on the control plane's security protocol (components/tls/pkg/tls/util.go:33). */
function dialledBy(
  { container }: Process,
  plain: PortSetting,
  tls: PortSetting,
  { missing }: PodTemplate,
): PortSetting {
  const protocol = envOf(container, 'CONTROL_PLANE_SECURITY_PROTOCOL');
  if (protocol.known && (protocol.value !== undefined || missing === undefined))
    return protocol.value === 'SSL' ? tls : plain;
  // Where that is not to be seen, a port is wrong only if it is so for both.
  return [plain, tls].find(({ port, usual }) => port === undefined || port === usual) ?? plain;
}

/** A Service of somebody's own may lead to the scheduler from other ports. */
function takesAgents(
  port: number,
  { usual }: PortSetting,
  agent: Process,
  template: PodTemplate,
  namespaces: readonly (string | undefined)[],
  cluster: Cluster,
): boolean {
  if (port === usual) return true;
  return schedulerOf(agent, template, namespaces, cluster).some(
    (named) =>
      named.is === 'unknown' ||
      (named.is === 'scheduler' &&
        listAt(named.service?.object, 'spec', 'ports').some((entry) => numberAt(entry, 'port') === port)),
  );
}
