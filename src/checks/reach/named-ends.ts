import { namespaceLabels } from '../../model/cluster.ts';
import type { Cluster } from '../../model/cluster.ts';
import { stringAt, stringsAt } from '../../model/json.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { selects } from '../../model/labels.ts';
import type { Labels } from '../../model/labels.ts';
import type { Manifest } from '../../model/manifest.ts';
import {
  dependenciesOf,
  DEPENDENCY_KINDS,
  holdsDependency,
  isInjected,
  serviceNamed,
} from '../../model/seldon-dependencies.ts';
import type { HostPort, ServiceName } from '../../model/seldon-dependencies.ts';
import { parseAddress } from '../../network/address.ts';
import { compileBlock } from '../../network/block.ts';
import { ANOTHER_NAMESPACE } from './flow-ends.ts';
import type { AddressEnd, End, FlowEnd } from './flow-ends.ts';
import { specsOf } from './flow-spec.ts';
import type { EndSpec, PodsSpec, RequiredFlow } from './flow-spec.ts';
import { namespacesAround, podsIn, PODS_AROUND_KINDS } from './pods-around.ts';
import type { PodsAround } from './pods-around.ts';
import { portBehind } from './service-port.ts';

/** An end that a flow names by itself, and the port there where that is not the one that the flow states. */
export interface NamedEnd {
  readonly end: End;
  readonly port?: number;
  /** The Service that it goes by, where nobody can see that one. */
  readonly unseen?: string;
}

/** The kinds that named ends, and the conditions of flows, are read from. */
export const NAMED_END_KINDS: readonly Kind[] = [
  ...new Set<Kind>([...PODS_AROUND_KINDS, ...DEPENDENCY_KINDS, 'Service', 'Pipeline']),
];

/** Whether the flow is needed in the Seldon namespace at all. */
export function isNeeded({ when }: RequiredFlow, cluster: Cluster, namespace: string): boolean {
  if (when === 'pipelines') return cluster.list('Pipeline', namespace).length > 0;
  if (when === 'injected') return isInjected(namespaceLabels(cluster, namespace).values);
  return true;
}

/** Whether an end that the flow names may lie in this namespace, for some other namespace that Seldon runs in. */
export function mayLieIn(flow: RequiredFlow, cluster: Cluster, namespace: string): boolean {
  if (typeof flow.from === 'string' && typeof flow.to === 'string') return false;
  return [...specsOf(flow.from), ...specsOf(flow.to)].some((spec) => {
    if (typeof spec === 'string' || 'cidr' in spec) return false;
    if ('setting' in spec) return holdsDependency(spec.setting, cluster, namespace);
    if ('service' in spec) return spec.service.startsWith(`${namespace}/`);
    const { namespace: own, namespaceSelector } = spec.pods;
    if (own !== undefined) return own === namespace;
    return (
      namespaceSelector !== undefined &&
      selects(namespaceSelector, namespaceLabels(cluster, namespace)) !== 'no'
    );
  });
}

/** The pods or addresses that a flow names by labels, an address, a Service or a setting, seen from a Seldon namespace. */
export function namedEnds(
  spec: Exclude<EndSpec, string> | 'anyone',
  { port = 0, when }: RequiredFlow,
  cluster: Cluster,
  namespace: string,
): readonly NamedEnd[] {
  if (spec === 'anyone') return [{ end: anyoneOutside(namespace) }];
  if ('pods' in spec) return podsNamed(spec.pods, cluster, namespace).map((end) => ({ end }));
  if ('cidr' in spec) return [{ end: addressEnd(spec.cidr, spec.cidr) }];
  if ('service' in spec) {
    const [first = '', second] = spec.service.split('/');
    const name = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
    return behind(name, port, cluster);
  }
  const found = dependenciesOf(spec.setting, cluster, namespace).flatMap((one) =>
    hostEnds(one, cluster, namespace),
  );
  return when === 'service-exists' ? found.filter(({ unseen }) => unseen === undefined) : found;
}

/** Somebody outside the namespace: whether one such gets through is all that is asked. */
function anyoneOutside(namespace: string): FlowEnd {
  const title = `clients outside namespace ${namespace}`;
  const never = { 'kubernetes.io/metadata.name': namespace, name: namespace };
  return {
    ...podsSomewhere(ANOTHER_NAMESPACE, title, { values: {}, open: true }, { values: {}, open: true, never }),
    elsewhere: [addressEnd(undefined, title)],
    anyone: true,
  };
}

