import { at } from '../../model/json.ts';
import { jsonPointer } from '../../model/path.ts';
import { POD_TEMPLATE_KINDS } from '../../model/workload.ts';
import type { PodTemplate } from '../../model/workload.ts';
import type { Check } from '../../policy/check.ts';
import { hostNetworkInCel } from './host-network-in-cel.ts';
import { podFindings } from './pod-findings.ts';
import type { Fault } from './pod-findings.ts';

/** Whether Server pods have a network of their own. */
export const avoidsHostNetwork: Check = {
  name: 'avoids-host-network',
  needs: POD_TEMPLATE_KINDS,
  params: { type: 'object', additionalProperties: false },
  problems: { 'host-network': ['origin', 'place', 'cure'] },
  inCel: hostNetworkInCel,
  *evaluate({ object, cluster }) {
    yield* podFindings(object, cluster, faultsOf);
  },
};

function* faultsOf(template: PodTemplate): Iterable<Fault> {
  if (template.spec['hostNetwork'] !== true) return;
  yield {
    problem: 'host-network',
    key: 'host-network',
    within: (spec) => (at(spec, 'hostNetwork') === undefined ? undefined : ['hostNetwork']),
    data: {},
    cures: [
      {
        words: 'hostNetwork',
        // A Server's `false` never overrides its ServerConfig's `true`: it can only leave out its own.
        patch: (now) =>
          at(now, ...template.path, 'hostNetwork') === undefined
            ? undefined
            : [{ op: 'remove', path: jsonPointer([...template.path, 'hostNetwork']) }],
      },
    ],
  };
}
