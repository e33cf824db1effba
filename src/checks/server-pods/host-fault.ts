import type { Cluster } from '../../model/cluster.ts';
import { nameOf } from '../../model/manifest.ts';
import { processesOf } from '../../model/process.ts';
import { imageOf, isStockAgent } from '../../model/server-pod.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Data } from '../../policy/check.ts';
import { clusterNameservers } from '../names/cluster-dns.ts';
import { settingWithin } from './container-patch.ts';
import { cureFor } from './host-cure.ts';
import type { HostCure } from './host-cure.ts';
import { curing, leaving } from './host-fix.ts';
import { listensAt } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';
import type { Fault } from './pod-findings.ts';
import { serverBinds, serverName } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';
import { FLAG, hostOf, untold, valueOf, VARIABLE } from './told-host.ts';
import type { ToldHost } from './told-host.ts';

/** The policy's preference for what an agent is to be told. */
type Target = HostCure['target'];

/** The faults of all agents in a pod. */
export function* faultsOf(template: PodTemplate, cluster: Cluster, prefer: Target): Iterable<Fault> {
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
  prefer: Target,
): Iterable<Fault> {
  const { address, process, source } = host;
  const unread = source === VARIABLE && isStockAgent(process);
  switch (address.at) {
    case 'unknown':
      yield unknown(host, `${source} ${address.because}`);
      return;
    case 'node':
    case 'address':
    case 'name':
    case 'nowhere':
      yield {
        ...faultOf('elsewhere', host, {
          what: whatItIs(address, host, template, cluster),
          aside: unread
            ? ` The image ${imageOf(process)} does not read ${VARIABLE}; the flag that it reads is --${FLAG}.`
            : '',
        }),
        cures: [curing(host, cureFor(host, binds, prefer))],
      };
      return;
    default:
  }
  yield* bindFaults(host, binds, template, prefer);
  if (!unread || binds.some((bind) => listensAt(bind.address, address) === false)) return;
  yield { ...faultOf('not-read', host, { image: imageOf(process) }), cures: [leaving(host)], effect: 'warn' };
  // What the agent dials in truth; it was told otherwise, so that the word for it is a warning.
  const told = untold(host, template);
  for (const fault of bindFaults(told, binds, template, prefer)) yield { ...fault, effect: 'warn' };
}

function* bindFaults(
  host: ToldHost,
  binds: readonly ServerBind[],
  template: PodTemplate,
  prefer: Target,
): Iterable<Fault> {
  const deaf = binds.find((bind) => listensAt(bind.address, host.address) === false);
  const { missing } = template;
  if (deaf !== undefined && deaf.process === undefined && missing !== undefined) {
    yield unknown(
      host,
      `where the server listens is for ${missing} to say, which is not among the objects seen`,
    );
  } else if (deaf !== undefined) {
    yield {
      ...faultOf('not-bound', host, { server: serverName(deaf), setting: deaf.setting, bound: deaf.bound }),
      cures: [curing(host, cureFor(host, binds, prefer))],
    };
  } else {
    const dark = binds.find((bind) => bind.address.at === 'unknown');
    // Of a server beside an agent that is told nothing, listens-where-probed says it.
    if (dark?.address.at !== 'unknown' || host.value === undefined) return;
    yield unknown(host, `${dark.setting} of ${serverName(dark)} ${dark.address.because}`);
  }
}

/** The same container, setting and value are the same fault, whatever image or Services there are meanwhile. */
function faultOf(problem: string, host: ToldHost, data: Data): Fault {
  const { flag, process, source } = host;
  const value = valueOf(host);
  return {
    problem,
    key: [problem, process.name, source, value, data['setting'], data['bound']].join('\n'),
    process,
    // An agent that takes its default may be told another one by a variable that it does not read.
    within: settingWithin(flag === undefined ? VARIABLE : source),
    data: { container: process.name, source, value, ...data },
  };
}

function unknown(host: ToldHost, because: string): Fault {
  return { ...faultOf('not-readable', host, { because }), unknown: true };
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
