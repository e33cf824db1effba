import { listAt, stringAt } from './json.ts';
import type { JsonObject } from './json.ts';

/** A part of a Seldon Core v2 installation that runs as pods. */
export type ComponentId =
  | 'controller-manager'
  | 'seldon-scheduler'
  | 'seldon-envoy'
  | 'seldon-modelgateway'
  | 'seldon-pipelinegateway'
  | 'seldon-dataflow-engine'
  | 'hodometer'
  | 'server';

/** A port that a component's container declares. */
export interface ComponentPort {
  readonly name: string;
  readonly port: number;
  readonly container: string;
  /** The first release that declares it, where that is later than 2.8. */
  readonly since?: string;
}

/** What upstream fixes about a component; a user's manifest may add to it. */
export interface ComponentFacts {
  readonly kind: 'Deployment' | 'StatefulSet';
  /** The workload's name; undefined for Server pods, whose workload is called as the Server. */
  readonly name: string | undefined;
  /** The labels by which the component's workload selects its pods. */
  readonly labels: Readonly<Record<string, string>>;
  /** The containers, the one that gives the component its purpose first. */
  readonly containers: readonly string[];
  readonly ports: readonly ComponentPort[];
}

/** The label that names a component (operator/pkg/constants/constants.go:38). */
export const NAME_LABEL = 'app.kubernetes.io/name';
/** The label that carries the name of the Server a pod belongs to (operator/pkg/constants/constants.go:40). */
export const SERVER_NAME_LABEL = 'seldon-server-name';
/** The value of the name label on Server pods (operator/pkg/constants/constants.go:39). */
export const SERVER_LABEL_VALUE = 'seldon-server';
/** The label of the controller-manager's pods (k8s/yaml/components.yaml:256-270). */
export const CONTROL_PLANE_LABEL = 'control-plane';
/** The label that Kubernetes puts on each pod of a StatefulSet (apps/v1, StatefulSetPodNameLabel). */
export const POD_NAME_LABEL = 'statefulset.kubernetes.io/pod-name';
/** The label with a StatefulSet pod's ordinal, from Kubernetes 1.28 (apps/v1, PodIndexLabel). */
export const POD_INDEX_LABEL = 'apps.kubernetes.io/pod-index';

const ports = (
  container: string,
  byName: Readonly<Record<string, number>>,
  since?: string,
): readonly ComponentPort[] =>
  Object.entries(byName).map(([name, port]) => ({
    name,
    port,
    container,
    ...(since === undefined ? {} : { since }),
  }));
const named = (name: string): Readonly<Record<string, string>> => ({ [NAME_LABEL]: name });

/**
 * The components as the operator and the chart make them: names operator/apis/mlops/v1alpha1/seldonconfig_types.go:26-31,
 * labels operator/pkg/constants/constants.go:38-44, containers and ports k8s/yaml/components.yaml (v2.9.1 and v2.10.2).
 */
