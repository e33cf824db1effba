import type { Cluster } from '../../model/cluster.ts';
import { stringAt } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { operatorNamespaceFor, operatorsOf, OPERATOR_CONFIG_KINDS } from '../../model/operator.ts';
import type { Review } from '../../model/review.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { namedConfigFaults } from './named-config.ts';
import { configFoundInCel } from './config-found-in-cel.ts';

/** What the policy's document says. */
interface ConfigFoundParams {
  /** Where Seldon's charts and documents put the operator. */
  readonly operatorNamespaces: readonly string[];
}

/** The objects that name a configuration, the field that does, and the kind of configuration. */
const NAMING = {
  Server: { field: ['spec', 'serverConfig'], kind: 'ServerConfig' },
  SeldonRuntime: { field: ['spec', 'seldonConfig'], kind: 'SeldonConfig' },
} as const;
const NAMED_BY = { ServerConfig: 'Server', SeldonConfig: 'SeldonRuntime' } as const;

/** Whether the operator finds the configurations that Servers and SeldonRuntimes name: it looks in its own namespace alone. */
export const configFound: Check<ConfigFoundParams> = {
  name: 'config-found',
  needs: [...new Set<Kind>([...OPERATOR_CONFIG_KINDS, 'Server', 'SeldonRuntime'])],
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['operatorNamespaces'],
    properties: {
      operatorNamespaces: { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    },
  },
  problems: {
    /** No object can be called so. */
    'not-a-name': ['place', 'field', 'kind', 'name', 'aside'],
    missing: ['place', 'kind', 'name', 'operator', 'aside', 'other'],
    'not-seen': ['place', 'kind', 'name', 'because'],
    /** The configuration's side: it lies where no operator looks. */
    'out-of-reach': ['config', 'kind', 'namespace', 'operator'],
    /** The same, as far as a file without an operator tells. */
    'unusual-place': ['config', 'kind', 'namespace', 'usual'],
    'still-named': ['config', 'users'],
  },
  inCel: () => configFoundInCel(NAMING),
  *evaluate(review, params) {
    const { object, cluster, operation } = review;
    if (object.known === 'Server' || object.known === 'SeldonRuntime') {
      const { field, kind } = NAMING[object.known];
      yield* namedConfigFaults(object, cluster, kind, field);
    } else if (object.known === 'ServerConfig' || object.known === 'SeldonConfig')
      yield* operation === 'DELETE'
        ? stillNamed(object, object.known, cluster)
        : outOfReach(review, object.known, params);
  },
};

function* outOfReach(
  { object, cluster, operation }: Review,
  kind: keyof typeof NAMED_BY,
  { operatorNamespaces }: ConfigFoundParams,
): Iterable<Finding> {
  const { namespace } = object;
  // A file that names no namespace goes wherever kubectl is told to put it.
  if (stringAt(object.object, 'metadata', 'namespace') === undefined) return;
  const operators = [...new Set(operatorsOf(cluster).map((operator) => operator.namespace))];
  const field = ['metadata', 'namespace'];
  const data = { config: nameOf(object), kind, namespace };
  const key = `${kind} ${namespace}/${object.name}`;
  if (operators.length > 0) {
    if (!operators.includes(namespace))
      yield { problem: 'out-of-reach', field, data: { ...data, operator: operators.join(', ') }, key };
    return;
  }
  if (operation !== 'NONE' || object.origin.from !== 'file') return;
  if (operatorNamespaces.includes(namespace) || namespace.includes('seldon') || isLivedIn(cluster, object))
    return;
  yield { problem: 'unusual-place', field, data: { ...data, usual: operatorNamespaces.join(' or ') }, key };
}

/**
 * Whether other objects of Seldon are in the namespace of a configuration: then the operator may be there, too (the
 * chart's own layout is one namespace for everything).
 */
function isLivedIn(cluster: Cluster, { namespace, name, known }: Manifest): boolean {
  return (['Server', 'SeldonRuntime', 'SeldonConfig', 'ServerConfig'] as const).some((kind) =>
    cluster.list(kind, namespace).some((other) => kind !== known || other.name !== name),
  );
}

/** The Servers or SeldonRuntimes that will not find the configuration once it is gone. */
function* stillNamed(
  { namespace, name }: Manifest,
  kind: keyof typeof NAMED_BY,
  cluster: Cluster,
): Iterable<Finding> {
  const by = NAMED_BY[kind];
  const users = cluster
    .list(by)
    .filter(
      (user) =>
        stringAt(user.object, ...NAMING[by].field) === name &&
        operatorNamespaceFor(cluster, user.namespace) === namespace,
    );
  const [first, ...others] = users.map(nameOf);
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  yield {
    problem: 'still-named',
    field: [],
    data: { config: `${kind} ${namespace}/${name}`, users: first + more },
  };
}
