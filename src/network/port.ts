import { at, isObject } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Tri } from '../model/labels.ts';
import { notePod } from './missing.ts';
import type { Notes } from './missing.ts';
import type { Flow, Protocol } from './pod.ts';

/** One entry of `ports`: a range of numbers (most often of one), or a name; always of one protocol. */
export type PortClause =
  | { readonly protocol: Protocol; readonly first: number; readonly last: number }
  | { readonly protocol: Protocol; readonly name: string };

/**
 * The ports of a rule. "If this field is empty or missing, this rule matches all ports" (NetworkPolicyIngressRule)
 * is written `all`, so that an empty list can only mean that every entry was refused: no port at all.
 */
export type Ports = 'all' | readonly PortClause[];

const PROTOCOLS: ReadonlySet<Json | undefined> = new Set(['TCP', 'UDP', 'SCTP'] satisfies Protocol[]);
// IANA_SVC_NAME, as validation requires of named ports (IsValidPortName).
const PORT_NAME = /^(?!.*--)(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?$/;

function isProtocol(value: Json): value is Protocol {
  return PROTOCOLS.has(value);
}

function isPort(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
}

/**
 * One entry of `ports`, or undefined where the API server refuses it (a wrong type, a port outside 1-65535, a
 * range that ends before it begins or that begins with a name): it then matches nothing.
 */
function compilePort(entry: Json): PortClause | undefined {
  if (entry !== null && !isObject(entry)) return undefined;
  const body: JsonObject = entry ?? {};
  // "If not specified, this field defaults to TCP" (NetworkPolicyPort); likewise "matches all port names and numbers".
  const protocol = at(body, 'protocol') ?? 'TCP';
  const port = at(body, 'port') ?? undefined;
  const endPort = at(body, 'endPort') ?? undefined;
  if (!isProtocol(protocol)) return undefined;
  if (port === undefined) return endPort === undefined ? { protocol, first: 1, last: 65535 } : undefined;
  if (typeof port === 'string')
    return endPort === undefined && PORT_NAME.test(port) ? { protocol, name: port } : undefined;
  if (!isPort(port)) return undefined;
  if (endPort === undefined) return { protocol, first: port, last: port };
  // "The endPort must be equal or greater than port" (NetworkPolicyPort); the range is "inclusive".
  return isPort(endPort) && endPort >= port ? { protocol, first: port, last: endPort } : undefined;
}

/** The `ports` of a rule. What is neither a list nor null is refused by the API server: no port. */
export function compilePorts(ports: Json | undefined): Ports {
  if (ports === undefined || ports === null) return 'all';
  if (!Array.isArray(ports)) return [];
  const entries = ports as readonly Json[];
  return entries.length === 0 ? 'all' : entries.flatMap((entry) => compilePort(entry) ?? []);
}

/** Whether the ports of a rule, of either direction, admit the flow. */
export function admitsPort(ports: Ports, flow: Flow, notes?: Notes): Tri {
  if (ports === 'all') return 'yes';
  let result: Tri = 'no';
  for (const clause of ports) {
    // "Only traffic on the specified protocol AND port will be matched" (NetworkPolicyPort).
    if (clause.protocol !== flow.protocol) continue;
    if ('first' in clause) {
      if (flow.port >= clause.first && flow.port <= clause.last) return 'yes';
      continue;
    }
    const answer = isNamed(clause.name, flow, notes);
    if (answer === 'yes') return 'yes';
    if (answer === 'unknown') result = 'unknown';
  }
  return result;
}

/**
 * Whether the flow's port has this name. "A numerical or named port on a pod" (NetworkPolicyPort) is one of the
 * pod that the flow goes to, also for egress: "destination ports for outgoing traffic". What is no pod, or is as
 * good as its node (host network), names no ports.
 */
function isNamed(name: string, flow: Flow, notes: Notes | undefined): Tri {
  const { to } = flow;
  if (to.kind === 'address' || to.hostNetwork) return 'no';
  if (to.ports !== undefined) {
    for (const port of to.ports)
      if (port.name === name && port.port === flow.port && port.protocol === flow.protocol) return 'yes';
    return 'no';
  }
  notePod(notes, 'container ports', to);
  return 'unknown';
}
