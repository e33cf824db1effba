import { isObject } from '../../model/json.ts';
import type { Manifest } from '../../model/manifest.ts';
import { clusterSearches } from '../../model/resolv-conf.ts';
import { GOOD_NDOTS } from './dns-correction.ts';
import type { DnsFault } from './dns-fault.ts';
import type { DnsSubject } from './dns-subject.ts';

/** The dnsConfig that is written down for a healthy controller-manager that has none (post-mortem 004). */
export function* safeguard(subject: DnsSubject, manifest: Manifest): Iterable<DnsFault> {
  const { component, conf, dns, domain, namespace, spec } = subject;
  const [address] = dns.addresses;
  const config = spec['dnsConfig'];
  if (manifest.known !== 'Deployment' || component !== 'controller-manager' || address === undefined) return;
  if (conf.base === 'nothing' || (isObject(config) && Object.keys(config).length > 0)) return;
  yield {
    problem: 'safeguard',
    field: ['dnsConfig'],
    data: { nameserver: address },
    identity: '',
    corrections: [
      {
        path: ['dnsConfig'],
        value: {
          nameservers: [address],
          searches: clusterSearches({ namespace, domain, addresses: [] }),
          options: [{ name: 'ndots', value: GOOD_NDOTS }],
        },
      },
    ],
    effect: 'fix',
  };
}
