import type { Picture } from '../../model/cluster.ts';
import { nameOf } from '../../model/manifest.ts';
import { excessOf, isSelected } from '../../network/excess.ts';
import type { Excess } from '../../network/excess.ts';
import { leastPolicies } from '../../network/least-policy.ts';
import type { LeastPolicy, Subject } from '../../network/least-policy.ts';
import { compilePolicies, compilePolicy } from '../../network/policy.ts';
import { workloadsOf } from '../../network/workload.ts';
import { closedWorld, withOnly } from './closed-world.ts';
import { homeOf } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';
import { names, specsOf } from './flow-spec.ts';
import type { RequiredFlow } from './flow-spec.ts';
import { isolatedPods } from './isolated-pods.ts';
import type { IsolatedPods } from './isolated-pods.ts';
import { leastProof } from './least-proof.ts';
import type { LeastProof } from './least-proof.ts';
import type { NetworkRequirements } from './network-requirements.ts';
import { flowsOfPods } from './flows-of-pods.ts';
import { requiredAccess } from './required-access.ts';
import type { AccessChoices } from './required-access.ts';
import type { FlowInstance } from './required-flow.ts';

/** What is asked for. */
export interface PrivilegeChoices extends AccessChoices {
  /** Whether every other pod of the Seldon namespace is isolated as well. */
  readonly defaultDeny: boolean;
}

/** The policies for a Seldon namespace and its operators, and what was proved of them. */
export interface LeastPrivilege extends LeastProof {
  /** In an order in which they can be applied one by one: each is complete for its pods, and the default denial is the last. */
  readonly policies: readonly LeastPolicy[];
  /** Where they are, the Seldon namespace first. */
  readonly namespaces: readonly string[];
  /** What is open to or from the pods beyond what they need. */
  readonly excess: readonly Excess[];
  /** How many workloads were looked at for that. */
  readonly workloads: number;
  /** Pods of Seldon's that no policy can isolate. */
  readonly left: readonly string[];
  /** Policies that are there for the same pods, and may admit more. */
  readonly beside: readonly string[];
  /** Workloads that are not Seldon's and that the default denial isolates. */
  readonly denied: readonly string[];
  /** Flows that nothing needs yet, or of which nothing tells where they lead: they are closed. */
  readonly unused: readonly string[];
}

/**
 * The NetworkPolicies under which Seldon's pods in a namespace, and the operators that watch it, can do what they have to
 * and nothing else; undefined where nothing of Seldon's is in the namespace. Policies that are in these namespaces already are taken
 * for gone in the proof: policies add up, so that they close nothing that these open.
 */
export function leastPrivilege(
  picture: Picture,
  namespace: string,
  requirements: NetworkRequirements,
  choices: PrivilegeChoices,
): LeastPrivilege | undefined {
  const pods = isolatedPods(picture, namespace);
  const { subjects, ends, left, namespaces } = pods;
  if (!ends.some((end) => homeOf(end) === namespace)) return undefined;
  const instances = flowsOfPods(picture, pods, requirements);
  const closed = closedWorld(picture, namespaces);
  const accesses = requiredAccess(closed, pods, instances, requirements, choices);
  const denial: Subject = { namespace, name: 'seldon-default-deny', labels: {} };
  const policies = leastPolicies([...subjects, ...(choices.defaultDeny ? [denial] : [])], accesses);
  const objects = policies.map(({ object }) => object);
  const proved = withOnly(picture, namespaces, objects);
  // Beside the policies that are there already nothing that these open is closed but by those.
  const beside = leastProof(withOnly(picture, [], objects), pods, instances, requirements);
  const workloads = workloadsOf(proved);
  const compiled = compilePolicies(proved.list('NetworkPolicy'));
  const isOther = (pod: (typeof workloads)[number]['pods'][number]): boolean =>
    isSelected(pod, denial) && !subjects.some((subject) => isSelected(pod, subject));
  return {
    ...leastProof(proved, pods, instances, requirements),
    elsewhere: [...beside.closed, ...beside.elsewhere],
    policies,
    namespaces,
    excess: [...excessOf(subjects, accesses, workloads, compiled)],
    workloads: workloads.length,
    left: left.map(({ title }) => title),
    beside: besideOf(picture, pods),
    denied: choices.defaultDeny
      ? workloads.filter((one) => one.pods.some(isOther)).map(({ kind, name }) => `${kind} ${name}`)
      : [],
    unused: unusedOf(requirements.flows, instances, ends),
  };
}

/** The flows to something outside Seldon that the pods may come to need: with the next Pipeline, the next Model. */
function unusedOf(
  flows: readonly RequiredFlow[],
  instances: readonly FlowInstance[],
  ends: readonly FlowEnd[],
): string[] {
  return flows
    .filter(({ to }) => specsOf(to).some((spec) => typeof spec === 'object' && 'setting' in spec))
    .filter((flow) => !instances.some((instance) => instance.flow.id === flow.id))
    .filter((flow) => ends.some(({ component }) => component !== undefined && names(flow, component)))
    .map(({ id }) => id);
}

/** Policies of other names that select any of the pods and admit anything. */
function besideOf(picture: Picture, { ends, subjects, namespaces }: IsolatedPods): string[] {
  return namespaces
    .flatMap((namespace) => picture.list('NetworkPolicy', namespace))
    .filter(
      ({ name, namespace }) => !subjects.some((one) => one.name === name && one.namespace === namespace),
    )
    .filter((manifest) => {
      const { podSelector, ingress, egress } = compilePolicy(manifest);
      if (ingress.rules.length + egress.rules.length === 0) return false;
      return ends.some(({ pod }) => pod.namespace === manifest.namespace && podSelector(pod.labels) !== 'no');
    })
    .map(nameOf);
}
