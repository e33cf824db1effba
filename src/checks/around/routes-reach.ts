import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Review } from '../../model/review.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { endpointFindings } from './endpoint-findings.ts';
import { gatewayFindings } from './gateway-findings.ts';
import { PODS_AROUND_KINDS } from '../reach/pods-around.ts';
import { rewriteFindings } from './rewrite-findings.ts';
import { destinationFindings } from './route-findings.ts';
import { NAMED_KINDS } from './service-found.ts';
import { serviceFindings } from './service-findings.ts';
import { routesInCel } from './routes-in-cel.ts';

/**
 * Whether what sends traffic on leads to something: routes and names to Services that are there, on ports that they have,
 * by paths that are served; Services to pods; endpoints to what can take the traffic. Seldon makes no Service for a Model.
 */
export const routesReach: Check = {
  name: 'routes-reach',
  needs: [
    ...new Set<Kind>([
      ...PODS_AROUND_KINDS,
      ...NAMED_KINDS,
      'Service',
      'SeldonRuntime',
      'Gateway',
      'Namespace',
    ]),
  ],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'seldon-name': ['route', 'host', 'service', 'named', 'owner', 'header'],
    missing: ['route', 'host', 'service', 'lack', 'aside'],
    'no-port': ['route', 'host', 'service', 'port', 'ports'],
    'no-gateway': ['route', 'gateway', 'lack', 'aside'],
    'not-seen': ['route', 'unseen'],
    'no-group': ['route', 'path', 'target', 'group', 'groups'],
    'prefix-lost': ['route', 'path', 'target', 'prefix'],
    'other-labels': ['service', 'selector', 'namespace', 'workload', 'labels'],
    'model-selected': ['service', 'selector', 'namespace', 'model'],
    'no-pods': ['service', 'selector', 'namespace'],
    'no-target-port': ['service', 'port', 'target', 'pods', 'declared'],
    /** An ExternalName that is an address. */
    'no-name': ['service', 'host'],
    'service-address': ['endpoints', 'address', 'service'],
    'kept-endpoints': ['endpoints', 'service'],
  },
  inCel: routesInCel,
  evaluate(review): Iterable<Finding> {
    switch (review.object.known) {
      case 'Endpoints':
      case 'EndpointSlice':
        return endpointFindings(review);
      default:
        return routeFindings(review);
    }
  },
};

function* routeFindings(review: Review): Iterable<Finding> {
  const { object } = review;
  const unseen: string[] = [];
  if (object.known === 'Service') yield* serviceFindings(review);
  else yield* rewriteFindings(review);
  yield* gatewayFindings(review, unseen);
  yield* destinationFindings(review, unseen);
  const [first, ...others] = new Set(unseen);
  if (first !== undefined)
    yield {
      problem: 'not-seen',
      field: ['spec'],
      data: {
        route: nameOf(object),
        unseen: others.length === 0 ? first : `${first} and ${others.length} more`,
      },
      key: 'not-seen',
      unknown: true,
    };
}
