import type { Kind } from '../../model/kinds.ts';
import { nameOf } from '../../model/manifest.ts';
import { operatorsOf } from '../../model/operator.ts';
import type { Operator } from '../../model/operator.ts';
import type { Review } from '../../model/review.ts';
import { firstOf } from '../../model/words.ts';
import type { Check, Finding } from '../../policy/check.ts';

/** What only a controller that watches its namespace acts on. */
const WATCHED = [
  'SeldonRuntime',
  'Server',
  'Model',
  'Pipeline',
  'Experiment',
] as const satisfies readonly Kind[];
/** So many namespaces are named before "and 4 more". */
const MOST_NAMES = 3;

/**
 * Whether a controller-manager watches a namespace: its own without --clusterwide; with it all, or those of
 * --watch-namespaces and its own (getWatchNamespaceConfig, operator/main.go:65-95). Only where a controller is to be
 * seen at all. A change of the controller answers for what it leaves; at rest the objects themselves answer.
 */
export const watchesNamespace: Check = {
  name: 'watches-namespace',
  needs: ['Deployment', ...WATCHED],
  params: { type: 'object', additionalProperties: false },
  problems: {
    unwatched: ['object', 'namespace', 'operator', 'scope'],
    'left-behind': ['operator', 'scope', 'namespaces'],
    'settings-not-seen': ['object', 'namespace', 'operator'],
  },
  evaluate(review): Iterable<Finding> {
    return review.object.known === 'Deployment' ? leftBehind(review) : unwatched(review);
  },
};

function* unwatched({ object, cluster }: Review): Iterable<Finding> {
  const { namespace } = object;
  const operators = operatorsOf(cluster);
  const [first] = operators;
  if (first === undefined || operators.some((one) => one.watches(namespace) === 'yes')) return;
  const common = { field: ['metadata', 'namespace'] };
  const unclear = operators.find((one) => one.watches(namespace) === 'unknown');
  if (unclear !== undefined)
    return yield {
      ...common,
      problem: 'settings-not-seen',
      data: { object: nameOf(object), namespace, operator: nameOf(unclear.manifest) },
      key: `settings-not-seen ${namespace}`,
      unknown: true,
    };
  // Of several, the one that already watches more than its own namespace is the one to be told of another.
  const operator = operators.find(({ scope }) => scope !== undefined && scope.length > 1) ?? first;
  yield {
    ...common,
    problem: 'unwatched',
    data: {
      object: nameOf(object),
      namespace,
      operator: nameOf(operator.manifest),
      scope: scopeWords(operator),
    },
    key: `unwatched ${namespace}`,
  };
}

/** Namespaces with Seldon objects that some controller watched before the change, and none does after it. */
function* leftBehind({ object, cluster, before }: Review): Iterable<Finding> {
  if (before === undefined) return;
  const operator = operatorsOf(cluster).find(({ manifest }) => manifest === object);
  if (operator === undefined) return;
  const watched = (operators: readonly Operator[], namespace: string, answers: readonly string[]): boolean =>
    operators.some((one) => answers.includes(one.watches(namespace)));
  const inhabited = new Set(
    WATCHED.flatMap((kind) => cluster.list(kind)).map((manifest) => manifest.namespace),
  );
  const lost = [...inhabited].filter(
    (namespace) =>
      watched(operatorsOf(before), namespace, ['yes']) &&
      !watched(operatorsOf(cluster), namespace, ['yes', 'unknown']),
  );
  if (lost.length === 0) return;
  yield {
    problem: 'left-behind',
    field: ['spec', 'template', 'spec'],
    data: { operator: nameOf(object), scope: scopeWords(operator), namespaces: listed(lost) },
  };
}

function scopeWords({ scope, namespace }: Operator): string {
  if (scope === undefined || scope === 'all' || scope.length <= 1) return `namespace ${namespace} alone`;
  return `the namespaces ${listed(scope)}`;
}

/** Names in order, the first few and how many more. */
function listed(names: readonly string[]): string {
  return firstOf(names.toSorted(), MOST_NAMES);
}
