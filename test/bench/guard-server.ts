import { pino } from 'pino';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { buildApp } from '../../src/server/app.ts';
import { drainOnSignal } from '../../src/server/drain-on-signal.ts';
import type { Guard } from '../../src/server/guard.ts';
import { listen } from '../../src/server/listen.ts';
import { buildMetrics } from '../../src/server/metrics.ts';
import { buildProbes } from '../../src/server/probes.ts';
import { Traffic } from '../../src/server/traffic.ts';
import { fromFiles } from '../../src/sources/certificate.ts';
import { testGuard } from '../server/guard-for-tests.ts';
import { bigCluster } from './big-cluster.ts';
import { options } from './options.ts';

/** The server alone, with the tests' guard in it: what the webhook costs before anything is judged. */
const { port, probePort, cert, key } = options();
// A write per line costs more than the decision it tells of.
const log = pino(pino.destination({ dest: 1, sync: false, minLength: 8192 }));
const manifests = bigCluster().map((resource) => manifestOf(resource, { from: 'cluster' }));
const cluster = Picture.of(manifests);
const guard: Guard = {
  ...(await testGuard()),
  picture: () => ({ cluster, ready: true }),
  record: ({ request, webhook, milliseconds }) => log.info({ request, webhook, milliseconds }, 'decided'),
};
const traffic = new Traffic();
const metrics = buildMetrics(guard, { version: '0', catalogue: '0' });
const app = buildApp({ guard, metrics, traffic, log, tls: await fromFiles(cert, key) });
const probes = buildProbes({ guard, metrics, traffic });
const listening = await listen({ app, probes, traffic }, { host: '127.0.0.1', port, probePort });
drainOnSignal(listening, { drainMs: 0, log });
