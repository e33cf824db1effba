import { at, stringAt } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import { certificatesIn, daysLeft, isValidAt } from '../sources/certificates-in.ts';
import type { Installation } from './installation.ts';
import { unseen } from './unseen.ts';

const CHECK = 'ca-bundle';
/** An authority of the guard's own is replaced when 240 days are left. */
const SOON = 30;

/** Whether the API server knows whom to trust when it calls the webhooks. */
export function authorities(installation: Installation): Examined[] {
  const { registered } = installation;
  const found = registered.flatMap(({ configuration, webhooks }) => {
    const about = (names: readonly string[]): string => `${configuration.kind}, ${names.join(', ')}`;
    return [...byBundle(webhooks)].map(([bundle, those]): Examined => {
      const names = those.map((webhook) => stringAt(webhook, 'name') ?? '');
      return { check: CHECK, about: about(names), ...ofBundle(bundle, those, installation) };
    });
  });
  return [...unseen(installation, CHECK), ...found];
}

/** Webhooks by their caBundle, as base64: as a rule all have the same. */
function byBundle(webhooks: readonly JsonObject[]): Map<string, JsonObject[]> {
  return Map.groupBy(webhooks, (webhook) => stringAt(webhook, 'clientConfig', 'caBundle') ?? '');
}

function remedyOf({ tls }: Installation): string {
  return tls.isSelfMade === true
    ? 'See whether a replica runs and leads: it writes caBundle every few seconds, and its log says what keeps it from that.'
    : 'Put the authority of the certificate into caBundle (certificates.files.caBundle of the chart, or cert-manager.io/inject-ca-from).';
}

function ofBundle(
  bundle: string,
  webhooks: readonly JsonObject[],
  installation: Installation,
): Omit<Examined, 'check' | 'about'> {
  const { now } = installation;
  const remedy = remedyOf(installation);
  if (bundle === '') {
    // "If unspecified, system trust roots on the apiserver are used" (WebhookClientConfig): good for a URL alone.
    if (webhooks.every((webhook) => at(webhook, 'clientConfig', 'service') === undefined))
      return { state: 'ok', says: "there is no caBundle: the API server's own authorities count." };
    return {
      state: 'wrong',
      says: 'caBundle is empty, so that the API server does not trust the guard and no call succeeds.',
      remedy,
    };
  }
  const certificates = certificatesIn(bundle);
  if (certificates === undefined)
    return {
      state: 'wrong',
      says: 'caBundle holds no certificate in PEM that can be read, so that no call succeeds.',
      remedy,
    };
  const good = certificates.filter((one) => isValidAt(one, now));
  const left = certificates.map((one) => daysLeft(one, now));
  if (good.length === 0)
    return {
      state: 'wrong',
      says: `no authority in caBundle is valid by the API server's clock (days left: ${left.join(', ')}), so that no call succeeds.`,
      remedy,
    };
  const longest = Math.max(...good.map((one) => daysLeft(one, now)));
  const says = `caBundle holds ${count(certificates.length)} (days left: ${left.join(', ')}).`;
  return longest < SOON ? { state: 'warning', says, remedy } : { state: 'ok', says };
}

function count(certificates: number): string {
  return certificates === 1 ? '1 authority' : `${certificates} authorities`;
}
