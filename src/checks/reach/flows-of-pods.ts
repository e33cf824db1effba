import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster } from '../../model/cluster.ts';
import { operatorsOf } from '../../model/operator.ts';
import { isSelected } from '../../network/excess.ts';
import type { Subject } from '../../network/least-policy.ts';
import { assumedEnd, endsIn, homeOf } from './flow-ends.ts';
import type { End, FlowEnd } from './flow-ends.ts';
import type { RequiredFlow } from './flow-spec.ts';
import type { IsolatedPods } from './isolated-pods.ts';
import { flowKey, flowsTouching } from './required-flow.ts';
import type { FlowInstance, WantedFlows } from './required-flow.ts';

/** The required flows with one of these pods at an end. */
export function flowsOfPods(
  cluster: Cluster,
  { subjects, ends, namespaces }: IsolatedPods,
  { flows, operatorNamespaces }: WantedFlows,
): FlowInstance[] {
  const instances = namespaces.flatMap((namespace) =>
    flowsTouching(cluster, namespace, flows, operatorNamespaces),
  );
  const touching = instances.filter(
    ({ client, server }) =>
      subjectOf(client, subjects) !== undefined || subjectOf(server, subjects) !== undefined,
  );
  const all = [...touching, ...flowsToUnseen(cluster, ends, flows)];
  return [...new Map(all.map((one) => [`${flowKey(one)} ${one.port ?? ''}`, one])).values()];
}

/**
 * The flows of operators to namespaces that they are told to watch and in which the server is not to be seen: to what upstream
 * makes there.
 */
function flowsToUnseen(
  cluster: Cluster,
  ends: readonly FlowEnd[],
  flows: readonly RequiredFlow[],
): FlowInstance[] {
  return ends.flatMap((client) => {
    const scope = operatorsOf(cluster).find(({ manifest }) => manifest === client.source)?.scope;
    if (scope === undefined || scope === 'all') return [];
    return flows
      .filter(({ from }) => from === 'controller-manager')
      .flatMap((flow) =>
        scope.flatMap((namespace): FlowInstance[] => {
          const { to } = flow;
          if (typeof to !== 'string' || to === 'anyone' || namespace === homeOf(client)) return [];
          if (endsIn(cluster, namespace).some(({ component }) => component === to)) return [];
          const server = assumedEnd(to, namespace, namespaceLabels(cluster, namespace));
          return [{ flow, client, server, tls: client.tls }];
        }),
      );
  });
}

/** Whose policy selects the pods of an end; those that are only taken to be there are nobody's. */
export function subjectOf(end: End, subjects: readonly Subject[]): Subject | undefined {
  const { pod } = end;
  if (pod === undefined || end.elsewhere !== undefined) return undefined;
  return subjects.find((subject) => isSelected(pod, subject));
}
