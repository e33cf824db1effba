import type { Certificate } from '../sources/certificate.ts';
import { buildApp } from './app.ts';
import type { Guard, Log } from './guard.ts';
import { listen } from './listen.ts';
import type { Addresses, Listening } from './listen.ts';
import { buildMetrics } from './metrics.ts';
import type { About } from './metrics.ts';
import { buildProbes } from './probes.ts';
import { Traffic } from './traffic.ts';

/** What a running webhook is made of. */
export interface Start {
  readonly guard: Guard;
  readonly log: Log;
  readonly tls: Certificate;
  readonly about: About;
  readonly addresses: Addresses;
}

/** Puts the webhook and its probes together and listens; throws ListenError where that is not possible. */
export async function start({ guard, log, tls, about, addresses }: Start): Promise<Listening> {
  const traffic = new Traffic();
  const metrics = buildMetrics(guard, about);
  const app = buildApp({ guard, metrics, traffic, log, tls });
  const probes = buildProbes({ guard, metrics, traffic });
  metrics.shows(tls);
  const listening = await listen({ app, probes, traffic }, addresses);
  return {
    ...listening,
    show(certificate) {
      listening.show(certificate);
      metrics.shows(certificate);
    },
  };
}
