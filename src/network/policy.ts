import { at, isObject, listAt, objectAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Manifest } from '../model/manifest.ts';
import { once } from '../model/once.ts';
import { compilePeers } from './peers.ts';
import type { Peers } from './peers.ts';
import type { Direction } from './pod.ts';
import { compilePorts } from './port.ts';
import type { Ports } from './port.ts';
import { compileSelector } from './selector.ts';
import type { Selector } from './selector.ts';

/** An entry of `ingress` or `egress`: "The traffic must match both ports and from" (or `to`). */
export interface Rule {
  /** Its index in the manifest. */
  readonly index: number;
  readonly peers: Peers;
  readonly ports: Ports;
}

/** What a policy does in one direction to the pods that it selects. */
export interface Gate {
  /** Whether it isolates them, said apart from the rules: isolated with no rules is nothing allowed. */
  readonly isolates: boolean;
  readonly rules: readonly Rule[];
}

/** A NetworkPolicy ready to be asked. */
export interface NetworkPolicy {
  readonly manifest: Manifest;
  readonly namespace: string;
  readonly name: string;
  readonly podSelector: Selector;
  readonly ingress: Gate;
  readonly egress: Gate;
}

/**
 * A rule. Null reads as `{}`, which has neither peers nor ports and so admits everything; what is of another type
 * is refused by the API server and admits nothing.
 */
function compileRule(rule: Json, index: number, field: 'from' | 'to'): Rule {
  if (rule !== null && !isObject(rule)) return { index, peers: [], ports: [] };
  return { index, peers: compilePeers(at(rule, field)), ports: compilePorts(at(rule, 'ports')) };
}

/**
 * The directions that the policy isolates. "If no policyTypes are specified on a NetworkPolicy then by default Ingress
 * will always be set and Egress will be set if the NetworkPolicy has any egress rules" (concepts page); an empty list
 * counts as none. Entries that are no policy type, which the API server refuses, isolate nothing.
 */
function isolated(spec: Json): Readonly<Record<Direction, boolean>> {
  const types = listAt(spec, 'policyTypes');
  if (types.length === 0) return { ingress: true, egress: listAt(spec, 'egress').length > 0 };
  return { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
}

/**
 * Compiles a policy; total, so that a malformed one has a meaning too. In general what the API server would refuse
 * admits nobody. A missing spec or podSelector is an empty one, as the API server decodes it ("If it is not specified,
 * it defaults to an empty selector"): the policy selects every pod of its namespace.
 */
function compile(manifest: Manifest): NetworkPolicy {
  const spec = objectAt(manifest.object, 'spec');
  const isolates = isolated(spec);
  return {
    manifest,
    namespace: manifest.namespace,
    name: manifest.name,
    podSelector: compileSelector(at(spec, 'podSelector') ?? {}),
    ingress: {
      isolates: isolates.ingress,
      rules: listAt(spec, 'ingress').map((rule, i) => compileRule(rule, i, 'from')),
    },
    egress: {
      isolates: isolates.egress,
      rules: listAt(spec, 'egress').map((rule, i) => compileRule(rule, i, 'to')),
    },
  };
}

const COMPILED = Symbol('compiled');

/** The policy of a manifest, compiled once. */
export function compilePolicy(manifest: Manifest): NetworkPolicy {
  return once(manifest, COMPILED, compile);
}

/** The policies of a list of manifests: the same list for the same list, which is what `reach` remembers them by. */
export function compilePolicies(manifests: readonly Manifest[]): readonly NetworkPolicy[] {
  return once(manifests, COMPILED, () => manifests.map(compilePolicy));
}
