import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Catalogue } from '../policy/catalogue.ts';
import { recordOf } from '../reports/record.ts';
import { defaultDrainMs } from '../server/drain.ts';
import { drainOnSignal } from '../server/drain-on-signal.ts';
import type { Entry } from '../server/guard.ts';
import { start } from '../server/start.ts';
import { Faults } from '../sources/faults.ts';
import { VERSION } from '../sources/version.ts';
import { assemble, warmUp } from './assemble.ts';
import { processLog } from './process-log.ts';
import { keptRules } from './serve-rules.ts';
import { tlsOf } from './serve-tls.ts';
import type { TlsOptions } from './serve-tls.ts';
import { apiOf, watchedWorld, worldOfFiles } from './serve-world.ts';
import type { WorldOptions } from './serve-world.ts';

export interface ServeOptions extends TlsOptions, WorldOptions {
  readonly port: number;
  readonly probePort: number;
  readonly settings?: string;
  readonly policies?: readonly string[];
  readonly drain?: number;
  readonly logLevel: string;
}

/** The longest that the end waits for an API server that does not answer. */
const LET_GO_MS = 2000;

/**
 * `seldon-guard serve`: the webhook, until a signal ends it. Returns once it listens; whatever keeps it from doing so is
 * thrown as Faults, one sentence each.
 */
export async function serve(options: ServeOptions): Promise<number> {
  // Loading the picture teaches V8 that manifests live long, and it then puts each request's among the old objects, where
  // it keeps the whole request from being collected while that is cheap (`node --trace-gc` shows it).
  setFlagsFromString('--no-allocation-site-pretenuring');
  const { log, written } = processLog(options.logLevel);
  const ending = new AbortController();
  const rules = keptRules(options.settings, options.policies ?? [], log, ending.signal);
  const { catalogue } = rules();
  const api = await apiOf(options);
  const tls = await tlsOf(options, api, log);
  const whenKnown = (): void => {
    warmUp(guard).catch((err: unknown) =>
      log.error({ err }, 'the names in use could not be looked up beforehand'),
    );
  };
  const world =
    api === undefined
      ? await worldOfFiles(options.cluster, log)
      : watchedWorld(api, catalogue, log, options.staleAfter, whenKnown);
  let { isFinal } = tls;
  let isPrepared = false;
  const guard = assemble({
    rules,
    world: { ...world, ready: () => isFinal && isPrepared && world.ready() },
    record: (entry) => log.info(line(entry, rules().catalogue), 'decision'),
  });
  const listening = await start({
    guard,
    log,
    tls: tls.first,
    about: { version: VERSION, catalogue: () => rules().catalogue.digest },
    addresses: options,
  }).catch(asFaults);
  const kept = tls.keep((certificate) => {
    listening.show(certificate);
    isFinal = true;
  }, ending.signal);
  drainOnSignal(listening, {
    drainMs: options.drain ?? defaultDrainMs(process.env),
    log,
    last: async () => {
      ending.abort();
      await Promise.race([kept, wait(LET_GO_MS)]);
      await written();
    },
  });
  const { host, port, probePort } = listening;
  log.info(
    { version: VERSION, catalogue: catalogue.digest, policies: catalogue.policies.length },
    `listening on https://${urlHost(host)}:${port}, probes on http://${urlHost(host)}:${probePort}`,
  );
  // Whoever waits for this line should not wait for others to come along with it.
  void written();
  // What takes a while and nobody has to wait for, as long as the guard is not said to be ready.
  setImmediate(() => {
    for (const { check } of catalogue.policies) check.prepare?.();
    isPrepared = true;
    if (api === undefined) whenKnown();
  });
  return 0;
}

/** One line of the record. */
function line({ request, webhook, decision, allowed, ...measures }: Entry, catalogue: Catalogue): object {
  return { ...request, webhook, allowed, ...recordOf(decision), ...measures, catalogue: catalogue.digest };
}

function asFaults(error: unknown): never {
  throw new Faults([error instanceof Error ? error.message : String(error)]);
}

function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
