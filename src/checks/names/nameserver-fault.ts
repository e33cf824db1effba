import type { JsonObject, Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import { DNS_SERVICE } from './cluster-dns.ts';
import {
  askCluster,
  clusterPolicy,
  foreignCorrections,
  policyOf,
  withoutForeign,
  withoutNameservers,
} from './dns-correction.ts';
import type { DnsFault } from './dns-fault.ts';
import { isForeign, isOurs, isPublic, ownIndex, ownList, standsInOwn } from './dns-subject.ts';
import type { DnsSubject } from './dns-subject.ts';

/** A pod that asks the node's nameservers. */
export function nodeFault(spec: JsonObject): DnsFault {
  const policy = policyOf(spec);
  return {
    problem: policy === 'Default' ? 'node-dns' : 'host-network-dns',
    field: ['dnsPolicy'],
    data: { policy, target: clusterPolicy(spec) },
    identity: '',
    corrections: [askCluster(spec)],
  };
}

/** The nameservers of a pod that has none but those of dnsConfig: the first one answers for all. */
export function* listedNameservers(subject: DnsSubject): Iterable<DnsFault> {
  const { spec, conf, dns } = subject;
  const [first] = conf.nameservers;
  if (first === undefined) {
    yield {
      problem: 'no-nameserver',
      field: ['dnsConfig', 'nameservers'],
      data: { target: clusterPolicy(spec) },
      identity: '',
      corrections: [askCluster(spec)],
    };
    return;
  }
  if (isOurs(subject, first.address)) return;
  const field: Path = ['dnsConfig', 'nameservers', ownIndex(subject, 'nameservers', first.index)];
  const [known] = dns.addresses;
  const service = dns.serviceAt(first.address);
  if (!isPublic(subject, first.address) && (known === undefined || service !== undefined)) {
    yield {
      problem: 'unknown-nameserver',
      field,
      data: {
        nameserver: first.address,
        missing:
          service === undefined
            ? `${DNS_SERVICE} is not among the objects seen`
            : `it is the address of ${nameOf(service)}`,
        target: clusterPolicy(spec),
      },
      identity: first.address,
      unknown: true,
    };
    return;
  }
  yield {
    problem: 'foreign-nameserver',
    field,
    data: {
      nameserver: first.address,
      because:
        known === undefined
          ? `${first.address} is a public resolver`
          : `the cluster's DNS answers at ${known} (${dns.known ?? ''})`,
      target:
        known !== undefined && standsInOwn(subject, 'nameservers', first.index)
          ? `${known} in dnsConfig.nameservers`
          : `dnsPolicy ${clusterPolicy(spec)}`,
    },
    identity: first.address,
    corrections: foreignCorrections(subject, first, known),
  };
}

/** Nameservers behind the cluster's own: they are asked, but not instead of it. */
export function* extraNameservers(subject: DnsSubject): Iterable<DnsFault> {
  const { conf, dns, template } = subject;
  if (conf.base === 'node') return;
  const [first] = conf.nameservers;
  const behind =
    conf.base === 'cluster'
      ? conf.nameservers
      : first !== undefined && isOurs(subject, first.address)
        ? conf.nameservers.slice(1)
        : [];
  const foreign = behind.filter(({ address }) => isForeign(subject, address));
  if (foreign[0] === undefined) return;
  const kept = withoutForeign(subject, ownList(subject, 'nameservers'));
  // A controller-manager whose dnsConfig would be left empty gets the cluster's nameserver: see safeguard.
  const [known] = dns.addresses;
  const rest = kept.length > 0 || known === undefined || template.component !== 'controller-manager';
  const mine = foreign.some(({ index }) => standsInOwn(subject, 'nameservers', index));
  yield {
    problem: 'extra-nameserver',
    field: ['dnsConfig', 'nameservers', ownIndex(subject, 'nameservers', foreign[0].index)],
    data: {
      nameserver: foreign.map(({ address }) => address).join(', '),
      when: conf.rotates
        ? 'in turn with it, because dnsConfig sets the option rotate'
        : "only when the cluster's DNS does not answer",
    },
    identity: foreign.map(({ address }) => address).join(' '),
    effect: 'warn',
    ...(mine ? { corrections: [withoutNameservers(subject, rest ? kept : [known ?? ''])] } : {}),
  };
}
