import type { Cluster } from '../../model/cluster.ts';
import type { ServiceName } from '../../model/seldon-dependencies.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import { nearest } from '../../model/nearest.ts';
import { externalNameOf } from '../../model/destination.ts';
import { replicaOf, runtimeService } from '../../model/operator-services.ts';
import type { OperatorService } from '../../model/operator-services.ts';
import type { Review } from '../../model/review.ts';
import { seldonRelease } from '../../model/seldon-version.ts';
import { MESH, servicePorts } from '../../model/services.ts';
import type { ServicePort } from '../../model/services.ts';
import { isWhole } from '../reach/whole-cluster.ts';

/** Whether a Service is there, and why it is not. */
export type ServiceFound =
  /** Its ports; undefined where they are not known or do not matter (an ExternalName). */
  | { readonly is: 'there'; readonly ports: readonly ServicePort[] | undefined }
  /** An object of Seldon's has the name, and no Service is made for such. */
  | { readonly is: 'seldon-name'; readonly kind: NamedKind; readonly name: string }
  /** `near`: what is there and may have been meant. `surely`: the picture holds every Service. */
  | { readonly is: 'absent'; readonly near: string | undefined; readonly surely: boolean }
  | { readonly is: 'unknown' };

/** The kinds of Seldon's that people take for Services. */
export const NAMED_KINDS = ['Experiment', 'Pipeline', 'Model', 'Server'] as const satisfies Kind[];
export type NamedKind = (typeof NAMED_KINDS)[number];

/** What Seldon Core v1 and KServe append to the name of a deployment for its Service. */
const SUFFIXES = ['-default', '-predictor', '-predictor-default'];

/**
 * Whether a Service is there: in the picture, or made by the operator for a SeldonRuntime (seldon-mesh and others) or a
 * replica of a Server. For a Model, a Pipeline, an Experiment and a Server it makes none by their name.
 */
export function serviceFound(review: Review, service: ServiceName): ServiceFound {
  const { cluster } = review;
  const { namespace, name } = service;
  const given = cluster.get('Service', namespace, name);
  const own = runtimeService(name, seldonRelease(cluster));
  if (given !== undefined)
    return {
      is: 'there',
      ports: externalNameOf(given.object) === undefined ? numbered(servicePorts(given), own) : undefined,
    };
  if (own !== undefined && cluster.list('SeldonRuntime', namespace).length > 0) {
    const ports = own.ports.map(({ port, targetName }) => ({
      name: undefined,
      port,
      protocol: 'TCP',
      target: targetName,
    }));
    return { is: 'there', ports: numbered(name === MESH.name ? MESH.ports : ports, own) };
  }
  const replica = replicaOf(name);
  if (replica !== undefined && cluster.get('Server', namespace, replica.server) !== undefined)
    return { is: 'there', ports: undefined };
  const seldon = own === undefined ? namedObject(cluster, service) : undefined;
  if (seldon !== undefined) return { is: 'seldon-name', ...seldon };
  if (own !== undefined) return madeElsewhere(review);
  const surely = isWhole(review, 'Service');
  const near = alike(cluster, service);
  return near === undefined && !surely ? { is: 'unknown' } : { is: 'absent', near, surely };
}

/** The ports with the numbers of Seldon's containers behind them, where they lead there by name. */
function numbered(ports: readonly ServicePort[], own: OperatorService | undefined): readonly ServicePort[] {
  return ports.map((port) => ({
    ...port,
    target: own?.ports.find(({ targetName }) => targetName === port.target)?.target ?? port.target,
  }));
}

function namedObject(
  cluster: Cluster,
  { namespace, name }: ServiceName,
): { kind: NamedKind; name: string } | undefined {
  const names = [
    name,
    ...SUFFIXES.flatMap((end) => (name.endsWith(end) ? [name.slice(0, -end.length)] : [])),
  ];
  for (const one of names)
    for (const kind of NAMED_KINDS)
      if (cluster.get(kind, namespace, one) !== undefined) return { kind, name: one };
  return undefined;
}

/** A Service that a SeldonRuntime brings, in a namespace that has none. */
function madeElsewhere(review: Review): ServiceFound {
  if (!isWhole(review, 'SeldonRuntime') || !isWhole(review, 'Service')) return { is: 'unknown' };
  const [other] = review.cluster.list('SeldonRuntime');
  return { is: 'absent', near: other === undefined ? undefined : nameOf(other), surely: true };
}

function alike(cluster: Cluster, { namespace, name }: ServiceName): string | undefined {
  const names = cluster.list('Service', namespace).map((each) => each.name);
  const near = nearest(name, names);
  return near === undefined ? undefined : `Service ${namespace}/${near}`;
}
