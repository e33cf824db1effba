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

/** Why there is no answer. */
export type Trouble = Extract<Answer, { ok: false }>;

/** What is sent besides a path. */
export interface Sent {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  /** How a PATCH is meant. */
  readonly patch?: 'merge-patch+json' | 'json-patch+json' | 'apply-patch+yaml';
}

/** A reply as it came, whatever its status and its type. */
export interface Reply {
  readonly ok: true;
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** Who reads an answer that goes on. */
export interface Reader {
  /** The server has begun to answer. */
  readonly opened: () => void;
  readonly line: (line: Json) => void;
}

/** How to ask the API server. Knows nothing of lists or kinds. */
export interface ApiServer {
  /** The server's address, for sentences. */
  readonly url: string;
  /** The JSON at a path, such as `/api/v1/pods?limit=500`. Never throws. */
  get(path: string): Promise<Answer>;
  /** Writes; asked once, since a write that was cut off may have been done. Never throws. */
  send(path: string, sent: Sent): Promise<Answer>;
  /**
   * The reply to a question as it came: what stands behind the API server's proxies need not be JSON. `signal`
   * gives up. Never throws.
   */
  raw(path: string, sent?: Sent, signal?: AbortSignal): Promise<Reply | Trouble>;
  /**
   * Hands on each JSON line of an answer that goes on until the server ends it (undefined), it breaks (why), or `signal`
   * ends it. Never throws.
   */
  follow(path: string, signal: AbortSignal, reader: Reader): Promise<Trouble | undefined>;
  close(): Promise<void>;
}

/** What one request needs to be let in: its headers and, where TLS asks for more than the default, a connection. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: (() => Dispatcher) | undefined;
}

/** A slow API server is waited for, a silent one is not. */
const PATIENCE = { headersTimeout: 30_000, bodyTimeout: 30_000 };
/** The longest silence on a followed answer: bookmarks come about every minute. */
const SILENCE_MS = 120_000;
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

  const open = async (path: string, { headers, dispatcher }: Credentials, options: Options) => {
    shared ??= dispatcher?.() ?? new Agent();
    return request(base + path, {
      dispatcher: shared,
      ...PATIENCE,
      ...options,
      headers: { ...headers, accept: 'application/json', 'user-agent': 'seldon-guard', ...options.headers },
    });
  };

  const replyTo = async (path: string, options: Options = {}): Promise<Reply | Trouble> => {
    const credentials = await authenticated(authenticate, url);
    if ('trouble' in credentials) return credentials;
    try {
      const { statusCode: status, headers, body } = await open(path, credentials, options);
      const text = await body.text();
      if (status === 401) drop();
      return { ok: true, status, headers, text };
    } catch (error) {
      drop();
      return unreachable(error, url);
    }
  };

  const ask = async (path: string, options: Options = {}): Promise<Answer & { after?: number }> => {
    const reply = await replyTo(path, options);
    if (!reply.ok) return reply;
    const after = Number(reply.headers['retry-after'] ?? Number.NaN);
    return { ...answerOf(reply.status, reply.text, url), ...(Number.isNaN(after) ? {} : { after }) };
  };

  return {
    url,
    async get(path) {
      for (let tries = 0; ; tries += 1) {
        const { after, ...answer } = await ask(path);
        // Priority and fairness: "429 with a Retry-After header" is a request to come back.
        if (answer.ok || after === undefined || after > BUSY.longest || tries >= BUSY.retries) return answer;
        await wait(after * 1000);
      }
    },
    async send(path, sent) {
      const { after: _, ...answer } = await ask(path, optionsOf(sent));
      return answer;
    },
    raw: (path, sent, signal) =>
      replyTo(path, {
        ...(sent === undefined ? {} : optionsOf(sent)),
        ...(signal === undefined ? {} : { signal }),
      }),
    async follow(path, signal, reader) {
      const credentials = await authenticated(authenticate, url);
      if ('trouble' in credentials) return credentials;
      try {
        const reply = await open(path, credentials, { signal, bodyTimeout: SILENCE_MS });
        if (reply.statusCode >= 300) {
          if (reply.statusCode === 401) drop();
          const answer = answerOf(reply.statusCode, await reply.body.text(), url);
          return answer.ok ? undefined : answer;
        }
        reader.opened();
        for await (const line of linesIn(reply.body)) reader.line(JSON.parse(line) as Json);
        return undefined;
      } catch (error) {
        if (signal.aborted) return undefined;
        drop();
        return unreachable(error, url);
      }
    },
    close: async () => {
      await shared?.close();
      shared = undefined;
    },
  };
}

type Options = Omit<NonNullable<Parameters<typeof request>[1]>, 'headers'> & {
  readonly headers?: Readonly<Record<string, string>>;
};

function optionsOf({ method, body, patch }: Sent): Options {
  const type = patch === undefined ? 'application/json' : `application/${patch}`;
  return body === undefined
    ? { method }
    : { method, headers: { 'content-type': type }, body: JSON.stringify(body) };
}

async function authenticated(
  authenticate: () => Promise<Credentials>,
  url: string,
): Promise<Credentials | Trouble> {
  try {
    return await authenticate();
  } catch (error) {
    const trouble = `cannot authenticate to the API server at ${url}: ${causeOf(error)}`;
    return { ok: false, status: 0, trouble };
  }
}

function unreachable(error: unknown, url: string): Trouble {
  return { ok: false, status: 0, trouble: `cannot reach the API server at ${url}: ${causeOf(error)}` };
}

/** The lines of a stream, without their ends. */
async function* linesIn(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
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
