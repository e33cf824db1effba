import { at, listAt, numberAt, stringAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { ApiServer, Reply } from '../sources/api-server.ts';
import { flagOf } from './flag.ts';
import { dateOf } from './installation.ts';
import { forbidden, messageOf } from './look.ts';
import type { Hidden } from './look.ts';

/** What one replica says of itself at its probe port. */
export interface Figures {
  readonly is: 'there';
  /** Why it wants no requests; undefined where it is ready. */
  readonly unready: string | undefined;
  readonly version: string;
  /** The digest of its catalogue. */
  readonly catalogue: string;
  /** What its policies are about: `validate Pod CREATE`. */
  readonly asksFor: readonly string[];
  /** Seconds; not a number where it does not say. */
  readonly pictureAge: number;
  /** Days; not a number where it does not say. */
  readonly certificateDays: number;
  /** By its own clock and, at the same time, by this machine's; undefined where the reply has no Date. */
  readonly clock: { readonly own: number; readonly here: number } | undefined;
}

/** Where in a namespace one replica is. */
export interface Replica {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

const DEFAULT_PORT = 8080;
const FORBIDDEN = 403;
/** A NetworkPolicy drops what it does not admit, and nobody answers. */
const PATIENCE_MS = 10_000;

/** The port of the probes: the readiness probe's, by number or by name. */
export function probePortOf(container: JsonObject | undefined): number {
  const port: Json | undefined = at(container, 'readinessProbe', 'httpGet', 'port');
  if (typeof port === 'number') return port;
  const named = listAt(container, 'ports').find(
    (one) => port !== undefined && stringAt(one, 'name') === port,
  );
  return numberAt(named, 'containerPort') ?? (Number(flagOf(container, '--probe-port')) || DEFAULT_PORT);
}

/** Asks one replica through the API server's proxy to its pod. Never throws. */
export async function figuresOf(
  api: ApiServer,
  { namespace, pod, port }: Replica,
): Promise<Figures | Hidden> {
  const proxy = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}:${port}/proxy`;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const [metrics, readyz] = await Promise.all([
    api.raw(`${proxy}/metrics`, undefined, signal),
    api.raw(`${proxy}/readyz`, undefined, signal),
  ]);
  const here = Date.now();
  if (!metrics.ok || metrics.status !== 200 || !readyz.ok)
    return blocked(metrics.ok ? metrics : undefined, { namespace, pod, port });
  const own = dateOf(metrics);
  const labels = labelsOf('seldon_guard_info', metrics.text)[0] ?? {};
  return {
    is: 'there',
    unready: readyz.status === 200 ? undefined : readyz.text.trim(),
    version: labels['version'] ?? 'unknown',
    catalogue: labels['catalogue'] ?? 'unknown',
    asksFor: labelsOf('seldon_guard_asks_for', metrics.text).map(
      ({ webhook, kind, operation }) => `${webhook} ${kind} ${operation}`,
    ),
    pictureAge: figure(metrics.text, 'seldon_guard_picture_age_seconds'),
    certificateDays: figure(metrics.text, 'seldon_guard_certificate_days_left'),
    clock: own === undefined ? undefined : { own, here },
  };
}

function blocked(reply: Reply | undefined, { namespace, pod, port }: Replica): Hidden {
  if (reply?.status === FORBIDDEN) return forbidden(`get pods/proxy in namespace ${namespace}`);
  const said = reply === undefined ? `nobody answers within ${PATIENCE_MS / 1000} s` : messageOf(reply);
  return {
    is: 'hidden',
    why: `its port ${port} cannot be asked through the API server's proxy to pods: ${said}.`,
    remedy: `Ask it without the proxy: kubectl -n ${namespace} port-forward pod/${pod} ${port}, then read http://127.0.0.1:${port}/readyz and /metrics.`,
  };
}

/** The value of a figure without labels, as Prometheus writes it. */
function figure(text: string, name: string): number {
  const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
  return value === undefined ? Number.NaN : Number(value);
}

/** The labels of each series of a figure that is 1. */
function labelsOf(name: string, text: string): Record<string, string>[] {
  const series = text.matchAll(new RegExp(`^${name}\\{(.*)\\} 1$`, 'gm'));
  return [...series].map(([, labels = '']) =>
    Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
  );
}
