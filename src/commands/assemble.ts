import { judge } from '../judge/judge.ts';
import { Picture } from '../model/cluster.ts';
import { reviewState } from '../model/review.ts';
import type { Review } from '../model/review.ts';
import { isAbout } from '../policy/catalogue.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { fixersOf } from '../policy/fixers.ts';
import { answer } from '../reports/answer.ts';
import type { Webhook } from '../reports/answer.ts';
import type { Entry, Guard } from '../server/guard.ts';
import type { Rules } from '../sources/chosen.ts';
import { lookUp, observersOf } from '../sources/look-up.ts';
import type { Observer } from '../sources/look-up.ts';
import type { World } from '../sources/world.ts';

/** What the guard is put together from. */
export interface Parts {
  /** What it goes by at the moment. */
  readonly rules: () => Rules;
  readonly world: World;
  readonly record: (entry: Entry) => void;
}

/** The whole guard as the webhook needs it: the one path from a review to words, with the world's answers brought in. */
export function assemble({ rules, world, record }: Parts): Guard {
  let prepared = prepare(rules());
  const now = (): Prepared => (prepared.rules === rules() ? prepared : (prepared = prepare(rules())));
  return {
    decide: (review, webhook) =>
      judge(review, {
        catalogue: now().asked[webhook],
        settings: now().rules.settings,
        now: Date.now(),
        staleSince: world.staleSince(),
      }),
    answer,
    concerns: (kind, operation, webhook) =>
      kind !== undefined &&
      (now().asked[webhook].about.get(kind) ?? []).some((policy) => isAbout(policy, kind, operation)),
    observe: (review) => observed(review, now().observers),
    grounds: () => [world.picture(), world.staleSince(), rules(), dayOf(Date.now())],
    picture: () => ({ cluster: world.picture(), ready: world.ready(), asOf: world.asOf() }),
    record,
  };
}

/** What is worked out once for the rules of the moment. */
interface Prepared {
  readonly rules: Rules;
  readonly asked: Readonly<Record<Webhook, Catalogue>>;
  readonly observers: readonly Observer[];
}

function prepare(rules: Rules): Prepared {
  const { catalogue, settings } = rules;
  const asked = { validate: catalogue, mutate: fixersOf(catalogue, settings) };
  return { rules, asked, observers: observersOf(catalogue) };
}

const DAY_MS = 86_400_000;

/** The day (UTC) as a number: a waiver ends with one. */
function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}

/** The review with the answers of resolvers in its picture. Nothing is asked, and nothing waits, for other reviews. */
async function observed(review: Review, observers: readonly Observer[]): Promise<Review> {
  const { cluster } = review;
  if (observers.length === 0 || !(cluster instanceof Picture)) return review;
  const seen = await lookUp(cluster, [review], observers);
  return seen === cluster ? review : { ...review, cluster: seen };
}

/** Looks up the names of what is there already, so that admissions about it find the answers. */
export async function warmUp(guard: Guard): Promise<void> {
  const { cluster } = guard.picture();
  for (const kind of ['SeldonRuntime', 'Server'] as const)
    await Promise.all(cluster.list(kind).map((object) => guard.observe(reviewState(cluster, object))));
}
