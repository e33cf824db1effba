import { destinationsOf } from '../../model/destination.ts';
import type { Destination } from '../../model/destination.ts';
import { at, isObject, stringsAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import { MESH } from '../../model/services.ts';
import type { ServicePort } from '../../model/services.ts';
import type { Finding } from '../../policy/check.ts';
import { serviceFound } from './service-found.ts';
import type { NamedKind, ServiceFound } from './service-found.ts';
import { absenceOf } from '../reach/whole-cluster.ts';

/** What is wrong with the Services that an object sends traffic to, each told once. `unseen` takes those that cannot be seen. */
export function* destinationFindings(review: Review, unseen: string[]): Iterable<Finding> {
  const told = new Set<string>();
  for (const destination of destinationsOf(review.object)) {
    const { host, service, port, field } = destination;
    const found = serviceFound(review, service);
    const key = `${service.namespace}/${service.name} ${port ?? ''}`;
    const data = { route: nameOf(review.object), host, service: `${service.namespace}/${service.name}` };
    if (found.is === 'unknown') unseen.push(`Service ${data.service}`);
    if (found.is === 'seldon-name')
      yield {
        problem: 'seldon-name',
        field,
        data: {
          ...data,
          owner: `${found.kind} ${found.name}`,
          named: service.name === found.name ? 'the name of' : 'named after',
          header: headerFor(found.kind, found.name),
        },
        key: `seldon-name ${key}`,
        ...toMesh(review, destination, found),
      };
    if (found.is === 'absent' && !told.has(key))
      yield {
        problem: 'missing',
        field,
        data: {
          ...data,
          lack: absenceOf(`Service ${data.service}`, found.surely),
          aside: found.near === undefined ? '' : `; ${found.near} is there`,
        },
        key: `missing ${key}`,
        ...(found.surely ? {} : { effect: 'warn' }),
      };
    if (found.is === 'there' && port !== undefined && found.ports !== undefined && found.ports.length > 0)
      yield* portFindings(found.ports, review.object, destination, { ...data, port }, `no-port ${key}`);
    told.add(key);
  }
}

/** "Port number of the service" that is none of its ports; that of the pods behind it is what people write. */
function* portFindings(
  ports: readonly ServicePort[],
  { object }: Manifest,
  { field, port }: Destination,
  data: { readonly port: number | string },
  key: string,
): Iterable<Finding> {
  const isNamed = ports.some(({ name }) => name !== undefined);
  if (ports.some((one) => one.port === port || one.name === port)) return;
  if (typeof port === 'string' && !isNamed) return;
  const meant = ports.find(({ target }) => target === port) ?? (ports.length === 1 ? ports[0] : undefined);
  yield {
    problem: 'no-port',
    field,
    data: { ...data, ports: ports.map((one) => one.port).join(', ') },
    key,
    ...(meant === undefined
      ? {}
      : {
          fix: [portPatch(object, field, meant.port)],
        }),
  };
}

/** In networking.k8s.io/v1beta1 the port of a backend is written by itself. */
function portPatch(object: JsonObject, field: Path, port: number): PatchOperation {
  const isOlder = at(object, ...field, 'servicePort') !== undefined;
  return isOlder
    ? { op: 'replace', path: jsonPointer([...field, 'servicePort']), value: port }
    : { op: 'replace', path: jsonPointer([...field, 'port']), value: { number: port } };
}

/** How envoy is told what is asked for (scheduler/pkg/envoy/resources: header seldon-model). */
function headerFor(kind: NamedKind, name: string): string {
  if (kind === 'Server') return '<model>';
  return kind === 'Model' ? name : `${name}.${kind.toLowerCase()}`;
}

/** The destination's route through seldon-mesh, with the header; only an http route of a VirtualService can set one. */
function toMesh(
  review: Review,
  { service, field, route }: Destination,
  { kind, name }: Extract<ServiceFound, { is: 'seldon-name' }>,
): { fix?: readonly PatchOperation[] } {
  const { object } = review;
  const mesh = { namespace: service.namespace, name: MESH.name };
  if (route === undefined || kind === 'Server' || serviceFound(review, mesh).is !== 'there') return {};
  const host =
    service.namespace === object.namespace
      ? MESH.name
      : `${MESH.name}.${service.namespace}.svc.cluster.local`;
  const value = { ...(at(object.object, ...field) as Record<string, Json>), host, port: { number: 80 } };
  return {
    fix: [
      { op: 'replace', path: jsonPointer(field), value },
      ...headerPatch(at(object.object, ...route), jsonPointer(route), headerFor(kind, name)),
    ],
  };
}

/** Adds the header, and what it stands in where that is not there. */
function headerPatch(route: Json | undefined, pointer: string, header: string): readonly PatchOperation[] {
  const set = { ...stringsAt(route, 'headers', 'request', 'set'), 'seldon-model': header };
  const has = (...path: readonly string[]): boolean => isObject(at(route, ...path));
  if (has('headers', 'request')) return [{ op: 'add', path: `${pointer}/headers/request/set`, value: set }];
  if (has('headers')) return [{ op: 'add', path: `${pointer}/headers/request`, value: { set } }];
  return [{ op: 'add', path: `${pointer}/headers`, value: { request: { set } } }];
}
