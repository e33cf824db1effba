import type { Cluster } from '../../model/cluster.ts';
import { nameOf } from '../../model/manifest.ts';
import { processesOf } from '../../model/process.ts';
import { imageOf, isStockAgent } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Data, Effect } from '../../policy/check.ts';
import { clusterNameservers } from '../names/cluster-dns.ts';
import { cureFor } from './host-cure.ts';
import type { HostCure } from './host-cure.ts';
import { listensAt } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';
import { serverBinds, serverName } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';
import { FLAG, hostOf, untold, valueOf, VARIABLE } from './told-host.ts';
import type { ToldHost } from './told-host.ts';

/** What is wrong with the host that an agent is told. */
export interface HostFault {
  readonly problem: string;
  readonly host: ToldHost;
  readonly data: Data;
  readonly cure?: HostCure;
  readonly effect?: Effect;
  readonly unknown?: true;
}

/** The same container, setting and value are the same fault, whatever image or Services there are meanwhile. */
export function keyOf({ problem, host, data }: HostFault): string {
  return [problem, host.process.name, host.source, valueOf(host), data['setting'], data['bound']].join('\n');
}

/** The faults of all agents in a pod. */
export function* faultsOf(
  template: PodTemplate,
  cluster: Cluster,
  prefer: HostCure['target'],
): Iterable<HostFault> {
  let binds: readonly ServerBind[] | undefined;
  for (const process of processesOf(template.spec)) {
    const host = hostOf(process, template);
    if (host === undefined) continue;
    binds ??= serverBinds(template.spec);
    yield* hostFaults(host, binds, template, cluster, prefer);
  }
}

function* hostFaults(
  host: ToldHost,
  binds: readonly ServerBind[],
  template: PodTemplate,
  cluster: Cluster,
  prefer: HostCure['target'],
): Iterable<HostFault> {
  const { address, process, source } = host;
  const unread = source === VARIABLE && isStockAgent(process);
  switch (address.at) {
    case 'unknown':
      yield {
        problem: 'not-readable',
        host,
        data: { because: `${source} ${address.because}` },
        unknown: true,
      };
      return;
    case 'node':
    case 'address':
    case 'name':
    case 'nowhere':
      yield {
        problem: 'elsewhere',
        host,
        data: {
          what: whatItIs(address, host, template, cluster),
          aside: unread
            ? ` The image ${imageOf(process)} does not read ${VARIABLE}; the flag that it reads is --${FLAG}.`
            : '',
        },
        cure: cureFor(host, binds, prefer),
      };
      return;
    default:
  }
  yield* bindFaults(host, binds, template, prefer);
  if (!unread || binds.some((bind) => listensAt(bind.address, address) === false)) return;
  yield { problem: 'not-read', host, data: { image: imageOf(process) } };
  // What the agent dials in truth; it was told otherwise, so that the word for it is a warning.
  const told = untold(host, template);
  for (const fault of bindFaults(told, binds, template, prefer)) yield { ...fault, effect: 'warn' };
}

function* bindFaults(
  host: ToldHost,
  binds: readonly ServerBind[],
  template: PodTemplate,
  prefer: HostCure['target'],
): Iterable<HostFault> {
  const deaf = binds.find((bind) => listensAt(bind.address, host.address) === false);
  const { missing } = template;
  if (deaf !== undefined && deaf.process === undefined && missing !== undefined) {
    yield {
      problem: 'not-readable',
      host,
      data: {
        because: `where the server listens is for ${missing} to say, which is not among the objects seen`,
      },
      unknown: true,
    };
  } else if (deaf !== undefined) {
    yield {
      problem: 'not-bound',
      host,
      data: { server: serverName(deaf), setting: deaf.setting, bound: deaf.bound },
      cure: cureFor(host, binds, prefer),
    };
  } else {
    const dark = binds.find((bind) => bind.address.at === 'unknown');
    if (dark?.address.at !== 'unknown' || host.value === undefined) return;
    yield {
      problem: 'not-readable',
      host,
      data: { because: `${dark.setting} of ${serverName(dark)} ${dark.address.because}` },
      unknown: true,
    };
  }
}

/** What a value that is not the pod is, as far as the picture tells. */
function whatItIs(address: PodAddress, host: ToldHost, template: PodTemplate, cluster: Cluster): string {
  switch (address.at) {
    case 'node':
      return 'the address of the node';
    case 'address': {
      const service = clusterNameservers(cluster, []).serviceAt(address.address);
      return service === undefined ? 'a fixed address' : `the address of ${nameOf(service)}`;
    }
    case 'name': {
      const [name = '', namespace = template.namespace, svc] = address.name.split('.');
      const service =
        svc === undefined || svc === 'svc' ? cluster.get('Service', namespace, name) : undefined;
      if (service !== undefined) return `the name of ${nameOf(service)}`;
      return svc === 'svc' ? 'the name of a Service' : 'a name outside the pod';
    }
    default:
      return /\$\(\w+_SERVICE_HOST\)/.test(valueOf(host))
        ? 'the address of a Service'
        : 'neither a host name nor an address';
  }
}
