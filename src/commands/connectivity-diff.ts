import { flowsClosedBetween } from '../checks/reach/flows-between.ts';
import { mustReach } from '../checks/reach/must-reach.ts';
import type { MustReachParams } from '../checks/reach/required-flow.ts';
import type { Cluster } from '../model/cluster.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import { fill } from '../policy/message.ts';
import { connectionsIn } from '../network/listing.ts';
import type { Endpoint } from '../network/listing-end.ts';
import { listingDiff } from '../network/listing-diff.ts';
import { workloadsOf } from '../network/workload.ts';
import { diffJson, diffMarkdown, diffText, isUnchanged } from '../reports/connectivity-diff.ts';
import type { ConnectivityDiff } from '../reports/connectivity-diff.ts';
import { peerText } from '../reports/connectivity-peer.ts';
import { chosen } from '../sources/chosen.ts';
import { Faults } from '../sources/faults.ts';
import { clusterPicture } from './cluster-picture.ts';
import { print, say } from './print.ts';

export interface ConnectivityDiffOptions {
  readonly format: 'text' | 'json' | 'md';
  readonly namespace: string;
  readonly settings?: string;
  readonly expect?: 'unchanged';
}

/**
 * `seldon-guard connectivity diff`: what the manifests of AFTER open, close and change against those of BEFORE, and which of
 * Seldon's required flows they close. Answers 0, or 1 where nothing was expected to change and something does.
 */
export async function connectivityDiff(
  before: string,
  after: string,
  { format, namespace, settings, expect }: ConnectivityDiffOptions,
): Promise<number> {
  if (before === '-' && after === '-') throw new Faults(['only one of the two can be standard input']);
  const { catalogue } = chosen(settings);
  const read = (path: string): Promise<Cluster> => clusterPicture({ paths: [path], namespace }, [], say);
  const [old, now] = [await read(before), await read(after)];
  const diff = diffOf(old, now, catalogue);
  const write = { text: diffText, json: diffJson, md: diffMarkdown }[format];
  await print([write(diff)]);
  return expect === 'unchanged' && !isUnchanged(diff) ? 1 : 0;
}

function diffOf(old: Cluster, now: Cluster, catalogue: Catalogue): ConnectivityDiff {
  return {
    changes: listingDiff(connectionsIn(old), connectionsIn(now)),
    added: missingIn(old, now),
    removed: missingIn(now, old),
    flows: closedFlows(old, now, catalogue),
  };
}

/** The workloads of one picture that are not in the other. */
function missingIn(one: Cluster, other: Cluster): readonly Endpoint[] {
  const endpoints = (cluster: Cluster): Endpoint[] =>
    workloadsOf(cluster).map((workload) => ({ kind: 'workload', workload }));
  const there = new Set(endpoints(one).map(peerText));
  return endpoints(other).filter((endpoint) => !there.has(peerText(endpoint)));
}

/** In the words of every policy that requires flows. */
function closedFlows(old: Cluster, now: Cluster, { policies }: Catalogue): ConnectivityDiff['flows'] {
  return policies
    .filter(({ check }) => check.name === mustReach.name)
    .flatMap(({ id, params, problems }) =>
      flowsClosedBetween(old, now, params as unknown as MustReachParams).map(({ problem, data }) => ({
        flow: String(data['flow']),
        policy: id,
        message: fill(problems[problem]?.message ?? '', data),
      })),
    );
}
