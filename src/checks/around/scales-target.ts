import { knownKind } from '../../model/kinds.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import { OPERATOR_CONFIG_KINDS } from '../../model/operator.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { nearTarget } from './near-target.ts';
import { notScalable } from './not-scalable.ts';
import { replicasOwner } from './replicas-owner.ts';
import { apiVersionOf, SCALABLE, scaleTargetOf, TARGET_PATH } from './scale-target.ts';
import type { Scalable, ScaleTarget } from './scale-target.ts';
import { absenceOf, isWhole } from '../reach/whole-cluster.ts';
import { scalesTargetInCel } from './scales-target-in-cel.ts';

/**
 * Whether a HorizontalPodAutoscaler scales what is there, and what nobody else keeps the replicas of. The operator writes
 * its own number over that of every workload that it makes (reconcilers/server/statefulset_reconciler.go:62-82,
 * reconcilers/seldon/deployment_reconciler.go): the Server is what can be scaled (docs-gb/scaling/single-model-serving-hpa.md).
 */
export const scalesTarget: Check = {
  name: 'scales-target',
  needs: [...new Set<Kind>([...SCALABLE, ...OPERATOR_CONFIG_KINDS, 'SeldonRuntime', 'Namespace'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'server-workload': ['autoscaler', 'target', 'owner', 'server'],
    'component-workload': ['autoscaler', 'target', 'owner', 'component'],
    'not-scalable': ['autoscaler', 'target', 'because', 'cure'],
    missing: ['autoscaler', 'target', 'namespace', 'lack', 'aside', 'cure'],
    'not-seen': ['autoscaler', 'target', 'namespace'],
  },
  inCel: scalesTargetInCel,
  *evaluate(review): Iterable<Finding> {
    const { object, cluster } = review;
    const target = scaleTargetOf(object);
    if (target === undefined) return;
    const known = knownKind(target.group, target.kind);
    const kind = SCALABLE.find((each) => each === known);
    const found =
      kind === undefined
        ? notScalable(target, known)
        : (owned(review, kind, target) ??
          (cluster.get(kind, target.namespace, target.name) === undefined
            ? missing(review, kind, target)
            : undefined));
    if (found === undefined) return;
    yield {
      field: TARGET_PATH,
      key: `${target.group}/${target.kind}/${target.name}`,
      ...found,
      data: { autoscaler: nameOf(object), target: `${target.kind} ${target.name}`, ...found.data },
    };
  },
};

type Found = Omit<Finding, 'field' | 'key'>;

/** A workload whose replicas the operator sets. */
function owned({ cluster }: Review, kind: Scalable, target: ScaleTarget): Found | undefined {
  const owner = replicasOwner(cluster, kind, target);
  if (owner === undefined) return undefined;
  return owner.kind === 'Server'
    ? {
        problem: 'server-workload',
        data: { owner: owner.title, server: owner.name },
        fix: retarget('Server', owner.name),
      }
    : { problem: 'component-workload', data: { owner: owner.title, component: target.name } };
}

function missing(review: Review, kind: Scalable, target: ScaleTarget): Found {
  const { namespace } = target;
  const near = nearTarget(review.cluster, kind, target);
  const isSure = isWhole(review, kind);
  if (near === undefined && !isSure) return { problem: 'not-seen', data: { namespace }, unknown: true };
  const aside = near === undefined ? '' : `; ${near.title} is there`;
  return {
    problem: 'missing',
    data: {
      namespace,
      lack: absenceOf(`${target.kind} ${target.name}`, isSure),
      aside,
      cure: near?.title ?? `what is in namespace ${namespace}`,
    },
    ...(isSure ? {} : { effect: 'warn' }),
    ...(near?.kind === undefined ? {} : { fix: retarget(near.kind, near.name) }),
  };
}

function retarget(kind: Scalable, name: string): readonly PatchOperation[] {
  return [
    {
      op: 'replace',
      path: jsonPointer(TARGET_PATH),
      value: { apiVersion: apiVersionOf(kind), kind, name },
    },
  ];
}
