import { X509Certificate } from 'node:crypto';

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates in a PEM text that is told in base64, as Secrets and caBundle have it, in their order; undefined where it
 * holds none, or one that cannot be read.
 */
export function certificatesIn(base64 = ''): readonly X509Certificate[] | undefined {
  const pem = Buffer.from(base64, 'base64').toString('utf8');
  try {
    const found = (pem.match(PEM) ?? []).map((text) => new X509Certificate(text));
    return found.length === 0 ? undefined : found;
  } catch {
    return undefined;
  }
}

/** Whether a certificate counts at a moment, in milliseconds since 1970. */
export function isValidAt(certificate: X509Certificate, now: number): boolean {
  return certificate.validFromDate.getTime() <= now && now <= certificate.validToDate.getTime();
}

/** Days from a moment until the certificate's end, rounded down; below 0 once it is over. */
export function daysLeft(certificate: X509Certificate, now: number): number {
  return Math.floor((certificate.validToDate.getTime() - now) / 86_400_000);
}

/** Whether whoever trusts `authorities` at that moment trusts the first of `chain`, by way of the others if need be. */
export function isTrusted(
  chain: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: number,
): boolean {
  const [leaf, ...others] = chain;
  if (leaf === undefined || !isValidAt(leaf, now)) return false;
  const isIssuer = (one: X509Certificate): boolean =>
    isValidAt(one, now) && leaf.checkIssued(one) && leaf.verify(one.publicKey);
  if (authorities.some((one) => isIssuer(one) || one.fingerprint256 === leaf.fingerprint256)) return true;
  const next = others.find(isIssuer);
  return next !== undefined && isTrusted([next, ...others.filter((one) => one !== next)], authorities, now);
}
