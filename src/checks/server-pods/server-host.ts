import type { Kind } from '../../model/kinds.ts';
import { POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { Check } from '../../policy/check.ts';
import type { HostCure } from './host-cure.ts';
import { faultsOf } from './host-fault.ts';
import { podFindings } from './pod-findings.ts';
import { serverHostInCel } from './server-host-in-cel.ts';
import { tellsHost } from './told-host.ts';

/** What the policy's document and the operator's settings may say. */
export interface ServerHostParams {
  /** What a fix writes: 127.0.0.1, or the pod's address by the downward API. */
  readonly prefer?: HostCure['target'];
}

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
  *evaluate({ object, cluster }, { prefer = 'loopback' }) {
    yield* podFindings(object, cluster, (template) => faultsOf(template, cluster, prefer), tellsHost);
  },
};
