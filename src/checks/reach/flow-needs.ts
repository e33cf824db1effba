import type { JsonObject } from '../../model/json.ts';
import { sameObject } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Direction } from '../../network/pod.ts';
import type { NetworkPolicy } from '../../network/policy.ts';
import type { Side } from '../../network/side.ts';
import { canName } from './allow-rules.ts';
import type { Need } from './allow-rules.ts';
import { endsOfSide } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { companionOf } from './companion.ts';
import type { Opening } from './companion.ts';
import { homeOf } from './flow-ends.ts';
import type { End } from './flow-ends.ts';

/** Whether the policy is one of those that isolate the pods of this side; where that is in doubt, one that may. */
export function hasPart(policy: Manifest, { isolatedBy, maybeIsolatedBy, allowed }: Side): boolean {
  const is = (other: NetworkPolicy): boolean => sameObject(other.manifest, policy);
  return isolatedBy.some(is) || (allowed === 'unknown' && maybeIsolatedBy.some(is));
}

/**
 * What the policy has to admit for a flow. What is closed on one side may be in doubt on the other, and would be the next
 * thing to be said. `later` are the flows to namespaces that nobody has named yet.
 */
export function needsOf(policy: Manifest, flow: ClosedFlow, later: readonly ClosedFlow[]): Need[] {
  return flow.outcome.toOpen.flatMap(({ port, reach: { egress, ingress } }) =>
    [egress, ingress]
      .filter((side) => side.allowed !== 'yes' && hasPart(policy, side))
      .map(({ direction }) => needOn(direction, flow, port, later)),
  );
}

/**
 * The policies that open closed flows from beside this one, for the flows that they cover; `others` are opened along with
 * them. The policy is to pass unchanged beside them: where a flow that it is refused for cannot be named, there are none.
 */
export function companions(
  policy: Manifest,
  closed: readonly ClosedFlow[],
  others: readonly ClosedFlow[],
  later: readonly ClosedFlow[],
): ((flows: readonly ClosedFlow[]) => readonly JsonObject[]) | undefined {
  if (!closed.some(refuses)) return undefined;
  const openings = new Map<ClosedFlow, readonly Opening[]>();
  for (const flow of [...closed, ...others]) {
    const own = openingsOf(policy, flow, later);
    if (own.every(({ subject, peer }) => canName(subject) && canName(peer))) openings.set(flow, own);
    else if (refuses(flow) && closed.includes(flow)) return undefined;
  }
  const policies = companionOf(policy, [...openings.values()].flat());
  return (flows) => (flows.every((flow) => openings.has(flow)) ? policies : []);
}

function openingsOf(policy: Manifest, flow: ClosedFlow, later: readonly ClosedFlow[]): Opening[] {
  return flow.outcome.toOpen.flatMap(({ port, reach: { egress, ingress } }) =>
    [egress, ingress].flatMap((side) => {
      const { direction } = side;
      const own = hasPart(policy, side);
      const concerns = own || flow.sides.some((other) => other.direction === direction);
      // A policy that may not isolate the pods is no reason to do so for certain.
      if (side.allowed === 'yes' || !concerns || side.isolatedBy.length === 0) return [];
      const { subject } = endsOfSide(direction, flow);
      const alone = own && side.isolatedBy.length === 1;
      return { ...needOn(direction, flow, port, later), subject, alone };
    }),
  );
}

function needOn(direction: Direction, flow: ClosedFlow, port: number, later: readonly ClosedFlow[]): Need {
  const { protocol } = flow.instance.flow;
  const peer = peerOf(flow, direction, later);
  return { direction, peer, port, ...(protocol === undefined ? {} : { protocol }) };
}

/** Who has to be admitted on a side of a flow. An operator that can reach no later namespace gets a rule for all of them. */
function peerOf(closed: ClosedFlow, direction: Direction, later: readonly ClosedFlow[]): End {
  const { subject, peer } = endsOfSide(direction, closed);
  if (direction === 'ingress' || homeOf(subject) === homeOf(peer)) return peer;
  const toAll = later.find(({ instance }) => instance.client.source === subject.source)?.instance.server;
  return toAll !== undefined && toAll.component === peer.component ? toAll : peer;
}

function refuses({ instance: { flow }, standing }: ClosedFlow): boolean {
  return !standing && (flow.effect ?? 'deny') === 'deny';
}
