import type { Compute } from '../../model/compute.ts';
import { objectAt } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { OPERATOR_CONFIG_KINDS } from '../../model/operator.ts';
import type { PatchOperation } from '../../model/patch.ts';
import { jsonPointer } from '../../model/path.ts';
import { demandedBy } from '../../model/quota.ts';
import type { Review } from '../../model/review.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { injectorsUnder } from './injected-pods.ts';
import type { Injector } from './injected-pods.ts';
import { podFindings, rangeFindings } from './pods-under-quota.ts';
import { askedBy, componentsIn, refusedBy, refusedWords, unstatedBy } from './refused-pods.ts';

/** What the policy's document says. */
interface QuotaAdmitsParams {
  readonly injectors?: readonly Injector[];
}

/**
 * Whether a ResourceQuota lets the pods of Seldon's components in: what it counts of cpu and memory every container must
 * state, or a LimitRange for it. At rest the quota answers for the pods, so that it is told once; when a Server or a
 * SeldonRuntime comes to a namespace that has a quota, or a LimitRange goes, those are told.
 */
export const quotaAdmits: Check<QuotaAdmitsParams> = {
  name: 'quota-admits',
  needs: [
    ...new Set<Kind>([
      ...OPERATOR_CONFIG_KINDS,
      'StatefulSet',
      'Server',
      'SeldonRuntime',
      'ResourceQuota',
      'LimitRange',
      'ConfigMap',
    ]),
  ],
  // Argo Workflows is in a namespace of its own, which may be any.
  configMaps: ({ injectors = [] }) => injectors.map(({ settings }) => ({ name: settings })),
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      injectors: {
        type: 'array',
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['counted', 'by', 'containers', 'settings'],
          properties: {
            counted: { type: 'string', minLength: 1 },
            by: { type: 'string', minLength: 1 },
            containers: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
            settings: { type: 'string', minLength: 1 },
          },
        },
      },
    },
  },
  problems: {
    refused: ['quota', 'unstated', 'pods', 'containers', 'namespace'],
    injected: ['quota', 'unstated', 'by', 'containers', 'namespace', 'settings'],
    'not-seen': ['quota', 'unstated', 'because'],
    /** The other side: what comes to a namespace with a quota, or goes from it. */
    'refused-pods': ['object', 'quota', 'unstated', 'pods', 'containers', 'namespace'],
    'default-gone': ['range', 'quota', 'unstated', 'pods', 'containers', 'namespace'],
  },
  evaluate(review, { injectors = [] }): Iterable<Finding> {
    const { object, operation } = review;
    if (object.known === 'ResourceQuota') return quotaFindings(review, injectors);
    if (operation === 'NONE') return [];
    return object.known === 'LimitRange' ? rangeFindings(review) : podFindings(review);
  },
};

function* quotaFindings(review: Review, injectors: readonly Injector[]): Iterable<Finding> {
  const { object: quota, cluster } = review;
  const { namespace } = quota;
  const asked = askedBy(quota, cluster);
  if (asked.length === 0) return;
  const components = componentsIn(cluster, namespace);
  const pods = refusedBy(quota, asked, components);
  const refused = pods.filter(({ missing }) => missing === undefined);
  const field = ['spec', 'hard'];
  if (refused.length > 0) {
    const unstated = unstatedBy(refused);
    yield {
      problem: 'refused',
      field,
      data: { quota: nameOf(quota), namespace, ...refusedWords(refused) },
      key: `refused ${unstated.join()}`,
      ...without(quota, unstated),
    };
  } else if (pods[0] !== undefined || (components.length === 0 && isForSeldon(review)))
    yield {
      problem: 'not-seen',
      field,
      data: {
        quota: nameOf(quota),
        unstated: asked.join(', '),
        because:
          pods[0]?.missing === undefined
            ? `nothing of Seldon's in namespace ${namespace} is among the objects seen`
            : `${pods[0].missing} is not among the objects seen`,
      },
      key: 'not-seen',
      unknown: true,
    };
  for (const { by, containers, settings } of injectorsUnder(quota, asked, injectors, cluster))
    yield {
      problem: 'injected',
      field,
      data: {
        quota: nameOf(quota),
        unstated: asked.join(', '),
        by,
        containers: containers.join(' and '),
        namespace,
        settings,
      },
      key: `injected ${by}`,
    };
}

/** A quota that counts objects of Seldon's is for a namespace that Seldon runs in, where that cannot be seen. */
function isForSeldon({ object, cluster }: Review): boolean {
  const names = Object.keys(objectAt(object.object, 'spec', 'hard'));
  const isSeen = cluster.sees('SeldonRuntime') && cluster.sees('Server');
  return !isSeen && names.some((name) => name.endsWith('.mlops.seldon.io'));
}

/** The quota without what the pods do not state, where it still counts something then. */
function without(quota: Manifest, unstated: readonly Compute[]): { fix?: readonly PatchOperation[] } {
  const names = Object.keys(objectAt(quota.object, 'spec', 'hard'));
  const gone = names.filter((name) => demandOf(name, quota).some((compute) => unstated.includes(compute)));
  if (gone.length === names.length) return {};
  return { fix: gone.map((name) => ({ op: 'remove', path: jsonPointer(['spec', 'hard', name]) })) };
}

function demandOf(name: string, quota: Manifest): readonly Compute[] {
  return demandedBy({ ...quota, object: { spec: { hard: { [name]: '1' } } } });
}
