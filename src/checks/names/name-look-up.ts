/**
 * Hard-coded in the controller, together with the dot and the namespace of the resource
 * (operator/scheduler/client.go:77-79@2.9.1): no variable and no flag changes it.
 */
const SCHEDULER = 'seldon-scheduler';
/** A namespace that nobody has: whoever answers for it answers for every name. A constant, so that it is asked once. */
const NOBODYS = 'seldon-guard-probe-b7e1c04d9a62';
/** What a DNS name may have at most, without its final dot (RFC 1035, 2.3.4). */
const LONGEST_NAME = 253;

/** What a resolver outside the cluster is asked in one zone: the root, or a search domain. All names are absolute. */
export interface LookUp {
  /** Empty for the root. */
  readonly zone: string;
  /** The name that the controller's look-up becomes there. */
  readonly dialled: string;
  /** The namespace's own name as a host of the zone; a namespace alone is no name that a root could answer. */
  readonly host: string | undefined;
  /** A name of the same shape as `dialled` that cannot exist: some resolvers treat a single label in their own way. */
  readonly probe: string;
}

/** The name by which the controller dials a namespace's scheduler. */
export function dialledName(namespace: string): string {
  return `${SCHEDULER}.${namespace}`;
}

/** What to ask for a namespace, the root first. Names that DNS cannot carry are not asked: nobody can answer them. */
export function lookUps(namespace: string, searchDomains: readonly string[]): readonly LookUp[] {
  const zones = new Set(['', ...searchDomains.map(zoneOf).filter((zone) => !isClusterZone(zone))]);
  return [...zones]
    .map((zone) => {
      const under = zone === '' ? '.' : `.${zone}.`;
      return {
        zone,
        dialled: dialledName(namespace) + under,
        host: zone === '' ? undefined : namespace + under,
        probe: dialledName(NOBODYS) + under,
      };
    })
    .filter(({ dialled, probe }) => Math.max(dialled.length, probe.length) - 1 <= LONGEST_NAME);
}

function zoneOf(searchDomain: string): string {
  return searchDomain.toLowerCase().replace(/^\.+|\.+$/g, '');
}

/**
 * Whether a search domain is the cluster's own, as in a list copied out of a pod's resolv.conf. There the
 * Service itself answers, which is no fault.
 */
function isClusterZone(zone: string): boolean {
  return /(?:^|\.)svc\./.test(`${zone}.`) || /(?:^|\.)cluster\.local$/.test(zone);
}
