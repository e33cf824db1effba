import type { Cluster } from '../../model/cluster.ts';
import { podsOver } from '../../model/config-users.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Manifest } from '../../model/manifest.ts';
import { agentsOf } from '../../model/server-pod.ts';
import { POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { Check } from '../../policy/check.ts';
import { podFindings } from './pod-findings.ts';
import { hostFaults } from './scheduler-host.ts';
import { portFaults } from './scheduler-port.ts';
import { registersInCel } from './registers-in-cel.ts';

const COMMON = ['origin', 'place', 'container', 'setting'];

/** Whether agents look for the scheduler of their own namespace, on the port on which it takes agents. */
export const registersWithScheduler: Check = {
  name: 'registers-with-scheduler',
  needs: [...new Set<Kind>([...POD_TEMPLATE_KINDS, 'Server', 'Service'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    host: [...COMMON, 'value', 'what', 'cure'],
    port: [...COMMON, 'value', 'expected', 'aside', 'cure'],
    /** Not set, so that Kubernetes sets it for the Service of that name. */
    linked: [...COMMON, 'cure'],
    malformed: [...COMMON, 'value', 'cure'],
    'not-readable': [...COMMON, 'because'],
  },
  inCel: registersInCel,
  *evaluate({ object, cluster }) {
    const namespaces = namespacesOf(object, cluster);
    yield* podFindings(object, cluster, function* (template) {
      for (const agent of agentsOf(template.spec)) {
        yield* hostFaults(agent, template, namespaces ?? [template.namespace], cluster);
        yield* portFaults(agent, template, namespaces ?? [template.namespace], cluster);
      }
    });
  },
};

/** The namespaces of the Servers that use a ServerConfig, for its own is the operator's; undefined for other objects. */
function namespacesOf(object: Manifest, cluster: Cluster): readonly (string | undefined)[] | undefined {
  if (object.known !== 'ServerConfig') return undefined;
  const used = new Set(podsOver(object, cluster).map(({ namespace }) => namespace));
  return used.size === 0 ? [undefined] : [...used];
}
