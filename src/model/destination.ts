import { at, isObject, listAt, numberAt, stringAt } from './json.ts';
import type { Json, Path } from './json.ts';
import type { Manifest } from './manifest.ts';
import { serviceNamed } from './seldon-dependencies.ts';
import type { ServiceName } from './seldon-dependencies.ts';

/** A Service that an object sends traffic to. */
export interface Destination {
  /** As it is written: a name, or a host. */
  readonly host: string;
  readonly service: ServiceName;
  /** The Service's port, by its number or its name. */
  readonly port: number | string | undefined;
  /** Where host and port stand together. */
  readonly field: Path;
  /** Of an http route of a VirtualService, where a header can be set: the weighted destination. */
  readonly route?: Path;
}

/** Where an Ingress, a VirtualService or an ExternalName Service sends traffic, as far as it is to Services. */
export function destinationsOf(manifest: Manifest): readonly Destination[] {
  switch (manifest.known) {
    case 'Ingress':
      return backendsOf(manifest).flatMap((field) => ofBackend(manifest, field));
    case 'VirtualService':
      return ofVirtualService(manifest);
    case 'Service':
      return ofExternalName(manifest);
    default:
      return [];
  }
}

/** The paths of an Ingress, each with its backend. */
export function pathsOf({ object }: Manifest): readonly Path[] {
  return listAt(object, 'spec', 'rules').flatMap((rule, i) =>
    listAt(rule, 'http', 'paths').flatMap((path, j): Path[] =>
      isObject(path) ? [['spec', 'rules', i, 'http', 'paths', j]] : [],
    ),
  );
}

/** The default backend is `backend` in networking.k8s.io/v1beta1. */
function backendsOf(ingress: Manifest): readonly Path[] {
  return [
    ['spec', 'defaultBackend'],
    ['spec', 'backend'],
    ...pathsOf(ingress).map((path): Path => [...path, 'backend']),
  ];
}

/** A Service of the Ingress's own namespace; in v1beta1 its name and port stand in the backend itself. */
export function ofBackend({ object, namespace }: Manifest, field: Path): Destination[] {
  const backend = at(object, ...field);
  const name = stringAt(backend, 'service', 'name') ?? stringAt(backend, 'serviceName');
  if (name === undefined || name === '') return [];
  const port =
    numberAt(backend, 'service', 'port', 'number') ??
    stringAt(backend, 'service', 'port', 'name') ??
    numberAt(backend, 'servicePort') ??
    stringAt(backend, 'servicePort');
  const own = at(backend, 'service') === undefined ? field : [...field, 'service'];
  return [{ host: name, service: { namespace, name }, port, field: own }];
}

function ofVirtualService(manifest: Manifest): readonly Destination[] {
  const { object } = manifest;
  return (['http', 'tls', 'tcp'] as const).flatMap((protocol) =>
    listAt(object, 'spec', protocol).flatMap((rule, i) => {
      const place: Path = ['spec', protocol, i];
      const routes = listAt(rule, 'route').flatMap((_, j) => {
        const route: Path = [...place, 'route', j];
        const found = ofHost(manifest, [...route, 'destination']);
        return protocol === 'http' ? found.map((each) => ({ ...each, route })) : found;
      });
      const mirrors = listAt(rule, 'mirrors').map((_, j): Path => [...place, 'mirrors', j, 'destination']);
      const copies = [[...place, 'mirror'], ...mirrors].flatMap((field) => ofHost(manifest, field));
      return [...routes, ...copies];
    }),
  );
}

/**
 * "If short names are used, Istio will interpret the short name based on the namespace of the rule"; a name with a dot is
 * taken as it is, and only one below `svc` is a Service's for certain (Destination.host).
 */
function ofHost({ object, namespace }: Manifest, field: Path): Destination[] {
  const destination = at(object, ...field);
  const host = stringAt(destination, 'host') ?? '';
  const service = host.includes('.') && !isServiceHost(host) ? undefined : serviceNamed(host, namespace);
  if (service === undefined || host.includes('*')) return [];
  return [{ host, service, port: numberAt(destination, 'port', 'number'), field }];
}

function ofExternalName({ object, namespace }: Manifest): Destination[] {
  const host = externalNameOf(object);
  const service = host !== undefined && isServiceHost(host) ? serviceNamed(host, namespace) : undefined;
  return service === undefined || host === undefined
    ? []
    : [{ host, service, port: undefined, field: ['spec', 'externalName'] }];
}

/** The name that an ExternalName Service stands for; undefined for other Services. */
export function externalNameOf(service: Json | undefined): string | undefined {
  return stringAt(service, 'spec', 'type') === 'ExternalName'
    ? stringAt(service, 'spec', 'externalName')
    : undefined;
}

/** `name.namespace.svc` and what follows it. */
function isServiceHost(host: string): boolean {
  return /^[^.]+\.[^.]+\.svc(\.|$)/.test(host);
}
