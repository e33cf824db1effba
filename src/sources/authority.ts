import { isIP } from 'node:net';

/** A certificate and its private key, as PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

const HOUR_MS = 3_600_000;

/** EC P-256 with SHA-256: the API server refuses SHA-1, which is the library's default. */
const KIND = { keyType: 'ec', algorithm: 'sha256' } as const;

/** A certificate authority of its own kind, valid from an hour before `now`, as clocks differ, for `validMs` after it. */
export async function makeAuthority(now: number, validMs: number): Promise<Pair> {
  // 90 ms to load, needed by nobody who brings a certificate.
  const { default: selfsigned } = await import('selfsigned');
  // Two authorities live side by side while one replaces the other, and clients look an issuer up by its name.
  const made = new Date(now).toISOString().slice(0, 19);
  const ca = await selfsigned.generate([{ name: 'commonName', value: `seldon-guard self-made CA ${made}` }], {
    ...KIND,
    ...valid(now, validMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  return ended(ca.cert, ca.private);
}

/** A server's certificate for these names and addresses, signed by the authority. */
export async function issue(
  authority: Pair,
  hosts: readonly string[],
  now: number,
  validMs: number,
): Promise<Pair> {
  const { default: selfsigned } = await import('selfsigned');
  const leaf = await selfsigned.generate([{ name: 'commonName', value: 'seldon-guard' }], {
    ...KIND,
    ...valid(now, validMs),
    ca: authority,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host },
        ),
      },
    ],
  });
  return ended(leaf.cert, leaf.private);
}

function valid(now: number, validMs: number): { notBeforeDate: Date; notAfterDate: Date } {
  return { notBeforeDate: new Date(now - HOUR_MS), notAfterDate: new Date(now + validMs) };
}

/** With their last line ended, so that one may be written after the other. */
function ended(cert: string, key: string): Pair {
  return { cert: `${cert.trimEnd()}\n`, key: `${key.trimEnd()}\n` };
}
