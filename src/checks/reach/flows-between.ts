import type { Cluster } from '../../model/cluster.ts';
import { seldonNamespaces } from '../../model/seldon-pods.ts';
import type { Finding } from '../../policy/check.ts';
import { closedFlowFindings, sidesNotOpen } from './closed-flow.ts';
import type { ClosedFlow } from './closed-flow.ts';
import { flowOutcome } from './flow-outcome.ts';
import { flowKey, flowsOf, wantedFlows } from './required-flow.ts';
import type { MustReachParams } from './required-flow.ts';

/**
 * The required flows that one picture closes and the other did not: those that were open and are not, and those that the
 * second needs for the first time and finds closed. As findings of must-reach, so that its words fit.
 */
export function flowsClosedBetween(before: Cluster, after: Cluster, params: MustReachParams): Finding[] {
  const { flows, operatorNamespaces } = wantedFlows(params);
  const outcomesIn = (cluster: Cluster, namespace: string): Map<string, ClosedFlow> =>
    new Map(
      flowsOf(cluster, namespace, flows, operatorNamespaces).map((instance) => {
        const outcome = flowOutcome(instance, cluster);
        return [flowKey(instance), { instance, outcome, sides: sidesNotOpen(outcome), standing: false }];
      }),
    );
  return seldonNamespaces(after).flatMap((namespace) => {
    const was = outcomesIn(before, namespace);
    const closed = [...outcomesIn(after, namespace)].filter(
      ([key, { outcome }]) => outcome.allowed === 'no' && was.get(key)?.outcome.allowed !== 'no',
    );
    return closedFlowFindings(
      closed.map(([, flow]) => flow),
      { problem: 'blocked', namespace: '', fieldOf: () => [] },
    );
  });
}
