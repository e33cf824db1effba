import { nameOf } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import { podTemplatesOf } from '../../model/workload.ts';
import type { Finding } from '../../policy/check.ts';
import { askedBy, componentsIn, refusedBy, refusedWords, unstatedBy } from './refused-pods.ts';

/** The pods that a Server, a SeldonRuntime or a workload makes, under the quotas of its namespace. */
export function* podFindings({ object, cluster }: Review): Iterable<Finding> {
  const quotas = cluster.list('ResourceQuota', object.namespace);
  if (quotas.length === 0) return;
  const templates = podTemplatesOf(object, cluster).filter(({ component }) => component !== undefined);
  for (const quota of quotas) {
    const asked = askedBy(quota, cluster);
    const pods = refusedBy(quota, asked, templates);
    const refused = pods.filter(({ missing }) => missing === undefined);
    const [first] = pods;
    if (refused.length === 0 && asked.length > 0 && first?.missing !== undefined)
      yield {
        problem: 'not-seen',
        field: first.template.path,
        data: {
          quota: nameOf(quota),
          unstated: asked.join(', '),
          because: `${first.missing} is not among the objects seen`,
        },
        key: `not-seen ${quota.name}`,
        unknown: true,
      };
    if (refused.length > 0)
      yield {
        problem: 'refused-pods',
        field: refused[0]?.template.path ?? [],
        data: {
          object: nameOf(object),
          quota: nameOf(quota),
          namespace: object.namespace,
          ...refusedWords(refused),
        },
        key: `${quota.name} ${unstatedBy(refused).join()}`,
      };
  }
}

/** What a LimitRange no longer gives once it is gone or changed. */
export function* rangeFindings({ object: range, cluster, before }: Review): Iterable<Finding> {
  const { namespace } = range;
  for (const quota of cluster.list('ResourceQuota', namespace)) {
    const earlier = before === undefined ? [] : askedBy(quota, before);
    const asked = askedBy(quota, cluster).filter((compute) => !earlier.includes(compute));
    const refused = refusedBy(quota, asked, componentsIn(cluster, namespace)).filter(
      ({ missing }) => missing === undefined,
    );
    if (refused.length > 0)
      yield {
        problem: 'default-gone',
        field: ['spec', 'limits'],
        data: { range: nameOf(range), quota: nameOf(quota), namespace, ...refusedWords(refused) },
        key: `${quota.name} ${unstatedBy(refused).join()}`,
      };
  }
}
