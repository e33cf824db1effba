import t from 'tap';
import { authorities } from '../../src/doctor/authorities.ts';
import type { Installation } from '../../src/doctor/installation.ts';
import { isTrusted, certificatesIn } from '../../src/sources/certificates-in.ts';
import { issue, makeAuthority } from '../../src/sources/authority.ts';
import { CONFIGURATIONS } from '../../src/upkeep/webhook-configurations.ts';

// What is said of a caBundle. The API server itself lets none in that cannot be read: older ones did.

const DAY_MS = 86_400_000;
const now = Date.now();
const inBase64 = (pem: string): string => Buffer.from(pem).toString('base64');

void t.test('a caBundle that is empty, unreadable, over, about to be, or fine', async (t) => {
  const [long, short, over] = await Promise.all(
    [100.5, 10.5, -1].map((days) =>
      makeAuthority(now - (days < 0 ? 5.5 * DAY_MS : 0), Math.abs(days) * DAY_MS),
    ),
  );
  const stateOf = (caBundle: string | undefined, at: 'service' | 'url' = 'service') => {
    const webhook = {
      name: 'one',
      clientConfig: { [at]: {}, ...(caBundle === undefined ? {} : { caBundle }) },
    };
    const registered = [
      { configuration: CONFIGURATIONS[0], sight: { is: 'there', seen: {} }, webhooks: [webhook] },
    ];
    const [found] = authorities({ registered, now, tls: { isSelfMade: true } } as unknown as Installation);
    return found;
  };
  const pem = (pair: { cert: string } | undefined): string => inBase64(pair?.cert ?? '');
  t.match(stateOf(undefined), { state: 'wrong', says: /is empty/, remedy: /it writes caBundle/ });
  t.match(stateOf(undefined, 'url'), { state: 'ok' });
  t.match(stateOf(inBase64('nonsense')), { state: 'wrong', says: /no certificate in PEM/ });
  t.match(stateOf(inBase64(`${long?.cert}${BROKEN}`)), { state: 'wrong', says: /no certificate in PEM/ });
  t.match(stateOf(pem(over)), { state: 'wrong', says: /\(days left: -5\)/ });
  t.match(stateOf(pem(short)), { state: 'warning', says: /\(days left: 10\)/ });
  t.match(stateOf(pem(long)), { state: 'ok', says: 'caBundle holds 1 authority (days left: 100).' });
  t.match(stateOf(inBase64(`${over?.cert}${long?.cert}`)), {
    state: 'ok',
    says: /2 authorities \(days left: -5, 100\)/,
  });
});

void t.test('who is trusted', async (t) => {
  const [one, other] = await Promise.all([makeAuthority(now, DAY_MS), makeAuthority(now - 1000, DAY_MS)]);
  const leaf = certificatesIn(inBase64((await issue(one, ['a.b.svc'], now, DAY_MS)).cert)) ?? [];
  const of = (...pairs: { cert: string }[]) =>
    certificatesIn(inBase64(pairs.map(({ cert }) => cert).join(''))) ?? [];
  t.ok(isTrusted(leaf, of(other, one), now));
  t.notOk(isTrusted(leaf, of(other), now));
  t.notOk(isTrusted(leaf, [], now));
  t.notOk(isTrusted(leaf, of(one), now + 2 * DAY_MS), 'after its end');
  t.ok(isTrusted(leaf, leaf, now), 'a certificate that is trusted itself');
  t.ok(isTrusted([...leaf, ...of(one)], of(one), now), 'its authority comes along with it');
  t.notOk(isTrusted([...leaf, ...of(one)], of(other), now), 'which makes it no more trusted');
});

const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
