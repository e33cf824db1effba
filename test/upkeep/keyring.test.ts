import { X509Certificate } from 'node:crypto';
import t from 'tap';
import { makeAuthority, issue } from '../../src/sources/authority.ts';
import { bundleOf, endOf, keyPlan, renewed } from '../../src/upkeep/keyring.ts';
import type { Keyring } from '../../src/upkeep/keyring.ts';

// A keyring through its years, by a clock that the test holds.

const MINUTE = 60_000;
const DAY = 86_400_000;
const START = Date.parse('2026-11-20T12:00:00Z');
const PLAN = keyPlan(['guard.seldon.svc']);

/** Whether somebody who trusts the bundle accepts the leaf at that moment. */
function isTrusted(leaf: string, bundle: string, now: number): boolean {
  const shown = new X509Certificate(leaf);
  const authorities = bundle.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  return (
    shown.validFromDate.getTime() <= now &&
    shown.validToDate.getTime() > now &&
    authorities.some((pem) => {
      const authority = new X509Certificate(pem);
      return (
        shown.checkIssued(authority) &&
        shown.verify(authority.publicKey) &&
        authority.validToDate.getTime() > now
      );
    })
  );
}

void t.test('the first one', async (t) => {
  const keyring = (await renewed(undefined, PLAN, START)) as Keyring;
  t.ok(isTrusted(keyring.leaf.cert, bundleOf(keyring), START));
  t.equal(new X509Certificate(keyring.leaf.cert).checkHost('guard.seldon.svc'), 'guard.seldon.svc');
  t.equal(await renewed(keyring, PLAN, START + DAY), undefined, 'and nothing to do a day later');
  t.match(new Date(endOf(keyring.leaf.cert)).toISOString(), /^2027-02-18/, '90 days');
});

void t.test(
  'through five years, no leaf is shown that those who know the last bundle do not trust',
  async (t) => {
    let keyring = (await renewed(undefined, PLAN, START)) as Keyring;
    const leaves = new Set([keyring.leaf.cert]);
    const authorities = new Set([keyring.authority.cert]);
    let shownBefore = keyring.leaf.cert;
    let bundleBefore = bundleOf(keyring);
    let mostTrusted = 0;
    let leastDays = Infinity;
    const end = START + 5 * 365 * DAY;
    for (let now = START; now < end;) {
      const next = await renewed(keyring, PLAN, now);
      if (next !== undefined) {
        keyring = next;
        const [leaf, bundle] = [keyring.leaf.cert, bundleOf(keyring)];
        if (!isTrusted(leaf, bundleBefore, now))
          t.fail(`a leaf that nobody trusts yet at ${new Date(now).toISOString()}`);
        if (!isTrusted(shownBefore, bundle, now))
          t.fail(`a leaf is shown that is no longer trusted at ${now}`);
        [shownBefore, bundleBefore] = [leaf, bundle];
        leaves.add(leaf);
        authorities.add(keyring.authority.cert);
        mostTrusted = Math.max(mostTrusted, bundle.split('BEGIN').length - 1);
      }
      leastDays = Math.min(leastDays, (endOf(keyring.leaf.cert) - now) / DAY);
      // By the minute while something is under way, else by the day.
      now += keyring.next !== undefined || keyring.old !== undefined ? MINUTE : DAY;
    }
    t.ok(leaves.size > 25 && leaves.size < 40, `${leaves.size} leaves`);
    t.equal(authorities.size, 4);
    t.equal(mostTrusted, 2, 'old and new side by side');
    t.ok(leastDays > 28, `never less than ${leastDays.toFixed(0)} days left`);
    t.equal(keyring.old, undefined);
  },
);

void t.test('a new authority signs only after everybody had time to learn of it', async (t) => {
  const first = (await renewed(undefined, PLAN, START)) as Keyring;
  const late = START + 600 * DAY;
  const fresh = { ...first, leaf: await issue(first.authority, PLAN.hosts, late, PLAN.leafMs) };
  const trusting = (await renewed(fresh, PLAN, late)) as Keyring;
  t.equal(trusting.leaf.cert, fresh.leaf.cert);
  t.not(trusting.next, undefined);
  t.equal(await renewed(trusting, PLAN, late + 9 * MINUTE), undefined, 'not yet');
  const using = (await renewed(trusting, PLAN, late + 10 * MINUTE)) as Keyring;
  t.equal(using.authority.cert, trusting.next?.cert);
  t.equal(using.old, first.authority.cert);
  t.equal(await renewed(using, PLAN, late + 19 * MINUTE), undefined, 'both are trusted');
  const settled = (await renewed(using, PLAN, late + 20 * MINUTE)) as Keyring;
  t.equal(settled.old, undefined);
  t.equal(await renewed(settled, PLAN, late + 21 * MINUTE), undefined);
});

