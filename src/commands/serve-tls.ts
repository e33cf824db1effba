import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Log } from '../server/guard.ts';
import type { ApiServer, Trouble } from '../sources/api-server.ts';
import { fromFiles, selfMade } from '../sources/certificate.ts';
import type { Certificate } from '../sources/certificate.ts';
import { Faults } from '../sources/faults.ts';
import { followFiles } from '../sources/follow-files.ts';
import { keepCertificates } from '../upkeep/certificates.ts';
import type { Place } from '../upkeep/key-store.ts';
import { keyPlan } from '../upkeep/keyring.ts';
import { Leadership } from '../upkeep/leadership.ts';

/** Where `serve` is told to take its certificate from. */
export interface TlsOptions {
  readonly host: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly caOut?: string;
  /** The Secret, `namespace/name`, in which the guard keeps a certificate of its own. */
  readonly tlsSecret?: Place;
  /** The webhook configurations that are to trust it. */
  readonly webhooks?: string;
  /** The Service, `namespace/name`, that it is for. */
  readonly service?: Place;
}

/** A certificate to begin with, and what keeps it the right one while the guard runs. */
export interface Tls {
  readonly first: Certificate;
  /** False while `first` only stands in for one that is still to come. */
  readonly isFinal: boolean;
  /**
   * Calls `show` for each certificate that is to be shown from then on, until `signal`. Ends after it, once another replica
   * need not wait for this one.
   */
  keep(show: (certificate: Certificate) => void, signal: AbortSignal): Promise<void>;
}

const FILES_MS = 5000;
const SECRET_MS = 5000;

/** The certificate that the options ask for. Throws Faults. */
export async function tlsOf(options: TlsOptions, api: ApiServer | undefined, log: Log): Promise<Tls> {
  const { tlsCert, tlsKey, tlsSecret } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Faults(['--tls-cert and --tls-key belong together: give both or neither']);
  if (tlsCert !== undefined && tlsKey !== undefined) return ofFiles(tlsCert, tlsKey, log);
  if (tlsSecret !== undefined) return ofSecret(options, tlsSecret, api, log);
  return { first: await madeForThisRun(options, log), isFinal: true, keep: () => Promise.resolve() };
}

async function ofFiles(certPath: string, keyPath: string, log: Log): Promise<Tls> {
  const first = await fromFiles(certPath, keyPath).catch((error: unknown) => {
    throw new Faults([error instanceof Error ? error.message : String(error)]);
  });
  return {
    first,
    isFinal: true,
    async keep(show, signal) {
      followFiles(
        () => [certPath, keyPath],
        FILES_MS,
        signal,
        () => {
          fromFiles(certPath, keyPath)
            .then((certificate) => {
              show(certificate);
              log.info({ tlsCert: certPath }, 'another certificate is shown from now on');
            })
            // One file is written before the other: the pair is tried again when that comes.
            .catch((error: unknown) => log.warn({}, `${String(error)} The certificate stays as it was.`));
        },
      );
    },
  };
}

async function ofSecret(
  { webhooks, service }: TlsOptions,
  secret: Place,
  api: ApiServer | undefined,
  log: Log,
): Promise<Tls> {
  if (api === undefined || webhooks === undefined || service === undefined)
    throw new Faults(['--tls-secret needs --webhooks, --service, and --in-cluster or --kubeconfig']);
  const name = `${service.name}.${service.namespace}.svc`;
  return {
    first: await selfMade([name]),
    isFinal: false,
    keep(show, signal) {
      const identity = `${hostname()}_${randomUUID()}`;
      const leadership = new Leadership(api, { ...secret, name: `${secret.name}-leader` }, identity);
      const ended = leadership.campaign(signal, sayOnce(log));
      void keepCertificates(
        {
          api,
          secret,
          webhooks,
          plan: keyPlan([name, `${name}.cluster.local`]),
          leads: () => leadership.leads,
          show,
          told: (sentence) => log.info({}, sentence),
          trouble: sayOnce(log),
          everyMs: SECRET_MS,
        },
        signal,
      );
      return ended;
    },
  };
}

/** Tells a trouble once for as long as it is the same, and that it is over. */
function sayOnce(log: Log): (trouble: Trouble | undefined) => void {
  let last: string | undefined;
  return (now) => {
    const before = last;
    last = now?.trouble;
    if (last === before) return;
    if (last !== undefined) log.warn({}, last);
    else log.info({}, `over: ${before}`);
  };
}

async function madeForThisRun({ host, caOut }: TlsOptions, log: Log): Promise<Certificate> {
  const made = await selfMade([...new Set([host, 'localhost', '127.0.0.1', '::1'])]);
  if (caOut !== undefined) writeCa(caOut, made.ca);
  log.info({ caOut }, 'made a certificate for this run; --ca-out writes its CA for caBundle');
  return made;
}

function writeCa(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new Faults([`--ca-out ${file} cannot be written (${code})`]);
  }
}
