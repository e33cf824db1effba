import type { Kind } from '../../model/kinds.ts';
import { MODEL_SERVER_KINDS } from '../../model/model-servers.ts';
import type { Check } from '../../policy/check.ts';
import { advertisingFaults } from './advertising-fault.ts';
import { placementFaults } from './placement-fault.ts';

/** What the policy's document may say. */
interface RequirementsMetParams {
  /** Names by which people know what a capability stands for, each with the capability. */
  readonly otherNames?: Readonly<Record<string, string>>;
}

/** Whether the scheduler finds a Server for a Model, and whether Servers advertise what was asked of them. */
export const requirementsMet: Check<RequirementsMetParams> = {
  name: 'requirements-met',
  needs: [...new Set<Kind>([...MODEL_SERVER_KINDS, 'Model'])],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      otherNames: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
    },
  },
  problems: {
    'not-advertised': ['model', 'lacking', 'first', 'more', 'server', 'among', 'advertised', 'aside'],
    /** A requirement as pip writes it. */
    version: ['model', 'requirement', 'name'],
    'no-such-server': ['model', 'server', 'namespace', 'others', 'other'],
    'no-server': ['model', 'namespace', 'requirements'],
    'switched-off': ['model', 'server'],
    'not-seen': ['model', 'because'],
    /** The other side: all Models of a Server require what it does not advertise. */
    'required-by-all': ['server', 'lacking', 'models', 'advertised'],
    /** What a Server asks for has no place to go. */
    'not-taken': ['server', 'field', 'because'],
    /** A ServerConfig whose agents advertise what they do by default. */
    unset: ['config', 'container'],
  },
  *evaluate({ object, cluster }, { otherNames = {} }) {
    if (object.known === 'Model') yield* placementFaults(object, cluster, otherNames);
    else yield* advertisingFaults(object, cluster);
  },
};
