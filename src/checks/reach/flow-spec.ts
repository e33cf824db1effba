import type { JsonObject } from '../../model/json.ts';
import { COMPONENT_IDS } from '../../model/seldon-components.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import type { Dependency } from '../../model/seldon-dependencies.ts';
import type { Effect } from '../../policy/check.ts';

/** Pods by their labels, as a NetworkPolicy names them: without a namespace those of the Seldon namespace itself. */
export interface PodsSpec {
  readonly namespace?: string;
  readonly namespaceSelector?: JsonObject;
  readonly podSelector: JsonObject;
}

/** One end of a flow as a policy's parameters name it: a component of Seldon's, or something by its own means. */
export type EndSpec =
  | ComponentId
  /** Somebody outside the Seldon namespace: a pod of another one, or an address. */
  | 'anyone'
  | { readonly pods: PodsSpec }
  | { readonly cidr: string }
  /** `namespace/name`, or a name in the Seldon namespace itself. */
  | { readonly service: string }
  /** What the manifests tell the address of: the brokers, the collector, the model storage. */
  | { readonly setting: Dependency };

/** When a flow is needed at all; without a condition, wherever its ends are. */
type Condition = 'pipelines' | 'injected' | 'service-exists';

/** A flow that must be open, as a policy's parameters state it. */
export interface RequiredFlow {
  /** A short id that people search for. */
  readonly id: string;
  readonly from: EndSpec | readonly EndSpec[];
  readonly to: EndSpec | readonly EndSpec[];
  /** The server pod's own port; for `service` ends the Service's. A `setting` names the port itself. */
  readonly port?: number;
  /** The port instead of it where the client speaks mTLS. */
  readonly tlsPort?: number;
  /** TCP without one. */
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  /** The Service of the Seldon namespace that the client dials, and its port where that is another one. */
  readonly through?: { readonly service: string; readonly port?: number };
  readonly when?: Condition;
  /** The strongest effect of its being closed. */
  readonly effect?: Effect;
  /** What no longer works then; a clause. */
  readonly breaks: string;
}

/** The ends that a flow names on one side. */
export function specsOf(side: EndSpec | readonly EndSpec[]): readonly EndSpec[] {
  return Array.isArray(side) ? (side as readonly EndSpec[]) : [side as EndSpec];
}

/** Whether the flow has the component at an end. */
export function names({ from, to }: RequiredFlow, component: ComponentId): boolean {
  return specsOf(from).includes(component) || specsOf(to).includes(component);
}

/** Whether an end of the flow is none of Seldon's components, and may so lie anywhere. */
export function namesPlaces({ from, to }: RequiredFlow): boolean {
  return [...specsOf(from), ...specsOf(to)].some((spec) => typeof spec === 'object');
}

const text = { type: 'string', minLength: 1 };
const port = { type: 'integer', minimum: 1, maximum: 65535 };
const name = { type: 'string', pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' };
const strings = { type: 'object', additionalProperties: { type: 'string' } };
/** A label selector, closed: a misspelt field would select everything. */
const selector = {
  type: 'object',
  additionalProperties: false,
  properties: {
    matchLabels: strings,
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['key', 'operator'],
        properties: {
          key: text,
          operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] },
          values: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
};
const pods = {
  type: 'object',
  additionalProperties: false,
  required: ['podSelector'],
  properties: { namespace: name, namespaceSelector: selector, podSelector: selector },
};
const cidr = { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' };
const service = {
  type: 'string',
  pattern: '^([a-z0-9]([-a-z0-9]*[a-z0-9])?/)?[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
};
const setting = { enum: ['kafka', 'tracing', 'storage'] };

/** One end: a word, or an object with one of these fields. */
const end = (words: readonly string[], fields: JsonObject): JsonObject => ({
  type: ['string', 'object'],
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: fields,
  if: { type: 'object' },
  else: { enum: [...words] },
});
const oneOrMore = (one: JsonObject): JsonObject => ({
  type: ['string', 'object', 'array'],
  minItems: 1,
  items: one,
  if: { type: 'array' },
  else: one,
});

/** JSON Schema of a list of required flows. */
export const FLOWS_SCHEMA: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['id', 'from', 'to', 'breaks'],
    properties: {
      id: text,
      from: oneOrMore(end([...COMPONENT_IDS, 'anyone'], { pods, cidr, service })),
      to: oneOrMore(end(COMPONENT_IDS, { pods, cidr, service, setting })),
      port,
      tlsPort: port,
      protocol: { enum: ['TCP', 'UDP', 'SCTP'] },
      through: {
        type: 'object',
        additionalProperties: false,
        required: ['service'],
        properties: { service: name, port },
      },
      when: { enum: ['pipelines', 'injected', 'service-exists'] },
      effect: { enum: ['deny', 'warn', 'record'] },
      breaks: text,
    },
    if: {
      type: 'object',
      required: ['to'],
      properties: { to: { type: 'object', required: ['setting'], properties: { setting } } },
    },
    else: { type: 'object', required: ['port'], properties: { port } },
  },
};
