import type { Cluster } from './cluster.ts';
import { isObject, listAt, numberAt, objectAt, stringAt, stringsAt } from './json.ts';
import type { Json, JsonObject, Path } from './json.ts';
import type { Kind } from './kinds.ts';
import { annotationsOf, labelsOf } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { configFor, operatorHome, OPERATOR_CONFIG_KINDS } from './operator.ts';
import type { OperatorHome } from './operator.ts';
import { mergePodSpecs } from './pod-merge.ts';
import {
  componentsIn,
  overrideOf,
  POD_SPEC_SINCE,
  runtimeBase,
  switchedOffBy,
} from './runtime-components.ts';
import type { ComponentDefinition } from './runtime-components.ts';
import {
  componentOf,
  COMPONENTS,
  NAME_LABEL,
  POD_INDEX_LABEL,
  POD_NAME_LABEL,
  runtimeComponent,
  SERVER_LABEL_VALUE,
  SERVER_NAME_LABEL,
} from './seldon-components.ts';
import type { ComponentId } from './seldon-components.ts';
import { isBefore } from './seldon-version.ts';

type Strings = Readonly<Record<string, string>>;

/** The pods that a manifest makes, one template for each sort of pod. */
export type PodTemplates = readonly PodTemplate[];

/** One sort of pod that a manifest makes, as it will be once everything that has a say in it is laid together. */
export interface PodTemplate {
  /**
   * Where the manifest speaks of this pod's spec. The field may be absent there (a Server without podSpec). A
   * component that a SeldonRuntime does not override is spoken of where the SeldonConfig is named.
   */
  readonly path: Path;
  /** The labels that the pods will carry, as far as they can be foretold: a StatefulSet's are those of its first pod. */
  readonly labels: Strings;
  readonly annotations: Strings;
  readonly namespace: string;
  /** The effective pod spec. */
  readonly spec: JsonObject;
  readonly component: ComponentId | undefined;
  /** What makes the pods: the object that a person wrote. */
  readonly workload: { readonly kind: string; readonly name: string };
  /** The name of the Deployment, StatefulSet ... that the pods belong to. */
  readonly name: string;
  /** What has a say in the pod and is not in the picture ("ServerConfig seldon-system/mlserver"): `spec` is a fragment. */
  readonly missing: string | undefined;
  /** The configuration that the manifest is laid over, and where the pod spec stands in it. */
  readonly base: { readonly manifest: Manifest; readonly path: Path } | undefined;
}

/** The kinds that `podTemplatesOf` reads beside the manifest itself. */
export const POD_TEMPLATE_KINDS: readonly Kind[] = OPERATOR_CONFIG_KINDS;

/** The keys that the operator does not hand down (MergeMaps, operator/pkg/utils/utils.go:38-54). */
const BOOKKEEPING: readonly string[] = [
  'meta.helm.sh/release-name',
  'meta.helm.sh/release-namespace',
  'kubectl.kubernetes.io/last-applied-configuration',
];

/** Labels or annotations laid together as the operator does: the first that has a key decides. */
function handedDown(...maps: readonly Strings[]): Strings {
  const entries = maps.toReversed().flatMap((map) => Object.entries(map));
  return Object.fromEntries(entries.filter(([key]) => !BOOKKEEPING.includes(key)));
}

/** What Kubernetes adds to the labels of a StatefulSet's first pod. */
function firstPod(name: string, statefulSet?: JsonObject): Strings {
  const ordinal = String(numberAt(statefulSet, 'spec', 'ordinals', 'start') ?? 0);
  return { [POD_NAME_LABEL]: `${name}-${ordinal}`, [POD_INDEX_LABEL]: ordinal };
}

/** What Kubernetes adds to the labels of the pods of a workload, where it can be foretold. */
function addedLabels(manifest: Manifest): Strings {
  if (manifest.known === 'StatefulSet') return firstPod(manifest.name, manifest.object);
  // batch/v1 JobNameLabel, and its older form without a prefix.
  if (manifest.known === 'Job')
    return { 'batch.kubernetes.io/job-name': manifest.name, 'job-name': manifest.name };
  return {};
}

