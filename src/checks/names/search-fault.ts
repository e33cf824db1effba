import type { Path } from '../../model/json.ts';
import { clusterSearches, sameDomain } from '../../model/resolv-conf.ts';
import { askCluster, clusterPolicy, GOOD_NDOTS, policyOf } from './dns-correction.ts';
import type { DnsFault } from './dns-fault.ts';
import { NAMES, ownIndex, ownList, standsInOwn } from './dns-subject.ts';
import type { DnsSubject } from './dns-subject.ts';

/** The fewest dots from which a name may be asked as it stands, so that one of two labels is not. */
const ENOUGH_DOTS = 2;

/** Search domains in which the component's names are not found. */
export function* searchFaults(subject: DnsSubject): Iterable<DnsFault> {
  const { component, conf, domain, namespace, spec } = subject;
  const wide = NAMES[component].plain === undefined;
  const suffix = `svc.${domain}`;
  const needed = wide ? suffix : `${namespace === '' ? '<namespace>' : namespace}.${suffix}`;
  const serves = (search: string): boolean =>
    !wide && namespace === ''
      ? sameDomain(search.slice(search.indexOf('.') + 1), suffix) && search.includes('.')
      : sameDomain(search, needed);
  if (conf.searches.some(serves)) return;
  const field: Path = ['dnsConfig', 'searches'];
  const found = conf.searches
    .map((search) => /^(?:([^.]+)\.)?svc\.(.+?)\.?$/.exec(search))
    .find(
      (match) =>
        match !== null &&
        !sameDomain(match[2] ?? '', domain) &&
        (wide ? match[1] === undefined : namespace === '' ? match[1] !== undefined : match[1] === namespace),
    )?.[2];
  if (found !== undefined) {
    yield {
      problem: 'other-domain',
      field,
      data: { search: needed, domain, found },
      identity: found,
      unknown: true,
    };
    return;
  }
  const cluster = clusterSearches({ namespace, domain, addresses: [] });
  const own = ownList(subject, 'searches');
  const others = own.filter(
    (entry) => typeof entry !== 'string' || !cluster.some((search) => sameDomain(search, entry)),
  );
  yield {
    problem: 'no-search',
    field,
    data: { search: needed, target: clusterPolicy(spec) },
    identity: needed,
    corrections:
      !wide && namespace === ''
        ? [askCluster(spec)]
        : [{ path: ['dnsConfig', 'searches'], value: [...cluster, ...others] }],
  };
}

/** So few dots that a name of the cluster is asked as it stands, before any search domain. */
export function* dotsFaults(subject: DnsSubject, ndots: number): Iterable<DnsFault> {
  if (ndots >= ENOUGH_DOTS) return;
  const { component, conf, spec } = subject;
  const { plain, dotted } = NAMES[component];
  const options = ownList(subject, 'options');
  const good = { name: 'ndots', value: GOOD_NDOTS };
  const index = conf.ndotsIndex;
  const mine = index !== undefined && standsInOwn(subject, 'options', index);
  const place = mine ? ownIndex(subject, 'options', index) : options.length;
  yield {
    problem: 'low-ndots',
    field: mine ? ['dnsConfig', 'options', place] : ['dnsConfig', 'options'],
    data: {
      ndots,
      name: (ndots === 0 ? plain : undefined) ?? dotted ?? 'any <service>.<namespace>',
      because:
        index === undefined
          ? `dnsPolicy ${policyOf(spec)} without the option ndots makes it ${ndots}`
          : `dnsConfig makes ndots ${ndots}`,
    },
    identity: String(ndots),
    corrections: [
      {
        path: ['dnsConfig', 'options'],
        value: [...options.slice(0, place), good, ...options.slice(place + 1)],
      },
    ],
    // Of two labels this component has no name of its own to look up.
    ...(ndots > 0 && dotted === undefined ? { effect: 'warn' as const } : {}),
  };
}
