import { X509Certificate, createPrivateKey } from 'node:crypto';
import { objectAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import { unshowable } from '../sources/certificate.ts';
import { certificatesIn } from '../sources/certificates-in.ts';
import type { Keyring } from './keyring.ts';

/** Where something of the guard's own is kept. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** A keyring as it is kept. */
export interface KeptKeyring {
  /** Undefined where there is none yet, or what is there is none. */
  readonly keyring: Keyring | undefined;
  /** The Secret that holds it, as it is; undefined where there is none. */
  readonly secret: JsonObject | undefined;
}

const FORBIDDEN = 403;

/** Marks a Secret as one that the guard may write. */
const OWN = 'seldon-guard.io/keyring';

/**
 * The keyring in its Secret: tls.crt and tls.key as everywhere, and keys of its own beside them. A Secret of that name that
 * does not say it is the guard's is somebody else's, and not written over.
 */
export async function readKeyring(api: ApiServer, place: Place): Promise<KeptKeyring | Trouble> {
  const answer = await api.get(`${secrets(place)}/${place.name}`);
  if (!answer.ok) return answer.status === 404 ? { keyring: undefined, secret: undefined } : answer;
  if (stringAt(answer.body, 'metadata', 'labels', OWN) === undefined)
    return {
      ok: false,
      status: 409,
      trouble: `the Secret ${place.namespace}/${place.name} is not the guard's own: remove it, or name another one with --tls-secret`,
    };
  return { keyring: keyringIn(answer.body), secret: objectAt(answer.body) };
}

/** Keeps a keyring in the place of the one that was read. Of two replicas that try at once, one is refused (409). */
export async function keepKeyring(
  api: ApiServer,
  place: Place,
  keyring: Keyring,
  { secret }: KeptKeyring,
): Promise<Trouble | undefined> {
  const encoded = Object.entries(textsOf(keyring)).map(([key, text]) => [
    key,
    Buffer.from(text).toString('base64'),
  ]);
  const data = Object.fromEntries(encoded) as JsonObject;
  const metadata = { ...place, labels: { [OWN]: 'true' } };
  const answer =
    secret === undefined
      ? await api.send(secrets(place), {
          method: 'POST',
          body: { apiVersion: 'v1', kind: 'Secret', metadata, data },
        })
      : await api.send(`${secrets(place)}/${place.name}`, { method: 'PUT', body: { ...secret, data } });
  if (answer.ok) return undefined;
  if (secret === undefined && answer.status === FORBIDDEN)
    return {
      ...answer,
      trouble: `the Secret ${place.namespace}/${place.name} is gone, and the guard may fill it but not make it: bring it back with helm upgrade`,
    };
  return answer;
}

function secrets({ namespace }: Place): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets`;
}

function textsOf({ authority, leaf, next, old, since }: Keyring): Record<string, string> {
  return {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'tls.crt': leaf.cert,
    'tls.key': leaf.key,
    since: new Date(since).toISOString(),
    ...(next === undefined ? {} : { 'next-ca.crt': next.cert, 'next-ca.key': next.key }),
    ...(old === undefined ? {} : { 'old-ca.crt': old }),
  };
}

function keyringIn(secret: Json): Keyring | undefined {
  const text = (key: string): string | undefined => {
    const encoded = stringAt(secret, 'data', key);
    // With its last line ended, whoever wrote it: Go reads neither of two certificates that share a line.
    return encoded === undefined
      ? undefined
      : `${Buffer.from(encoded, 'base64').toString('utf8').trimEnd()}\n`;
  };
  const pair = (name: string): Keyring['authority'] | undefined => {
    const [cert, key] = [text(`${name}.crt`), text(`${name}.key`)];
    return cert !== undefined && key !== undefined && belong(cert, key) ? { cert, key } : undefined;
  };
  const [authority, leaf] = [pair('ca'), pair('tls')];
  const isOldReadable = certificatesIn(stringAt(secret, 'data', 'old-ca.crt')) !== undefined;
  if (authority === undefined || leaf === undefined) return undefined;
  return {
    authority,
    leaf,
    next: pair('next-ca'),
    old: isOldReadable ? text('old-ca.crt') : undefined,
    since: Date.parse((text('since') ?? '').trimEnd()) || 0,
  };
}

/** Whether both can be read, the key is the certificate's, and a TLS server could show them. */
function belong(cert: string, key: string): boolean {
  try {
    return (
      new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) &&
      unshowable({ cert, key }) === undefined
    );
  } catch {
    return false;
  }
}
