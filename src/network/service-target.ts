import { stringAt, stringsAt } from '../model/json.ts';
import { selects } from '../model/labels.ts';
import type { Manifest } from '../model/manifest.ts';
import { servicePorts } from '../model/services.ts';
import type { Pod, Protocol } from './pod.ts';

/** Where a port of a Service leads on the pods behind it: to a number, or to a name that each pod resolves. */
export interface ServiceTarget {
  readonly protocol: Protocol;
  readonly port: number | string;
}

/**
 * Where the port of a Service leads, given by its number or name. A headless Service (clusterIP None) only gives the
 * addresses of its pods, so that the number dialled is the pods' own. Undefined where the Service has no such port.
 */
export function serviceTarget(
  service: Manifest,
  wanted: number | string,
  protocol: Protocol | undefined,
): ServiceTarget | undefined {
  const entry = servicePorts(service).find(
    (port) => (port.port === wanted || port.name === wanted) && (protocol ?? port.protocol) === port.protocol,
  );
  const spoken = (entry?.protocol ?? protocol ?? 'TCP') as Protocol;
  if (stringAt(service.object, 'spec', 'clusterIP') === 'None' && typeof wanted === 'number')
    return { protocol: spoken, port: wanted };
  return entry === undefined ? undefined : { protocol: spoken, port: entry.target };
}

/** The ports of a Service as a person reads them: `80/TCP (http)`. */
export function servicePortNames(service: Manifest): readonly string[] {
  return servicePorts(service).map(
    ({ port, protocol, name }) => `${port}/${protocol}${name === undefined ? '' : ` (${name})`}`,
  );
}

/** Whether a Service leads to the pod: one in its own namespace that has all the labels of its selector. */
export function leadsTo(service: Manifest, pod: Pod): boolean {
  const matchLabels = stringsAt(service.object, 'spec', 'selector');
  if (service.namespace !== pod.namespace || Object.keys(matchLabels).length === 0) return false;
  return selects({ matchLabels }, pod.labels) === 'yes';
}
