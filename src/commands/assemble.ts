import { judge } from '../judge/judge.ts';
import { Picture } from '../model/cluster.ts';
import type { Observation } from '../model/cluster.ts';
import { listAt, numberAt } from '../model/json.ts';
import { reviewState } from '../model/review.ts';
import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue, Policy } from '../policy/catalogue.ts';
import { fixersOf } from '../policy/fixers.ts';
import type { Settings } from '../policy/settings.ts';
import { answer } from '../reports/answer.ts';
import type { Entry, Guard } from '../server/guard.ts';
import { Faults } from '../sources/faults.ts';
import { createResolver } from '../sources/resolver.ts';
import type { Resolver } from '../sources/resolver.ts';

/** What the guard is put together from. */
export interface Parts {
  readonly catalogue: Catalogue;
  readonly settings: Settings;
  /** The picture of the moment: one that is watched is another one each time. */
  readonly picture: () => Picture;
  readonly record: (entry: Entry) => void;
}

/** The whole guard as the webhook needs it: the one path from a review to words, with the world's answers brought in. */
export function assemble({ catalogue, settings, picture, record }: Parts): Guard {
  const asked = { validate: catalogue, mutate: fixersOf(catalogue, settings) };
  const observers = observersOf(catalogue);
  return {
    decide: (review, webhook) => judge(review, { catalogue: asked[webhook], settings, now: Date.now() }),
    answer,
    concerns: (kind, operation, webhook) =>
      kind !== undefined &&
      (asked[webhook].about.get(kind) ?? []).some((policy) => isAbout(policy, kind, operation)),
    observe: (review) => observed(review, observers),
    picture: () => ({ cluster: picture(), ready: true }),
    record,
  };
}

/** A policy whose check is about names, and the resolvers that its parameters give. */
interface Observer {
  readonly policy: Policy;
  readonly resolver: Resolver;
}

/** The policies that want names looked up. Throws Faults where a resolver in the settings is none. */
function observersOf(catalogue: Catalogue): Observer[] {
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

/** The review with the answers of resolvers in its picture. Nothing is asked, and nothing waits, for other reviews. */
async function observed(review: Review, observers: readonly Observer[]): Promise<Review> {
  const { object, operation, cluster } = review;
  const answers = new Map<string, Observation>();
  for (const { policy, resolver } of observers) {
    if (object.known === undefined || !isAbout(policy, object.known, operation)) continue;
    const names = policy.check.observes?.(review, policy.params) ?? [];
    if (names.length === 0) continue;
    for (const [name, answer] of await resolver.observe(names)) answers.set(name, answer);
  }
  if (answers.size === 0 || !(cluster instanceof Picture)) return review;
  return { ...review, cluster: cluster.observing(answers) };
}

/** Looks up the names of what is there already, so that admissions about it find the answers. */
export async function warmUp(guard: Guard): Promise<void> {
  const { cluster } = guard.picture();
  for (const kind of ['SeldonRuntime', 'Server'] as const)
    await Promise.all(cluster.list(kind).map((object) => guard.observe(reviewState(cluster, object))));
}
