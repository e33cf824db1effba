import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** What a TLS server shows, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The files are not a certificate and its key; the message is one sentence for whoever named them. */
export class CertificateError extends Error {}

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

/**
 * A certificate for these names and addresses, signed by a CA made for it, whose key is thrown away. EC P-256
 * with SHA-256: the API server refuses SHA-1, which is the library's default. Valid from an hour ago, as clocks
 * differ, for a year.
 */
export async function selfMade(hosts: readonly string[]): Promise<Certificate & { readonly ca: string }> {
  // 90 ms to load, needed by nobody who brings a certificate.
  const { generate } = await import('selfsigned');
  const now = Date.now();
  const common = {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - HOUR_MS),
    notAfterDate: new Date(now + YEAR_MS),
  } as const;
  const ca = await generate([{ name: 'commonName', value: 'seldon-guard self-made CA' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'seldon-guard' }], {
    ...common,
    ca: { key: ca.private, cert: ca.cert },
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
  // With their last line ended, so that one may be written after the other.
  return { ca: `${ca.cert}\n`, cert: `${leaf.cert}\n`, key: `${leaf.private}\n` };
}

/** A certificate from its files. They are tried together: a key of another certificate is refused here, not at the first call. */
export async function fromFiles(certPath: string, keyPath: string): Promise<Certificate> {
  const cert = await text(certPath, 'certificate');
  const key = await text(keyPath, 'key');
  const shown = certificateIn(cert, certPath);
  if (!shown.checkPrivateKey(keyIn(key, keyPath)))
    throw new CertificateError(`${keyPath} is not the key of the certificate in ${certPath}.`);
  return { cert, key };
}

async function text(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : code;
    throw new CertificateError(`Cannot read the TLS ${what} ${path}: ${why}.`, { cause: error });
  }
}

function certificateIn(pem: string, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new CertificateError(`${path} holds no certificate in PEM.`, { cause: error });
  }
}

function keyIn(pem: string, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CertificateError(`${path} holds no private key in PEM, or an encrypted one.`, { cause: error });
  }
}
