import type { Cluster } from './cluster.ts';
import { listAt, objectAt, stringAt } from './json.ts';
import type { Kind } from './kinds.ts';
import { groupOf, knownKind } from './kinds.ts';
import { labelsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';

/** The object that makes another one: its kind and name, in the same namespace. */
export interface Controller {
  readonly kind: string;
  readonly name: string;
}

/**
 * The kinds whose owner is followed, and the owners that make one workload of what they own. (A SeldonRuntime owns
 * several, which are not one.)
 */
const MAKERS: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  ReplicaSet: ['Deployment'],
  Job: ['CronJob'],
  StatefulSet: ['Server'],
  Deployment: ['Server'],
};

/**
 * "Managing controller" of an object (metav1 OwnerReference.controller). A static Pod's is its Node, which makes no
 * workload of it: none.
 */
export function controllerReference(
  manifest: Manifest,
): (Controller & { known: Kind | undefined }) | undefined {
  const owners = listAt(manifest.object, 'metadata', 'ownerReferences');
  const owner = owners.find((reference) => objectAt(reference)['controller'] === true);
  const name = stringAt(owner, 'name');
  // The API server refuses a reference without a kind; written by hand it is most likely to another of its own.
  const kind = stringAt(owner, 'kind') ?? manifest.kind;
  if (name === undefined || kind === 'Node') return undefined;
  return { kind, name, known: knownKind(groupOf(stringAt(owner, 'apiVersion') ?? ''), kind) };
}

/**
 * The workload that an object is part of, itself where nothing owns it: an owner that is given leads to its own owner
 * (Pod, ReplicaSet, Deployment), one that is not is what the reference says. A ReplicaSet that is not given is its Deployment's
 * where that is given: it is named after it and its template's hash.
 */
export function workloadOf(manifest: Manifest, cluster: Cluster): Controller {
  const { kind, name, namespace, known } = manifest;
  const owner = controllerReference(manifest);
  const makers = known === undefined ? undefined : MAKERS[known];
  if (owner === undefined || (known !== 'Pod' && makers?.includes(owner.kind) !== true))
    return { kind, name };
  const given = owner.known === undefined ? undefined : cluster.get(owner.known, namespace, owner.name);
  if (given !== undefined) return workloadOf(given, cluster);
  const hash = labelsOf(manifest)['pod-template-hash'];
  if (owner.known === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    const deployment = cluster.get('Deployment', namespace, owner.name.slice(0, -hash.length - 1));
    if (deployment !== undefined) return workloadOf(deployment, cluster);
  }
  return { kind: owner.kind, name: owner.name };
}