function ownTemplate(manifest: Manifest, template: Path): PodTemplates {
  const spec = objectAt(manifest.object, ...template, 'spec');
  const labels = {
    ...stringsAt(manifest.object, ...template, 'metadata', 'labels'),
    ...addedLabels(manifest),
  };
  return [
    {
      path: [...template, 'spec'],
      labels,
      annotations: stringsAt(manifest.object, ...template, 'metadata', 'annotations'),
      namespace: manifest.namespace,
      spec,
      component: componentOf(labels, spec),
      workload: { kind: manifest.kind, name: manifest.name },
      name: manifest.name,
      missing: undefined,
      base: undefined,
    },
  ];
}

/** The variable by which an agent is told its capabilities; the operator rewrites it for a Server. */
export const CAPABILITIES = 'SELDON_SERVER_CAPABILITIES';

/**
 * The spec with SELDON_SERVER_CAPABILITIES rewritten in every container that has it (updateCapabilities,
 * operator/controllers/reconcilers/server/server_reconciler.go:100-117): `capabilities` replace it, else
 * `extraCapabilities` follow after a comma.
 */
function withCapabilities(spec: JsonObject, server: JsonObject): JsonObject {
  const strings = (field: string): readonly string[] =>
    listAt(server, 'spec', field).filter((each) => typeof each === 'string');
  const [own, extra] = [strings('capabilities'), strings('extraCapabilities')];
  if (own.length === 0 && extra.length === 0) return spec;
  const rewritten = (entry: Json): Json => {
    if (stringAt(entry, 'name') !== CAPABILITIES) return entry;
    const value = own.length > 0 ? own : [stringAt(entry, 'value') ?? '', ...extra];
    return { name: CAPABILITIES, value: value.join(',') };
  };
  const containers = listAt(spec, 'containers').map((container) =>
    isObject(container) && listAt(container, 'env').length > 0
      ? { ...container, env: listAt(container, 'env').map(rewritten) }
      : container,
  );
  return { ...spec, containers };
}

const SERVER_PATH: Path = ['spec', 'podSpec'];

/**
 * The pods of a Server: its podSpec over its ServerConfig's (server_reconciler.go:119-147), the Server's labels over
 * the ServerConfig's, and the operator's own over both (statefulset_reconciler.go:48-49,68-72).
 */
function serverTemplates(manifest: Manifest, cluster: Cluster, operator: OperatorHome): PodTemplates {
  const { object, name, namespace } = manifest;
  const { config, missing } = configFor(
    cluster,
    'ServerConfig',
    stringAt(object, 'spec', 'serverConfig') ?? '',
    operator,
  );
  const below = config === undefined ? [{}, {}] : [labelsOf(config), annotationsOf(config)];
  const spec = mergePodSpecs(objectAt(config?.object, ...SERVER_PATH), objectAt(object, ...SERVER_PATH));
  return [
    {
      path: SERVER_PATH,
      labels: {
        ...handedDown(labelsOf(manifest), below[0] ?? {}),
        [SERVER_NAME_LABEL]: name,
        [NAME_LABEL]: SERVER_LABEL_VALUE,
        ...(operator.serversBecome === 'StatefulSet' ? firstPod(name) : {}),
      },
      annotations: handedDown(annotationsOf(manifest), below[1] ?? {}),
      namespace,
      spec: withCapabilities(spec, object),
      component: 'server',
      workload: { kind: manifest.kind, name },
      name,
      missing,
      base: config === undefined ? undefined : { manifest: config, path: SERVER_PATH },
    },
  ];
}

/** The base that Servers are laid over, taken for itself. */
function serverConfigTemplates(manifest: Manifest): PodTemplates {
  return [
    {
      path: SERVER_PATH,
      labels: { ...handedDown(labelsOf(manifest)), [NAME_LABEL]: SERVER_LABEL_VALUE },
      annotations: handedDown(annotationsOf(manifest)),
      namespace: manifest.namespace,
      spec: objectAt(manifest.object, ...SERVER_PATH),
      component: 'server',
      workload: { kind: manifest.kind, name: manifest.name },
      name: manifest.name,
      missing: undefined,
      base: undefined,
    },
  ];
}

/** With volumeClaimTemplates it is a StatefulSet (runtime_reconciler.go:308); unseen, as upstream has it. */
function isStatefulSet(definition: ComponentDefinition): boolean {
  if (definition.index !== undefined) return listAt(definition.object, 'volumeClaimTemplates').length > 0;
  const component = runtimeComponent(definition.name);
  return component !== undefined && COMPONENTS[component].kind === 'StatefulSet';
}

function definitionPath(definition: ComponentDefinition): Path {
  return ['spec', 'components', definition.index ?? 0, 'podSpec'];
}

