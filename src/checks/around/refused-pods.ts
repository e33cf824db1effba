import type { Cluster } from '../../model/cluster.ts';
import { givenIn, states } from '../../model/compute.ts';
import type { Compute } from '../../model/compute.ts';
import { listAt, numberAt, objectAt, stringAt } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { counts, demandedBy } from '../../model/quota.ts';
import { podTemplatesOf } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { namesOf } from '../../model/words.ts';

/** Pods of a component that a quota refuses, for what containers of theirs do not state. */
export interface RefusedPods {
  readonly template: PodTemplate;
  readonly unstated: readonly Compute[];
  /** The containers that lack any of it. */
  readonly containers: readonly string[];
  /** Set where their spec is not all to be seen: what it was looked for in. */
  readonly missing: string | undefined;
}

/** What a quota asks of every container and no LimitRange of its namespace gives. */
export function askedBy(quota: Manifest, cluster: Cluster): readonly Compute[] {
  const given = givenIn(cluster, quota.namespace);
  return demandedBy(quota).filter((compute) => !given.has(compute));
}

/** Those of the pods that the quota refuses, or may refuse where their spec is not all to be seen. */
export function refusedBy(
  quota: Manifest,
  asked: readonly Compute[],
  templates: readonly PodTemplate[],
): readonly RefusedPods[] {
  return templates.flatMap((template): RefusedPods[] => {
    const { spec, missing } = template;
    // "Pod-level resources" stand for those of the containers (PodSpec.resources).
    if (!counts(quota, spec) || Object.keys(objectAt(spec, 'resources')).length > 0) return [];
    const containers = [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')];
    const unstated = asked.filter((compute) => containers.some((container) => !states(container, compute)));
    if (missing !== undefined) return [{ template, unstated: asked, containers: [], missing }];
    if (unstated.length === 0) return [];
    const lacking = containers.filter((container) => unstated.some((compute) => !states(container, compute)));
    return [
      {
        template,
        unstated,
        containers: lacking.map((container) => stringAt(container, 'name') ?? ''),
        missing: undefined,
      },
    ];
  });
}

const MAKERS = ['StatefulSet', 'Deployment', 'Server', 'SeldonRuntime'] as const;

/** The pods of Seldon's components in a namespace: as their workload has them, or as the operator will make them. */
export function componentsIn(cluster: Cluster, namespace: string): readonly PodTemplate[] {
  const templates = MAKERS.flatMap((kind) => cluster.list(kind, namespace))
    .filter(({ object }) => numberAt(object, 'spec', 'replicas') !== 0)
    .flatMap((maker) => podTemplatesOf(maker, cluster))
    .filter(({ component }) => component !== undefined);
  return templates.filter((template, i) => templates.findIndex(({ name }) => name === template.name) === i);
}

/** What the pods do not state, all together. */
export function unstatedBy(refused: readonly RefusedPods[]): readonly Compute[] {
  return [...new Set(refused.flatMap(({ unstated }) => unstated))].toSorted();
}

/** The same for words: `seldon-scheduler and 6 more`, and the containers of the first. */
export function refusedWords(refused: readonly RefusedPods[]): {
  unstated: string;
  pods: string;
  containers: string;
} {
  const [first, ...others] = refused;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return {
    unstated: unstatedBy(refused).join(', '),
    pods: `${first?.template.name ?? ''}${more}`,
    containers: namesOf(first?.containers ?? []),
  };
}
