import { X509Certificate } from 'node:crypto';
import { certificatesIn, isTrusted, isValidAt } from '../sources/certificates-in.ts';

/** Whom the API server trusts, webhook by webhook. Empty where none is registered: then nobody is in the way. */
export type Trust = readonly (readonly X509Certificate[])[];

/** Whether a server that shows this certificate is trusted by all of them at that moment (milliseconds since 1970). */
export function trusts(trust: Trust, leaf: string, now: number): boolean {
  const shown = new X509Certificate(leaf);
  return trust.every((authorities) => isTrusted([shown], authorities, now));
}

/** Whether each of these authorities, one PEM after the other, is trusted by all of them. */
export function holds(trust: Trust, bundle: string): boolean {
  const wanted = [...fingerprintsIn(bundle)];
  return trust.every((authorities) =>
    wanted.every((fingerprint) => authorities.some((one) => one.fingerprint256 === fingerprint)),
  );
}

/** The authorities that are trusted by some of them at that moment and not in the bundle, one PEM after the other. */
export function strangersIn(trust: Trust, bundle: string, now: number): string {
  const known = fingerprintsIn(bundle);
  const strangers = trust.flat().filter((one) => isValidAt(one, now) && !known.has(one.fingerprint256));
  return [...new Set(strangers.map(String))].join('');
}

function fingerprintsIn(bundle: string): Set<string> {
  const found = certificatesIn(Buffer.from(bundle).toString('base64')) ?? [];
  return new Set(found.map((one) => one.fingerprint256));
}
