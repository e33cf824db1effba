import { stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { groupOf, KINDS } from '../../model/kinds.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Manifest } from '../../model/manifest.ts';

/** What an autoscaler is told to scale, as it is written; it finds the kind by the group of apiVersion alone. */
export interface ScaleTarget {
  readonly kind: string;
  readonly name: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly namespace: string;
}

/** Where an autoscaler says what it scales. */
export const TARGET_PATH: Path = ['spec', 'scaleTargetRef'];

/**
 * The kinds with a scale subresource, of those that the guard reads: Seldon's
 * (operator/config/crd/bases/mlops.seldon.io_{servers,models}.yaml, subresources.scale) and those of apps/v1.
 */
export const SCALABLE = [
  'Server',
  'Model',
  'Deployment',
  'StatefulSet',
  'ReplicaSet',
] as const satisfies Kind[];
export type Scalable = (typeof SCALABLE)[number];

/** The target of an autoscaler; undefined where it names none, which the API server refuses. */
export function scaleTargetOf({ object, namespace }: Manifest): ScaleTarget | undefined {
  const read = (field: string): string => stringAt(object, ...TARGET_PATH, field) ?? '';
  const [kind, name] = [read('kind'), read('name')];
  if (kind === '' || name === '') return undefined;
  return { kind, name, group: groupOf(read('apiVersion')), namespace };
}

/** The apiVersion of a kind: `apps/v1`. */
export function apiVersionOf(kind: Scalable): string {
  return `${KINDS[kind].group}/${KINDS[kind].version}`;
}
