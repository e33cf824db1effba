import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewChange } from '../../src/model/review.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import { BUILT_IN, readCatalogue } from '../../src/sources/policies.ts';
import { readExamples } from '../../src/sources/examples.ts';
import type { Example } from '../../src/sources/examples.ts';

// A picture that is too old: what rests on it is unknown, and what the object shows by itself is as certain as before.

const catalogue = readCatalogue();
const NOW = Date.parse('2026-11-20T12:00:00Z');

async function decide(policy: string, staleSince: number | undefined) {
  const examples = await readExamples(BUILT_IN, policy);
  const { cluster, object } = examples.find(({ name }) => name === 'bad') as Example;
  const review = reviewChange(Picture.of(cluster), { operation: 'CREATE', object });
  return judge(review, { catalogue, settings: DEFAULT_SETTINGS, now: NOW, staleSince });
}

void t.test('a finding that rests on the picture warns, and why is said once', async (t) => {
  t.equal((await decide('control-plane-reachable', undefined)).effect, 'deny', 'as long as it is fresh');
  const { effect, judgements, verdicts, patch } = await decide('control-plane-reachable', NOW - 600_000);
  t.equal(effect, 'warn');
  t.strictSame(patch, []);
  t.strictSame([...new Set(judgements.map(({ outcome }) => outcome))], ['unknown']);
  t.notOk(
    verdicts.some(({ outcome, readPicture }) => readPicture && outcome === 'pass'),
    'and what was not found is not known to be well',
  );
  t.strictSame(
    judgements.filter(({ policy }) => policy === 'picture-is-current').map(({ brief }) => brief),
    ['effect on the cluster unknown: the guard has not heard from the API server since 2026-11-20T11:50:00Z'],
  );
});

void t.test('before the cluster was read', async (t) => {
  const { judgements } = await decide('control-plane-reachable', 0);
  t.match(
    judgements.find(({ policy }) => policy === 'picture-is-current')?.message,
    /^What NetworkPolicy \S+ does to the rest of the cluster is unknown, because the guard has not read the cluster yet\.$/,
  );
});

void t.test('what the object shows by itself is denied all the same', async (t) => {
  const { effect } = await decide('policy-rules-well-formed', NOW - 600_000);
  t.equal(effect, 'deny');
});
