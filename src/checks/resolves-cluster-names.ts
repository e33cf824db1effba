import { isObject, listAt, objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { nameOf } from '../model/manifest.ts';
import type { Kind } from '../model/kinds.ts';
import type { Manifest } from '../model/manifest.ts';
import { clusterSearches, resolvConfOf, sameDomain } from '../model/resolv-conf.ts';
import type { Nameserver, ResolvConf } from '../model/resolv-conf.ts';
import type { ComponentId } from '../model/seldon-components.ts';
import { podTemplatesOf, POD_TEMPLATE_KINDS } from '../model/workload.ts';
import type { PodTemplate } from '../model/workload.ts';
import type { Check, Data, Effect, Finding } from '../policy/check.ts';
import { clusterNameservers, DNS_SERVICE, sameAddress } from './cluster-dns.ts';
import type { ClusterNameservers } from './cluster-dns.ts';
import { correcting } from './pod-spec-patch.ts';
import type { Correction } from './pod-spec-patch.ts';

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

/**
 * The names that each component looks up: one without a dot, found in the search domain of its namespace, and one
 * of two labels, found in `svc.<domain>`. Each with its source in Seldon's chart or code.
 */
const NAMES: Readonly<Record<ComponentId, { plain?: string; dotted?: string }>> = {
  // operator/scheduler/client.go:88-90
  'controller-manager': { dotted: 'seldon-scheduler.<namespace>' },
  // tracing, k8s/yaml/components.yaml:1173
  'seldon-scheduler': { dotted: 'seldon-collector.seldon-mesh' },
  // scheduler/config/envoy.yaml:9-13
  'seldon-envoy': { plain: 'seldon-scheduler' },
  // k8s/yaml/components.yaml:736-740, kafka :1144
  'seldon-modelgateway': { plain: 'seldon-scheduler', dotted: 'seldon-kafka-bootstrap.seldon-mesh' },
  'seldon-pipelinegateway': { plain: 'seldon-scheduler', dotted: 'seldon-kafka-bootstrap.seldon-mesh' },
  'seldon-dataflow-engine': { plain: 'seldon-scheduler', dotted: 'seldon-kafka-bootstrap.seldon-mesh' },
  // k8s/yaml/components.yaml:917-922
  hodometer: { plain: 'seldon-scheduler' },
  // k8s/yaml/components.yaml:1311-1316, tracing :1173
  server: { plain: 'seldon-scheduler', dotted: 'seldon-collector.seldon-mesh' },
};

/** The kinds whose pods run in namespaces that they do not name. */
const CONFIGS: readonly (Kind | undefined)[] = ['SeldonConfig', 'ServerConfig'];
/** The fewest dots from which a name may be asked as it stands, so that one of two labels is not. */
const ENOUGH_DOTS = 2;
const GOOD_NDOTS = '5';
const MOST_NAMESERVERS = 16;

/** One sort of pod under judgement, with everything that its judgement needs. */
interface Subject {
  readonly object: JsonObject;
  readonly template: PodTemplate;
  readonly component: ComponentId;
  readonly spec: JsonObject;
  /** Where the judged object speaks of the pod's spec; undefined where it has no place of its own for it. */
  readonly own: Path | undefined;
  readonly namespace: string;
  readonly domain: string;
  readonly dns: ClusterNameservers;
  readonly ours: readonly string[];
  readonly publics: readonly string[];
  readonly conf: ResolvConf;
}

/** A fault before it is put into the judged object's terms. */
interface Fault {
  readonly problem: string;
  /** From the pod spec. */
  readonly field: Path;
  readonly data: Data;
  /** What of the data makes it the same fault later. */
  readonly identity: string;
  readonly corrections?: readonly Correction[];
  readonly effect?: Effect;
  readonly unknown?: true;
}

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
    /** Behind the cluster's own. */
    'extra-nameserver': [...COMMON, 'nameserver', 'when'],
    /** Nothing is wrong: dnsConfig is written down for the controller-manager. */
    safeguard: [...COMMON, 'nameserver'],
  },
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
  const subject: Subject = {
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
  const faults = [...faultsOf(subject), ...safeguard(subject, manifest)];
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

function keyOf({ template }: Subject, fault: Fault): string {
  return [fault.problem, template.name, fault.identity].join('\n');
}

function inObject({ own }: Subject, fault: Fault): Correction[] {
  if (own === undefined) return [];
  return (fault.corrections ?? []).map(({ path, value }) => ({ path: [...own, ...path], value }));
}

/** The fault's field where the judged object has it, else the nearest that it should have. */
function fieldOf({ own, template }: Subject, fault: Fault): Path {
  return own === undefined ? template.path : [...own, ...fault.field];
}

/** How a person calls the pods: by the object that was written, and the component where it has several. */
function podName({ workload, name }: PodTemplate): string {
  return workload.kind === 'SeldonRuntime' || workload.kind === 'SeldonConfig'
    ? `${name} of ${workload.kind} ${workload.name}`
    : workload.kind === 'Server' || workload.kind === 'ServerConfig'
      ? `${workload.kind} ${workload.name}`
      : workload.name;
}

function nameLookedUp(component: ComponentId): string {
  const { plain, dotted } = NAMES[component];
  return plain ?? dotted ?? '';
}

function* faultsOf(subject: Subject): Iterable<Fault> {
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

function clusterPolicy(spec: JsonObject): string {
  return spec['hostNetwork'] === true ? 'ClusterFirstWithHostNet' : 'ClusterFirst';
}

function policyOf(spec: JsonObject): string {
  return stringAt(spec, 'dnsPolicy') || 'ClusterFirst';
}

const askCluster = (spec: JsonObject): Correction => ({ path: ['dnsPolicy'], value: clusterPolicy(spec) });

function nodeFault(spec: JsonObject): Fault {
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
function* listedNameservers(subject: Subject): Iterable<Fault> {
  const { spec, conf, dns, ours, publics } = subject;
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
  if (includes(ours, first.address)) return;
  const field: Path = ['dnsConfig', 'nameservers', ownIndex(subject, 'nameservers', first.index)];
  const [known] = dns.addresses;
  const isPublic = includes(publics, first.address);
  const service = dns.serviceAt(first.address);
  if (!isPublic && (known === undefined || service !== undefined)) {
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

/** Puts the cluster's DNS in the place of foreign nameservers; where that cannot be done here, asks it by dnsPolicy. */
function foreignCorrections(subject: Subject, first: Nameserver, known: string | undefined): Correction[] {
  const { spec } = subject;
  const own = ownList(subject, 'nameservers');
  if (!standsInOwn(subject, 'nameservers', first.index)) return [askCluster(spec)];
  const kept = withoutForeign(subject, own);
  const path: Path = ['dnsConfig', 'nameservers'];
  if (known !== undefined) return [{ path, value: kept.length > 0 ? kept : [known] }];
  return [askCluster(spec), { path, value: kept.length > 0 ? kept : undefined }];
}

/** Certainly not the cluster's: a public resolver, or another address than the known ones. */
function isForeign({ dns, ours, publics }: Subject, address: string): boolean {
  if (includes(ours, address)) return false;
  return includes(publics, address) || (dns.addresses.length > 0 && dns.serviceAt(address) === undefined);
}

/** The nameservers that may stay. The API server takes three; far behind those nothing is looked at any more. */
function withoutForeign(subject: Subject, own: readonly Json[]): readonly Json[] {
  return own.filter(
    (entry, i) => i < MOST_NAMESERVERS && typeof entry === 'string' && !isForeign(subject, entry),
  );
}

function includes(addresses: readonly string[], address: string): boolean {
  return addresses.some((one) => sameAddress(one, address));
}

/** Nameservers behind the cluster's own: they are asked, but not instead of it. */
function* extraNameservers(subject: Subject): Iterable<Fault> {
  const { conf, dns, template } = subject;
  if (conf.base === 'node') return;
  const [first] = conf.nameservers;
  const behind =
    conf.base === 'cluster'
      ? conf.nameservers
      : first !== undefined && includes(subject.ours, first.address)
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

function withoutNameservers(subject: Subject, kept: readonly Json[]): Correction {
  if (kept.length > 0) return { path: ['dnsConfig', 'nameservers'], value: kept };
  const others = Object.keys(ownConfig(subject)).filter((field) => field !== 'nameservers');
  return { path: others.length === 0 ? ['dnsConfig'] : ['dnsConfig', 'nameservers'], value: undefined };
}

function* searchFaults(subject: Subject): Iterable<Fault> {
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

function* dotsFaults(subject: Subject, ndots: number): Iterable<Fault> {
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

/** The dnsConfig that is written down for a healthy controller-manager that has none (post-mortem 004). */
function* safeguard(subject: Subject, manifest: Manifest): Iterable<Fault> {
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

type ListField = 'nameservers' | 'searches' | 'options';

/** dnsConfig as the judged object writes it: of a merged pod, the override's part. */
function ownConfig({ object, own }: Subject): JsonObject {
  return own === undefined ? {} : objectAt(object, ...own, 'dnsConfig');
}

function ownList(subject: Subject, field: ListField): readonly Json[] {
  return listAt(ownConfig(subject), field);
}

/** How many entries of the effective list come from below: the operator appends the override's to the base's. */
function inherited(subject: Subject, field: ListField): number {
  return listAt(subject.spec, 'dnsConfig', field).length - ownList(subject, field).length;
}

function standsInOwn(subject: Subject, field: ListField, index: number): boolean {
  return ownList(subject, field).length > 0 && index >= inherited(subject, field);
}

function ownIndex(subject: Subject, field: ListField, index: number): number {
  return Math.max(index - inherited(subject, field), 0);
}
