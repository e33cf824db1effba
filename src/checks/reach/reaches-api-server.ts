import type { Kind } from '../../model/kinds.ts';
import { COMPONENT_IDS } from '../../model/seldon-components.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import type { Check } from '../../policy/check.ts';
import { API_SERVER_KINDS } from './api-server-address.ts';
import { apiServerFault } from './api-server-egress.ts';
import { egressFindings } from './egress-findings.ts';
import { FLOW_END_KINDS } from './flow-ends.ts';

/** Pods that ask the API server for something. */
interface Client {
  readonly from: ComponentId;
  /** Set where only an installation with mTLS needs it, for its Secrets. */
  readonly withTls?: true;
  /** What no longer works otherwise; a clause. */
  readonly breaks: string;
}

interface Params {
  readonly clients: readonly Client[];
  /** Where API servers listen; the two most usual ones first. */
  readonly ports: readonly number[];
  /** Where the operator may run when it cannot be seen. */
  readonly operatorNamespaces: readonly string[];
}

const NEEDS: readonly Kind[] = [...new Set<Kind>([...FLOW_END_KINDS, ...API_SERVER_KINDS, 'NetworkPolicy'])];
const CLOSED = ['from', 'who', 'ports', 'because', 'breaks', 'namespace'];

/** Whether Seldon's pods that need the API server still reach it, under all NetworkPolicies together. */
export const reachesApiServer: Check<Params> = {
  name: 'reaches-api-server',
  needs: NEEDS,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['clients', 'ports', 'operatorNamespaces'],
    properties: {
      clients: {
        type: 'array',
        minItems: 1,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['from', 'breaks'],
          properties: {
            from: { enum: [...COMPONENT_IDS] },
            withTls: { const: true },
            breaks: { type: 'string', minLength: 1 },
          },
        },
      },
      ports: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 1, maximum: 65535 } },
      operatorNamespaces: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    },
  },
  problems: {
    closed: CLOSED,
    'only-pods': [...CLOSED, 'rule', 'policy'],
    'wrong-port': CLOSED,
    'would-close': CLOSED,
    'closed-by-deletion': CLOSED,
    'closed-by-change': CLOSED,
    'stays-closed': CLOSED,
    'partly-closed': [...CLOSED, 'servers'],
    'service-port': CLOSED,
    'service-address': [...CLOSED, 'address'],
    uncertain: [...CLOSED, 'missing'],
  },
  evaluate: (review, { clients, ports, operatorNamespaces }) =>
    egressFindings(review, {
      word: 'api-server',
      operatorNamespaces,
      breaksFor: ({ component, tls }) =>
        clients.find(({ from, withTls }) => from === component && (withTls !== true || tls === 'yes'))
          ?.breaks,
      isMinor: () => false,
      faultOf: ({ pod }, cluster) => apiServerFault(pod, cluster, ports),
    }),
};
