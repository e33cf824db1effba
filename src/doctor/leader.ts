import { numberAt, stringAt } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import type { Installation } from './installation.ts';
import { look, unknown } from './look.ts';

const CHECK = 'leader';
/** Over what a Lease promises: clocks differ, and an election takes a moment. */
const GRACE_S = 45;

/** Whether one replica leads: it renews the certificate and sees to caBundle. */
export async function leader({ api, tls, now }: Installation): Promise<Examined[]> {
  // Whoever brings a certificate needs no leader.
  if (tls.isSelfMade === false) return [];
  const { namespace, name: secret } = tls.secret;
  const name = `${secret}-leader`;
  const about = `Lease ${namespace}/${name}`;
  const sight = await look(api, {
    group: 'coordination.k8s.io',
    version: 'v1',
    resource: 'leases',
    namespace,
    name,
  });
  if (sight.is === 'hidden') return [unknown(CHECK, about, sight)];
  if (sight.is === 'absent' && tls.isSelfMade === undefined)
    return [
      unknown(CHECK, about, {
        why: 'it does not exist, and the pods that would tell whether they need it are not to be seen.',
        remedy: 'Install the chart, or ask as somebody who may list deployments and pods.',
      }),
    ];
  const lease = sight.is === 'there' ? sight.seen : null;
  const holder = stringAt(lease, 'spec', 'holderIdentity') ?? '';
  const age = (now - Date.parse(stringAt(lease, 'spec', 'renewTime') ?? '')) / 1000;
  const most = (numberAt(lease, 'spec', 'leaseDurationSeconds') ?? 15) + GRACE_S;
  const isFresh = holder !== '' && age <= most;
  const pod = holder.split('_', 1)[0] ?? '';
  const since =
    holder === ''
      ? 'it names no holder'
      : Number.isNaN(age)
        ? `${pod} never renewed it`
        : `${pod} renewed it last ${Math.round(age)} s ago`;
  if (isFresh) return [{ check: CHECK, state: 'ok', about, says: `${pod} leads.` }];
  return [
    {
      check: CHECK,
      state: 'wrong',
      about,
      says: `no replica leads (${since}), so that nobody renews the certificate or keeps caBundle.`,
      remedy: `See that a replica runs, and that its ServiceAccount may get and update leases ${name} in namespace ${namespace}; its log says what is missing.`,
    },
  ];
}