export const COMPONENTS: Readonly<Record<ComponentId, ComponentFacts>> = {
  // Health (8081), metrics (4000) and the webhook server (9443) listen without being declared (operator/main.go:111,147).
  'controller-manager': {
    kind: 'Deployment',
    name: 'seldon-v2-controller-manager',
    labels: { [CONTROL_PLANE_LABEL]: 'v2-controller-manager' },
    containers: ['manager'],
    ports: [],
  },
  // A StatefulSet because it has volumeClaimTemplates (operator/controllers/reconcilers/seldon/runtime_reconciler.go:308).
  'seldon-scheduler': {
    kind: 'StatefulSet',
    name: 'seldon-scheduler',
    labels: named('seldon-scheduler'),
    containers: ['scheduler'],
    ports: [
      ...ports('scheduler', {
        xds: 9002,
        scheduler: 9004,
        'scheduler-mtls': 9044,
        agent: 9005,
        'agent-mtls': 9055,
        dataflow: 9008,
      }),
      ...ports('scheduler', { health: 9999 }, '2.10'),
    ],
  },
  'seldon-envoy': {
    kind: 'Deployment',
    name: 'seldon-envoy',
    labels: named('seldon-envoy'),
    containers: ['envoy'],
    ports: ports('envoy', { http: 9000, 'envoy-stats': 9003 }),
  },
  'seldon-modelgateway': {
    kind: 'Deployment',
    name: 'seldon-modelgateway',
    labels: named('seldon-modelgateway'),
    containers: ['modelgateway'],
    ports: ports('modelgateway', { health: 9999 }, '2.10'),
  },
  'seldon-pipelinegateway': {
    kind: 'Deployment',
    name: 'seldon-pipelinegateway',
    labels: named('seldon-pipelinegateway'),
    containers: ['pipelinegateway'],
    ports: [
      ...ports('pipelinegateway', { http: 9010, grpc: 9011, metrics: 9006 }),
      ...ports('pipelinegateway', { health: 9999 }, '2.10'),
    ],
  },
  'seldon-dataflow-engine': {
    kind: 'Deployment',
    name: 'seldon-dataflow-engine',
    labels: named('seldon-dataflow-engine'),
    containers: ['dataflow-engine'],
    ports: ports('dataflow-engine', { health: 8000 }, '2.10'),
  },
  hodometer: {
    kind: 'Deployment',
    name: 'hodometer',
    labels: named('hodometer'),
    containers: ['hodometer'],
    ports: [],
  },
  // Named after its Server; the inference server is `mlserver` or `triton` (k8s/yaml/components.yaml@2.9.1:996-1471).
  server: {
    kind: 'StatefulSet',
    name: undefined,
    labels: named(SERVER_LABEL_VALUE),
    containers: ['agent', 'rclone', 'mlserver', 'triton'],
    ports: [
      ...ports('rclone', { rclone: 5572 }),
      ...ports('agent', { grpc: 9501, http: 9001, metrics: 9006 }),
      ...ports('agent', { 'readiness-port': 9008 }, '2.9.1'),
      ...ports('mlserver', { 'server-grpc': 9500, 'server-http': 9000, 'server-metrics': 8082 }),
      ...ports('triton', { 'server-grpc': 9500, 'server-http': 9000, 'server-metrics': 8002 }),
    ],
  },
};

/** Every component. */
export const COMPONENT_IDS = Object.keys(COMPONENTS) as readonly ComponentId[];

const BY_LABEL: ReadonlyMap<string, ComponentId> = new Map(
  COMPONENT_IDS.flatMap((id) =>
    Object.entries(COMPONENTS[id].labels).map(([key, value]) => [`${key}=${value}`, id] as const),
  ),
);

/** The components that a SeldonRuntime brings to its namespace, when its SeldonConfig is upstream's. */
export const RUNTIME_COMPONENTS: readonly ComponentId[] = COMPONENT_IDS.filter(
  (id) => id !== 'controller-manager' && id !== 'server',
);

/** The component that an entry of SeldonConfig `spec.components`, or an override of a SeldonRuntime, names. */
export function runtimeComponent(name: string): ComponentId | undefined {
  return RUNTIME_COMPONENTS.find((id) => id === name);
}

/**
 * The component whose pods carry these labels. Pods of a hand-made workload count as Server pods when they carry
 * the Server's name alone, or (given their spec) when an agent and an MLServer run in them side by side.
 */
export function componentOf(
  podLabels: Readonly<Record<string, string>>,
  podSpec?: JsonObject,
): ComponentId | undefined {
  const value = (key: string): string => (Object.hasOwn(podLabels, key) ? (podLabels[key] ?? '') : '');
  const labelled = BY_LABEL.get(`${NAME_LABEL}=${value(NAME_LABEL)}`);
  if (labelled !== undefined) return labelled;
  const controller = BY_LABEL.get(`${CONTROL_PLANE_LABEL}=${value(CONTROL_PLANE_LABEL)}`);
  if (controller !== undefined) return controller;
  if (Object.hasOwn(podLabels, SERVER_NAME_LABEL)) return 'server';
  const containers = listAt(podSpec, 'containers').map((container) => stringAt(container, 'name'));
  return containers.includes('agent') && (containers.includes('mlserver') || containers.includes('triton'))
    ? 'server'
    : undefined;
}
