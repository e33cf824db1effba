import type { Cluster, Fact, Pick } from './cluster.ts';
import { envOf } from './container-env.ts';
import { listAt, numberAt, objectAt, stringAt, stringsAt } from './json.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import { any } from './labels.ts';
import type { Tri } from './labels.ts';
import { labelsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { operatorHome } from './operator.ts';
import type { OperatorHome } from './operator.ts';
import { componentOf, COMPONENTS } from './seldon-components.ts';
import type { ComponentId } from './seldon-components.ts';
import { operatorTemplatesOf, podTemplatesOf } from './workload.ts';
import type { PodTemplate } from './workload.ts';
import { once } from './once.ts';

/** A port that a pod declares. */
export interface PodPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly protocol: string;
}

/** A Seldon component's pods in one namespace: those that exist, or those that the manifests will make. */
export interface SeldonPod {
  readonly component: ComponentId;
  readonly namespace: string;
  /** The workload's name: `seldon-scheduler`, `mlserver`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The ports that the pods declare; those that upstream declares where their spec is not to be seen. */
  readonly ports: readonly PodPort[];
  readonly hostNetwork: boolean;
  /** The addresses of the pods that exist already (status.podIPs). */
  readonly addresses: readonly string[];
  /** Whether CONTROL_PLANE_SECURITY_PROTOCOL=SSL is set in them (components/tls/pkg/tls/util.go:33,79-92). */
  readonly controlPlaneTls: Tri;
  /** The object that makes them, or the Pod itself. */
  readonly source: Manifest;
  readonly origin: 'workload' | 'pod' | 'server' | 'runtime';
  /** What has a say in the pods and is not in the picture, as in PodTemplate. */
  readonly missing: string | undefined;
}

/** The kinds that `seldonPodsIn` reads. */
export const SELDON_POD_KINDS: readonly Kind[] = [
  'Deployment',
  'StatefulSet',
  'Pod',
  'Server',
  'SeldonRuntime',
  'SeldonConfig',
  'ServerConfig',
];

/** The kinds that `seldonNamespaces` reads. */
export const SELDON_NAMESPACE_KINDS: readonly Kind[] = [
  'SeldonRuntime',
  'Server',
  'Deployment',
  'StatefulSet',
];

const NONE: readonly never[] = Object.freeze([]);

/** Containers whose processes run beside the others: the containers, and the init containers that stay. */
export function containersOf(spec: Json): readonly Json[] {
  const staying = listAt(spec, 'initContainers').filter(
    (container) => stringAt(container, 'restartPolicy') === 'Always',
  );
  return [...listAt(spec, 'containers'), ...staying];
}

/** The ports that the containers of a pod spec declare. */
export function declaredPorts(spec: Json): readonly PodPort[] {
  return containersOf(spec)
    .flatMap((container) => listAt(container, 'ports'))
    .flatMap((entry) => {
      const port = numberAt(entry, 'containerPort');
      if (port === undefined) return [];
      return [{ name: stringAt(entry, 'name'), port, protocol: stringAt(entry, 'protocol') ?? 'TCP' }];
    });
}

/** The ports that the pods declare, with those that upstream declares where their spec is not all to be seen. */
export function portsOf({ spec, component, missing }: PodTemplate): readonly PodPort[] {
  const declared = declaredPorts(spec);
  if (missing === undefined || component === undefined) return declared;
  return [
    ...COMPONENTS[component].ports.map(({ name, port }) => ({ name, port, protocol: 'TCP' })),
    ...declared,
  ];
}

/** The container that gives the component its purpose, or every one where none has its name. */
function ownContainers(spec: Json, component: ComponentId): readonly Json[] {
  const containers = containersOf(spec);
  for (const name of COMPONENTS[component].containers) {
    const own = containers.filter((container) => stringAt(container, 'name') === name);
    if (own.length > 0) return own;
  }
  return containers;
}

function tlsOf({ spec, missing }: PodTemplate, component: ComponentId): Tri {
  const containers = ownContainers(spec, component);
  if (containers.length === 0) return 'unknown';
  return any(
    containers.map((container): Tri => {
      const found = envOf(container, 'CONTROL_PLANE_SECURITY_PROTOCOL');
      if (!found.known || (found.value === undefined && missing !== undefined)) return 'unknown';
      return found.value === 'SSL' ? 'yes' : 'no';
    }),
  );
}

