import { idleWaivers } from '../judge/idle-waivers.ts';
import { inspect } from '../judge/inspect.ts';
import { Picture } from '../model/cluster.ts';
import { reviewState } from '../model/review.ts';
import { endedWaivers } from '../policy/settings.ts';
import { scanExitCode, scanJson, scanText } from '../reports/scan-report.ts';
import type { ScanResult } from '../reports/scan-report.ts';
import { chosen } from '../sources/chosen.ts';
import { readManifests } from '../sources/files.ts';
import { lookUp, observersOf } from '../sources/look-up.ts';
import { print } from './print.ts';

export interface ScanOptions {
  readonly format: 'text' | 'json';
  readonly context?: readonly string[];
  readonly namespace: string;
  readonly settings?: string;
  readonly policies?: readonly string[];
}

/**
 * `seldon-guard scan`: all manifests together are one cluster, and each is judged as it stands in it. Prints the report
 * and answers 0 when nothing would be denied, 1 when something would, 2 when something could not be read.
 */
export async function scan(paths: readonly string[], options: ScanOptions): Promise<number> {
  const { catalogue, settings } = chosen(options.settings, options.policies);
  const now = Date.now();
  const judged = await readManifests(paths, { namespace: options.namespace });
  const context = await readManifests(options.context ?? [], { namespace: options.namespace });
  const picture = Picture.of([...context.manifests, ...judged.manifests]);
  const reviews = judged.manifests.map((object) => reviewState(picture, object));
  const cluster = await lookUp(picture, reviews, observersOf(catalogue));
  const decisions = inspect(judged.manifests, cluster, { catalogue, settings, now });
  for (const waiver of [...endedWaivers(settings, now), ...idleWaivers(settings, decisions, now)])
    process.stderr.write(`seldon-guard: ${options.settings ?? 'settings'}: ${waiver}\n`);
  const result: ScanResult = {
    decisions,
    unreadable: [...judged.unreadable, ...context.unreadable],
    skipped: judged.skipped,
    catalogue: catalogue.digest,
  };
  await print([options.format === 'json' ? scanJson(result) : scanText(result)]);
  return scanExitCode(result);
}