function podsNamed(
  { namespace: named, namespaceSelector, podSelector }: PodsSpec,
  cluster: Cluster,
  namespace: string,
): FlowEnd[] {
  const isHome = (home: string): boolean =>
    (named === undefined || named === home) &&
    selects(namespaceSelector ?? {}, namespaceLabels(cluster, home)) === 'yes';
  const homes =
    named !== undefined || namespaceSelector === undefined
      ? [named ?? namespace].filter(isHome)
      : [...namespacesAround(cluster)].filter(isHome);
  const rule: JsonObject = { podSelector, ...(namespaceSelector === undefined ? {} : { namespaceSelector }) };
  return homes.flatMap((home) =>
    podsWith(podSelector, home, cluster, `pods ${selectorText(podSelector)}`).map((end) => ({
      ...end,
      rule,
    })),
  );
}

/** The pods of a namespace that a selector selects; where none is seen, one that it would select. */
function podsWith(selector: JsonObject, home: string, cluster: Cluster, title: string): FlowEnd[] {
  const found = podsIn(cluster, home).filter(({ pod }) => selects(selector, pod.labels) === 'yes');
  if (found.length > 0) return found.map(seen);
  const labels: Labels = { values: stringsAt(selector, 'matchLabels'), open: true };
  return [podsSomewhere(home, title, labels, namespaceLabels(cluster, home))];
}

function seen({ pod, title, selector }: PodsAround): FlowEnd {
  return { component: undefined, pod, title, selector, tls: 'unknown', source: undefined };
}

function podsSomewhere(namespace: string, title: string, labels: Labels, namespaceLabels: Labels): FlowEnd {
  const addresses = undefined;
  const pod = { kind: 'pod', namespace, name: title, labels, namespaceLabels, addresses } as const;
  const known = Object.keys(labels.values).length > 0;
  return {
    component: undefined,
    pod: { ...pod, ports: undefined, hostNetwork: false },
    title,
    selector: known ? labels.values : undefined,
    tls: 'unknown',
    source: undefined,
  };
}

function addressEnd(cidr: string | undefined, title: string): AddressEnd {
  const block = cidr === undefined ? undefined : compileBlock({ cidr });
  return {
    block,
    title,
    selector: undefined,
    ...(block === undefined ? {} : { rule: { ipBlock: { cidr: cidr ?? '' } } }),
    tls: 'unknown',
    source: undefined,
  };
}

function selectorText(selector: JsonObject): string {
  const text = Object.entries(stringsAt(selector, 'matchLabels')).map(([key, value]) => `${key}=${value}`);
  return text.length > 0 ? text.join(',') : JSON.stringify(selector);
}

/** What a host name or address leads to from a pod of the namespace. */
function hostEnds({ host, port }: HostPort, cluster: Cluster, namespace: string): NamedEnd[] {
  const address = parseAddress(host);
  if (address !== undefined) return [{ end: addressEnd(`${host}/${address.length * 8}`, host), port }];
  const service = serviceNamed(host, namespace);
  return service === undefined
    ? [{ end: addressEnd(undefined, host), port }]
    : behind(service, port, cluster);
}

/**
 * The pods behind a port of a Service. A Service that the picture could hold and does not hold is not there, and nothing has
 * to be reached then; of one that it could not hold, only the namespace is known.
 */
function behind({ namespace, name }: ServiceName, port: number, cluster: Cluster): NamedEnd[] {
  const service = cluster.get('Service', namespace, name);
  const title = `Service ${name}`;
  if (service === undefined)
    return cluster.sees('Service')
      ? []
      : [
          {
            end: podsSomewhere(
              namespace,
              title,
              { values: {}, open: true },
              namespaceLabels(cluster, namespace),
            ),
            port,
            unseen: `Service ${namespace}/${name}`,
          },
        ];
  const external = stringAt(service.object, 'spec', 'externalName');
  if (stringAt(service.object, 'spec', 'type') === 'ExternalName')
    return external === undefined ? [] : [{ end: addressEnd(undefined, external), port }];
  return podsOf(service, title, port, cluster);
}

/** None for a Service without a selector: its endpoints are made by hand. */
function podsOf(service: Manifest, title: string, port: number, cluster: Cluster): NamedEnd[] {
  const matchLabels = stringsAt(service.object, 'spec', 'selector');
  if (Object.keys(matchLabels).length === 0) return [];
  return podsWith({ matchLabels }, service.namespace, cluster, title).map((end) => ({
    end: { ...end, title, rule: { podSelector: { matchLabels } } },
    port: portBehind(service, port, end.pod) ?? port,
  }));
}
