import type { Cluster } from '../../model/cluster.ts';
import type { Json, Path } from '../../model/json.ts';
import { jsonPointer } from '../../model/path.ts';
import { requirementsOf, selectorWords } from '../../model/requirements.ts';
import type { Review } from '../../model/review.ts';
import { COMPONENT_IDS, COMPONENTS, SERVER_NAME_LABEL } from '../../model/seldon-components.ts';
import { translatingServices } from '../../model/services.ts';
import { compileSelector } from '../../network/selector.ts';
import type { Finding } from '../../policy/check.ts';
import { namesOf } from '../../model/words.ts';
import { matchedNamespaces, podsIn } from './pods-around.ts';
import type { PodsAround } from './pods-around.ts';

/** A podSelector of a NetworkPolicy, its own or that of a peer, and where it stands. */
export interface PodSelection {
  /** `this policy`, `ingress rule 0`. */
  readonly where: string;
  readonly path: Path;
  readonly podSelector: Json | undefined;
  /** Of the same peer; undefined where the policy's own namespace is meant. */
  readonly namespaceSelector: Json | undefined;
}

/**
 * What is wrong with a podSelector that matches none of the pods that exist or that a workload makes: it may go by the name
 * of a workload or a Service, whose pods have other labels, or by that of a Model, which has no pods of its own.
 */
export function* podSelectorFindings(review: Review, selection: PodSelection): Generator<Finding> {
  const { where, path, podSelector, namespaceSelector } = selection;
  if (podSelector === undefined) return;
  const required = requirementsOf(podSelector).filter(
    ({ operator }) => operator === 'In' || operator === 'Exists',
  );
  if (required.length === 0) return;
  const { object, cluster, operation } = review;
  const homes =
    namespaceSelector === undefined ? [object.namespace] : matchedNamespaces(cluster, namespaceSelector);
  if (homes === undefined) return;
  const pods = homes.flatMap((namespace) => podsIn(cluster, namespace));
  const selector = compileSelector(podSelector);
  if (pods.some(({ pod }) => selector(pod.labels) !== 'no')) return;
  const common = { where, selector: selectorWords(podSelector) };
  const key = `${where.replace(/\d+$/, '')} ${common.selector}`;
  const names = required.flatMap(({ values }) => values);
  const meant = pods.find(
    (each) => each.selector !== undefined && names.some((name) => isCalled(cluster, each, name)),
  );
  if (meant?.selector !== undefined) {
    const matchLabels = { ...(serverName(meant, names) ?? meant.selector) };
    yield {
      problem: 'other-labels',
      field: path,
      data: {
        ...common,
        workload: meant.title,
        namespace: meant.pod.namespace,
        labels: selectorWords({ matchLabels }),
      },
      key,
      fix: [{ op: 'replace', path: jsonPointer(path), value: { matchLabels } }],
    };
    return;
  }
  const model = names.find((name) =>
    homes.some((namespace) => cluster.get('Model', namespace, name) !== undefined),
  );
  if (model !== undefined) {
    yield { problem: 'model-name', field: path, data: { ...common, model }, key };
    return;
  }
  // Of a namespace without pods nothing is known yet, and one of Seldon's components may be switched off for now.
  if (homes.length === 0 || homes.some((namespace) => podsIn(cluster, namespace).length === 0)) return;
  if (required.some(({ key: label, values }) => values.some((value) => isComponent(label, value)))) return;
  if (operation === 'NONE' && namespaceSelector !== undefined) return;
  yield { problem: 'no-pod', field: path, data: { ...common, namespace: namesOf(homes) }, key };
}

/** Whether the pods, or a Service that leads to them, have this name. */
function isCalled(cluster: Cluster, { pod }: PodsAround, name: string): boolean {
  const isMeant = (service: { readonly name: string }): boolean => service.name === name;
  return (
    pod.name === name || translatingServices(cluster, pod.namespace, pod.labels.values, isMeant).length > 0
  );
}

/** A Server's own name, where its pods were meant and not those of every Server. */
function serverName(
  { pod }: PodsAround,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const server = pod.labels.values[SERVER_NAME_LABEL];
  return server !== undefined && names.includes(server) ? { [SERVER_NAME_LABEL]: server } : undefined;
}

function isComponent(key: string, value: string): boolean {
  return COMPONENT_IDS.some((id) => COMPONENTS[id].labels[key] === value);
}
