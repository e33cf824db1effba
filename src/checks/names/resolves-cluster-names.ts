import { objectAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Manifest } from '../../model/manifest.ts';
import { resolvConfOf } from '../../model/resolv-conf.ts';
import type { ResolvConf } from '../../model/resolv-conf.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { clusterNameservers } from './cluster-dns.ts';
import type { ClusterNameservers } from './cluster-dns.ts';
import { policyOf } from './dns-correction.ts';
import { fieldOf, inObject, keyOf } from './dns-fault.ts';
import type { DnsFault } from './dns-fault.ts';
import { safeguard } from './dns-safeguard.ts';
import { nameLookedUp, podName } from './dns-subject.ts';
import type { DnsSubject } from './dns-subject.ts';
import { extraNameservers, listedNameservers, nodeFault } from './nameserver-fault.ts';
import { correcting } from './pod-spec-patch.ts';
import { dotsFaults, searchFaults } from './search-fault.ts';
import { clusterNamesInCel } from './cluster-names-in-cel.ts';

/** What the policy's document and the operator's settings may say. */
export interface ResolvesParams {
  /** kubelet --cluster-domain. */
  readonly clusterDomain?: string;
  /** The addresses of the cluster's DNS, where the picture does not have its Service. */
  readonly clusterDNS?: readonly string[];
  /** Addresses at which a cache of the cluster's DNS listens on each node. */
  readonly nodeLocalDNS?: readonly string[];
  /** Nameservers that are certainly not the cluster's. */
  readonly publicResolvers?: readonly string[];
}

/** The kinds whose pods run in namespaces that they do not name. */
const CONFIGS: readonly (Kind | undefined)[] = ['SeldonConfig', 'ServerConfig'];

const texts = (description: string): JsonObject => ({
  type: 'array',
  description,
  items: { type: 'string', minLength: 1, maxLength: 253 },
  maxItems: 64,
});
const COMMON = ['pod', 'place', 'name'];

/** Whether Seldon's pods ask the cluster's DNS for names, in a way that finds the cluster's own. */
export const resolvesClusterNames: Check<ResolvesParams> = {
  name: 'resolves-cluster-names',
  needs: [...new Set<Kind>([...POD_TEMPLATE_KINDS, 'Service'])],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      clusterDomain: { type: 'string', description: "The cluster's domain", minLength: 1, maxLength: 253 },
      clusterDNS: texts(
        "Addresses of the cluster's DNS, where Service kube-system/kube-dns is not to be seen",
      ),
      nodeLocalDNS: texts("Addresses at which a cache of the cluster's DNS listens on every node"),
      publicResolvers: texts("Nameservers that are certainly not the cluster's"),
    },
  },
  problems: {
    'node-dns': [...COMMON, 'policy', 'target'],
    'host-network-dns': [...COMMON, 'policy', 'target'],
    'no-nameserver': [...COMMON, 'target'],
    'no-search': [...COMMON, 'search', 'target'],
    /** The search domains are those of another cluster's domain than the settings name. */
    'other-domain': [...COMMON, 'search', 'domain', 'found'],
    'low-ndots': [...COMMON, 'ndots', 'because'],
    'foreign-nameserver': [...COMMON, 'nameserver', 'because', 'target'],
    /** Whether it is the cluster's cannot be told. */
    'unknown-nameserver': [...COMMON, 'nameserver', 'missing', 'target'],
    /** What the configuration below may put right. */
    'not-seen': [...COMMON, 'because', 'missing'],
    /** Behind the cluster's own. */
    'extra-nameserver': [...COMMON, 'nameserver', 'when'],
    /** Nothing is wrong: dnsConfig is written down for the controller-manager. */
    safeguard: [...COMMON, 'nameserver'],
  },
  inCel: clusterNamesInCel,
  *evaluate({ object, cluster }, params) {
    const templates = podTemplatesOf(object, cluster).filter(({ component }) => component !== undefined);
    if (templates.length === 0) return;
    const dns = clusterNameservers(cluster, params.clusterDNS ?? []);
    for (const template of templates) yield* judge(object, template, dns, params);
  },
};

