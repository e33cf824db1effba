import type { Observation, Picture } from '../model/cluster.ts';
import { listAt, numberAt } from '../model/json.ts';
import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue, Policy } from '../policy/catalogue.ts';
import { Faults } from './faults.ts';
import { createResolver } from './resolver.ts';
import type { Resolver } from './resolver.ts';

/** A policy whose check is about names, and the resolvers that its parameters give. */
export interface Observer {
  readonly policy: Policy;
  readonly resolver: Resolver;
}

/** The policies that want names looked up. Throws Faults where a resolver in the settings is none. */
export function observersOf(catalogue: Catalogue): Observer[] {
  return catalogue.policies.flatMap((policy) => {
    const resolvers = listAt(policy.params, 'resolvers').filter((entry) => typeof entry === 'string');
    if (policy.check.observes === undefined || resolvers.length === 0) return [];
    const timeoutMs = numberAt(policy.params, 'timeoutMs');
    try {
      const resolver = createResolver({ resolvers, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
      return [{ policy, resolver }];
    } catch (error) {
      throw new Faults([`policy ${policy.id}, params: ${(error as Error).message}`]);
    }
  });
}

/** The picture with what resolvers say of the names that these reviews are about; the very same where there are none. */
export async function lookUp(
  picture: Picture,
  reviews: readonly Review[],
  observers: readonly Observer[],
): Promise<Picture> {
  const answers = new Map<string, Observation>();
  for (const { policy, resolver } of observers) {
    const names = reviews.flatMap((review) => {
      const { known } = review.object;
      if (known === undefined || !isAbout(policy, known, review.operation)) return [];
      return policy.check.observes?.(review, policy.params) ?? [];
    });
    if (names.length === 0) continue;
    for (const [name, answer] of await resolver.observe(names)) answers.set(name, answer);
  }
  return answers.size === 0 ? picture : picture.observing(answers);
}
