import type { Check, Finding } from '../policy/check.ts';
import { waiversInCel } from './waivers-in-cel.ts';

/**
 * Whether the waivers that an object carries hold: one without a reason, for a policy that does not exist, past its
 * end or not needed is a finding itself. Told what became of each waiver once the other policies have spoken.
 */
export const waiversHold: Check = {
  name: 'waivers-hold',
  needs: [],
  params: { type: 'object', additionalProperties: false },
  problems: {
    'no-reason': ['policy'],
    'unknown-policy': ['policy'],
    expired: ['policy', 'detail'],
    malformed: ['policy', 'detail'],
    idle: ['policy'],
  },
  inCel: (_params, policies) => waiversInCel(policies),
  last: true,
  *evaluate(review, _params, waivers): Generator<Finding> {
    for (const { annotation, policy, state, detail } of waivers) {
      if (state === 'used') continue;
      if (state === 'idle' && review.operation === 'DELETE') continue;
      yield {
        problem: state,
        field: ['metadata', 'annotations', annotation],
        data: { policy, detail },
        key: `${state} ${annotation}`,
      };
    }
  },
};
