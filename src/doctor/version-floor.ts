import type { Examined } from '../reports/health.ts';
import type { Installation } from './installation.ts';

/** matchConditions are stable, and always there, since this one (Kubernetes, "AdmissionWebhookMatchConditions: GA 1.30"). */
const FLOOR = 30;

/** Whether the API server is new enough for the webhooks as the chart writes them. */
export function versionFloor({ greeting }: Pick<Installation, 'greeting'>): Examined[] {
  const about = 'API server';
  const version = /"gitVersion":\s*"(v(\d+)\.(\d+)[^"]*)"/.exec(greeting.text);
  const [, text = '', major = '', minor = ''] = version ?? [];
  if (version === null)
    return [
      {
        check: 'kubernetes',
        state: 'unknown',
        about,
        says: 'it does not say its version at /version.',
        remedy: 'Ask as somebody who may get /version (the ClusterRole system:public-info-viewer).',
      },
    ];
  if (Number(major) === 1 && Number(minor) < FLOOR)
    return [
      {
        check: 'kubernetes',
        state: 'wrong',
        about,
        says: `it is Kubernetes ${text}, because of which conditions on the webhooks (matchConditions) are not certain to count: they are stable since 1.${FLOOR}.`,
        remedy: `Upgrade the cluster to Kubernetes 1.${FLOOR} or newer.`,
      },
    ];
  return [{ check: 'kubernetes', state: 'ok', about, says: `it is Kubernetes ${text}.` }];
}
