import { examine } from '../doctor/examine.ts';
import { installationAt } from '../doctor/installation.ts';
import { healthExitCode, healthJson, healthText } from '../reports/health.ts';
import type { Health } from '../reports/health.ts';
import { Faults } from '../sources/faults.ts';
import { connect } from '../sources/kubeconfig.ts';
import { VERSION } from '../sources/version.ts';

export interface DoctorOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The guard's namespace; without it the one that the webhooks lead to. */
  readonly namespace?: string;
  /** The name of the webhook configurations. */
  readonly webhooks: string;
  readonly format: 'text' | 'json';
}

/**
 * `seldon-guard doctor`: looks an installation over from outside, with nothing but the rights of whoever asks. Answers 0 when
 * all is well (warnings allowed), 1 when something is wrong, 2 when the API server does not show the webhooks; throws Faults
 * where it cannot be asked at all. Nothing in the cluster is changed.
 */
export async function doctor({ format, webhooks, namespace, ...where }: DoctorOptions): Promise<number> {
  const connection = await connect(where);
  if ('problem' in connection) throw new Faults([connection.problem]);
  const { api } = connection;
  const greeting = await api.raw('/version');
  if (!greeting.ok) throw new Faults([greeting.trouble]);
  if (greeting.status === 401)
    throw new Faults([`the API server at ${api.url} does not accept the credentials (401)`]);
  const installation = await installationAt(api, { webhooks, namespace }, greeting);
  const health: Health = {
    version: VERSION,
    server: api.url,
    namespace: installation.namespace,
    webhooks,
    examined: await examine(installation),
  };
  process.stdout.write(format === 'json' ? healthJson(health) : healthText(health));
  await api.close();
  return healthExitCode(health);
}
