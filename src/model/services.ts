import type { Cluster } from './cluster.ts';
import { listAt, numberAt, stringAt, stringsAt } from './json.ts';
import type { Json } from './json.ts';
import { closed, selects } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { once } from './once.ts';
import { componentOf } from './seldon-components.ts';

/** A port of a Service, and the port of the pods behind it. */
export interface ServicePort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
  /** A number, or the name of a container's port. */
  readonly target: number | string;
}

/** A Service whose address is translated to that of one of its pods: what a client dials is not what a policy sees. */
export interface TranslatingService {
  readonly name: string;
  readonly ports: readonly ServicePort[];
}

/** The Service that the operator makes for Envoy: 80 -> http (reconcilers/seldon/service_reconciler.go:97-129). */
export const MESH: TranslatingService = {
  name: 'seldon-mesh',
  ports: [
    { name: 'http', port: 80, protocol: 'TCP', target: 'http' },
    { name: 'stats', port: 9003, protocol: 'TCP', target: 'envoy-stats' },
  ],
};

/**
 * Those that are meant of the Services with an address of their own that lead to pods with these labels: of the picture
 * and, to Envoy, the one that the operator makes. Its others have the ports of their pods, or no address of their own.
 */
export function translatingServices(
  cluster: Cluster,
  namespace: string,
  podLabels: Readonly<Record<string, string>>,
  isMeant: (service: TranslatingService) => boolean,
): readonly TranslatingService[] {
  const found = cluster
    .list('Service', namespace)
    .map((service) => once(service, TRANSLATING, serviceOf))
    .filter((service) => isMeant(service) && selects(service.selector, closed(podLabels)) === 'yes');
  const isMade =
    componentOf(podLabels) === 'seldon-envoy' && cluster.get('Service', namespace, MESH.name) === undefined;
  return isMade && isMeant(MESH) ? [...found, MESH] : found;
}

const TRANSLATING = Symbol('translating service');

/** The Service with the selector of its pods, which matches none where it has no such pods or no address of its own. */
interface Selecting extends TranslatingService {
  readonly selector: Json;
}

/** "clusterIP None" is headless, without translation; an ExternalName and a Service without a selector have no pods. */
function serviceOf(service: Manifest): Selecting {
  const { object, name } = service;
  const matchLabels = stringsAt(object, 'spec', 'selector');
  const isHeadless = stringAt(object, 'spec', 'clusterIP') === 'None';
  const isName = stringAt(object, 'spec', 'type') === 'ExternalName';
  const leads = !isHeadless && !isName && Object.keys(matchLabels).length > 0;
  return {
    name,
    selector: leads ? { matchLabels } : null,
    ports: servicePorts(service),
  };
}

/** The ports of a Service, with the pods' ports behind them; an entry without a number is passed over. */
export function servicePorts({ object }: Manifest): readonly ServicePort[] {
  return listAt(object, 'spec', 'ports').flatMap(portOf);
}

/** "If this is not specified, the value of the 'port' field is used" (ServicePort, targetPort). */
function portOf(entry: Json): ServicePort[] {
  const port = numberAt(entry, 'port');
  if (port === undefined) return [];
  const target = numberAt(entry, 'targetPort') ?? stringAt(entry, 'targetPort') ?? port;
  return [{ name: stringAt(entry, 'name'), port, protocol: stringAt(entry, 'protocol') ?? 'TCP', target }];
}
