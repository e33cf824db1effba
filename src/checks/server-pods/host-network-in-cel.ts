import type { InCel } from '../../policy/in-cel.ts';
import { findingsInCel } from '../own/findings-in-cel.ts';
import { NOT_JUDGED, NOT_OF_SERVERS, POD_KINDS_IN_CEL, SERVER_POD_IN_CEL } from './server-pod-in-cel.ts';

/** What avoids-host-network says of workloads and ServerConfigs. */
export function hostNetworkInCel(): readonly InCel[] {
  return [
    findingsInCel({
      problem: 'host-network',
      kinds: POD_KINDS_IN_CEL,
      left: NOT_OF_SERVERS,
      variables: SERVER_POD_IN_CEL,
      found:
        "has(variables.spec.hostNetwork) && variables.spec.hostNetwork == true && variables.isServer ? [['host-network']] : []",
      doubts: NOT_JUDGED,
    }),
  ];
}
