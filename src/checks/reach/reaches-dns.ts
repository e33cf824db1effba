import type { Kind } from '../../model/kinds.ts';
import type { Check } from '../../policy/check.ts';
import { dnsFault } from './dns-egress.ts';
import { DNS_SERVER_KINDS } from './dns-servers.ts';
import { egressFindings } from './egress-findings.ts';
import { FLOW_END_KINDS } from './flow-ends.ts';

interface Params {
  /** Where the operator may run when it cannot be seen. */
  readonly operatorNamespaces: readonly string[];
  /** Where a cache of the cluster's DNS listens on every node. */
  readonly nodeLocalDNS: readonly string[];
}

const NEEDS: readonly Kind[] = [...new Set<Kind>([...FLOW_END_KINDS, ...DNS_SERVER_KINDS, 'NetworkPolicy'])];
const CLOSED = ['from', 'who', 'protocols', 'port', 'because', 'namespace'];

/** Whether Seldon's pods whose egress is isolated still reach the cluster's DNS, under all NetworkPolicies together. */
export const reachesDns: Check<Params> = {
  name: 'reaches-dns',
  needs: NEEDS,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['operatorNamespaces', 'nodeLocalDNS'],
    properties: {
      operatorNamespaces: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
      nodeLocalDNS: { type: 'array', items: { type: 'string', minLength: 1 } },
    },
  },
  problems: {
    closed: CLOSED,
    'tcp-only': CLOSED,
    'would-close': CLOSED,
    'closed-by-deletion': CLOSED,
    'closed-by-change': CLOSED,
    'stays-closed': CLOSED,
    'udp-only': CLOSED,
    'past-cache': [...CLOSED, 'address'],
    'service-address': [...CLOSED, 'address'],
    'no-cache': [...CLOSED, 'address'],
    uncertain: [...CLOSED, 'missing'],
  },
  evaluate: (review, { operatorNamespaces, nodeLocalDNS }) =>
    egressFindings(review, {
      word: 'dns',
      operatorNamespaces,
      breaksFor: () => '',
      isMinor: ({ component }) => component === 'hodometer',
      faultOf: ({ pod }, cluster) => dnsFault(pod, cluster, nodeLocalDNS),
    }),
};
