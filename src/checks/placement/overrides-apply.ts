import type { Cluster } from '../../model/cluster.ts';
import { listAt, numberAt, objectAt, stringAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { OPERATOR_CONFIG_KINDS } from '../../model/operator.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { POD_SPEC_SINCE, runtimeBase } from '../../model/runtime-components.ts';
import type { RuntimeBase } from '../../model/runtime-components.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import { isBefore, seldonRelease } from '../../model/seldon-version.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { meantBy } from './override-name.ts';
import { strangeContainers } from './strange-container.ts';

const SCHEDULER = 'seldon-scheduler';
/** The components whose override's serviceType is read (service_reconciler.go:80-95). */
const WITH_SERVICE: readonly string[] = [SCHEDULER, 'seldon-envoy'];
const COMMON = ['runtime', 'name'];

/**
 * Whether each override of a SeldonRuntime does what it says. The operator goes through its SeldonConfig's components and
 * looks for an override of that name (runtime_reconciler.go:283-292): other names are passed over in silence, of two
 * overrides of a name the last counts, and a container that the component does not have is added to it. That is also
 * what a patch by list index leaves behind once the list has changed.
 */
export const overridesApply: Check = {
  name: 'overrides-apply',
  needs: [...new Set<Kind>([...OPERATOR_CONFIG_KINDS, 'Server'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    misspelt: [...COMMON, 'config', 'meant'],
    'unknown-component': [...COMMON, 'config', 'components'],
    'is-a-server': [...COMMON, 'config'],
    overruled: [...COMMON, 'index', 'last'],
    'one-replica': [...COMMON, 'replicas'],
    'no-service': [...COMMON, 'type'],
    'pod-spec-too-early': [...COMMON, 'release'],
    'strange-container': [...COMMON, 'container', 'containers', 'because'],
    /** Seldon's own SeldonConfig says that it is one of the above; the one that it would be told by is not seen. */
    'not-seen': [...COMMON, 'missing', 'because', 'cure'],
  },
  *evaluate({ object: runtime, cluster }): Iterable<Finding> {
    const overrides = listAt(runtime.object, 'spec', 'overrides');
    if (overrides.length === 0) return;
    const base = runtimeBase(runtime, cluster);
    const names = overrides.map((override) => stringAt(override, 'name') ?? '');
    for (const [index, override] of overrides.entries()) {
      const place: Path = ['spec', 'overrides', index];
      const name = names[index] ?? '';
      const subject = { runtime, cluster, base, names, name, override: objectAt(override), place };
      // The API server refuses an override without a name.
      if (name === '') continue;
      if (!base.components.some((component) => component.name === name)) yield notAComponent(subject);
      else if (names.lastIndexOf(name) !== index) yield overruled(subject, index);
      else yield* applied(subject);
    }
  },
};

interface Subject {
  readonly runtime: Manifest;
  readonly cluster: Cluster;
  readonly base: RuntimeBase;
  /** Of all overrides. */
  readonly names: readonly string[];
  readonly name: string;
  readonly override: JsonObject;
  readonly place: Path;
}

const common = ({ runtime, name }: Subject) => ({ runtime: nameOf(runtime), name });
const replace = (path: Path, value: Json): PatchOperation[] => [
  { op: 'replace', path: jsonPointer(path), value },
];

function notAComponent(subject: Subject): Finding {
  const { base, names, name, place } = subject;
  const { config } = base;
  const components = base.components.map((component) => component.name);
  const field = [...place, 'name'];
  const data = {
    ...common(subject),
    config: config === undefined ? "Seldon's own SeldonConfig" : nameOf(config),
  };
  if (isServer(subject)) return { problem: 'is-a-server', field, data, key: `is-a-server ${name}` };
  const meant = meantBy(name, components);
  // Two overrides of one name would be the next fault.
  const fix = meant === undefined || names.includes(meant) ? {} : { fix: replace(field, meant) };
  if (config === undefined) {
    const cure = meant === undefined ? 'remove the override' : `call the override ${meant}`;
    const words = notSeen(subject, "Seldon's own has no component of that name", cure);
    return { ...words, field, key: `not-seen ${name}`, ...fix };
  }
  if (meant !== undefined)
    return { problem: 'misspelt', field, data: { ...data, meant }, key: `misspelt ${name}`, ...fix };
  return {
    problem: 'unknown-component',
    field,
    data: { ...data, components: components.join(', ') || 'none' },
    key: `unknown-component ${name}`,
  };
}

/** What is wrong by Seldon's own SeldonConfig alone. */
function notSeen(subject: Subject, because: string, cure: string): Omit<Finding, 'field'> {
  const missing = subject.base.missing ?? 'its SeldonConfig';
  return { problem: 'not-seen', data: { ...common(subject), missing, because, cure }, unknown: true };
}

/** Whether the name is that of a Server or of what Servers are made from, as in many a SeldonRuntime that works. */
function isServer({ name, runtime, cluster, base }: Subject): boolean {
  return (
    COMPONENTS.server.containers.includes(name) ||
    cluster.get('Server', runtime.namespace, name) !== undefined ||
    cluster.get('ServerConfig', base.config?.namespace ?? runtime.namespace, name) !== undefined
  );
}

function overruled(subject: Subject, index: number): Finding {
  const { names, name, place } = subject;
  return {
    problem: 'overruled',
    field: place,
    data: { ...common(subject), index, last: names.lastIndexOf(name) },
  };
}

function* applied(subject: Subject): Iterable<Finding> {
  const { base, name, override, place } = subject;
  const replicas = numberAt(override, 'replicas');
  if (name === SCHEDULER && replicas !== undefined && replicas > 1)
    yield {
      problem: 'one-replica',
      field: [...place, 'replicas'],
      data: { ...common(subject), replicas },
      fix: replace([...place, 'replicas'], 1),
    };
  const type = stringAt(override, 'serviceType') ?? '';
  if (type !== '' && !WITH_SERVICE.includes(name))
    yield {
      problem: 'no-service',
      field: [...place, 'serviceType'],
      data: { ...common(subject), type },
      fix: [{ op: 'remove', path: jsonPointer([...place, 'serviceType']) }],
    };
  const release = base.config === undefined ? undefined : seldonRelease(subject.cluster);
  if (release !== undefined && isBefore(release, POD_SPEC_SINCE) && isUnread(subject))
    yield {
      problem: 'pod-spec-too-early',
      field: [...place, 'podSpec'],
      data: { ...common(subject), release },
      key: `pod-spec-too-early ${name}`,
    };
  for (const { index, container, containers, because, meant } of strangeContainers(name, override, base)) {
    const field = [...place, 'podSpec', 'containers', index, 'name'];
    const fix = meant === undefined ? {} : { fix: replace(field, meant) };
    const own = containers.join(', ');
    const words =
      base.config === undefined
        ? notSeen(
            subject,
            `Seldon's own ${name} has only ${own}, not ${container}`,
            `name the container ${own}`,
          )
        : { problem: 'strange-container', data: { ...common(subject), container, containers: own, because } };
    yield { ...words, field, key: `strange-container ${name} ${container}`, ...fix };
  }
}

/** A podSpec for a component that runs as a StatefulSet, because it has volumeClaimTemplates. */
function isUnread({ base, name, override }: Subject): boolean {
  const definition = base.components.find((component) => component.name === name);
  return (
    Object.keys(objectAt(override, 'podSpec')).length > 0 &&
    listAt(definition?.object, 'volumeClaimTemplates').length > 0
  );
}
