import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster } from '../../model/cluster.ts';
import { isolation } from '../../network/isolation.ts';
import type { Pod } from '../../network/pod.ts';
import type { Rule } from '../../network/policy.ts';
import { policiesOf } from './flow-outcome.ts';

/** The namespaces that people look for the API server in: of its pods where it has any, and of its Service. */
const LOOKED_FOR_IN = ['kube-system', 'default'];

/**
 * An egress rule for the pod that was written for the API server and cannot match it: on one of these ports, it names
 * pods of those namespaces and nothing else. "It should be cluster-external IPs" (IPBlock) that name what is no pod.
 */
export function podsOnlyRule(
  pod: Pod,
  cluster: Cluster,
  ports: readonly number[],
): { rule: string; policy: string } | undefined {
  for (const policy of isolation(policiesOf(cluster, pod.namespace), pod, 'egress').certain) {
    const rule = policy.egress.rules.find((each) => isOnPorts(each, ports) && isForPods(each, cluster));
    if (rule !== undefined) return { rule: `egress rule ${rule.index}`, policy: policy.name };
  }
  return undefined;
}

function isOnPorts(rule: Rule, ports: readonly number[]): boolean {
  if (rule.ports === 'all') return false;
  return rule.ports.some(
    (clause) =>
      clause.protocol === 'TCP' &&
      'first' in clause &&
      ports.some((port) => port >= clause.first && port <= clause.last),
  );
}

function isForPods({ peers }: Rule, cluster: Cluster): boolean {
  return (
    peers !== 'all' &&
    peers.every(({ kind }) => kind === 'pods') &&
    peers.some(
      (peer) =>
        peer.kind === 'pods' &&
        LOOKED_FOR_IN.some(
          (namespace) => peer.namespaceSelector?.(namespaceLabels(cluster, namespace)) === 'yes',
        ),
    )
  );
}
