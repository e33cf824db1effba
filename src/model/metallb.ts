import type { Pick } from './cluster.ts';
import { listAt, stringAt, stringsAt } from './json.ts';
import type { Path } from './json.ts';
import { annotationsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { servicePorts } from './services.ts';

/** The prefixes of MetalLB's annotations: of two with one name it reads the first (controller/service.go, valueForAnnotation). */
export const METALLB_PREFIXES = ['metallb.io', 'metallb.universe.tf'] as const;

/** The names behind the prefix that it reads on a Service (controller/service.go, the constants Annotation...). */
export const METALLB_NAMES = ['loadBalancerIPs', 'address-pool', 'allow-shared-ip'] as const;
export type MetalLbName = (typeof METALLB_NAMES)[number];

/** What it writes on a Service itself. */
const WRITTEN = 'ip-allocated-from-pool';

/** What a Service asks of MetalLB in one respect, and where it says so. */
export interface Asked {
  readonly value: string;
  readonly field: Path;
}

/** Whether a name behind one of the prefixes is MetalLB's own; upper and lower case differ. */
export function isMetalLbName(name: string): boolean {
  return name === WRITTEN || METALLB_NAMES.some((known) => known === name);
}

/** The annotation of a Service that MetalLB goes by in one respect; an empty one asks for nothing. */
export function askedBy(service: Manifest, name: MetalLbName): Asked | undefined {
  const annotations = annotationsOf(service);
  const key = METALLB_PREFIXES.map((prefix) => `${prefix}/${name}`).find((one) =>
    Object.hasOwn(annotations, one),
  );
  const value = key === undefined ? '' : (annotations[key] ?? '');
  return key === undefined || value === '' ? undefined : { value, field: ['metadata', 'annotations', key] };
}

/** The addresses that a Service asks for, as written: `loadBalancerIPs`, parted by commas, or else `spec.loadBalancerIP`. */
export function pinsOf(service: Manifest): readonly Asked[] {
  const annotated = askedBy(service, 'loadBalancerIPs');
  if (annotated !== undefined)
    return annotated.value.split(',').map((text) => ({ value: text.trim(), field: annotated.field }));
  const value = stringAt(service.object, 'spec', 'loadBalancerIP') ?? '';
  return value === '' ? [] : [{ value, field: ['spec', 'loadBalancerIP'] }];
}

/**
 * Whether MetalLB looks after the Service: "not a LoadBalancer, early exit" (convergeBalancer), nor one of another
 * implementation's class. A class that a cluster gave to MetalLB itself has its name in it by custom.
 */
export function isMetalLbs({ object }: Manifest): boolean {
  const loadBalancerClass = stringAt(object, 'spec', 'loadBalancerClass') ?? '';
  return (
    stringAt(object, 'spec', 'type') === 'LoadBalancer' &&
    (loadBalancerClass === '' || loadBalancerClass.includes('metallb'))
  );
}

/** A Service with an address of its own outside the cluster: what it has, and what it asks for while it has none. */
export interface Booking {
  readonly service: Manifest;
  readonly addresses: readonly string[];
}

/** The bookings of a cluster. */
export const BOOKINGS: Pick<Booking> = {
  kind: 'Service',
  of: (service) => {
    if (!isMetalLbs(service)) return undefined;
    const held = listAt(service.object, 'status', 'loadBalancer', 'ingress').flatMap(
      (entry) => stringAt(entry, 'ip') ?? [],
    );
    const addresses = [...new Set([...held, ...pinsOf(service).map(({ value }) => value)])];
    return addresses.length === 0 ? undefined : { service, addresses };
  },
};

/**
 * Why two Services cannot have one address, in words that follow "because"; undefined where they share it. They need one
 * sharing key, ports of their own, and one set of backends (internal/allocator, Assign and sharingOK; k8salloc.BackendKey).
 */
export function whyNotShared(one: Manifest, other: Manifest): string | undefined {
  const [key, others] = [askedBy(one, 'allow-shared-ip')?.value, askedBy(other, 'allow-shared-ip')?.value];
  if (key === undefined || key !== others) return 'they have no value of allow-shared-ip in common';
  const taken = new Set(servicePorts(other).map(({ protocol, port }) => `${protocol} ${port}`));
  const port = servicePorts(one).find((each) => taken.has(`${each.protocol} ${each.port}`));
  if (port !== undefined) return `both have port ${port.protocol} ${port.port}`;
  return backends(one) === backends(other)
    ? undefined
    : 'externalTrafficPolicy is Local and they select different pods';
}

function backends({ object }: Manifest): string {
  if (stringAt(object, 'spec', 'externalTrafficPolicy') !== 'Local') return '';
  return JSON.stringify(
    Object.entries(stringsAt(object, 'spec', 'selector')).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
