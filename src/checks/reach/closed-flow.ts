import type { JsonObject, Path } from '../../model/json.ts';
import type { Tri } from '../../model/labels.ts';
import { namesOf } from '../../model/words.ts';
import { explain } from '../../network/explain.ts';
import type { Direction } from '../../network/pod.ts';
import type { Side } from '../../network/side.ts';
import type { PatchOperation } from '../../model/patch.ts';
import type { Data, Effect, Finding } from '../../policy/check.ts';
import { weaker } from '../../policy/effect.ts';
import { homeOf } from './flow-ends.ts';
import type { End } from './flow-ends.ts';
import type { FlowOutcome } from './flow-outcome.ts';
import { flowKey } from './required-flow.ts';
import type { FlowInstance } from './required-flow.ts';

/** A required flow that is not open, and the sides of it that matter here. */
export interface ClosedFlow {
  readonly instance: FlowInstance;
  readonly outcome: FlowOutcome;
  readonly sides: readonly Side[];
  /** Whether the flow was closed before the change. */
  readonly standing: boolean;
}

/** The sides of an outcome that give this answer. */
export function sidesThat(outcome: FlowOutcome, answer: Tri): Side[] {
  return [outcome.reach.egress, outcome.reach.ingress].filter((side) => side.allowed === answer);
}

/** The sides that do not let the flow through for certain; where the outcome is a no, those that close it. */
export function sidesNotOpen(outcome: FlowOutcome): Side[] {
  if (outcome.allowed === 'no') return sidesThat(outcome, 'no');
  return [outcome.reach.egress, outcome.reach.ingress].filter((side) => side.allowed !== 'yes');
}

/** The end whose policies a side is about, and the one that its rules would have to name. */
export function endsOfSide(
  direction: Direction,
  { instance, outcome }: Pick<ClosedFlow, 'instance' | 'outcome'>,
): { subject: End; peer: End } {
  const [client, server] = [outcome.client, instance.server];
  return direction === 'egress' ? { subject: client, peer: server } : { subject: server, peer: client };
}

/**
 * Findings for closed flows, one per flow: pods that are cut off for the same reason share a sentence. `namespace` is
 * where the reader is; pods elsewhere are named with their namespace.
 */
export function closedFlowFindings(
  closed: readonly ClosedFlow[],
  what: {
    readonly problem: string;
    readonly namespace: string;
    readonly fieldOf: (directions: readonly Direction[]) => Path;
    readonly more?: Data;
    /** The patch that cures these; an empty one is none. */
    readonly fixFor?: (flows: readonly ClosedFlow[]) => readonly PatchOperation[];
    /** The policies that cure them from beside it; an empty list is none. */
    readonly companionFor?: (flows: readonly ClosedFlow[]) => readonly JsonObject[];
    /** The strongest effect that they may have. */
    readonly effect?: Effect;
  },
): Finding[] {
  const groups = Map.groupBy(closed, ({ instance, outcome, sides, standing }) =>
    [instance.flow.id, outcome.port, standing, ...sides.flatMap(reasonKey)].join(' '),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { flow } = first.instance;
    const fix = what.fixFor?.(group) ?? [];
    const companion = what.companionFor?.(group) ?? [];
    const subjects = ({ direction }: Side): string =>
      namesOf(group.map((one) => titleIn(what.namespace, endsOfSide(direction, one).subject)));
    const clients = [...new Set(group.map(({ outcome }) => titleIn(what.namespace, outcome.client)))];
    const finding: Finding = {
      problem: what.problem,
      field: what.fieldOf(first.sides.map(({ direction }) => direction)),
      data: {
        flow: flow.id,
        from: namesOf(clients),
        clients: clients.length > 1 ? `${clients[0] ?? ''} and ${clients.length - 1} more` : namesOf(clients),
        to: namesOf(group.map(({ instance }) => titleIn(what.namespace, instance.server))),
        protocol: flow.protocol ?? 'TCP',
        port: first.outcome.port,
        because: joined(first.sides.map((side) => explain(side, { pod: subjects(side) }))),
        breaks: flow.breaks,
        side: first.sides.map((side) => side.direction).join(' and '),
        policies: namesOf(first.sides.flatMap((side) => side.isolatedBy.map((policy) => policy.name))),
        ...what.more,
      },
      key: group.map(({ instance }) => flowKey(instance)).join(', '),
      standing: first.standing,
      ...capOf(flow.effect, what.effect),
      ...(fix.length === 0 ? {} : { fix }),
      ...(companion.length === 0 ? {} : { companion }),
    };
    return [finding];
  });
}

function capOf(...caps: readonly (Effect | undefined)[]): { effect?: Effect } {
  const effect = caps.filter((cap) => cap !== undefined).reduce<Effect>(weaker, 'deny');
  return effect === 'deny' ? {} : { effect };
}

/** Two sides closed for the same reason are told in one clause. */
function joined(reasons: readonly string[]): string {
  const [egress, ingress] = reasons;
  if (egress !== undefined && egress.replace('no egress rule', 'no ingress rule') === ingress)
    return egress.replace('no egress rule', 'neither an egress nor an ingress rule');
  return reasons.join(', and ');
}

function reasonKey({ direction, isolatedBy }: Side): string[] {
  return [direction, ...isolatedBy.map((policy) => policy.name)];
}

function titleIn(namespace: string, end: End): string {
  const home = homeOf(end);
  const isNowhere = home === '' || end.anyone === true;
  return isNowhere || home === namespace ? end.title : `${end.title} (namespace ${home})`;
}
