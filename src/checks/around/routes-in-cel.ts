import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';

/** What routes-reach says of the name that a Service stands for. */
export function routesInCel(): readonly InCel[] {
  return [
    findingsInCel({
      problem: 'no-name',
      kinds: ['Service'],
      found:
        "has(object.spec.type) && object.spec.type == 'ExternalName' && has(object.spec.externalName) && object.spec.externalName.matches('^[0-9]{1,3}([.][0-9]{1,3}){3}[.]?$') ? [[string(object.spec.externalName), string(object.spec.externalName)]] : []",
      words: ['host'],
    }),
  ];
}
