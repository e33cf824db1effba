import Fastify from 'fastify';
import type { Guard } from './guard.ts';
import type { Metrics } from './metrics.ts';
import type { Traffic } from './traffic.ts';

/** The probes as Fastify knows them. */
export type Probes = ReturnType<typeof buildProbes>;

/** Builds the probes, not listening yet: plain HTTP on a port of their own, for the kubelet and Prometheus. */
export function buildProbes({
  guard,
  metrics,
  traffic,
}: {
  guard: Guard;
  metrics: Metrics;
  traffic: Traffic;
}) {
  const app = Fastify({ logger: false });
  app.get('/healthz', (_request, reply) => reply.type('text/plain').send('alive\n'));
  app.get('/readyz', (_request, reply) => {
    const why = unready(guard, traffic);
    return reply
      .code(why === undefined ? 200 : 503)
      .type('text/plain')
      .send(`${why ?? 'ready'}\n`);
  });
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.type(metrics.registry.contentType).send(text);
  });
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: 'There is nothing here: GET /healthz, /readyz or /metrics.' }),
  );
  return app;
}

/** Why no requests should come, in one sentence; undefined while they should. */
function unready(guard: Guard, traffic: Traffic): string | undefined {
  if (traffic.draining) return 'The guard is about to end and finishes what it has in hand.';
  if (!guard.picture().ready)
    return 'The picture of the cluster is not loaded yet, or the API server trusts no certificate of the guard yet.';
  return undefined;
}
