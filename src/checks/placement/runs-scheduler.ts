import type { Cluster } from '../../model/cluster.ts';
import { at } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import { overrideOf, runtimeBase, switchedOffBy } from '../../model/runtime-components.ts';
import { seldonPodsIn, SELDON_POD_KINDS } from '../../model/seldon-pods.ts';
import type { Check, Finding } from '../../policy/check.ts';

const SCHEDULER = 'seldon-scheduler';
/** What does nothing without a scheduler in its namespace. */
const CLIENTS = ['Server', 'Model', 'Pipeline'] as const satisfies readonly Kind[];

/**
 * Whether a namespace has one SeldonRuntime, and a scheduler. The controller dials `seldon-scheduler.<namespace of the
 * object>` and nothing else (operator/scheduler/client.go:88-90), envoy's xDS host is baked into its image
 * (scheduler/config/envoy.yaml:9-13), and every name that a SeldonRuntime makes is a constant: two in one namespace
 * write the same objects. At rest the SeldonRuntime answers for what its namespace lacks, so that it is told once.
 */
export const runsScheduler: Check = {
  name: 'runs-scheduler',
  needs: [...new Set<Kind>([...SELDON_POD_KINDS, ...CLIENTS])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'scheduler-off': ['runtime', 'namespace', 'because', 'cure'],
    'second-runtime': ['runtime', 'other', 'namespace'],
    'no-scheduler': ['object', 'namespace', 'because'],
    'not-seen': ['object', 'namespace'],
  },
  evaluate(review): Iterable<Finding> {
    return review.object.known === 'SeldonRuntime' ? runtimeFindings(review) : clientFindings(review);
  },
};

function* runtimeFindings({ object: runtime, cluster }: Review): Iterable<Finding> {
  const { namespace } = runtime;
  const off = schedulerOff(runtime, cluster);
  if (off !== undefined && !isParked(runtime, cluster))
    yield {
      problem: 'scheduler-off',
      field: off.field,
      data: { runtime: nameOf(runtime), namespace, because: off.because, cure: off.cure },
      key: 'scheduler-off',
      ...(off.fix === undefined ? {} : { fix: off.fix }),
    };
  for (const other of cluster.list('SeldonRuntime', namespace))
    if (other.name !== runtime.name && !isLeaving(other))
      yield {
        problem: 'second-runtime',
        field: ['metadata', 'name'],
        data: { runtime: nameOf(runtime), other: nameOf(other), namespace },
        key: `second-runtime ${other.name}`,
      };
}

interface SchedulerOff {
  readonly field: Path;
  readonly because: string;
  readonly cure: string;
  readonly fix: readonly PatchOperation[] | undefined;
}

/** Why a SeldonRuntime brings no scheduler; undefined where it brings one. */
function schedulerOff(runtime: Manifest, cluster: Cluster): SchedulerOff | undefined {
  const override = overrideOf(runtime, SCHEDULER);
  const by = switchedOffBy(override);
  if (override !== undefined && by !== undefined) {
    const { index, object } = override;
    const place: Path = ['spec', 'overrides', index];
    const wrong = [
      ...(object['disable'] === true ? [{ field: 'disable', value: false }] : []),
      ...(object['replicas'] === 0 ? [{ field: 'replicas', value: 1 }] : []),
    ];
    return {
      field: [...place, by],
      because: by === 'disable' ? 'its override disables it' : 'its override sets replicas to 0',
      cure: `${wrong.map(({ field, value }) => `${field} to ${value}`).join(' and ')} in its override of ${SCHEDULER}`,
      fix: wrong.map(({ field, value }) => ({
        op: 'replace',
        path: jsonPointer([...place, field]),
        value,
      })),
    };
  }
  const { config, components } = runtimeBase(runtime, cluster);
  if (config === undefined || components.some(({ name }) => name === SCHEDULER)) return undefined;
  return {
    field: ['spec', 'seldonConfig'],
    because: `${nameOf(config)} has no component ${SCHEDULER}`,
    cure: `seldonConfig to one that has a component ${SCHEDULER}`,
    fix: undefined,
  };
}

/** Everything is switched off, and nothing that would miss it is there: a namespace put to rest. */
function isParked(runtime: Manifest, cluster: Cluster): boolean {
  const nobodyAsks = CLIENTS.every(
    (kind) => cluster.sees(kind) && cluster.list(kind, runtime.namespace).length === 0,
  );
  return (
    nobodyAsks &&
    runtimeBase(runtime, cluster).components.every(
      ({ name }) => switchedOffBy(overrideOf(runtime, name)) !== undefined,
    )
  );
}

/** On its way out, so that the next one may come. */
function isLeaving(runtime: Manifest): boolean {
  return typeof at(runtime.object, 'metadata', 'deletionTimestamp') === 'string';
}

function* clientFindings({ object, cluster, operation }: Review): Iterable<Finding> {
  const { namespace } = object;
  if (seldonPodsIn(cluster, namespace).some(({ component }) => component === SCHEDULER)) return;
  const common = { field: ['metadata', 'namespace'], data: { object: nameOf(object), namespace } };
  if (!cluster.sees('SeldonRuntime'))
    return yield { ...common, problem: 'not-seen', key: 'not-seen', unknown: true };
  const [runtime] = cluster.list('SeldonRuntime', namespace);
  if (runtime !== undefined && operation === 'NONE') return;
  const because =
    runtime === undefined
      ? 'the namespace has no SeldonRuntime'
      : `${nameOf(runtime)} switches ${SCHEDULER} off`;
  yield { ...common, problem: 'no-scheduler', data: { ...common.data, because }, key: 'no-scheduler' };
}
