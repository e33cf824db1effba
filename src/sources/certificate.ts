import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { issue, makeAuthority } from './authority.ts';

/** What a TLS server shows, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The files are not a certificate and its key; the message is one sentence for whoever named them. */
export class CertificateError extends Error {}

const YEAR_MS = 365 * 24 * 3_600_000;

/** A certificate for these names and addresses that is valid for a year, signed by a CA whose key is thrown away. */
export async function selfMade(hosts: readonly string[]): Promise<Certificate & { readonly ca: string }> {
  const now = Date.now();
  const authority = await makeAuthority(now, YEAR_MS);
  return { ...(await issue(authority, hosts, now, YEAR_MS)), ca: authority.cert };
}

/** A certificate from its files. They are tried together: a key of another certificate is refused here, not at the first call. */
export async function fromFiles(certPath: string, keyPath: string): Promise<Certificate> {
  const cert = await text(certPath, 'certificate');
  const key = await text(keyPath, 'key');
  const shown = certificateIn(cert, certPath);
  if (!shown.checkPrivateKey(keyIn(key, keyPath)))
    throw new CertificateError(`${keyPath} is not the key of the certificate in ${certPath}.`);
  const why = unshowable({ cert, key });
  if (why !== undefined)
    throw new CertificateError(`No TLS server can show the certificate in ${certPath}: ${why}.`);
  return { cert, key };
}

/** Why no TLS server can show it, as OpenSSL says: it reads the whole chain, and refuses weak keys. Undefined where one can. */
export function unshowable({ cert, key }: Certificate): string | undefined {
  try {
    createSecureContext({ cert, key });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
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
