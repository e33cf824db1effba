import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringAt } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { kubeconfigText } from '../api-server.ts';

type Resource = Record<string, unknown> & {
  metadata: { name: string; namespace?: string; resourceVersion?: string };
};

/**
 * An HTTPS server that speaks the API server's list and watch protocol, with field selectors on names, and breaks in its ways
 * when it is told to.
 */
export interface WatchServer {
  readonly kubeconfig: string;
  /** The same as a pod has it: the folder of its service account, and its environment. */
  readonly serviceAccount: string;
  readonly env: Readonly<Record<string, string>>;
  /** Every request, as `path?query`. */
  readonly asked: string[];
  put(path: string, resource: Resource): void;
  remove(path: string, name: string): void;
  /** A bookmark on every watch of a path. */
  bookmark(path: string): void;
  /** Every watch is cut off in the middle of a line. */
  cut(): void;
  /** What happened so far can no longer be watched from. */
  forget(): void;
  /** The path, or what is asked there of one name, answers so until it is set to 200 again. */
  answer(path: string, status: number, name?: string): void;
  stop(): Promise<void>;
}

interface Happened {
  readonly version: number;
  readonly path: string;
  /** Of the object; a bookmark has none. */
  readonly name: string | undefined;
  readonly line: string;
}

export async function startWatchServer(paths: readonly string[]): Promise<WatchServer> {
  const tls = await selfMade(['127.0.0.1']);
  const folder = mkdtempSync(join(tmpdir(), 'seldon-guard-watch-'));
  const held = new Map(paths.map((path) => [path, new Map<string, Resource>()]));
  const statuses = new Map<string, number>();
  const sockets = new Set<Socket>();
  const watches = new Map<ServerResponse, { path: string; only: string | null }>();
  const asked: string[] = [];
  let history: Happened[] = [];
  let version = 1;
  let oldest = 0;

  const tell = (path: string, type: string, object: object): void => {
    const line = `${JSON.stringify({ type, object })}\n`;
    const name = type === 'BOOKMARK' ? undefined : stringAt(object as Json, 'metadata', 'name');
    if (type !== 'BOOKMARK') history.push({ version, path, name, line });
    for (const [response, watched] of watches)
      if (watched.path === path && isMeant(name, watched.only)) response.write(line);
  };
  const stamped = (resource: Resource): Resource => ({
    ...resource,
    metadata: { ...resource.metadata, resourceVersion: String(++version) },
  });
  const refuse = (response: ServerResponse, code: number): void => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: 'as asked', code }));
  };
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://x');
    const path = url.pathname;
    asked.push(request.url ?? '');
    const objects = held.get(path);
    const only = url.searchParams.get('fieldSelector')?.replace('metadata.name=', '') ?? null;
    const status = statuses.get(`${path} ${only ?? ''}`) ?? statuses.get(path);
    const code = objects === undefined ? 404 : (status ?? 200);
    if (code !== 200 || objects === undefined) return refuse(response, code);
    response.writeHead(200, { 'content-type': 'application/json' });
    if (url.searchParams.get('watch') !== '1') {
      const metadata = { resourceVersion: String(version) };
      const items = [...objects.values()].filter((one) => isMeant(one.metadata.name, only));
      return void response.end(JSON.stringify({ kind: 'List', metadata, items }));
    }
    const since = Number(url.searchParams.get('resourceVersion'));
    if (since < oldest) {
      const object = { kind: 'Status', code: 410, message: 'too old resource version' };
      return void response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    }
    response.flushHeaders();
    for (const event of history)
      if (event.path === path && event.version > since && isMeant(event.name, only))
        response.write(event.line);
    watches.set(response, { path, only });
    response.on('close', () => watches.delete(response));
  });
  server.on('secureConnection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, kubeconfigText({ url, ca: tls.ca, users: { guard: 'token' } }));
  writeFileSync(join(folder, 'ca.crt'), tls.ca);
  writeFileSync(join(folder, 'token'), 'token');
  const { hostname, port } = new URL(url);
  return {
    kubeconfig,
    serviceAccount: folder,
    env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
    asked,
    put(path, resource) {
      const { namespace = '', name } = resource.metadata;
      const key = `${namespace}/${name}`;
      const type = held.get(path)?.has(key) === true ? 'MODIFIED' : 'ADDED';
      const now = stamped(resource);
      held.get(path)?.set(key, now);
      tell(path, type, now);
    },
    remove(path, key) {
      const last = held.get(path)?.get(key);
      held.get(path)?.delete(key);
      if (last !== undefined) tell(path, 'DELETED', stamped(last));
    },
    bookmark: (path) =>
      tell(path, 'BOOKMARK', { kind: 'Any', metadata: { resourceVersion: String(version) } }),
    cut() {
      for (const [response] of watches) {
        response.write('{"type":"ADDED","obj');
        setImmediate(() => response.socket?.destroy());
      }
    },
    forget() {
      oldest = ++version;
      history = [];
    },
    answer: (path, status, name) => void statuses.set(name === undefined ? path : `${path} ${name}`, status),
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether a watch or a list that is for one name alone is told of it. */
function isMeant(name: string | undefined, only: string | null): boolean {
  return name === undefined || only === null || name === only;
}
