import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { Picture } from '../model/cluster.ts';
import type { Kind } from '../model/kinds.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { endedWaivers } from '../policy/settings.ts';
import { recordOf } from '../reports/record.ts';
import { defaultDrainMs } from '../server/drain.ts';
import { drainOnSignal } from '../server/drain-on-signal.ts';
import type { Entry, Log } from '../server/guard.ts';
import { start } from '../server/start.ts';
import { fromFiles, selfMade } from '../sources/certificate.ts';
import type { Certificate } from '../sources/certificate.ts';
import { chosen } from '../sources/chosen.ts';
import { Faults } from '../sources/faults.ts';
import { readManifests } from '../sources/files.ts';
import { connect } from '../sources/kubeconfig.ts';
import { listCluster } from '../sources/list-cluster.ts';
import { VERSION } from '../sources/version.ts';
import { assemble, warmUp } from './assemble.ts';
import { processLog } from './process-log.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly probePort: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly caOut?: string;
  readonly cluster?: readonly string[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly settings?: string;
  readonly drain?: number;
  readonly logLevel: string;
}

/**
 * `seldon-guard serve`: the webhook, until a signal ends it. Returns once it listens; whatever keeps it from doing so is
 * thrown as Faults, one sentence each.
 */
export async function serve(options: ServeOptions): Promise<number> {
  // Loading the picture teaches V8 that manifests live long, and it then puts each request's among the old objects, where
  // it keeps the whole request from being collected while that is cheap (`node --trace-gc` shows it).
  setFlagsFromString('--no-allocation-site-pretenuring');
  const { log, written } = processLog(options.logLevel);
  const { catalogue, settings } = chosen(options.settings);
  for (const ended of endedWaivers(settings, Date.now())) log.warn({ settings: options.settings }, ended);
  const picture = await pictureOf(options, catalogue, log);
  const record = (entry: Entry): void => log.info(line(entry, catalogue), 'decision');
  const guard = assemble({ catalogue, settings, picture: () => picture, record });
  const tls = await certificateOf(options, log);
  const listening = await start({
    guard,
    log,
    tls,
    about: { version: VERSION, catalogue: catalogue.digest },
    addresses: options,
  }).catch(asFaults);
  drainOnSignal(listening, {
    drainMs: options.drain ?? defaultDrainMs(process.env),
    log,
    last: written,
  });
  const { host, port, probePort } = listening;
  log.info(
    { version: VERSION, catalogue: catalogue.digest, policies: catalogue.policies.length },
    `listening on https://${urlHost(host)}:${port}, probes on http://${urlHost(host)}:${probePort}`,
  );
  warmUp(guard).catch((err: unknown) =>
    log.error({ err }, 'the names in use could not be looked up beforehand'),
  );
  return 0;
}

/** One line of the record. */
function line({ request, webhook, decision, allowed, ...measures }: Entry, catalogue: Catalogue): object {
  return { ...request, webhook, allowed, ...recordOf(decision), ...measures, catalogue: catalogue.digest };
}

async function pictureOf(options: ServeOptions, catalogue: Catalogue, log: Log): Promise<Picture> {
  if (options.cluster !== undefined && options.kubeconfig !== undefined)
    throw new Faults(['--cluster and --kubeconfig are two pictures of one cluster: give one of them']);
  if (options.cluster !== undefined) {
    const { manifests, unreadable } = await readManifests(options.cluster);
    if (unreadable.length > 0) throw new Faults(unreadable.map(({ message }) => message));
    log.info({ objects: manifests.length }, 'the rest of the cluster is taken from files');
    return Picture.of(manifests);
  }
  if (options.kubeconfig === undefined) {
    log.warn({}, 'no --cluster and no --kubeconfig: what depends on other objects is judged as unknown');
    return Picture.of([]);
  }
  const connection = await connect({ kubeconfig: options.kubeconfig, context: options.context });
  if ('problem' in connection) throw new Faults([connection.problem]);
  const needs = new Set<Kind>(catalogue.policies.flatMap(({ check }) => check.needs));
  const listing = await listCluster(connection.api, needs);
  for (const problem of listing.problems) log.warn({}, problem);
  if (listing.seen.length === 0)
    throw new Faults([...listing.problems, 'nothing of the cluster could be listed']);
  log.info({ objects: listing.manifests.length, kinds: listing.seen }, 'the cluster is listed once');
  return Picture.of(listing.manifests, { seen: listing.seen, takenAt: listing.takenAt });
}

async function certificateOf(options: ServeOptions, log: Log): Promise<Certificate> {
  const { tlsCert, tlsKey, caOut, host } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new Faults(['--tls-cert and --tls-key belong together: give both or neither']);
  if (tlsCert !== undefined && tlsKey !== undefined) return fromFiles(tlsCert, tlsKey).catch(asFaults);
  const made = await selfMade([...new Set([host, 'localhost', '127.0.0.1', '::1'])]);
  if (caOut !== undefined) writeCa(caOut, made.ca);
  log.info({ caOut }, 'made a certificate for this run; --ca-out writes its CA for caBundle');
  return made;
}

function writeCa(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    throw new Faults([
      `--ca-out ${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    ]);
  }
}

function asFaults(error: unknown): never {
  throw new Faults([error instanceof Error ? error.message : String(error)]);
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
