import type { Kind } from '../../model/kinds.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Finding } from '../../policy/check.ts';
import { apiVersionOf, SCALABLE, TARGET_PATH } from './scale-target.ts';
import type { ScaleTarget } from './scale-target.ts';

/** Groups of Kubernetes and Seldon: what is not among their kinds is nobody's. */
export const OWN_GROUPS: ReadonlySet<string> = new Set([
  '',
  'apps',
  'batch',
  'extensions',
  'mlops.seldon.io',
]);

/** An autoscaler reads and writes the scale subresource of what it is told to scale. */
export function notScalable(
  { kind, group }: ScaleTarget,
  known: Kind | undefined,
): Omit<Finding, 'field' | 'key'> | undefined {
  const problem = 'not-scalable';
  if (known !== undefined) {
    const because = `a ${kind} has no scale subresource`;
    return { problem, data: { because, cure: 'a Server, a Model, a Deployment or a StatefulSet' } };
  }
  const meant = SCALABLE.find((each) => each === kind);
  if (meant === undefined || !OWN_GROUPS.has(group)) return undefined;
  const value = apiVersionOf(meant);
  const because = `${group === '' ? 'the core API group' : `API group ${group}`} has no ${kind}`;
  return {
    problem,
    data: { because, cure: `the ${kind} of ${value}` },
    fix: [{ op: 'add', path: jsonPointer([...TARGET_PATH, 'apiVersion']), value }],
  };
}
