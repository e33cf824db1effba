import type { Cluster } from '../../model/cluster.ts';
import { controllerReference } from '../../model/controller.ts';
import { externalNameOf } from '../../model/destination.ts';
import { stringAt, stringsAt } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { nearest } from '../../model/nearest.ts';
import { replicaOf, runtimeService } from '../../model/operator-services.ts';
import { jsonPointer } from '../../model/path.ts';
import { selectorWords } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import { componentOf } from '../../model/seldon-components.ts';
import { servicePorts } from '../../model/services.ts';
import { compileSelector } from '../../network/selector.ts';
import type { Finding } from '../../policy/check.ts';
import { podsIn } from '../reach/pods-around.ts';
import type { PodsAround } from '../reach/pods-around.ts';
import { isWhole } from '../reach/whole-cluster.ts';

/**
 * Whether a Service leads to pods. Services come before their pods, and pods of what is not read are not seen: at admission
 * only what the picture contradicts is told. Those that somebody makes, the operator among them, are left to them.
 */
export function* serviceFindings(review: Review): Iterable<Finding> {
  const { object: service, cluster } = review;
  const host = externalNameOf(service.object);
  if (host !== undefined) return yield* addressFindings(service, host);
  const matchLabels = stringsAt(service.object, 'spec', 'selector');
  if (Object.keys(matchLabels).length === 0 || isMade(service, cluster)) return;
  const selector = compileSelector({ matchLabels });
  const pods = podsIn(cluster, service.namespace);
  const selected = pods.filter(({ pod }) => selector(pod.labels) !== 'no');
  yield* selected.length > 0
    ? targetFindings(service, selected)
    : selectorFindings(review, pods, selectorWords({ matchLabels }));
}

function isMade(service: Manifest, cluster: Cluster): boolean {
  const replica = replicaOf(service.name);
  return (
    controllerReference(service) !== undefined ||
    runtimeService(service.name, undefined) !== undefined ||
    (replica !== undefined && cluster.get('Server', service.namespace, replica.server) !== undefined)
  );
}

/** "This accepts IPv4 and IPv6 address strings, but treats a name comprised of digits as a DNS name" (ExternalName). */
function* addressFindings(service: Manifest, host: string): Iterable<Finding> {
  if (/^\d{1,3}(\.\d{1,3}){3}\.?$/.test(host))
    yield {
      problem: 'no-name',
      field: ['spec', 'externalName'],
      data: { service: nameOf(service), host },
      key: `no-name ${host}`,
    };
}

function* selectorFindings(review: Review, pods: readonly PodsAround[], selector: string): Iterable<Finding> {
  const { object: service, operation } = review;
  const common = { service: nameOf(service), selector, namespace: service.namespace };
  const field = ['spec', 'selector'];
  const meant = pods.find(({ pod, selector: own }) => pod.name === service.name && own !== undefined);
  const isSure = operation === 'NONE' && isWhole(review, 'Pod');
  if (meant?.selector !== undefined)
    return yield {
      problem: 'other-labels',
      field,
      data: { ...common, workload: meant.title, labels: selectorWords({ matchLabels: meant.selector }) },
      key: `other-labels ${selector}`,
      fix: [{ op: 'replace', path: jsonPointer(field), value: { ...meant.selector } }],
      ...(isSure ? {} : { effect: 'warn' }),
    };
  const names = Object.values(stringsAt(service.object, 'spec', 'selector'));
  const model = review.cluster.list('Model', service.namespace).find(({ name }) => names.includes(name));
  if (model !== undefined)
    yield {
      problem: 'model-selected',
      field,
      data: { ...common, model: nameOf(model) },
      key: `model ${selector}`,
    };
  else if (isSure && pods.length > 0)
    yield { problem: 'no-pods', field, data: common, key: `no-pods ${selector}` };
}

function isSeldons({ pod }: PodsAround): boolean {
  return componentOf(pod.labels.values) !== undefined;
}

/** "Names must be ... looked up in the target Pod's container ports" (ServicePort.targetPort). */
function* targetFindings(service: Manifest, pods: readonly PodsAround[]): Iterable<Finding> {
  if (pods.some(({ pod }) => pod.labels.open || pod.ports === undefined)) return;
  const declared = pods.flatMap(({ pod }) => pod.ports ?? []);
  for (const [i, { port, protocol, target }] of servicePorts(service).entries()) {
    if (typeof target !== 'string' || declared.some(({ name }) => name === target)) continue;
    const names = declared.flatMap(({ name, ...rest }) =>
      name === undefined || rest.protocol !== protocol ? [] : [name],
    );
    const near = nearest(target, names);
    const field = ['spec', 'ports', i, 'targetPort'];
    // An entry without a number is passed over by `servicePorts`: then the places differ.
    const stands = stringAt(service.object, ...field) === target;
    yield {
      problem: 'no-target-port',
      field: stands ? field : ['spec', 'ports'],
      data: {
        service: nameOf(service),
        port,
        target,
        pods: pods[0]?.title ?? '',
        declared: names.length === 0 ? 'no port with a name' : [...new Set(names)].join(', '),
      },
      key: `no-target-port ${port} ${target}`,
      // A container that is injected may declare it, and one of Seldon's whose configuration is not in the picture.
      ...(near === undefined || pods.some(isSeldons) ? { effect: 'warn' } : {}),
      ...(near === undefined || !stands
        ? {}
        : { fix: [{ op: 'replace', path: jsonPointer(field), value: near }] }),
    };
  }
}
