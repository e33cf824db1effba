import { X509Certificate } from 'node:crypto';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from '@prometheus-io/client';
import type { Judgement } from '../judge/decision.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Webhook } from '../reports/answer.ts';
import type { Certificate } from '../sources/certificate.ts';
import type { Admitted } from './admit.ts';
import type { Guard } from './guard.ts';

/** Half a millisecond to five seconds: an answer should come in milliseconds, the API server waits ten seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

const DAY_MS = 86_400_000;

/** What the metrics say of the process as a whole. */
export interface About {
  readonly version: string;
  /** The digest of the catalogue that is in force. */
  readonly catalogue: () => string;
}

/** The webhook's figures. Every label is from a closed set, so that nobody's objects can make them grow. */
export interface Metrics {
  readonly registry: Registry;
  admitted(webhook: Webhook, kind: Kind | undefined, effect: Admitted['effect'], seconds: number): void;
  found(webhook: Webhook, judgements: readonly Judgement[]): void;
  failed(): void;
  rejected(statusCode: number): void;
  /** The certificate that the webhook shows from now on. */
  shows(certificate: Certificate): void;
}

/** Figures in a registry of their own, so that two servers in one process do not share them. */
export function buildMetrics(guard: Guard, about: About): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Histogram({
    name: 'seldon_guard_admission_duration_seconds',
    help: 'From the headers of an admission request to the end of its reply',
    labelNames: ['webhook', 'kind', 'effect'],
    buckets: BUCKETS,
    registers,
  });
  const findings = new Counter({
    name: 'seldon_guard_findings_total',
    help: 'Findings on admission requests, each once per write: a fix when it is made, the rest when the result is validated',
    labelNames: ['policy', 'problem', 'effect', 'outcome'],
    registers,
  });
  const errors = new Counter({
    name: 'seldon_guard_errors_total',
    help: 'Requests admitted unjudged, or left unrecorded, because the guard itself broke',
    registers,
  });
  const rejected = new Counter({
    name: 'seldon_guard_rejected_bodies_total',
    help: 'Request bodies that are no AdmissionReview the guard can read',
    labelNames: ['code'],
    registers,
  });
  gauges(registers, guard, about);
  let end = Number.NaN;
  new Gauge({
    name: 'seldon_guard_certificate_days_left',
    help: 'Until the certificate that the webhook shows is no longer valid',
    registers,
    collect() {
      this.set((end - Date.now()) / DAY_MS);
    },
  });
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    admitted: (webhook, kind, effect, seconds) =>
      duration.observe({ webhook, kind: kind ?? 'other', effect }, seconds),
    // The API server asks both webhooks about one write: what the first one mends is gone at the second.
    found: (webhook, judgements) => {
      for (const { policy, problem, effect, outcome } of judgements)
        if (webhook === 'validate' || effect === 'fix') findings.inc({ policy, problem, effect, outcome });
    },
    failed: () => errors.inc(),
    shows: ({ cert }) => {
      end = new X509Certificate(cert).validToDate.getTime();
    },
    rejected: (statusCode) => rejected.inc({ code: String(statusCode) }),
  };
}

function gauges(registers: Registry[], guard: Guard, about: About): void {
  new Gauge({
    name: 'seldon_guard_picture_age_seconds',
    help: 'Since the moment up to which the picture of the cluster is known to be right',
    registers,
    collect() {
      this.set((Date.now() - guard.picture().asOf) / 1000);
    },
  });
  new Gauge({
    name: 'seldon_guard_picture_objects',
    help: 'Objects in the picture of the cluster',
    labelNames: ['kind'],
    registers,
    collect() {
      const { cluster } = guard.picture();
      for (const kind of Object.keys(KINDS) as Kind[]) this.set({ kind }, cluster.list(kind).length);
    },
  });
  new Gauge({
    name: 'seldon_guard_asks_for',
    help: 'Always 1, for each kind and operation that some policy is about: the webhook has to be asked about it',
    labelNames: ['webhook', 'kind', 'operation'],
    registers,
    collect() {
      // Other policies may be in force than a moment ago.
      this.reset();
      for (const webhook of ['validate', 'mutate'] as const)
        for (const kind of Object.keys(KINDS) as Kind[])
          for (const operation of ['CREATE', 'UPDATE', 'DELETE'] as const)
            if (guard.concerns(kind, operation, webhook)) this.set({ webhook, kind, operation }, 1);
    },
  });
  new Gauge({
    name: 'seldon_guard_info',
    help: 'Always 1; its labels say which guard this is',
    labelNames: ['version', 'catalogue'],
    registers,
    collect() {
      this.reset();
      this.set({ version: about.version, catalogue: about.catalogue() }, 1);
    },
  });
}
