import { Agent, request } from 'undici';
import { buildApp } from '../../src/server/app.ts';
import type { Guard, Log } from '../../src/server/guard.ts';
import { listen } from '../../src/server/listen.ts';
import type { Listening } from '../../src/server/listen.ts';
import { buildMetrics } from '../../src/server/metrics.ts';
import { buildProbes } from '../../src/server/probes.ts';
import { Traffic } from '../../src/server/traffic.ts';
import { selfMade } from '../../src/sources/certificate.ts';

/** What came back: the status and the parsed JSON, or the text where it is none. */
export interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into answers and compare what they find
  readonly json: any;
  readonly text: string;
}

/** A server on loopback, spoken to over HTTPS with its CA verified. */
export interface Running extends Listening {
  readonly ca: string;
  readonly logged: { readonly level: string; readonly fields: object; readonly message: string }[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Got>;
  ask(method: string, path: string): Promise<Got>;
  probe(path: string): Promise<Got>;
}

/** Starts a server for a guard on free ports of 127.0.0.1. */
export async function running(guard: Guard, changes: Partial<Log> = {}): Promise<Running> {
  const { ca, ...tls } = await selfMade(['127.0.0.1', 'localhost']);
  const logged: Running['logged'] = [];
  const writer = (level: string) => (fields: object, message: string) => {
    logged.push({ level, fields, message });
  };
  const log: Log = { info: writer('info'), warn: writer('warn'), error: writer('error'), ...changes };
  const traffic = new Traffic();
  const metrics = buildMetrics(guard, { version: '0.0.0', catalogue: () => 'abc' });
  const app = buildApp({ guard, metrics, traffic, log, tls });
  const probes = buildProbes({ guard, metrics, traffic });
  const listening = await listen({ app, probes, traffic }, { host: '127.0.0.1', port: 0, probePort: 0 });
  const agent = new Agent({ connect: { ca } });
  const send = async (
    method: string,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<Got> => {
    const url = `https://127.0.0.1:${listening.port}${path}`;
    const {
      statusCode,
      headers: given,
      body: answer,
    } = await request(url, {
      dispatcher: agent,
      method: method as 'POST',
      headers,
      body: body ?? null,
    });
    return got(statusCode, given, await answer.text());
  };
  return {
    ...listening,
    ca,
    logged,
    post: (path, body, headers) => {
      const raw = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return send('POST', path, raw, { 'content-type': 'application/json', ...headers });
    },
    ask: (method, path) => send(method, path),
    probe: async (path) => {
      const { statusCode, headers, body } = await request(`http://127.0.0.1:${listening.probePort}${path}`);
      return got(statusCode, headers, await body.text());
    },
    close: async (drainMs) => {
      await listening.close(drainMs);
      await agent.close();
    },
  };
}

function got(status: number, headers: Got['headers'], text: string): Got {
  const isJson = String(headers['content-type']).startsWith('application/json');
  return { status, headers, text, json: isJson ? (JSON.parse(text) as unknown) : undefined };
}
