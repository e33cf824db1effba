import { namespaceLabels } from '../../model/cluster.ts';
import type { Review } from '../../model/review.ts';
import { COMPONENT_IDS } from '../../model/seldon-components.ts';
import { assumedEnd, endsIn } from './flow-ends.ts';
import type { FlowEnd } from './flow-ends.ts';
import { mentionsSeldon } from './mentions-seldon.ts';

/**
 * The pods that a NetworkPolicy is judged against: Seldon's in its namespace. Where the picture could not have held any
 * (a file by itself) but the policy names Seldon, those that upstream makes wherever it runs; the controller-manager is
 * among them where operators usually are.
 */
export function endsUnder(
  { object, operation, cluster }: Review,
  operatorNamespaces: readonly string[],
): { readonly ends: readonly FlowEnd[]; readonly assumed: boolean } {
  const ends = endsIn(cluster, object.namespace);
  const couldNotSee = !cluster.sees('SeldonRuntime') && !cluster.sees('Server');
  if (ends.length > 0 || operation === 'DELETE' || !couldNotSee) return { ends, assumed: false };
  if (!mentionsSeldon(object, operatorNamespaces)) return { ends, assumed: false };
  const labels = namespaceLabels(cluster, object.namespace);
  const components = COMPONENT_IDS.filter(
    (id) => id !== 'controller-manager' || operatorNamespaces.includes(object.namespace),
  );
  return { ends: components.map((id) => assumedEnd(id, object.namespace, labels)), assumed: true };
}
