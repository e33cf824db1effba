import type { Cluster } from '../../model/cluster.ts';
import { at, listAt, objectAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { sameObject } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import { isolation } from '../../network/isolation.ts';
import { compilePolicy } from '../../network/policy.ts';
import type { NetworkPolicy } from '../../network/policy.ts';
import type { Finding } from '../../policy/check.ts';
import { namesOf } from '../../model/words.ts';
import { endsUnder } from './egress-clients.ts';
import type { EgressFault } from './egress-fault.ts';
import { openBeside, openEgress } from './egress-opening.ts';
import { endsIn } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';
import { policiesOf } from './flow-outcome.ts';

/** Something outside that Seldon's pods need to reach. */
export interface EgressNeed {
  /** A word for it that may stand in an object's name. */
  readonly word: string;
  /** Where the operator may run when it cannot be seen. */
  readonly operatorNamespaces: readonly string[];
  /** What no longer works for such pods without it; undefined for pods that do not need it. */
  readonly breaksFor: (end: FlowEnd) => string | undefined;
  /** Whether nothing but usage metrics is lost. */
  readonly isMinor: (end: FlowEnd) => boolean;
  readonly faultOf: (end: FlowEnd, cluster: Cluster) => EgressFault | undefined;
}

interface Found {
  readonly end: FlowEnd;
  readonly fault: EgressFault;
  readonly problem: string;
  readonly standing: boolean;
}

/**
 * What a change means for pods that need something outside. A NetworkPolicy answers for what it closes, under all
 * policies together. A workload, a Server or a SeldonRuntime answers for what its change closes; what it finds closed when
 * it comes is a warning on it. At rest only NetworkPolicies answer, so that each fault is told once.
 */
export function egressFindings(review: Review, need: EgressNeed): Finding[] {
  const { object, cluster, operation } = review;
  if (!policiesOf(cluster, object.namespace).some(({ egress }) => egress.isolates)) return [];
  if (object.known === 'NetworkPolicy') return policyFindings(review, need);
  return operation === 'NONE' || isControlled(object) ? [] : findings(review, need, podsFound(review, need));
}

function policyFindings(review: Review, need: EgressNeed): Finding[] {
  const { object, operation, before } = review;
  const { ends, assumed } = endsUnder(review, need.operatorNamespaces);
  const found = ends.flatMap((end): Found[] => {
    if (need.breaksFor(end) === undefined) return [];
    const fault = need.faultOf(end, review.cluster);
    if (fault === undefined) return [];
    const past = before === undefined ? undefined : need.faultOf(end, before);
    if (!answersFor(review, end, fault, past)) return [];
    const standing = rank(past) >= rank(fault);
    if (fault.unknown === true && past?.unknown === true) return [];
    if (operation === 'DELETE')
      return fault.closed && !standing ? [{ end, fault, problem: 'closed-by-deletion', standing }] : [];
    const problem = fault.closed && assumed ? 'would-close' : fault.problem;
    return [{ end, fault, problem, standing }];
  });
  return findings(review, need, found, assumed && !selectsAll(object));
}

function podsFound({ object, cluster, before }: Review, need: EgressNeed): Found[] {
  if (before === undefined) return [];
  return endsIn(cluster, object.namespace).flatMap((end): Found[] => {
    if (end.source !== object || need.breaksFor(end) === undefined) return [];
    const fault = need.faultOf(end, cluster);
    if (fault?.closed !== true) return [];
    const past = endsIn(before, object.namespace).find(
      ({ component, pod }) => component === end.component && pod.name === end.pod.name,
    );
    if (past === undefined) return [{ end, fault, problem: 'stays-closed', standing: true }];
    if (need.faultOf(past, before)?.closed === true) return [];
    return [{ end, fault, problem: 'closed-by-change', standing: false }];
  });
}

/** One finding for all pods that meet the same fault for the same reason. */
function findings(review: Review, need: EgressNeed, found: readonly Found[], onlyWarns = false): Finding[] {
  const { object } = review;
  const isPolicy = object.known === 'NetworkPolicy';
  const curable = isPolicy ? found.filter(({ end }) => opensAlone(review, end)) : [];
  const openings = curable.flatMap(({ fault }) => fault.openings ?? []);
  const cure = openEgress(object, openings);
  const companion = openBeside(object, need.word, openings);
  const groups = Map.groupBy(found, ({ end, fault, problem, standing }) =>
    JSON.stringify([problem, standing, need.breaksFor(end), fault.because(''), fault.data]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { end, fault, problem, standing } = first;
    const titles = group.map((each) => each.end.title);
    const one = group.length === 1;
    const opened = group.every((each) => each.fault.openings !== undefined && curable.includes(each));
    const finding: Finding = {
      problem,
      field: isPolicy ? fieldOf(object) : ['spec'],
      data: {
        from: namesOf(titles),
        who: one ? end.title : `${group.length} Seldon components`,
        because: fault.because(one ? 'it' : 'them'),
        breaks: need.breaksFor(end) ?? '',
        namespace: object.namespace,
        ...fault.data,
      },
      key: `${problem} ${titles.join(', ')}`,
      standing,
      ...(onlyWarns || group.every((each) => need.isMinor(each.end)) ? { effect: 'warn' as const } : {}),
      ...(fault.unknown === true ? { unknown: true as const } : {}),
      ...(opened && cure.length > 0 ? { fix: cure } : {}),
      ...(opened && companion.length > 0 ? { companion } : {}),
    };
    return [finding];
  });
}

function rank(fault: EgressFault | undefined): number {
  return fault === undefined ? 0 : fault.closed ? 2 : 1;
}

/** Whether the policy is one of those that isolate the pod, or was, where that has changed the answer. */
function answersFor(
  { object, cluster, before }: Review,
  { pod }: FlowEnd,
  fault: EgressFault,
  past: EgressFault | undefined,
): boolean {
  const isolates = (world: Cluster): boolean => {
    const { certain, possible } = isolation(policiesOf(world, pod.namespace), pod, 'egress');
    return [...certain, ...(fault.closed ? [] : possible)].some(({ manifest }) =>
      sameObject(manifest, object),
    );
  };
  return isolates(cluster) || (before !== undefined && rank(past) !== rank(fault) && isolates(before));
}

/** Whether a rule in the policy opens a way out for the pod for certain. */
function opensAlone({ object, cluster }: Review, { pod }: FlowEnd): boolean {
  const { certain, possible } = isolation(policiesOf(cluster, pod.namespace), pod, 'egress');
  const is = ({ manifest }: NetworkPolicy): boolean => sameObject(manifest, object);
  return certain.some(is) || (certain.length === 0 && possible.every(is));
}

/** By itself, a policy for some pods may be one of several; one for every pod is what the namespace starts from. */
function selectsAll(policy: Manifest): boolean {
  return compilePolicy(policy).podSelector({ values: {}, open: true }) === 'yes';
}

/** Whether another object makes this one: what is wrong with it is said there, where somebody reads it. */
function isControlled({ object }: Manifest): boolean {
  return listAt(object, 'metadata', 'ownerReferences').some(
    (owner) => objectAt(owner)['controller'] === true,
  );
}

function fieldOf(policy: Manifest): Path {
  return at(policy.object, 'spec', 'egress') === undefined ? ['spec'] : ['spec', 'egress'];
}
