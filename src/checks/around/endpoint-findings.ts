import type { Cluster } from '../../model/cluster.ts';
import { listAt, stringAt, stringsAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { annotationsOf, labelsOf, nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import type { Finding } from '../../policy/check.ts';
import { isWhole } from '../reach/whole-cluster.ts';

/** What the controllers of Kubernetes put on the endpoints that they keep (EndpointSlice, "Management"). */
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const BY_KUBERNETES = /-controller\.k8s\.io$/;
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * Whether endpoints that are written by hand lead to pods: "The endpoint IPs cannot be the cluster IPs of other Kubernetes
 * Services, because kube-proxy doesn't support virtual IPs as a destination" (Services without selectors), and the Endpoints
 * of a Service with a selector are kept by a controller, which writes over them.
 */
export function* endpointFindings(review: Review): Iterable<Finding> {
  const { object: endpoints, cluster } = review;
  if (isKept(endpoints)) return;
  for (const { address, field } of addressesIn(endpoints)) {
    const service = virtualOwner(cluster, address);
    if (service !== undefined)
      yield {
        problem: 'service-address',
        field,
        data: { endpoints: nameOf(endpoints), address, service: nameOf(service) },
        key: `service-address ${address}`,
      };
  }
  // Slices of others stand beside those that Kubernetes keeps.
  const service =
    endpoints.known === 'Endpoints' ? cluster.get('Service', endpoints.namespace, endpoints.name) : undefined;
  if (service !== undefined && Object.keys(stringsAt(service.object, 'spec', 'selector')).length > 0)
    yield {
      problem: 'kept-endpoints',
      field: ['metadata', 'name'],
      data: { endpoints: nameOf(endpoints), service: nameOf(service) },
      key: 'kept-endpoints',
      // A patch that is applied later may take the selector away.
      ...(isWhole(review, 'Service') ? {} : { effect: 'warn' as const }),
    };
}

function isKept(endpoints: Manifest): boolean {
  return (
    BY_KUBERNETES.test(labelsOf(endpoints)[MANAGED_BY] ?? '') ||
    annotationsOf(endpoints)[LAST_CHANGE] !== undefined
  );
}

function addressesIn({ object, known }: Manifest): readonly { address: string; field: Path }[] {
  if (known === 'EndpointSlice')
    return listAt(object, 'endpoints').flatMap((endpoint, i) =>
      listAt(endpoint, 'addresses').flatMap((address, j) =>
        typeof address === 'string' ? [{ address, field: ['endpoints', i, 'addresses', j] }] : [],
      ),
    );
  return listAt(object, 'subsets').flatMap((subset, i) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((list) =>
      listAt(subset, list).flatMap((entry, j) => {
        const address = stringAt(entry, 'ip');
        return address === undefined ? [] : [{ address, field: ['subsets', i, list, j, 'ip'] }];
      }),
    ),
  );
}

/** The Service whose own address it is. */
function virtualOwner(cluster: Cluster, address: string): Manifest | undefined {
  return cluster
    .list('Service')
    .find(
      ({ object }) =>
        stringAt(object, 'spec', 'clusterIP') === address ||
        listAt(object, 'spec', 'clusterIPs').includes(address),
    );
}