/**
 * The labels and annotations of a component's pods: the component's over the SeldonRuntime's over the SeldonConfig's
 * (deployment_reconciler.go:43-46), and the operator's own name label over all of them (:77-78).
 */
function componentMetadata(
  definition: ComponentDefinition,
  owners: readonly Manifest[],
): { labels: Strings; annotations: Strings } {
  const { name, object } = definition;
  return {
    labels: {
      ...handedDown(stringsAt(object, 'labels'), ...owners.map(labelsOf)),
      [NAME_LABEL]: name,
      ...(isStatefulSet(definition) ? firstPod(name) : {}),
    },
    annotations: handedDown(stringsAt(object, 'annotations'), ...owners.map(annotationsOf)),
  };
}

/** The components as a SeldonConfig writes them, before any SeldonRuntime has a say. */
function seldonConfigTemplates(manifest: Manifest): PodTemplates {
  return componentsIn(manifest).map((definition) => ({
    path: definitionPath(definition),
    ...componentMetadata(definition, [manifest]),
    namespace: manifest.namespace,
    spec: objectAt(definition.object, 'podSpec'),
    component: runtimeComponent(definition.name),
    workload: { kind: manifest.kind, name: manifest.name },
    name: definition.name,
    missing: undefined,
    base: undefined,
  }));
}

/** In earlier releases the pods of a StatefulSet are the SeldonConfig's alone (statefulset_reconciler.go@2.8.5). */
function ignoresPodSpec(definition: ComponentDefinition, { release }: OperatorHome): boolean {
  return isStatefulSet(definition) && release !== undefined && isBefore(release, POD_SPEC_SINCE);
}

/**
 * The components that a SeldonRuntime brings (NewSeldonRuntimeReconciler, runtime_reconciler.go:268-345): those of
 * its SeldonConfig, each under its override. Of several overrides of a name the last counts (:283-286), names that
 * are no component are passed over, `disable` and `replicas: 0` leave no pods, and the SeldonConfig's own replicas
 * do not count (:251-257). Without the SeldonConfig in sight, upstream's components are taken.
 */
function runtimeTemplates(manifest: Manifest, cluster: Cluster, operator: OperatorHome): PodTemplates {
  const { config, missing, components } = runtimeBase(manifest, cluster, operator);
  return components.flatMap((definition) => {
    const override = overrideOf(manifest, definition.name);
    if (switchedOffBy(override) !== undefined) return [];
    return [
      {
        path:
          override === undefined
            ? ['spec', 'seldonConfig']
            : ['spec', 'overrides', override.index, 'podSpec'],
        ...componentMetadata(definition, config === undefined ? [manifest] : [manifest, config]),
        namespace: manifest.namespace,
        spec: mergePodSpecs(
          definition.object['podSpec'],
          ignoresPodSpec(definition, operator) ? undefined : override?.object['podSpec'],
        ),
        component: runtimeComponent(definition.name),
        workload: { kind: manifest.kind, name: manifest.name },
        name: definition.name,
        missing,
        base: config === undefined ? undefined : { manifest: config, path: definitionPath(definition) },
      },
    ];
  });
}

/** The pods that a manifest makes. Kinds that make none have none. */
export function podTemplatesOf(manifest: Manifest, cluster: Cluster): PodTemplates {
  switch (manifest.known) {
    case 'Pod':
      return ownTemplate(manifest, []);
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return ownTemplate(manifest, ['spec', 'template']);
    case 'CronJob':
      return ownTemplate(manifest, ['spec', 'jobTemplate', 'spec', 'template']);
    case 'Server':
    case 'SeldonRuntime':
      return operatorTemplatesOf(manifest, cluster, operatorHome(cluster, manifest.namespace));
    case 'ServerConfig':
      return serverConfigTemplates(manifest);
    case 'SeldonConfig':
      return seldonConfigTemplates(manifest);
    default:
      return [];
  }
}

/** The pods that the operator makes of a Server or SeldonRuntime, for an operator whose namespace is known. */
export function operatorTemplatesOf(
  manifest: Manifest,
  cluster: Cluster,
  operator: OperatorHome,
): PodTemplates {
  if (manifest.known === 'Server') return serverTemplates(manifest, cluster, operator);
  if (manifest.known === 'SeldonRuntime') return runtimeTemplates(manifest, cluster, operator);
  return [];
}