function seldonPod(
  template: PodTemplate,
  component: ComponentId,
  source: Manifest,
  origin: SeldonPod['origin'],
  addresses: readonly string[] = NONE,
): SeldonPod {
  return {
    component,
    namespace: template.namespace,
    name: template.name,
    labels: template.labels,
    ports: portsOf(template),
    hostNetwork: template.spec['hostNetwork'] === true,
    addresses,
    controlPlaneTls: tlsOf(template, component),
    source,
    origin,
    missing: template.missing,
  };
}

/** The workload that a Pod belongs to; a ReplicaSet of a Deployment is named after it and its template's hash. */
export function ownerOf(pod: Manifest): { kind: string; name: string } | undefined {
  const owners = listAt(pod.object, 'metadata', 'ownerReferences');
  const owner = owners.find((reference) => objectAt(reference)['controller'] === true);
  const [kind, name] = [stringAt(owner, 'kind'), stringAt(owner, 'name')];
  if (kind === undefined || name === undefined) return undefined;
  const hash = labelsOf(pod)['pod-template-hash'];
  return kind === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`)
    ? { kind: 'Deployment', name: name.slice(0, -hash.length - 1) }
    : { kind, name };
}

/** The addresses that a Pod has been given (status.podIPs). */
export function addressesOf(pod: Manifest): readonly string[] {
  const ips = listAt(pod.object, 'status', 'podIPs').flatMap((entry) => stringAt(entry, 'ip') ?? []);
  const ip = stringAt(pod.object, 'status', 'podIP');
  return ips.length > 0 || ip === undefined ? ips : [ip];
}

/** Whether a Pod is finished: it runs no more, and has no network. */
export function hasEnded(pod: Manifest): boolean {
  return ['Succeeded', 'Failed'].includes(stringAt(pod.object, 'status', 'phase') ?? '');
}

/** The first of those that are one component under one name, with the addresses of all. */
function distinct(pods: readonly SeldonPod[]): readonly SeldonPod[] {
  const found: SeldonPod[] = [];
  for (const pod of pods) {
    const i = found.findIndex(({ component, name }) => component === pod.component && name === pod.name);
    const first = found[i];
    if (first === undefined) found.push(pod);
    else if (pod.addresses.length > 0)
      found[i] = { ...first, addresses: [...new Set([...first.addresses, ...pod.addresses])] };
  }
  return found;
}

const PODS = Symbol('seldon pods');

/** The pods of a workload or a Pod, without their addresses: worked out once for each manifest. */
function podsOf(manifest: Manifest, cluster: Cluster): readonly SeldonPod[] {
  return once(manifest, PODS, () =>
    podTemplatesOf(manifest, cluster).flatMap((template) =>
      template.component === undefined
        ? []
        : [seldonPod(template, template.component, manifest, manifest.known === 'Pod' ? 'pod' : 'workload')],
    ),
  );
}

/** Whether NetworkPolicies see the same Seldon pods in two versions of a workload. */
export function sameForNetwork(a: Manifest, b: Manifest, cluster: Cluster): boolean {
  const [some, others] = [podsOf(a, cluster), podsOf(b, cluster)];
  const isIdle = ({ object }: Manifest): boolean => numberAt(object, 'spec', 'replicas') === 0;
  return (
    isIdle(a) === isIdle(b) &&
    some.length === others.length &&
    some.every((pod, i) => looksLike(pod, others[i] as SeldonPod))
  );
}

function looksLike(a: SeldonPod, b: SeldonPod): boolean {
  const labels = Object.entries(a.labels);
  return (
    a.component === b.component &&
    a.hostNetwork === b.hostNetwork &&
    a.controlPlaneTls === b.controlPlaneTls &&
    labels.length === Object.keys(b.labels).length &&
    labels.every(([key, value]) => Object.hasOwn(b.labels, key) && b.labels[key] === value) &&
    a.ports.length === b.ports.length &&
    a.ports.every(({ name, port, protocol }, i) => {
      const other = b.ports[i];
      return name === other?.name && port === other?.port && protocol === other.protocol;
    })
  );
}

/**
 * Whether a workload makes no other pods than those that are known already (of a SeldonRuntime, of a Server): the operator
 * has made what it was expected to make.
 */
export function isForeseen(workload: Manifest, known: readonly SeldonPod[], cluster: Cluster): boolean {
  return podsOf(workload, cluster).every(
    (pod) =>
      pod.component !== 'controller-manager' &&
      known.some((other) => other.name === pod.name && other.missing === undefined && looksLike(pod, other)),
  );
}

/** Seldon's pods among the workloads and Pods of a namespace. A Pod whose workload is there is part of that. */
const STANDING: Fact<readonly SeldonPod[]> = {
  name: 'seldon-pods-standing',
  kinds: ['Deployment', 'StatefulSet', 'Pod'],
  compute(cluster, namespace) {
    const workloads = [
      ...cluster.list('StatefulSet', namespace),
      ...cluster.list('Deployment', namespace),
    ].filter((workload) => numberAt(workload.object, 'spec', 'replicas') !== 0);
    const key = ({ kind, name }: { kind: string; name: string }): string => `${kind}/${name}`;
    const visible = new Set(workloads.map(key));
    const addresses = new Map<string, string[]>();
    const standing: SeldonPod[] = [];
    for (const pod of cluster.list('Pod', namespace)) {
      if (hasEnded(pod)) continue;
      const owner = ownerOf(pod);
      const workload = owner === undefined ? undefined : key(owner);
      if (workload !== undefined && visible.has(workload))
        addresses.set(workload, [...(addresses.get(workload) ?? []), ...addressesOf(pod)]);
      else
        for (const each of podsOf(pod, cluster))
          standing.push({ ...each, name: owner?.name ?? each.name, addresses: addressesOf(pod) });
    }
    const working = workloads.flatMap((workload) => {
      const own = addresses.get(key(workload));
      const pods = podsOf(workload, cluster);
      return own === undefined || own.length === 0 ? pods : pods.map((pod) => ({ ...pod, addresses: own }));
    });
    return distinct([...working, ...standing]);
  },
  update(standing, gone, come, cluster) {
    const left = standing.filter(({ source }) => !gone.includes(source));
    const added = come
      .filter((manifest) => !hasEnded(manifest) && numberAt(manifest.object, 'spec', 'replicas') !== 0)
      .flatMap((manifest) => podsOf(manifest, cluster));
    return distinct([...added, ...left]);
  },
};

/** The pods that an operator in that place will make of the Servers and SeldonRuntimes of a namespace. */
function coming(operator: OperatorHome): Fact<readonly SeldonPod[]> {
  return {
    name: `seldon-pods-coming ${JSON.stringify(operator)}`,
    kinds: ['Server', 'SeldonRuntime'],
    everywhere: ['SeldonConfig', 'ServerConfig'],
    compute(cluster, namespace) {
      const runtimes = cluster.list('SeldonRuntime', namespace);
      const servers = cluster
        .list('Server', namespace)
        .filter((server) => numberAt(server.object, 'spec', 'replicas') !== 0);
      const pods = [...runtimes, ...servers].flatMap((source) =>
        operatorTemplatesOf(source, cluster, operator).flatMap((template) =>
          template.component === undefined
            ? []
            : [
                seldonPod(
                  template,
                  template.component,
                  source,
                  source.known === 'Server' ? 'server' : 'runtime',
                ),
              ],
        ),
      );
      return distinct(pods);
    },
  };
}

/**
 * Every Seldon component's pods that exist in a namespace, or will. What a workload or a Pod in the picture is,
 * counts before what the operator would make: one entry for each component and name.
 */
export function seldonPodsIn(cluster: Cluster, namespace: string): readonly SeldonPod[] {
  const standing = cluster.derive(STANDING, namespace);
  const made = cluster.derive(coming(operatorHome(cluster, namespace)), namespace);
  return distinct([...standing, ...made]);
}

/** The namespaces of objects that run Seldon, or will. */
const HOLDERS: readonly Pick<string>[] = [
  { kind: 'SeldonRuntime', of: ({ namespace }) => namespace },
  { kind: 'Server', of: ({ namespace }) => namespace },
  ...(['Deployment', 'StatefulSet'] as const).map((kind) => ({ kind, of: holdsComponent })),
];

function holdsComponent({ object, namespace }: Manifest): string | undefined {
  const labels = stringsAt(object, 'spec', 'template', 'metadata', 'labels');
  return componentOf(labels, objectAt(object, 'spec', 'template', 'spec')) === undefined
    ? undefined
    : namespace;
}

const NAMESPACES: Fact<readonly string[]> = {
  name: 'seldon-namespaces',
  kinds: [],
  picks: HOLDERS,
  compute: (cluster) => [...new Set(HOLDERS.flatMap((holder) => cluster.pick(holder)))].toSorted(),
};

/** Every namespace with a SeldonRuntime, a Server, or a workload of a Seldon component (the operator's own, too). */
export function seldonNamespaces(cluster: Cluster): readonly string[] {
  return cluster.derive(NAMESPACES, '');
}
