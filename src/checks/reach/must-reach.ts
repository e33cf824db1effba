import type { Kind } from '../../model/kinds.ts';
import { SELDON_NAMESPACE_KINDS } from '../../model/seldon-pods.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { FLOW_END_KINDS } from './flow-ends.ts';
import { policyFindings } from './flows-and-policy.ts';
import { labelFindings } from './flows-and-labels.ts';
import { FLOWS_SCHEMA } from './flow-spec.ts';
import { NAMED_END_KINDS } from './named-ends.ts';
import { wantedFlows } from './required-flow.ts';
import type { MustReachParams } from './required-flow.ts';
import { serviceFindings } from './flows-and-service.ts';

const NEEDS: readonly Kind[] = [
  ...new Set<Kind>([...FLOW_END_KINDS, ...SELDON_NAMESPACE_KINDS, ...NAMED_END_KINDS, 'NetworkPolicy']),
];
const BLOCKED = [
  'from',
  'clients',
  'to',
  'protocol',
  'port',
  'because',
  'breaks',
  'side',
  'policies',
  'flow',
];

/**
 * Whether required flows can still happen, under all NetworkPolicies together. A NetworkPolicy answers for the flows
 * that it closes. A Namespace or a workload answers for the flows that its labels close. What a new SeldonRuntime, Server
 * or workload finds closed already is a warning on it. At rest only NetworkPolicies answer, so that each fault is told once.
 */
export const mustReach: Check<MustReachParams> = {
  name: 'must-reach',
  needs: NEEDS,
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['flows'],
    properties: {
      flows: FLOWS_SCHEMA,
      ownFlows: FLOWS_SCHEMA,
      operatorNamespaces: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    },
  },
  problems: {
    blocked: BLOCKED,
    'would-block': [...BLOCKED, 'namespace'],
    'closed-by-deletion': BLOCKED,
    relabelled: BLOCKED,
    'opened-by-nobody': BLOCKED,
    'later-namespaces': ['from', 'namespace', 'port', 'because'],
    uncertain: ['flows', 'count', 'missing'],
    misdirected: ['service', 'from', 'to', 'because', 'breaks'],
  },
  evaluate(review, params): Iterable<Finding> {
    const wanted = wantedFlows(params);
    if (review.object.known === 'NetworkPolicy') return policyFindings(review, wanted);
    if (review.object.known === 'Service') return serviceFindings(review, wanted);
    return review.operation === 'NONE' ? [] : labelFindings(review, wanted);
  },
};
