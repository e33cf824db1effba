import { listAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import type { Direction } from '../../network/pod.ts';
import { compilePolicy } from '../../network/policy.ts';
import { compilePorts } from '../../network/port.ts';
import type { PortClause } from '../../network/port.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { namesOf } from '../../model/words.ts';
import { PODS_AROUND_KINDS } from './pods-around.ts';
import type { PodsAround } from './pods-around.ts';
import { declares, namesPort, portsOf, portWords } from './pod-ports.ts';
import { listenersOf } from './rule-listeners.ts';
import type { Listeners } from './rule-listeners.ts';
import { behindServices, isOpened } from './service-target.ts';
import type { ServiceTarget } from './service-target.ts';

/**
 * Whether the ports that a NetworkPolicy's rules name are ports of the pods that listen there. A policy judges a packet
 * after the Service has translated it, so a Service's own port opens nothing unless the pods have it too.
 */
export const rulePorts: Check = {
  name: 'rule-ports',
  needs: [...new Set<Kind>([...PODS_AROUND_KINDS, 'Service', 'NetworkPolicy'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'service-port': ['direction', 'index', 'port', 'services', 'targets', 'pods'],
    'service-port-beside': ['direction', 'index', 'port', 'services', 'targets', 'pods'],
    'port-of-no-pod': ['direction', 'index', 'port', 'pods', 'ports'],
    'name-of-no-port': ['direction', 'index', 'port', 'pods', 'ports'],
  },
  *evaluate(review): Generator<Finding> {
    const { object } = review;
    for (const direction of ['ingress', 'egress'] as const) {
      // Rules of a direction that the policy does not isolate have no effect, whatever their ports.
      if (!compilePolicy(object)[direction].isolates) continue;
      for (const [index, rule] of listAt(object.object, 'spec', direction).entries())
        yield* ruleFindings(review, direction, index, rule);
    }
  },
};

/** An entry of a rule's `ports`, and whether the pods have such a port. */
interface Entry {
  readonly clause: PortClause;
  readonly place: number;
  readonly declared: 'yes' | 'no' | 'unknown';
}

function* ruleFindings(review: Review, direction: Direction, index: number, rule: Json): Generator<Finding> {
  const ports = listAt(rule, 'ports');
  const listeners = ports.length === 0 ? undefined : listenersOf(review, direction, rule);
  if (listeners === undefined) return;
  const entries = ports.flatMap((port, place): Entry[] => {
    const [clause] = compilePorts([port]);
    return clause === undefined || typeof clause === 'string'
      ? []
      : [{ clause, place, declared: declares(listeners.pods, clause) }];
  });
  for (const entry of entries)
    if (entry.declared !== 'yes')
      yield* entryFindings(review, { direction, index, entry, entries, listeners });
}

interface Place {
  readonly direction: Direction;
  readonly index: number;
  readonly entry: Entry;
  readonly entries: readonly Entry[];
  readonly listeners: Listeners;
}

function* entryFindings(review: Review, place: Place): Generator<Finding> {
  const { direction, index, entry, entries, listeners } = place;
  const { clause, declared } = entry;
  const path = ['spec', direction, index, 'ports', entry.place];
  const port = portWords(clause);
  const common = { direction, index, port };
  const targets = behindServices(review.cluster, listeners.pods, clause);
  if (targets.length > 0) {
    const closed = targets.filter((target) => !entries.some((other) => namesPort(other.clause, target)));
    if (closed.length === 0) return;
    const isElsewhere = closed.some((target) => isOpened(review, direction, index, target));
    const isNothing = declared === 'no' && listeners.all && !isElsewhere;
    const others = entries.filter((other) => other !== entry && other.declared !== 'no');
    yield {
      problem: isNothing && others.length === 0 ? 'service-port' : 'service-port-beside',
      field: [...path, 'port'],
      data: {
        ...common,
        services: namesOf(closed.map(({ service }) => `Service ${service}`)),
        targets: namesOf(closed.map(({ port, protocol }) => `${protocol} ${port}`)),
        pods: titlesOf(closed.map(({ pods }) => pods)),
      },
      key: `${direction} ${port} ${namesOf(closed.map(({ service }) => service))}`,
      fix: replaced(path, closed),
    };
    return;
  }
  if (declared !== 'no') return;
  const isNamed = 'name' in clause;
  // Another application in the namespace may have it, where the picture cannot hold them all.
  const isCertain = listeners.all && (listeners.chosen || review.operation !== 'NONE');
  const fitsOtherwise = entries.some((other) => other !== entry && other.declared !== 'no');
  yield {
    problem: isNamed ? 'name-of-no-port' : 'port-of-no-pod',
    field: [...path, 'port'],
    data: {
      ...common,
      pods: titlesOf(listeners.pods),
      ports: portsOf(listeners.pods, isNamed),
    },
    key: `${direction} ${port} ${titlesOf(listeners.pods)}`,
    ...(isCertain && !fitsOtherwise ? {} : { effect: 'record' as const }),
  };
}

function titlesOf(pods: readonly PodsAround[]): string {
  return namesOf(pods.map(({ title }) => title));
}

/** The Service's port replaced by the pods'; where there are several, the others stand after it. */
function replaced(path: readonly (string | number)[], targets: readonly ServiceTarget[]): PatchOperation[] {
  const distinct = new Map(targets.map((target) => [`${target.protocol} ${target.port}`, target]));
  const [first, ...others] = [...distinct.values()].toSorted((a, b) => a.port - b.port);
  if (first === undefined) return [];
  return [
    { op: 'replace', path: jsonPointer([...path, 'port']), value: first.port },
    ...others.map(({ port, protocol }): PatchOperation => ({
      op: 'add',
      path: jsonPointer([...path.slice(0, -1), '-']),
      value: { protocol, port },
    })),
  ];
}
