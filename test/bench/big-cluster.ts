import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** One Kubernetes object, as far as a picture needs it. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly spec?: object;
}

export interface Size {
  readonly namespaces: number;
  readonly pods: number;
  /** NetworkPolicies in all; two in three of four namespaces where nobody says. */
  readonly policies?: number;
}

/** The size that the benchmark's figures are for. */
export const BIG: Size = { namespaces: 200, pods: 2000 };

const SELDON = ['seldon-envoy', 'seldon-modelgateway', 'seldon-pipelinegateway', 'seldon-dataflow-engine'];
const NAME = 'app.kubernetes.io/name';

/**
 * The objects of a cluster as companies have them: Seldon's control plane in one namespace, a runtime in every
 * tenth, ordinary applications in the rest, and network policies in most of them.
 */
export function bigCluster({ namespaces, pods, policies: count }: Size = BIG): Resource[] {
  const names = Array.from({ length: namespaces }, (_, i) => `team-${String(i).padStart(3, '0')}`);
  // The two that the recorded reviews are about.
  names[0] = 'seldon-system';
  names[1] = 'financial-ml';
  const perNamespace = Math.ceil(pods / namespaces);
  let left = pods;
  const resources = names.flatMap((name, i) => {
    const mine = Math.min(perNamespace, left);
    left -= mine;
    return inNamespace(name, i, mine);
  });
  return count === undefined ? resources : [...resources, ...morePolicies(names, resources, count)];
}

/** As many policies as are still missing, one after the other in each namespace, for pods that carry a label of their own. */
function morePolicies(names: readonly string[], resources: readonly Resource[], count: number): Resource[] {
  const missing = count - resources.filter(({ kind }) => kind === 'NetworkPolicy').length;
  return Array.from({ length: Math.max(0, missing) }, (_, i) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `own-${i}`, namespace: names[i % names.length] as string },
    spec: {
      podSelector: { matchLabels: { app: 'store' } },
      policyTypes: ['Ingress'],
      ingress: [
        { from: [{ podSelector: { matchLabels: { app: 'web' } } }], ports: [{ port: 5432 + (i % 9) }] },
      ],
    },
  }));
}

/** Writes the objects as manifests, a file per namespace. JSON is YAML. */
export function writeCluster(folder: string, resources: readonly Resource[]): void {
  mkdirSync(folder, { recursive: true });
  const files = Object.groupBy(resources, ({ metadata }) => metadata.namespace ?? metadata.name);
  for (const [name, members] of Object.entries(files))
    writeFileSync(
      join(folder, `${name}.yaml`),
      (members ?? []).map((member) => `---\n${JSON.stringify(member, null, 1)}\n`).join(''),
    );
}

function inNamespace(namespace: string, i: number, pods: number): Resource[] {
  const labels = { 'kubernetes.io/metadata.name': namespace, tier: i % 3 === 0 ? 'prod' : 'test' };
  const base: Resource[] = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }];
  if (namespace === 'seldon-system')
    base.push(
      ...workload('Deployment', namespace, 'seldon-v2-controller-manager', pods, {
        'control-plane': 'v2-controller-manager',
      }),
    );
  else if (i % 10 === 1) base.push(...runtime(namespace, pods));
  else {
    const half = Math.floor(pods / 2);
    base.push(...workload('Deployment', namespace, 'web', half, { app: 'web', [NAME]: 'web' }));
    base.push(...workload('StatefulSet', namespace, 'store', pods - half, { app: 'store' }));
    base.push(
      service(namespace, 'web', { app: 'web' }, 80),
      service(namespace, 'store', { app: 'store' }, 5432),
    );
  }
  if (i % 4 !== 0) base.push(...policies(namespace, i));
  return base;
}

function runtime(namespace: string, pods: number): Resource[] {
  const seldon = 'mlops.seldon.io/v1alpha1';
  const servers = pods - 1 - SELDON.length;
  return [
    {
      apiVersion: seldon,
      kind: 'SeldonRuntime',
      metadata: { name: 'seldon', namespace },
      spec: { seldonConfig: 'default', overrides: [] },
    },
    {
      apiVersion: seldon,
      kind: 'Server',
      metadata: { name: 'mlserver', namespace },
      spec: { serverConfig: 'mlserver', replicas: Math.max(servers, 0) },
    },
    ...workload('StatefulSet', namespace, 'seldon-scheduler', 1, { [NAME]: 'seldon-scheduler' }),
    ...SELDON.flatMap((name) => workload('Deployment', namespace, name, 1, { [NAME]: name })),
    ...workload('StatefulSet', namespace, 'mlserver', Math.max(servers, 0), {
      [NAME]: 'seldon-server',
      'seldon-server-name': 'mlserver',
    }),
    service(namespace, 'seldon-scheduler', { [NAME]: 'seldon-scheduler' }, 9004),
    service(namespace, 'seldon-mesh', { [NAME]: 'seldon-envoy' }, 80),
  ];
}

function workload(
  kind: 'Deployment' | 'StatefulSet',
  namespace: string,
  name: string,
  replicas: number,
  labels: Record<string, string>,
): Resource[] {
  const spec = {
    containers: [
      {
        name,
        image: `registry.example/${name}:1`,
        env: [
          { name: 'STORE_HOST', value: `store.${namespace}.svc.cluster.local` },
          { name: 'STORE_PORT', value: '5432' },
          { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        ],
        ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
      },
    ],
  };
  const isSet = kind === 'StatefulSet';
  const owner = isSet ? { kind, name } : { kind: 'ReplicaSet', name: `${name}-7d4f8` };
  const template = { metadata: { labels }, spec };
  const pods = Array.from({ length: replicas }, (_, i) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: isSet ? `${name}-${i}` : `${owner.name}-${String(i).padStart(5, 'x')}`,
      namespace,
      labels,
      ownerReferences: [{ apiVersion: 'apps/v1', ...owner, uid: `${namespace}-${name}`, controller: true }],
    },
    spec,
  }));
  const set = { replicas, selector: { matchLabels: labels }, template };
  return [
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace, labels },
      spec: isSet ? { ...set, serviceName: name } : set,
    },
    ...pods,
  ];
}

function service(namespace: string, name: string, selector: object, port: number): Resource {
  const ports = [{ name: 'main', port, targetPort: port }];
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector, ports } };
}

function policies(namespace: string, i: number): Resource[] {
  const policy = (name: string, spec: object): Resource => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  });
  const from = (name: string) => ({
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
  });
  const friends = [from(namespace), from('seldon-system'), from(`team-${String(i - 1).padStart(3, '0')}`)];
  const dns = { to: [from('kube-system')], ports: [{ protocol: 'UDP', port: 53 }] };
  return [
    policy('from-friends', { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: friends }] }),
    policy('web-only', {
      podSelector: { matchLabels: { app: 'web' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ ports: [{ protocol: 'TCP', port: 8080 }] }],
      egress: [dns, { to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.9.0.0/16'] } }] }],
    }),
  ];
}
