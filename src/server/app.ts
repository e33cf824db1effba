import Fastify from 'fastify';
import { admissionRequest } from './admission-request.ts';
import { reviewBack } from './admission.ts';
import { admit } from './admit.ts';
import { writeDown } from './aftermath.ts';
import { AskedBefore } from './asked-before.ts';
import type { Answered } from './asked-before.ts';
import { answerGarbage, nothingHere, refuse, refuseBadUrl } from './errors.ts';
import type { Guard, Log } from './guard.ts';
import type { Webhook } from '../reports/answer.ts';
import type { Metrics } from './metrics.ts';
import { questionIn } from './question.ts';
import type { Traffic } from './traffic.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** When its headers had come, on the clock of `performance`. */
    arrivedAt: number;
  }
}

/** An object of 3 MiB, which is the most that the API server takes, its previous version, and what is around them. */
export const BODY_LIMIT = 8 * 1024 * 1024;
/** The oldest TLS that is spoken. */
export const TLS_MIN_VERSION = 'TLSv1.2';
/** Above the 90 s after which the API server drops an idle connection, so that it never writes into one that died. */
const KEEP_ALIVE_MS = 120_000;
/** The longest time that the API server may be told to wait for a webhook. */
const REQUEST_MS = 30_000;
/** A connection that says nothing for so long will never be an admission. */
const HANDSHAKE_MS = 10_000;

/** What the webhook is made of. */
export interface AppParts {
  readonly guard: Guard;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  readonly log: Log;
  readonly tls: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

/** The webhook as Fastify knows it. */
export type App = ReturnType<typeof buildApp>;

/** Builds the webhook, not listening yet: HTTPS/1.1, which is all that the API server speaks to a Service. */
export function buildApp(parts: AppParts) {
  const { guard, metrics, traffic, log, tls } = parts;
  const app = Fastify({
    https: { cert: tls.cert, key: tls.key, minVersion: TLS_MIN_VERSION, handshakeTimeout: HANDSHAKE_MS },
    logger: false,
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS,
    // While it closes it still answers: a 503 would count as a failed webhook.
    return503OnClosing: false,
    // No route has a schema; should one get one, it must not change what it checks.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    frameworkErrors: refuseBadUrl,
    clientErrorHandler: answerGarbage,
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, metrics, log));
  app.setNotFoundHandler(nothingHere);
  app.server.on('connection', (socket) => traffic.connects(socket));
  app.decorateRequest('arrivedAt', 0);
  app.addHook('onRequest', (request, reply, done) => {
    request.arrivedAt = performance.now();
    traffic.enters(reply.raw);
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (traffic.draining) reply.raw.setHeader('connection', 'close');
    done();
  });
  app.removeAllContentTypeParsers();
  // The route gets the text as it is: a malformed one is answered there, and the connection stays open.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    done(null, text);
  });
  const before = { validate: new AskedBefore(), mutate: new AskedBefore() };
  for (const webhook of ['validate', 'mutate'] as const)
    app.post(`/${webhook}`, async (request, reply) => {
      const { asked, admitted } = await answered(guard, webhook, before[webhook], request.body);
      if (admitted.error !== undefined)
        log.error({ uid: asked.uid, err: admitted.error }, 'a request was admitted unjudged');
      // A dry run leaves no trace. On `close`, not `finish`: a reply that nobody waited for any more counts too.
      if (!asked.dryRun)
        reply.raw.once('close', () => {
          writeDown(parts, webhook, asked, admitted, performance.now() - request.arrivedAt);
        });
      return reply.type('application/json; charset=utf-8').send(reviewBack(asked.uid, admitted.reply));
    });
  return app;
}

/** What becomes of a body, worked out or remembered. Throws a Refusal for one that is no AdmissionReview. */
async function answered(
  guard: Guard,
  webhook: Webhook,
  before: AskedBefore,
  body: unknown,
): Promise<Answered> {
  const question = questionIn(body);
  const grounds = guard.grounds();
  const known = question && before.recall(question, grounds);
  if (known !== undefined) return known;
  const asked = admissionRequest(body);
  const fresh = { asked, admitted: await admit(guard, webhook, asked) };
  if (question !== undefined) before.keep(question, grounds, fresh);
  return fresh;
}
