import type { Cluster } from '../../model/cluster.ts';
import { environmentOf } from '../../model/container-env.ts';
import { isObject, listAt, stringAt, stringsAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { serverPort } from '../../model/port-setting.ts';
import { probesOf } from '../../model/probe.ts';
import type { Probe } from '../../model/probe.ts';
import type { Process } from '../../model/process.ts';
import { inferenceServersOf, isServerPod } from '../../model/server-pod.ts';
import type { InferenceServer } from '../../model/server-pod.ts';
import { listOf } from '../../model/words.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { settingEnv, settingFlag, settingWithin } from './container-patch.ts';
import { listensAt, unclear } from './pod-address.ts';
import { podFindings } from './pod-findings.ts';
import type { Fault } from './pod-findings.ts';
import { bindsOf } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';
import { listensInCel } from './listens-in-cel.ts';

/** Whether inference servers listen at the pod's own address, to which the kubelet and Services go. */
export const listensWhereProbed: Check = {
  name: 'listens-where-probed',
  needs: [...new Set([...POD_TEMPLATE_KINDS, 'StatefulSet', 'Deployment', 'Server'] as const)],
  params: { type: 'object', additionalProperties: false },
  problems: {
    deaf: ['origin', 'place', 'container', 'setting', 'value', 'probes', 'cure'],
    'not-readable': ['origin', 'place', 'container', 'setting', 'value', 'because'],
    /** A Service whose pods do not listen where it leads. */
    'service-deaf': ['service', 'workload', 'container', 'port', 'setting', 'value'],
  },
  inCel: listensInCel,
  *evaluate({ object, cluster }) {
    if (object.known === 'Service') yield* serviceFindings(object, cluster);
    else yield* podFindings(object, cluster, faultsOf);
  },
};

function* faultsOf(template: PodTemplate): Iterable<Fault> {
  for (const server of inferenceServersOf(template.spec))
    for (const bind of bindsOf(server, template.spec)) yield* bindFaults(bind, server, template);
}

function* bindFaults(bind: ServerBind, server: InferenceServer, template: PodTemplate): Iterable<Fault> {
  const { process } = server;
  const { setting, bound, address } = bind;
  const dark = unclear(address);
  if (!isDeaf(bind) && dark === undefined) return;
  const probes = probesOf(process).filter((probe) => meets(probe, bind, server, template));
  const where = `${setting} of container ${process.name}`;
  const fault = { process, within: settingWithin(setting) };
  const unknown = (because: string): Fault => ({
    ...fault,
    problem: 'not-readable',
    key: ['not-readable', process.name, setting, bound].join('\n'),
    data: { container: process.name, setting, value: bound, because },
    unknown: true,
  });
  if (probes.length === 0) {
    if (template.missing === undefined || !isDeaf(bind)) return;
    yield unknown(
      `${where} is ${bound}, and the probes are for ${template.missing} to say, which is not among the objects seen`,
    );
  } else if (dark !== undefined) yield { ...unknown(`${where} ${dark}`), ...hardlyEver(bind, process) };
  else
    yield {
      ...fault,
      problem: 'deaf',
      key: ['deaf', process.name, setting, bound].join('\n'),
      data: {
        container: process.name,
        setting,
        value: bound,
        probes: listOf(probes.map(({ kind }) => kind)),
      },
      cures: [
        {
          words: `${where} to 0.0.0.0`,
          patch: (object, here) =>
            bind.isFlag
              ? settingFlag(object, here, process, setting.slice(2), '0.0.0.0')
              : settingEnv(object, here, process, { name: setting, value: '0.0.0.0' }),
        },
      ],
    };
}

/** What comes by envFrom is as a rule how to get at models: where nothing else speaks of the address, it is noted, no more. */
function hardlyEver({ setting, isFlag }: ServerBind, { container }: Process): Pick<Fault, 'effect'> {
  const isWritten = isFlag || environmentOf(container).indexOf(setting) !== undefined;
  return isWritten ? {} : { effect: 'record' };
}

/** Whether it is certain that the server does not listen at the pod's own address. */
function isDeaf(bind: ServerBind): boolean {
  return listensAt(bind.address, { at: 'pod' }) === false;
}

/** Whether a probe is sent to the pod's address, and to the protocol that this setting is about. */
function meets(
  { host, handler, port }: Probe,
  bind: ServerBind,
  server: InferenceServer,
  template: PodTemplate,
): boolean {
  if (host !== undefined) return false;
  if (server.type === 'mlserver') return true;
  return protocolAt(port, server, template, handler === 'grpc' ? 'grpc' : 'http') === bind.protocol;
}

/** Which of a server's two ports a number is; the one that is likelier where it is neither. */
function protocolAt(
  port: number | undefined,
  server: InferenceServer,
  template: PodTemplate,
  likely: 'http' | 'grpc',
): 'http' | 'grpc' {
  const other = likely === 'http' ? 'grpc' : 'http';
  const isOther = port !== undefined && serverPort(server, other, template).port === port;
  return isOther && serverPort(server, likely, template).port !== port ? other : likely;
}

/** The ports of a Service that lead to an inference server which does not listen at the pod's address. */
function* serviceFindings(service: Manifest, cluster: Cluster): Iterable<Finding> {
  const selector = stringsAt(service.object, 'spec', 'selector');
  if (Object.keys(selector).length === 0) return;
  for (const { template, server, bind } of deafIn(service.namespace, cluster)) {
    if (Object.entries(selector).some(([key, value]) => template.labels[key] !== value)) continue;
    const index = listAt(service.object, 'spec', 'ports').findIndex((port) =>
      leadsTo(port, server, bind, template),
    );
    if (index < 0) continue;
    const { process } = server;
    yield {
      problem: 'service-deaf',
      field: ['spec', 'ports', index],
      data: {
        service: nameOf(service),
        workload: `${template.workload.kind} ${template.namespace}/${template.workload.name}`,
        container: process.name,
        port: targetOf(listAt(service.object, 'spec', 'ports')[index]),
        setting: bind.setting,
        value: bind.bound,
      },
    };
  }
}

interface Deaf {
  readonly template: PodTemplate;
  readonly server: InferenceServer;
  readonly bind: ServerBind;
}

/** The inference servers of a namespace's Server pods that do not listen at the pod's address. */
function deafIn(namespace: string, cluster: Cluster): readonly Deaf[] {
  const workloads = (['StatefulSet', 'Deployment', 'Server'] as const).flatMap((kind) =>
    cluster.list(kind, namespace),
  );
  return workloads
    .flatMap((workload) => podTemplatesOf(workload, cluster))
    .filter(isServerPod)
    .flatMap((template) =>
      inferenceServersOf(template.spec).flatMap((server) =>
        bindsOf(server, template.spec)
          .filter(isDeaf)
          .map((bind) => ({ template, server, bind })),
      ),
    );
}

/** A Service's port leads to a number of the pod, or to the name of a port that a container declares. */
function leadsTo(entry: Json, server: InferenceServer, bind: ServerBind, template: PodTemplate): boolean {
  const target = targetOf(entry);
  const declared = listAt(server.process.container, 'ports').find(
    (port) => stringAt(port, 'name') === target,
  );
  const number =
    typeof target === 'number' ? target : isObject(declared) ? declared['containerPort'] : undefined;
  if (typeof number !== 'number') return false;
  const protocols = bind.protocol === undefined ? (['http', 'grpc'] as const) : [bind.protocol];
  return protocols.some((protocol) => serverPort(server, protocol, template).port === number);
}

function targetOf(entry: Json | undefined): string | number {
  const [target, port] = isObject(entry) ? [entry['targetPort'], entry['port']] : [];
  if (typeof target === 'number' || typeof target === 'string') return target;
  return typeof port === 'number' ? port : '';
}
