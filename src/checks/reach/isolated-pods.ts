import type { Cluster } from '../../model/cluster.ts';
import { COMPONENT_IDS, COMPONENTS, NAME_LABEL } from '../../model/seldon-components.ts';
import type { Subject } from '../../network/least-policy.ts';
import { controllersFor, endsIn, homeOf } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';

/** Seldon's pods that are to be isolated, each sort as the subject of a policy. */
export interface IsolatedPods {
  readonly subjects: readonly Subject[];
  readonly ends: readonly FlowEnd[];
  /** Those that no policy can isolate: on their node's network, or without labels. */
  readonly left: readonly FlowEnd[];
  /** The namespaces that they are in, the Seldon namespace first. */
  readonly namespaces: readonly string[];
}

/**
 * Seldon's pods in a namespace, and those of the operators that watch it: of these every one in their namespaces, as they
 * all carry the same labels.
 */
export function isolatedPods(cluster: Cluster, namespace: string): IsolatedPods {
  const homes = controllersFor(cluster, namespace, 'yes').map(homeOf);
  const namespaces = [namespace, ...new Set(homes.filter((home) => home !== namespace).toSorted())];
  const ends = namespaces.flatMap((home) =>
    endsIn(cluster, home)
      .filter(({ component }) => home === namespace || component === 'controller-manager')
      .toSorted((a, b) => rank(a) - rank(b) || (a.title < b.title ? -1 : 1)),
  );
  const subjects = new Map<string, Subject>();
  for (const end of ends)
    if (end.selector !== undefined) {
      const key = `${homeOf(end)} ${JSON.stringify(end.selector)}`;
      if (!subjects.has(key))
        subjects.set(key, { namespace: homeOf(end), name: nameFor(end), labels: end.selector });
    }
  return {
    subjects: [...subjects.values()],
    ends,
    left: ends.filter(({ selector }) => selector === undefined),
    namespaces,
  };
}

/**
 * The name label comes first: where not all labels of a pod are to be seen, a policy that goes by another one may select it
 * as well, and then it has to be admitted already what it needs.
 */
function rank({ component, selector = {} }: FlowEnd): number {
  const place = component === undefined ? COMPONENT_IDS.length : COMPONENT_IDS.indexOf(component);
  return NAME_LABEL in selector ? place : place + COMPONENT_IDS.length;
}

/** `seldon-scheduler`, `seldon-server`; pods without the constant labels are told apart by their own name. */
function nameFor({ component = 'server', selector, pod }: FlowEnd): string {
  const word = component.startsWith('seldon-') ? component : `seldon-${component}`;
  const constant = COMPONENTS[component].labels;
  const isConstant = Object.entries(constant).every(([key, value]) => selector?.[key] === value);
  if (isConstant) return word;
  return `${word}-${pod.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')}`;
}
