import { listAt, numberAt, stringAt } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Pod } from '../../network/pod.ts';

/** An entry of a Service's `ports`, with its place in the list. */
interface ServicePortEntry {
  readonly index: number;
  /** A number, or the name of a container's port: "If this is not specified, the value of the 'port' field is used". */
  readonly target: number | string;
}

/** Whether a client that dials the Service gets a pod's own address (clusterIP None): no port is translated then. */
export function isHeadless({ object }: Manifest): boolean {
  return stringAt(object, 'spec', 'clusterIP') === 'None';
}

/** The TCP port of a Service with this number. */
export function servicePort({ object }: Manifest, port: number): ServicePortEntry | undefined {
  const entries = listAt(object, 'spec', 'ports');
  const index = entries.findIndex(
    (entry) => numberAt(entry, 'port') === port && (stringAt(entry, 'protocol') ?? 'TCP') === 'TCP',
  );
  if (index < 0) return undefined;
  const entry: Json = entries[index] ?? null;
  return { index, target: numberAt(entry, 'targetPort') ?? stringAt(entry, 'targetPort') ?? port };
}

/** The port of the pods that a port of the Service leads to; undefined where that is none, or cannot be seen. */
export function portBehind(service: Manifest, port: number, pod: Pod): number | undefined {
  if (isHeadless(service)) return port;
  const target = servicePort(service, port)?.target;
  return typeof target === 'string' ? pod.ports?.find(({ name }) => name === target)?.port : target;
}
