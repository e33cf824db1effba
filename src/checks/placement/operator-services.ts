import type { Cluster } from '../../model/cluster.ts';
import { listAt, objectAt, stringAt } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { operatorHome, operatorsOf, OPERATOR_CONFIG_KINDS } from '../../model/operator.ts';
import { replicaOf, replicaService, runtimeService } from '../../model/operator-services.ts';
import type { OperatorService } from '../../model/operator-services.ts';
import type { Review, User } from '../../model/review.ts';
import { COMPONENTS } from '../../model/seldon-components.ts';
import { seldonNamespaces, SELDON_NAMESPACE_KINDS } from '../../model/seldon-pods.ts';
import { seldonRelease } from '../../model/seldon-version.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { strayWords } from './stray-service.ts';

/** What is in no namespace without a SeldonRuntime, or about to be. */
const TENANT_KINDS = ['Model', 'Pipeline', 'Experiment'] as const satisfies readonly Kind[];
/** The one name that nothing but Seldon has a use for: the others are dialled from outside, too, and may be aliased there. */
const SCHEDULER = 'seldon-scheduler';

/**
 * Whether a Service takes a name that the operator makes itself, and leads elsewhere: an ExternalName, another selector,
 * other ports. One that is as the operator's is let be, whoever sends it, as it does what the operator's does.
 */
export const operatorServices: Check = {
  name: 'operator-services',
  needs: [
    ...new Set<Kind>([...OPERATOR_CONFIG_KINDS, ...SELDON_NAMESPACE_KINDS, ...TENANT_KINDS, 'Service']),
  ],
  params: { type: 'object', additionalProperties: false },
  problems: {
    taken: ['service', 'name', 'owner', 'because', 'what'],
    'taken-ahead': ['service', 'name', 'namespace', 'because', 'what'],
    'not-seen': ['service', 'name', 'namespace', 'because'],
  },
  *evaluate(review): Iterable<Finding> {
    const { object, cluster } = review;
    const claim = claimOn(object, cluster);
    if (claim === undefined || isOperatorsOwn(review)) return;
    const stray = strayWords(object.object, claim.service);
    if (stray === undefined) return;
    yield {
      problem: claim.problem,
      field: stray.field,
      data: {
        service: nameOf(object),
        name: object.name,
        namespace: object.namespace,
        owner: claim.owner,
        because: stray.because,
        what: stray.what,
      },
      key: `${object.name} ${stray.because}`,
      ...(claim.problem === 'not-seen' ? { unknown: true } : {}),
    };
  },
};

interface Claim {
  readonly service: OperatorService;
  /** Who has the Service made. */
  readonly owner: string;
  readonly problem: 'taken' | 'taken-ahead' | 'not-seen';
}

/** What the operator would make under the name of a Service; undefined where it is nobody's business. */
function claimOn({ name, namespace }: Manifest, cluster: Cluster): Claim | undefined {
  const service = runtimeService(name, seldonRelease(cluster));
  if (service !== undefined) {
    const [runtime] = cluster.list('SeldonRuntime', namespace);
    const owner = runtime === undefined ? `the SeldonRuntime of namespace ${namespace}` : nameOf(runtime);
    if (holdsSeldon(namespace, name, cluster)) return { service, owner, problem: 'taken' };
    const seen = cluster.sees('SeldonRuntime') && cluster.sees('Server');
    if (name === SCHEDULER) return { service, owner, problem: seen ? 'taken-ahead' : 'taken' };
    return seen ? undefined : { service, owner, problem: 'not-seen' };
  }
  const replica = replicaOf(name);
  const server = replica === undefined ? undefined : cluster.get('Server', namespace, replica.server);
  if (server === undefined || operatorHome(cluster, namespace).serversBecome !== 'StatefulSet')
    return undefined;
  return { service: replicaService(name), owner: nameOf(server), problem: 'taken' };
}

/** Whether Seldon is in a namespace, or meant to be: a Service under the scheduler's name beside this one is for nothing else. */
function holdsSeldon(namespace: string, name: string, cluster: Cluster): boolean {
  return (
    seldonNamespaces(cluster).some((one) => one === namespace && !isOperatorsAlone(one, cluster)) ||
    TENANT_KINDS.some((kind) => cluster.list(kind, namespace).length > 0) ||
    (name !== SCHEDULER && cluster.get('Service', namespace, SCHEDULER) !== undefined)
  );
}

/** A namespace in which the controller-manager runs and nothing that it makes. */
function isOperatorsAlone(namespace: string, cluster: Cluster): boolean {
  return (
    operatorsOf(cluster).some((operator) => operator.namespace === namespace) &&
    cluster.list('SeldonRuntime', namespace).length === 0 &&
    cluster.list('Server', namespace).length === 0
  );
}

/**
 * Whether the operator itself stands behind the Service: it asks, as its ServiceAccount; or nobody asks, and a Seldon
 * resource owns the object as its controller (SetControllerReference, as the operator does for all that it makes).
 */
function isOperatorsOwn({ object, cluster, user, operation }: Review): boolean {
  return operation === 'NONE' ? isOwned(object) : isOperator(user, cluster);
}

const ACCOUNT = COMPONENTS['controller-manager'].name ?? '';

function isOperator({ name }: User, cluster: Cluster): boolean {
  const [, , namespace, account] = name.split(':');
  if (!name.startsWith('system:serviceaccount:') || account === undefined) return false;
  const own = operatorsOf(cluster).find((operator) => operator.namespace === namespace);
  const spec = objectAt(own?.manifest.object, 'spec', 'template', 'spec');
  return account === ACCOUNT || (own !== undefined && account === stringAt(spec, 'serviceAccountName'));
}

function isOwned({ object }: Manifest): boolean {
  return listAt(object, 'metadata', 'ownerReferences').some(
    (owner) =>
      objectAt(owner)['controller'] === true &&
      (stringAt(owner, 'apiVersion') ?? '').startsWith('mlops.seldon.io/'),
  );
}
