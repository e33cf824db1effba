import { objectAt } from '../../model/json.ts';
import type { Kind } from '../../model/kinds.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { namespaceFindings } from './namespace-selectors.ts';
import { podSelectorFindings } from './pod-selectors.ts';
import { PODS_AROUND_KINDS } from './pods-around.ts';
import { peersIn, selectorAt } from './rule-peers.ts';

/**
 * Whether the selectors of a NetworkPolicy match something. What will match may come later, and a set of files is seldom
 * all there is: only what the picture contradicts is more than a doubt.
 */
export const selectorsMatch: Check = {
  name: 'selectors-match',
  needs: [...new Set<Kind>([...PODS_AROUND_KINDS, 'Namespace', 'Service', 'Model'])],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'namespace-unlabelled': ['where', 'selector', 'namespace'],
    'no-namespace': ['where', 'selector'],
    'namespace-unseen': ['selectors', 'count'],
    'other-labels': ['where', 'selector', 'workload', 'namespace', 'labels'],
    'model-name': ['where', 'selector', 'model'],
    'no-pod': ['where', 'selector', 'namespace'],
  },
  *evaluate(review): Generator<Finding> {
    const { object } = review;
    const peers = peersIn(object);
    yield* namespaceFindings(review, peers);
    const own = ['spec', 'podSelector'];
    yield* podSelectorFindings(review, {
      where: 'this policy',
      path: own,
      podSelector: objectAt(object.object, ...own),
      namespaceSelector: undefined,
    });
    for (const { direction, rule, path, peer } of peers)
      yield* podSelectorFindings(review, {
        where: `${direction} rule ${rule}`,
        path: [...path, 'podSelector'],
        podSelector: selectorAt(peer, 'podSelector'),
        namespaceSelector: selectorAt(peer, 'namespaceSelector'),
      });
  },
};
