import type { Cluster } from '../../model/cluster.ts';
import { externalNameOf } from '../../model/destination.ts';
import { stringsAt } from '../../model/json.ts';
import { serviceNamed } from '../../model/seldon-dependencies.ts';
import type { ServiceName } from '../../model/seldon-dependencies.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import { MESH } from '../../model/services.ts';

const ENVOY = Object.entries(COMPONENTS['seldon-envoy'].labels);

/** Whether a Service leads to Seldon's Envoy: seldon-mesh, an ExternalName for one, or a Service for Envoy's pods. */
export function leadsToMesh(cluster: Cluster, { namespace, name }: ServiceName): boolean {
  const service = cluster.get('Service', namespace, name);
  if (service === undefined) return name === MESH.name;
  const host = externalNameOf(service.object);
  if (host !== undefined) return serviceNamed(host, namespace)?.name === MESH.name;
  const selector = stringsAt(service.object, 'spec', 'selector');
  return ENVOY.every(([key, value]) => selector[key] === value);
}
