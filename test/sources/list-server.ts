import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfMade } from '../../src/sources/certificate.ts';
import { kubeconfigText } from '../api-server.ts';

/** What the server does with a request: a status and a body, or nothing where it lists what it holds. */
export type Reply = { status: number; headers?: Record<string, string>; body: unknown };

export interface ListServer {
  readonly url: string;
  readonly kubeconfig: string;
  readonly ca: string;
  /** Every request, as `path?query`. */
  readonly asked: string[];
  /** The Authorization header of every request. */
  readonly tokens: (string | undefined)[];
  connections: number;
  stop(): Promise<void>;
}

/**
 * An HTTPS server that speaks the list protocol of the API server: `limit`, `continue`, field selectors on
 * names, 404 for what it does not hold. `intercept` answers first.
 */
export async function startListServer(
  held: Readonly<Record<string, readonly Record<string, unknown>[]>>,
  intercept: (request: URL, times: number) => Reply | undefined = () => undefined,
): Promise<ListServer> {
  const tls = await selfMade(['127.0.0.1']);
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-list-'));
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const tokens: (string | undefined)[] = [];

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'https://x');
    const times = asked.filter((path) => path.split('?')[0] === url.pathname).length;
    asked.push(request.url ?? '');
    tokens.push(request.headers.authorization);
    const reply = intercept(url, times) ?? list(held, url);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
  };
  const server = createServer({ cert: tls.cert, key: tls.key }, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigText({ url, ca: tls.ca, users: { guard: 'secret-token' } }));
  const made: ListServer = {
    url,
    kubeconfig,
    ca: tls.ca,
    asked,
    tokens,
    connections: 0,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  server.on('secureConnection', (socket) => {
    made.connections += 1;
    sockets.add(socket);
  });
  return made;
}

/** What the API server says when it refuses. */
export function status(code: number, reason: string, message = reason): Reply {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, reason, code },
  };
}

function list(held: Readonly<Record<string, readonly Record<string, unknown>[]>>, url: URL): Reply {
  const all = held[url.pathname];
  if (all === undefined) return { status: 404, body: '404 page not found\n' };
  const name = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '');
  const wanted = all.filter(
    ({ metadata }) => name === undefined || (metadata as { name: string }).name === name,
  );
  const start = Number(url.searchParams.get('continue') ?? 0);
  const end = start + Number(url.searchParams.get('limit') ?? wanted.length);
  const metadata = { resourceVersion: '42', ...(end < wanted.length ? { continue: String(end) } : {}) };
  return {
    status: 200,
    body: { kind: 'AnyList', apiVersion: 'v1', metadata, items: wanted.slice(start, end) },
  };
}
