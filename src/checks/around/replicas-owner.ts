import type { Cluster } from '../../model/cluster.ts';
import { controllerReference } from '../../model/controller.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import { operatorHome } from '../../model/operator.ts';
import { runtimeBase } from '../../model/runtime-components.ts';
import { COMPONENTS, runtimeComponent } from '../../model/seldon-components.ts';

/** The object of Seldon's that says how many replicas a workload has. */
export interface ReplicasOwner {
  readonly kind: 'Server' | 'SeldonRuntime';
  readonly name: string;
  /** `Server financial-ml/mlserver` */
  readonly title: string;
}

/**
 * Whose replicas the operator writes into a workload: those of the Server that it is called as
 * (reconcilers/server/statefulset_reconciler.go:62-82), or of the SeldonRuntime that brings the component. A workload that
 * is there says itself who manages it. Undefined where nobody of Seldon's does, as far as can be seen.
 */
export function replicasOwner(
  cluster: Cluster,
  kind: Kind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): ReplicasOwner | undefined {
  const standing = cluster.get(kind, namespace, name);
  const manager = standing === undefined ? undefined : controllerReference(standing);
  if (manager !== undefined)
    return manager.known === 'Server' || manager.known === 'SeldonRuntime'
      ? {
          kind: manager.known,
          name: manager.name,
          title: `${manager.kind} ${namespace === '' ? '' : `${namespace}/`}${manager.name}`,
        }
      : undefined;
  const server = cluster.get('Server', namespace, name);
  if (server !== undefined && kind === operatorHome(cluster, namespace).serversBecome)
    return { kind: 'Server', name, title: nameOf(server) };
  const component = runtimeComponent(name);
  if (component === undefined || COMPONENTS[component].kind !== kind) return undefined;
  const runtime = cluster
    .list('SeldonRuntime', namespace)
    .find((each) => runtimeBase(each, cluster).components.some((one) => one.name === name));
  return runtime === undefined
    ? undefined
    : { kind: 'SeldonRuntime', name: runtime.name, title: nameOf(runtime) };
}
