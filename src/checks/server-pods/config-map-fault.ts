import type { Cluster } from '../../model/cluster.ts';
import { at, isObject, listAt, stringAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Fault } from './pod-findings.ts';

/**
 * ConfigMaps that others make in the namespace: the operator for a SeldonRuntime (configmap_reconciler.go:32-156),
 * Kubernetes, OpenShift and Istio for every namespace.
 */
const MADE: ReadonlySet<string> = new Set([
  'seldon-agent',
  'seldon-kafka',
  'seldon-scaling',
  'seldon-tracing',
  'kube-root-ca.crt',
  'openshift-service-ca.crt',
  'istio-ca-root-cert',
]);

interface Use {
  readonly name: string;
  readonly user: string;
}

/**
 * The ConfigMaps that a pod cannot start without, and that its namespace does not have. It takes another ConfigMap of the
 * namespace in the picture to say so: most pictures hold none, or a few that were asked for by name.
 */
export function* configMapFaults({ spec, namespace }: PodTemplate, cluster: Cluster): Iterable<Fault> {
  if (!cluster.sees('ConfigMap') || cluster.list('ConfigMap', namespace).length === 0) return;
  const told = new Set<string>();
  for (const { name, user } of usesIn(spec)) {
    if (MADE.has(name) || told.has(name)) continue;
    told.add(name);
    if (cluster.get('ConfigMap', namespace, name) === undefined)
      yield { problem: 'no-config-map', key: `no-config-map ${name}`, data: { name, namespace, user } };
  }
}

function* usesIn(spec: Json): Iterable<Use> {
  for (const volume of listAt(spec, 'volumes')) {
    const user = `volume ${stringAt(volume, 'name') ?? ''}`;
    yield* needed(at(volume, 'configMap'), user);
    for (const source of listAt(volume, 'projected', 'sources')) yield* needed(at(source, 'configMap'), user);
  }
  for (const container of [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]) {
    const user = `container ${stringAt(container, 'name') ?? ''}`;
    for (const source of listAt(container, 'envFrom')) yield* needed(at(source, 'configMapRef'), user);
    for (const entry of listAt(container, 'env'))
      yield* needed(at(entry, 'valueFrom', 'configMapKeyRef'), user);
  }
}

/** What may be absent is no need ("optional: specify whether the ConfigMap must be defined"). */
function* needed(reference: Json | undefined, user: string): Iterable<Use> {
  const name = stringAt(reference, 'name');
  if (!isObject(reference) || name === undefined || name === '' || reference['optional'] === true) return;
  yield { name, user };
}