void t.test('another Service is another leaf; what cannot be used is begun anew', async (t) => {
  const first = (await renewed(undefined, PLAN, START)) as Keyring;
  const other = (await renewed(first, keyPlan(['other.seldon.svc']), START)) as Keyring;
  t.equal(other.authority.cert, first.authority.cert);
  t.equal(new X509Certificate(other.leaf.cert).checkHost('other.seldon.svc'), 'other.seldon.svc');
  const stranger = await makeAuthority(START, DAY);
  const mixed = (await renewed({ ...first, authority: stranger }, PLAN, START)) as Keyring;
  t.ok(isTrusted(mixed.leaf.cert, bundleOf(mixed), START), 'a leaf of another authority');
  const ended = (await renewed(first, PLAN, START + 800 * DAY)) as Keyring;
  t.ok(isTrusted(ended.leaf.cert, bundleOf(ended), START + 800 * DAY), 'an authority that has ended');
});

void t.test(
  'both have ended their use while the cluster was off: nobody waits for another authority',
  async (t) => {
    const first = (await renewed(undefined, PLAN, START)) as Keyring;
    const late = START + 600 * DAY;
    const trusting = { ...first, next: await makeAuthority(late, PLAN.authorityMs), since: late };
    const soon = (await renewed(trusting, PLAN, late)) as Keyring;
    t.ok(isTrusted(soon.leaf.cert, first.authority.cert, late), 'a certificate by those who are trusted now');
    t.equal(soon.next, trusting.next);
    const nearly = await issue(first.authority, PLAN.hosts, late - PLAN.leafMs + 5 * MINUTE, PLAN.leafMs);
    const saved = (await renewed({ ...trusting, leaf: nearly }, PLAN, late)) as Keyring;
    t.ok(
      isTrusted(saved.leaf.cert, first.authority.cert, late + DAY),
      'nor does one that would end meanwhile',
    );
    // The authority ends while the next one waits.
    const end = START + PLAN.authorityMs;
    const next = await makeAuthority(end - MINUTE, PLAN.authorityMs);
    const leaf = await issue(first.authority, PLAN.hosts, end - DAY, PLAN.leafMs);
    const over = (await renewed({ ...first, leaf, next, since: end - MINUTE }, PLAN, end + 1000)) as Keyring;
    t.equal(over.authority, next, 'that is trusted already');
    t.ok(isTrusted(over.leaf.cert, next.cert, end + 1000));
  },
);

void t.test('a clock was ahead, and is right again', async (t) => {
  const ahead = START + 30 * DAY;
  const first = (await renewed(undefined, PLAN, ahead)) as Keyring;
  const again = (await renewed(first, PLAN, START)) as Keyring;
  t.ok(isTrusted(again.leaf.cert, bundleOf(again), START), 'nothing of the future is shown');
  const old = (await makeAuthority(START, DAY)).cert;
  const settled = await renewed({ ...again, old, since: ahead }, PLAN, START);
  t.match(settled, { old: undefined }, 'nor waited for');
  const next = await makeAuthority(ahead, PLAN.authorityMs);
  t.equal(await renewed({ ...again, next, since: 0 }, PLAN, START), undefined, 'nor used');
  const leaf = await issue(again.authority, PLAN.hosts, ahead, PLAN.leafMs);
  const shown = (await renewed({ ...again, leaf }, PLAN, START)) as Keyring;
  t.equal(shown.authority, again.authority);
  t.ok(isTrusted(shown.leaf.cert, again.authority.cert, START));
});

void t.test('an authority that may not sign is not asked again and again', async (t) => {
  const first = (await renewed(undefined, PLAN, START)) as Keyring;
  const authority = await issue(first.authority, PLAN.hosts, START, PLAN.leafMs);
  await t.rejects(renewed({ ...first, authority }, PLAN, START), /may not sign/);
});
