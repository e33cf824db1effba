import { listAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import { jsonPointer } from '../../model/path.ts';
import type { Review } from '../../model/review.ts';
import type { Finding } from '../../policy/check.ts';
import { absenceOf, isWhole } from '../reach/whole-cluster.ts';

/**
 * Whether the Gateways that a VirtualService names are there: "Gateways in other namespaces may be referred to by
 * <gateway namespace>/<gateway name>; specifying a gateway with no namespace qualifier is the same as specifying the
 * VirtualService's namespace" (VirtualService.gateways). `unseen` takes those that cannot be seen.
 */
export function* gatewayFindings(review: Review, unseen: string[]): Iterable<Finding> {
  const { object, cluster } = review;
  if (object.known !== 'VirtualService') return;
  for (const [i, written] of listAt(object.object, 'spec', 'gateways').entries()) {
    if (typeof written !== 'string') continue;
    const gateway = gatewayNamed(written, object.namespace);
    if (gateway === undefined || cluster.get('Gateway', gateway.namespace, gateway.name) !== undefined)
      continue;
    const elsewhere = cluster.list('Gateway').filter(({ name }) => name === gateway.name);
    const [other, ...more] = elsewhere;
    const isSure = isWhole(review, 'Gateway');
    if (other === undefined && !isSure) {
      unseen.push(`Gateway ${gateway.namespace}/${gateway.name}`);
      continue;
    }
    const field: Path = ['spec', 'gateways', i];
    yield {
      problem: 'no-gateway',
      field,
      data: {
        route: nameOf(object),
        gateway: `${gateway.namespace}/${gateway.name}`,
        lack: absenceOf(`Gateway ${gateway.namespace}/${gateway.name}`, isSure),
        aside: other === undefined ? '' : `; ${nameOf(other)} is there`,
      },
      key: `no-gateway ${written}`,
      ...(isSure ? {} : { effect: 'warn' }),
      ...(other === undefined || more.length > 0
        ? {}
        : {
            fix: [{ op: 'replace', path: jsonPointer(field), value: `${other.namespace}/${other.name}` }],
          }),
    };
  }
}

/** `mesh` is no Gateway, but every sidecar; a host name is the older way of writing one. */
function gatewayNamed(written: string, own: string): { namespace: string; name: string } | undefined {
  if (written === 'mesh' || written === '') return undefined;
  const [first = '', ...rest] = written.split('/');
  if (rest.length > 0) return { namespace: first === '.' ? own : first, name: rest.join('/') };
  const [name = '', namespace] = written.split('.');
  return { namespace: namespace ?? own, name };
}