function* judge(
  manifest: Manifest,
  template: PodTemplate,
  dns: ClusterNameservers,
  params: ResolvesParams,
): Iterable<Finding> {
  const { component } = template;
  if (component === undefined) return;
  const domain = params.clusterDomain ?? 'cluster.local';
  const namespace = CONFIGS.includes(manifest.known) ? '' : template.namespace;
  const confOf = (spec: JsonObject): ResolvConf =>
    resolvConfOf(spec, { namespace, domain, addresses: dns.addresses });
  const subject: DnsSubject = {
    object: manifest.object,
    template,
    component,
    spec: template.spec,
    own: template.path.at(-1) === 'seldonConfig' ? undefined : template.path,
    namespace,
    domain,
    dns,
    ours: [...dns.addresses, ...(params.nodeLocalDNS ?? [])],
    publics: params.publicResolvers ?? [],
    conf: confOf(template.spec),
  };
  const faults = [...asFarAsSeen(subject, [...faultsOf(subject)]), ...safeguard(subject, manifest)];
  if (faults.length === 0) return;
  const { base } = template;
  const baseSpec = objectAt(base?.manifest.object, ...(base?.path ?? []));
  const below =
    base === undefined ? [] : [...faultsOf({ ...subject, spec: baseSpec, conf: confOf(baseSpec) })];
  const corrections = faults.flatMap((fault) => inObject(subject, fault));
  for (const fault of faults) {
    const standing = below.some((other) => keyOf(subject, other) === keyOf(subject, fault));
    const fix = inObject(subject, fault).flatMap((each) => correcting(manifest.object, each, corrections));
    yield {
      problem: fault.problem,
      field: fieldOf(subject, fault),
      data: {
        pod: podName(template),
        place: nameOf(standing && subject.own === undefined && base !== undefined ? base.manifest : manifest),
        name: nameLookedUp(component),
        ...fault.data,
      },
      key: keyOf(subject, fault),
      // The safeguard is no fault that could have stood before: it is written down whenever the chance comes.
      ...(fault.problem === 'safeguard' ? { standing: false } : standing ? { standing } : {}),
      ...(fault.effect === undefined ? {} : { effect: fault.effect }),
      ...(fault.unknown === undefined ? {} : { unknown: fault.unknown }),
      ...(fix.length === 0 ? {} : { fix }),
    };
  }
}

/** What a configuration below may put right: it comes first in lists, and says what the object above leaves open. */
const OPEN_TO_BASE: readonly string[] = [
  'host-network-dns',
  'no-nameserver',
  'no-search',
  'other-domain',
  'foreign-nameserver',
  'unknown-nameserver',
];

/** The faults; those that hang on what is not among the objects seen are one, and unknown. */
function asFarAsSeen({ spec, conf, template }: DnsSubject, faults: readonly DnsFault[]): readonly DnsFault[] {
  const { missing } = template;
  if (missing === undefined) return faults;
  const isOpen = ({ problem }: DnsFault): boolean =>
    OPEN_TO_BASE.includes(problem) || (problem === 'low-ndots' && conf.ndotsIndex === undefined);
  const [first] = faults.filter(isOpen);
  if (first === undefined) return faults;
  const because =
    first.problem === 'host-network-dns' ? 'hostNetwork is true' : `dnsPolicy is ${policyOf(spec)}`;
  const unseen: DnsFault = {
    problem: 'not-seen',
    field: first.field,
    data: { because, missing },
    identity: because,
    unknown: true,
  };
  return [unseen, ...faults.filter((fault) => !isOpen(fault))];
}

function* faultsOf(subject: DnsSubject): Iterable<DnsFault> {
  const { spec, conf } = subject;
  if (conf.base === 'node') yield nodeFault(spec);
  if (conf.base === 'nothing') {
    yield* listedNameservers(subject);
    if (conf.nameservers.length > 0) yield* searchFaults(subject);
  }
  // The same options count once the pod asks the cluster's DNS, where the default is enough.
  if (conf.ndots !== undefined && !curedByClusterFirst(conf)) yield* dotsFaults(subject, conf.ndots);
  yield* extraNameservers(subject);
}

/** Whether the change of dnsPolicy that another fault asks for brings the right ndots as well. */
function curedByClusterFirst(conf: ResolvConf): boolean {
  return conf.base === 'nothing' && conf.nameservers.length === 0 && conf.ndotsIndex === undefined;
}
