import { listAt, objectAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { ResolvConf } from '../../model/resolv-conf.ts';
import type { ComponentId } from '../../model/seldon-components.ts';
import type { PodTemplate } from '../../model/workload.ts';
import { sameAddress } from './cluster-dns.ts';
import type { ClusterNameservers } from './cluster-dns.ts';

/** One sort of pod under judgement, with everything that its judgement needs. */
export interface DnsSubject {
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

/**
 * The names that each component looks up: one without a dot, found in the search domain of its namespace, and one
 * of two labels, found in `svc.<domain>`. Each with its source in Seldon's chart or code.
 */
export const NAMES: Readonly<Record<ComponentId, { plain?: string; dotted?: string }>> = {
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

/** A name that the component looks up, as an example. */
export function nameLookedUp(component: ComponentId): string {
  const { plain, dotted } = NAMES[component];
  return plain ?? dotted ?? '';
}

/** How a person calls the pods: by the object that was written, and the component where it has several. */
export function podName({ workload, name }: PodTemplate): string {
  return workload.kind === 'SeldonRuntime' || workload.kind === 'SeldonConfig'
    ? `${name} of ${workload.kind} ${workload.name}`
    : workload.kind === 'Server' || workload.kind === 'ServerConfig'
      ? `${workload.kind} ${workload.name}`
      : workload.name;
}

/** The cluster's DNS, or a cache of it on the node. */
export function isOurs({ ours }: DnsSubject, address: string): boolean {
  return includes(ours, address);
}

/** Certainly not the cluster's, by the settings. */
export function isPublic({ publics }: DnsSubject, address: string): boolean {
  return includes(publics, address);
}

/** Certainly not the cluster's: a public resolver, or another address than the known ones. */
export function isForeign(subject: DnsSubject, address: string): boolean {
  const { dns } = subject;
  if (isOurs(subject, address)) return false;
  return isPublic(subject, address) || (dns.addresses.length > 0 && dns.serviceAt(address) === undefined);
}

function includes(addresses: readonly string[], address: string): boolean {
  return addresses.some((one) => sameAddress(one, address));
}

type ListField = 'nameservers' | 'searches' | 'options';

/** dnsConfig as the judged object writes it: of a merged pod, the override's part. */
export function ownConfig({ object, own }: DnsSubject): JsonObject {
  return own === undefined ? {} : objectAt(object, ...own, 'dnsConfig');
}

/** A list of dnsConfig as the judged object writes it. */
export function ownList(subject: DnsSubject, field: ListField): readonly Json[] {
  return listAt(ownConfig(subject), field);
}

/** How many entries of the effective list come from below: the operator appends the override's to the base's. */
function inherited(subject: DnsSubject, field: ListField): number {
  return listAt(subject.spec, 'dnsConfig', field).length - ownList(subject, field).length;
}

/** Whether an entry of the effective list is one that the judged object writes. */
export function standsInOwn(subject: DnsSubject, field: ListField, index: number): boolean {
  return ownList(subject, field).length > 0 && index >= inherited(subject, field);
}

/** Where the judged object's own list has an entry of the effective list. */
export function ownIndex(subject: DnsSubject, field: ListField, index: number): number {
  return Math.max(index - inherited(subject, field), 0);
}
