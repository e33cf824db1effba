import { setTimeout as sleep } from 'node:timers/promises';
import { finished } from 'node:stream/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Duplex } from 'node:stream';
import type { Log } from './guard.ts';
import type { Metrics } from './metrics.ts';
import { Refusal } from './refusal.ts';

/** How long the rest of a refused body is read and thrown away before the refusal is sent. */
const LINGER_MS = 2000;

/** What a status of the framework's own says to whoever sent the request. */
const SENTENCES: Readonly<Record<number, string>> = {
  413: 'The body is too large: at most 8 MiB are read.',
  415: 'content-type: expected application/json.',
};
const UNREADABLE = 'The request could not be read.';

/** Answers what went wrong before or in a route: always a 4xx, always one sentence, never an internal message. */
export async function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  metrics: Metrics,
  log: Log,
): Promise<FastifyReply> {
  const given = (error as { statusCode?: number } | null)?.statusCode ?? 500;
  const code = given >= 400 && given < 500 ? given : 400;
  if (code !== given) {
    metrics.failed();
    log.error({ err: error }, 'a request failed outside of the judge');
  }
  metrics.rejected(code);
  if (code === 413) await discard(request);
  const sentence = error instanceof Refusal ? error.message : (SENTENCES[code] ?? UNREADABLE);
  return reply.code(code).send({ error: sentence });
}

/** A connection that closes on a sender who still writes is reset, and the sender never reads why. */
async function discard({ raw }: FastifyRequest): Promise<void> {
  raw.resume();
  const timer = new AbortController();
  const late = sleep(LINGER_MS, undefined, { signal: timer.signal });
  await Promise.race([finished(raw), late]).catch(() => undefined);
  timer.abort();
  await late.catch(() => undefined);
}

/** A path or method that the webhook does not have. */
export function nothingHere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?', 1)[0];
  if (path !== '/validate' && path !== '/mutate')
    return reply.code(404).send({ error: 'There is nothing here: POST to /validate or /mutate.' });
  const sentence = `${request.method} is not answered here: POST an AdmissionReview.`;
  return reply.code(405).header('allow', 'POST').send({ error: sentence });
}

/** A path that cannot be decoded; it never reaches a route. */
export function refuseBadUrl(_error: unknown, _request: unknown, reply: FastifyReply): void {
  void reply.code(400).send({ error: UNREADABLE });
}

/** Bytes that are no HTTP request, or one that never ends: they never reach Fastify. */
export function answerGarbage(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? '408 Request Timeout'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? '431 Request Header Fields Too Large'
        : '400 Bad Request';
  const body = JSON.stringify({ error: UNREADABLE });
  const headers = `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close`;
  if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`);
  socket.destroy(error);
}
