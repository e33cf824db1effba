import { setTimeout as wait } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import type { Json } from '../model/json.ts';
import { stringAt } from '../model/json.ts';

/** An answer of the API server: a JSON body, or a sentence why there is none. */
export type Answer =
  | { readonly ok: true; readonly body: Json }
  | {
      readonly ok: false;
      /** The HTTP status; 0 where there was no answer. */
      readonly status: number;
      readonly trouble: string;
    };

/** How to ask the API server. Knows nothing of lists or watches. */
export interface ApiServer {
  /** The server's address, for sentences. */
  readonly url: string;
  /** The JSON at a path, such as `/api/v1/pods?limit=500`. Never throws. */
  get(path: string): Promise<Answer>;
  close(): Promise<void>;
}

/** What one request needs to be let in: its headers and, where TLS asks for more than the default, a connection. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher | undefined;
}

/** A slow API server is waited for, a silent one is not. */
const PATIENCE = { headersTimeout: 30_000, bodyTimeout: 30_000 };
/** How often to come back when the server says that it is busy, and the longest it may ask to wait, in seconds. */
const BUSY = { retries: 3, longest: 5 };

/**
 * The API server at `url`. Credentials are fetched anew for every request (tokens in files are rotated), while
 * the connection made with the first ones serves all. After a failure it is replaced: the authority's or the
 * client's certificate may have changed.
 */
export function apiServer(url: string, authenticate: () => Promise<Credentials>): ApiServer {
  const base = url.replace(/\/$/, '');
  let shared: Dispatcher | undefined;

  const drop = (): void => {
    void shared?.close().catch(() => undefined);
    shared = undefined;
  };

  const ask = async (
    path: string,
    { headers, dispatcher }: Credentials,
  ): Promise<Answer & { after?: number }> => {
    shared ??= dispatcher ?? new Agent();
    const reply = await request(base + path, {
      dispatcher: shared,
      headers: { ...headers, accept: 'application/json', 'user-agent': 'seldon-guard' },
      ...PATIENCE,
    });
    const text = await reply.body.text();
    if (reply.statusCode === 401) drop();
    const after = Number(reply.headers['retry-after'] ?? Number.NaN);
    return { ...answerOf(reply.statusCode, text, url), ...(Number.isNaN(after) ? {} : { after }) };
  };

  return {
    url,
    async get(path) {
      for (let tries = 0; ; tries += 1) {
        let credentials: Credentials;
        try {
          credentials = await authenticate();
        } catch (error) {
          const trouble = `cannot authenticate to the API server at ${url}: ${causeOf(error)}`;
          return { ok: false, status: 0, trouble };
        }
        try {
          const { after, ...answer } = await ask(path, credentials);
          // Priority and fairness: "429 with a Retry-After header" is a request to come back.
          if (answer.ok || after === undefined || after > BUSY.longest || tries >= BUSY.retries)
            return answer;
          await wait(after * 1000);
        } catch (error) {
          drop();
          return {
            ok: false,
            status: 0,
            trouble: `cannot reach the API server at ${url}: ${causeOf(error)}`,
          };
        }
      }
    },
    close: async () => {
      await shared?.close();
      shared = undefined;
    },
  };
}

function answerOf(status: number, text: string, url: string): Answer {
  let body: Json = null;
  try {
    body = JSON.parse(text) as Json;
  } catch {
    if (status < 300)
      return { ok: false, status, trouble: `what answers at ${url} is not a Kubernetes API server` };
  }
  if (status < 300) return { ok: true, body };
  if (status === 401)
    return { ok: false, status, trouble: `the API server at ${url} does not accept the credentials (401)` };
  const message = stringAt(body, 'message') ?? text.slice(0, 200).trim();
  return { ok: false, status, trouble: `the API server at ${url} answered ${status}: ${message}` };
}

const STRANGER = 'its certificate is signed by an authority that the kubeconfig does not name';
const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused',
  ECONNRESET: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer in time',
  UND_ERR_BODY_TIMEOUT: 'it does not answer in time',
  UND_ERR_SOCKET: 'the connection was cut',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_SIGNATURE_FAILURE: STRANGER,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: STRANGER,
  SELF_SIGNED_CERT_IN_CHAIN: STRANGER,
  DEPTH_ZERO_SELF_SIGNED_CERT: STRANGER,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: STRANGER,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function causeOf(error: unknown): string {
  // Two addresses that both fail (localhost) give an AggregateError without a message.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message, cause } = first as NodeJS.ErrnoException & { cause?: unknown };
  if (code !== undefined && Object.hasOwn(CAUSES, code)) return CAUSES[code] ?? code;
  if (cause instanceof Error) return causeOf(cause);
  return message.split('\n', 1)[0] || (code ?? 'for an unknown reason');
}
