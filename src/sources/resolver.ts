import { Resolver as Client } from 'node:dns/promises';
import type { Observation } from '../model/cluster.ts';
import { Recent } from './resolver-cache.ts';
import { serverAddress } from './resolver-address.ts';

export interface ResolverOptions {
  /** The servers to ask: `ip`, `ip:port` or `[v6]:port`; every one is asked for every name. */
  readonly resolvers: readonly string[];
  /** How long one call of `observe` may take. */
  readonly timeoutMs?: number;
  /** How long an answer is remembered, also the answer that there is nothing. */
  readonly ttlMs?: number;
  /** How many names are remembered. */
  readonly maxEntries?: number;
}

/** Asks resolvers what names mean outside the cluster, so that checks can read it as data. */
export interface Resolver {
  /** What the resolvers say of each name (absolute, with its final dot). Never throws, and is done within `timeoutMs`. */
  observe(names: readonly string[]): Promise<ReadonlyMap<string, Observation>>;
}

/** A failure is forgotten soon: the next question is a new chance. */
const FAILURE_TTL_MS = 5000;
const ABSENT: Observation = { outcome: 'absent' };

/** A resolver over these servers. Throws, naming the entry, where one is no address. */
export function createResolver(options: ResolverOptions): Resolver {
  const { resolvers, timeoutMs = 500, ttlMs = 300_000, maxEntries = 1000 } = options;
  const servers = resolvers.map((text, index) => serverOf(text, index, timeoutMs));
  const known = new Recent<Observation>(maxEntries);
  const underWay = new Map<string, Promise<Observation>>();

  async function lookUp(name: string): Promise<Observation> {
    const observation = strongest(await Promise.all(servers.map((server) => ask(server, name, timeoutMs))));
    known.set(name, observation, observation.outcome === 'failed' ? Math.min(FAILURE_TTL_MS, ttlMs) : ttlMs);
    underWay.delete(name);
    return observation;
  }

  function observeOne(name: string): Promise<Observation> | Observation {
    const remembered = known.get(name) ?? underWay.get(name);
    if (remembered !== undefined) return remembered;
    const asked = lookUp(name);
    underWay.set(name, asked);
    return asked;
  }

  return {
    async observe(names) {
      if (servers.length === 0) return new Map();
      const unique = [...new Set(names)];
      return new Map(await Promise.all(unique.map(async (name) => [name, await observeOne(name)] as const)));
    },
  };
}

interface Server {
  /** As the operator wrote it. */
  readonly text: string;
  readonly client: Client;
}

function serverOf(text: string, index: number, timeoutMs: number): Server {
  const address = serverAddress(text);
  if (address === undefined)
    throw new Error(
      `resolvers[${index}]: ${JSON.stringify(text)} is not the address of a DNS server. ` +
        'Write an IP address, with a port where it is not 53: 10.43.0.10, 10.43.0.10:5353 or [fd00::a]:53.',
    );
  const client = new Client({ timeout: timeoutMs, maxTimeout: timeoutMs, tries: 1 });
  client.setServers([address]);
  return { text, client };
}

/** An address from any server beats a failure, which beats the word of the others that there is nothing. */
function strongest(observations: readonly Observation[]): Observation {
  const having = (outcome: Observation['outcome']): Observation | undefined =>
    observations.find((observation) => observation.outcome === outcome);
  return having('addresses') ?? having('failed') ?? ABSENT;
}

/** What one server says of a name, IPv4 and IPv6 together; aliases are followed to their addresses. */
async function ask({ text, client }: Server, name: string, timeoutMs: number): Promise<Observation> {
  const answers = await Promise.all([
    answerOf(client.resolve4(name), timeoutMs),
    answerOf(client.resolve6(name), timeoutMs),
  ]);
  const addresses = answers.flatMap((answer) => (typeof answer === 'string' ? [] : answer)).toSorted();
  if (addresses.length > 0) return { outcome: 'addresses', addresses, resolver: text };
  // NXDOMAIN is about the name whatever type was asked for; NODATA is about the one type.
  const failure = answers.find((answer) => typeof answer === 'string' && answer !== 'ENODATA');
  if (typeof failure !== 'string' || answers.includes('ENOTFOUND')) return ABSENT;
  return { outcome: 'failed', why: `${text} ${reasonOf(failure, timeoutMs)}` };
}

/** The addresses, or the code of what went wrong. The client's own time limit is not exact (nodejs/node#65340). */
async function answerOf(asked: Promise<string[]>, timeoutMs: number): Promise<string[] | string> {
  const { promise: late, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(resolve, timeoutMs, 'ETIMEOUT');
  const answer = asked.catch((error: unknown) => codeOf(error));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}

function reasonOf(code: string, timeoutMs: number): string {
  switch (code) {
    case 'ETIMEOUT':
      return `did not answer in time (the limit is ${timeoutMs} ms)`;
    case 'ECONNREFUSED':
      return 'cannot be reached: the connection is refused';
    case 'ESERVFAIL':
      return 'answered SERVFAIL';
    case 'EREFUSED':
      return 'refuses to answer';
    default:
      return `gave no usable answer (${code})`;
  }
}
