import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';
import { COREFILE_HOME, COREFILE_KEY, COREFILE_MAPS } from './corefile-map.ts';

/** What serves-cluster says without a look into the Corefile. */
export function servesClusterInCel(): readonly InCel[] {
  return [
    findingsInCel({
      problem: 'no-corefile',
      // Neither changes while the object is there.
      when: `request.namespace == '${COREFILE_HOME}' && has(object.metadata.name) && object.metadata.name in ${JSON.stringify(COREFILE_MAPS)}`,
      found: `has(object.data) && '${COREFILE_KEY}' in object.data ? [] : [['no-corefile']]`,
    }),
  ];
}
