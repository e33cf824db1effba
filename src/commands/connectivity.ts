import type { Cluster } from '../model/cluster.ts';
import type { Kind } from '../model/kinds.ts';
import { connectionsIn, LISTING_KINDS } from '../network/listing.ts';
import type { Connection } from '../network/listing.ts';
import { mergedRanges } from '../network/merged-ranges.ts';
import { partyOf } from '../network/party.ts';
import type { Protocol } from '../network/pod.ts';
import { answerTo } from '../network/question.ts';
import type { Answer, Question } from '../network/question.ts';
import { workloadsOf } from '../network/workload.ts';
import { answerJson, answerText } from '../reports/connectivity-answer.ts';
import { connectivityDot } from '../reports/connectivity-dot.ts';
import { connectivityGraph } from '../reports/connectivity-graph.ts';
import { connectivityJson } from '../reports/connectivity-json.ts';
import { connectivitySvg } from '../reports/connectivity-svg.ts';
import { connectivityCsv, connectivityMarkdown, connectivityText } from '../reports/connectivity-table.ts';
import { Faults } from '../sources/faults.ts';
import { clusterPicture } from './cluster-picture.ts';
import { print, say } from './print.ts';

/** How a listing can be written down. */
type Format = 'text' | 'json' | 'dot' | 'svg' | 'md' | 'csv';

export interface ConnectivityOptions {
  readonly format: Format;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly from?: string;
  readonly to?: string;
  readonly port?: string;
  readonly protocol?: Protocol;
  readonly expect?: 'allowed' | 'denied';
}

const KINDS: readonly Kind[] = [...LISTING_KINDS, 'Service'];

/**
 * `seldon-guard connectivity`: who can reach whom, or whether one can reach another. Answers 0, or 1 where the answer is not
 * the expected one; what cannot be read or makes no sense is thrown as Faults.
 */
export async function connectivity(paths: readonly string[], options: ConnectivityOptions): Promise<number> {
  const { from, to, port, protocol, expect } = options;
  const isQuestion = [from, to, port, protocol, expect].some((option) => option !== undefined);
  if (isQuestion && (from === undefined || to === undefined || port === undefined))
    throw new Faults(['a question takes --from, --to and --port together']);
  const cluster = await clusterPicture({ ...options, paths }, KINDS, say);
  if (from !== undefined && to !== undefined && port !== undefined)
    return ask(cluster, { from, to, port }, options);
  await print(listing(cluster, options.format));
  return 0;
}

function* listing(cluster: Cluster, format: Format): Generator<string> {
  const doubt = { count: 0 };
  const connections = counted(connectionsIn(cluster), doubt);
  if (format === 'json') yield* connectivityJson(connections);
  else if (format === 'csv') yield* connectivityCsv(connections);
  else if (format === 'md') yield* connectivityMarkdown(mergedRanges(connections));
  else if (format === 'text') yield* connectivityText(mergedRanges(connections));
  else yield drawing(cluster, [...mergedRanges(connections)], format);
  if (workloadsOf(cluster).length === 0) say('there are no workloads among these objects');
  if (doubt.count > 0) {
    const are = doubt.count === 1 ? '1 connection is' : `${doubt.count} connections are`;
    say(`${are} unknown, at least on some ports: --from, --to and --port tell why`);
  }
}

function* counted(connections: Iterable<Connection>, doubt: { count: number }): Generator<Connection> {
  for (const connection of connections) {
    if (connection.verdict.yes !== connection.verdict.maybe) doubt.count++;
    yield connection;
  }
}

/** Every workload is in the picture, also one that nothing connects. */
function drawing(cluster: Cluster, connections: readonly Connection[], format: 'dot' | 'svg'): string {
  const workloads = workloadsOf(cluster).map((workload) => ({ kind: 'workload', workload }) as const);
  const graph = connectivityGraph(connections, workloads);
  return format === 'dot' ? connectivityDot(graph) : connectivitySvg(graph);
}

function ask(
  cluster: Cluster,
  asked: { readonly from: string; readonly to: string; readonly port: string },
  { format, protocol, expect }: ConnectivityOptions,
): number {
  if (format !== 'text' && format !== 'json')
    throw new Faults([`the answer to a question is text or json, not ${format}`]);
  const workloads = workloadsOf(cluster);
  const from = partyOf(asked.from, cluster, workloads);
  if ('problem' in from) throw new Faults([from.problem]);
  const [first] = from.kind === 'pods' ? from.workloads : [];
  const to = partyOf(asked.to, cluster, workloads, first?.namespace);
  if ('problem' in to) throw new Faults([to.problem]);
  const port = portOf(asked.port);
  const question: Question = { from, to, port, protocol };
  const answer = answerTo(question, cluster, workloads);
  if ('problem' in answer) throw new Faults([answer.problem]);
  const title = `${from.title} -> ${to.title} on ${protocol === undefined ? '' : `${protocol} `}${port}`;
  process.stdout.write(format === 'json' ? answerJson(answer) : answerText(answer, title));
  return isExpected(answer, expect) ? 0 : 1;
}

/** A port by its number; anything with a letter in it is a name. */
function portOf(text: string): number | string {
  if (/[a-z]/i.test(text)) return text;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new Faults([`--port ${text} is neither a port from 1 to 65535 nor the name of one`]);
  return port;
}

function isExpected({ allowed }: Answer, expect: ConnectivityOptions['expect']): boolean {
  return expect === undefined || allowed === (expect === 'allowed' ? 'yes' : 'no');
}
