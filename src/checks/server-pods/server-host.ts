import type { Cluster } from '../../model/cluster.ts';
import { environmentOf } from '../../model/container-env.ts';
import { flagOccurrence } from '../../model/flag-occurrence.ts';
import { at, objectAt } from '../../model/json.ts';
import type { JsonObject, Path } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { ownContainer } from './container-patch.ts';
import { cureWords } from './host-cure.ts';
import type { HostCure } from './host-cure.ts';
import { faultsOf, keyOf } from './host-fault.ts';
import type { HostFault } from './host-fault.ts';
import { fixOf } from './host-fix.ts';
import { FLAG, valueOf, VARIABLE } from './told-host.ts';
import type { ToldHost } from './told-host.ts';
import { serverHostInCel } from './server-host-in-cel.ts';

/** What the policy's document and the operator's settings may say. */
export interface ServerHostParams {
  /** What a fix writes: 127.0.0.1, or the pod's address by the downward API. */
  readonly prefer?: HostCure['target'];
}

/** More than a person reads; what is left is found once these are cured. */
const MOST_FAULTS = 50;
const COMMON = ['origin', 'place', 'container', 'source', 'value'];

/** Whether agents look for their inference server in their own pod, and where it listens. */
export const serverHost: Check<ServerHostParams> = {
  name: 'server-host',
  needs: [...new Set<Kind>([...POD_TEMPLATE_KINDS, 'Service'])],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      prefer: {
        enum: ['loopback', 'podIP'],
        description: "What a fix writes: 127.0.0.1, or the pod's own address",
      },
    },
  },
  problems: {
    /** A Service, another host, or nothing that is one. */
    elsewhere: [...COMMON, 'what', 'aside', 'cure'],
    /** The pod itself, but an address at which the server does not listen. */
    'not-bound': [...COMMON, 'server', 'setting', 'bound', 'cure'],
    'not-readable': [...COMMON, 'because'],
    /** Right, and without effect. */
    'not-read': [...COMMON, 'image'],
  },
  inCel: serverHostInCel,
  *evaluate({ object, cluster }, params) {
    const { prefer = 'loopback' } = params;
    for (const template of podTemplatesOf(object, cluster)) yield* judge(object, template, cluster, prefer);
  },
};

function* judge(
  manifest: Manifest,
  template: PodTemplate,
  cluster: Cluster,
  prefer: HostCure['target'],
): Iterable<Finding> {
  const faults = [...take(faultsOf(template, cluster, prefer))];
  if (faults.length === 0) return;
  const { base } = template;
  const below =
    base === undefined
      ? []
      : [
          ...faultsOf(
            { ...template, spec: objectAt(base.manifest.object, ...base.path), missing: undefined },
            cluster,
            prefer,
          ),
        ].map(keyOf);
  for (const fault of faults) {
    const standing = base !== undefined && below.includes(keyOf(fault));
    const fix = fixOf(fault, manifest.object, template);
    yield {
      problem: fault.problem,
      field: fieldOf(fault.host, manifest.object, template),
      data: {
        origin: nameOf(standing ? base.manifest : manifest),
        place: nameOf(manifest),
        container: fault.host.process.name,
        source: fault.host.source,
        value: valueOf(fault.host),
        ...(fault.cure === undefined ? {} : { cure: cureWords(fault.host, fault.cure) }),
        ...fault.data,
      },
      key: keyOf(fault),
      ...(standing ? { standing } : {}),
      ...(fault.effect === undefined ? {} : { effect: fault.effect }),
      ...(fault.unknown === undefined ? {} : { unknown: fault.unknown }),
      ...(fix === undefined || fix.length === 0 ? {} : { fix }),
    };
  }
}

function* take(faults: Iterable<HostFault>): Iterable<HostFault> {
  let left = MOST_FAULTS;
  for (const fault of faults) {
    if (left === 0) return;
    left -= 1;
    yield fault;
  }
}

/** Where the judged object says it; where only the configuration below does, the nearest place that it has. */
function fieldOf({ process, flag }: ToldHost, object: JsonObject, template: PodTemplate): Path {
  const own = ownContainer(object, template, process);
  if (own === undefined) return template.path;
  const container = at(object, ...own);
  const environment = environmentOf(process.container);
  if (flag !== undefined) {
    const mine = flagOccurrence(container, FLAG, environment);
    return mine?.list === flag.list ? [...own, mine.list, mine.index] : own;
  }
  const index = environmentOf(container).indexOf(VARIABLE);
  return index === undefined ? own : [...own, 'env', index];
}
