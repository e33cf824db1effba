import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { selfMade } from '../../src/sources/certificate.ts';
import { realSamples } from '../server/samples.ts';
import { BIG, bigCluster, writeCluster } from './big-cluster.ts';
import { closedLoop, median, pacedLoop, percentile, sequence } from './load.ts';
import type { Round, Shot } from './load.ts';
import { startTarget } from './target.ts';
import type { Target } from './target.ts';

/**
 * The guard against a bare Fastify server that parses and answers the same bodies. Both are processes of their own;
 * rounds alternate, and each ratio is the median of the rounds' ratios, so that a machine that slows down
 * slows both. Twice: reviews that come again as they were, of which the guard remembers the answer, and reviews of which
 * none was ever seen before.
 */
const GUARD = [join(import.meta.dirname, '../../src/main.ts'), 'serve'];
const BARE = [join(import.meta.dirname, 'bare-server.ts')];
/** Enough that neither server waits for the client to wake up. */
const IN_FLIGHT = 32;
/** Open connections at a steady pace: enough that none waits for another. */
const CONNECTIONS = 32;
const WARM_UP_ROUNDS = 4;
const TARGETS = { throughput: 0.7, p99Ms: 5 };

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
});
const rounds = Number(values.rounds);
const ms = Number(values.seconds) * 1000;

const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-bench-'));
process.once('exit', () => rmSync(folder, { recursive: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const { ca, cert, key } = await selfMade(['127.0.0.1']);
const paths = {
  ca,
  certPath: file('tls.crt', cert),
  keyPath: file('tls.key', key),
  clusterPath: join(folder, 'cluster'),
};
writeCluster(paths.clusterPath, bigCluster());

const NUMBER = '00000000';
const shots: Shot[] = realSamples().map(({ file, text }) => {
  const review = JSON.parse(text) as { request: { userInfo: object } };
  review.request.userInfo = { ...review.request.userInfo, extra: { round: [NUMBER] } };
  // Compact, as the API server sends it.
  const body = Buffer.from(JSON.stringify(review));
  const path = file.includes('-validate-') ? '/validate' : '/mutate';
  return { path, body, numberAt: body.indexOf(`"round":["${NUMBER}"]`) + '"round":["'.length };
});
const bytes = shots.reduce((sum, { body }) => sum + body.length, 0) / shots.length;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(
  `${shots.length} reviews of ${(bytes / 1024).toFixed(1)} KiB on average; ${BIG.namespaces} namespaces and ${BIG.pods} pods in the picture`,
);

const both = async (connections: number): Promise<[Target, Target]> => [
  await startTarget('guard', GUARD, { ...paths, connections }),
  await startTarget('bare', BARE, { ...paths, connections }),
];
const alternate = async (targets: [Target, Target], run: (target: Target) => Promise<Round>) => {
  const pairs: [guard: Round, bare: Round][] = [];
  // Until the code that judges is compiled, some tens of thousands of requests go by.
  for (let warmUp = 0; warmUp < WARM_UP_ROUNDS; warmUp++) for (const target of targets) await run(target);
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? targets : targets.toReversed();
    const results = new Map<Target, Round>();
    for (const target of order) results.set(target, await run(target));
    pairs.push([results.get(targets[0]) as Round, results.get(targets[1]) as Round]);
  }
  return pairs;
};

interface Measured {
  readonly throughput: number;
  /** Milliseconds between the two p99 at half of the bare server's peak. */
  readonly apart: number;
}

async function measure(isNew: boolean): Promise<Measured> {
  const inTurn = sequence(shots, isNew);
  const full = await both(IN_FLIGHT);
  const spent = new Map<Round, number>();
  const peak = await alternate(full, async (target) => {
    const before = target.cpuMs();
    const round = await closedLoop(target.pool, inTurn, IN_FLIGHT, ms);
    spent.set(round, ((target.cpuMs() - before) * 1000) / round.requests);
    return round;
  });
  for (const target of full) await target.stop();
  say(`${IN_FLIGHT} in flight, median of ${rounds} alternating rounds of ${ms / 1000} s`);
  say(`${''.padEnd(14)}${'guard'.padStart(10)}${'bare'.padStart(10)}${'ratio'.padStart(10)}`);
  const row = (name: string, of: (round: Round) => number, digits: number): number => {
    const ratio = median(peak.map(([guard, bare]) => of(guard) / of(bare)));
    const cells = [0, 1].map((i) => median(peak.map((pair) => of(pair[i] as Round))).toFixed(digits));
    say(
      `${name.padEnd(14)}${cells.map((cell) => cell.padStart(10)).join('')}${ratio.toFixed(2).padStart(10)}`,
    );
    return ratio;
  };
  const throughput = row('requests/s', (round) => round.perSecond, 0);
  // Says the same as the throughput, and goes on saying it on a machine that is busy with something else.
  row('processor us', (round) => spent.get(round) ?? Number.NaN, 0);
  row('p50 ms', (round) => percentile(round, 0.5), 2);
  row('p99 ms', (round) => percentile(round, 0.99), 2);

  const pace = median(peak.map(([, bare]) => bare.perSecond)) / 2;
  const paced = await both(CONNECTIONS);
  const steady = await alternate(paced, ({ pool }) => pacedLoop(pool, inTurn, pace, ms));
  for (const target of paced) await target.stop();
  const p99 = (i: 0 | 1): number => median(steady.map((pair) => percentile(pair[i], 0.99)));
  const apart = median(steady.map(([guard, bare]) => percentile(guard, 0.99) - percentile(bare, 0.99)));
  say(`at half of the bare server's peak, ${pace.toFixed(0)} requests/s`);
  say(
    `p99 ms        ${p99(0).toFixed(2).padStart(10)}${p99(1).toFixed(2).padStart(10)}${apart.toFixed(2).padStart(10)} apart`,
  );
  return { throughput, apart };
}

say('\n## Reviews that come again');
const again = await measure(false);
say('\n## Reviews that were never seen before');
const fresh = await measure(true);

const verdict = (met: boolean): string => (met ? 'met' : 'MISSED');
say('');
for (const [name, { throughput, apart }] of [
  ['again', again],
  ['never seen', fresh],
] as const) {
  say(
    `${name}: throughput at least ${TARGETS.throughput} of the bare server's: ${verdict(throughput >= TARGETS.throughput)}`,
  );
  say(`${name}: p99 within ${TARGETS.p99Ms} ms of it at half its peak: ${verdict(apart <= TARGETS.p99Ms)}`);
}
