import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { issue, makeAuthority } from '../../src/sources/authority.ts';
import { bundleOf, keyPlan, renewed } from '../../src/upkeep/keyring.ts';
import type { Keyring } from '../../src/upkeep/keyring.ts';
import { nextKeyring } from '../../src/upkeep/next-keyring.ts';
import type { Trust } from '../../src/upkeep/trust.ts';

// What becomes of a keyring that others write over, by whom the API server trusts meanwhile.

const MINUTE = 60_000;
const DAY = 86_400_000;
const NOW = Date.parse('2026-11-20T12:00:00Z');
const PLAN = keyPlan(['guard.seldon.svc']);

/** What two webhooks trust. */
function trusting(...authorities: string[]): Trust {
  const certificates = authorities.map((pem) => new X509Certificate(pem));
  return [certificates, certificates];
}

void t.test('a keyring of the guard', async (t) => {
  const made = (await renewed(undefined, PLAN, NOW)) as Keyring;
  const stranger = (await makeAuthority(NOW, DAY)).cert;
  const ended = (await makeAuthority(NOW - 2 * DAY, DAY)).cert;
  const next = await makeAuthority(NOW, PLAN.authorityMs);
  const step = (kept: Keyring | undefined, trust: Trust, last?: Keyring): Promise<Keyring | undefined> =>
    nextKeyring({ kept, last, trust }, PLAN, NOW);

  await t.test('stays, whatever caBundle became meanwhile', async (t) => {
    t.equal(await step(made, trusting(made.authority.cert)), undefined);
    t.equal(await step(made, trusting()), undefined, 'it was emptied');
    t.equal(await step(made, []), undefined, 'nothing is registered');
    t.equal(await step(made, trusting(ended)), undefined, 'nobody shows a certificate of one that has ended');
    t.equal(await step(made, trusting(made.authority.cert, stranger)), undefined, 'it is trusted already');
    const one = [...trusting(made.authority.cert).slice(1), ...trusting(stranger).slice(1)];
    t.match(await step(made, one), { old: stranger }, 'by one of two webhooks');
  });

  await t.test('that was never trusted comes beside those who are', async (t) => {
    t.match(await step(made, trusting(stranger, ended)), { ...made, old: stranger, since: NOW });
    const old = (await makeAuthority(NOW, DAY)).cert;
    t.match(await step({ ...made, old }, trusting(stranger)), { old: old + stranger });
    const fresh = (await step(undefined, trusting(stranger))) as Keyring;
    t.equal(bundleOf(fresh), fresh.authority.cert + stranger, 'and so does the first one');
    t.equal((await step(undefined, trusting()))?.old, undefined);
  });

  await t.test('goes on only after the API server trusts all of it', async (t) => {
    const due = { ...made, next, since: NOW - 11 * MINUTE };
    t.equal(await step(due, trusting(made.authority.cert)), undefined);
    t.match(await step(due, trusting(made.authority.cert, next.cert)), { authority: next });
    const aged = { ...made, leaf: await issue(made.authority, PLAN.hosts, NOW - 80 * DAY, PLAN.leafMs) };
    t.equal(await step(aged, trusting()), undefined);
    t.match(await step(aged, trusting(made.authority.cert)), { authority: made.authority });
  });

  await t.test('that is gone is put back, and replaced in the course of things', async (t) => {
    const back = (await step(undefined, trusting(), made)) as Keyring;
    t.match(back, { authority: made.authority, leaf: made.leaf, since: NOW });
    t.ok(back.next);
    t.equal(
      (await step(undefined, trusting(), { ...made, next }))?.next,
      next,
      'by the one that was to come',
    );
  });
});
