import { stringAt } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import { certificatesIn, daysLeft, isTrusted, isValidAt } from '../sources/certificates-in.ts';
import type { Installation, ServiceRef } from './installation.ts';
import { unknown } from './look.ts';
import { restart } from './remedy.ts';
import { unseen } from './unseen.ts';

const CHECK = 'certificate';
/** The guard and cert-manager renew when 30 days are left: fewer say that nobody does. */
const SOON = 14;

/** Whether the certificate that the guard shows is one that the API server accepts: for the Service, in time, and trusted. */
export function shownCertificate(installation: Installation): Examined[] {
  const { secret, tls, service, registered } = installation;
  const about = `Secret ${tls.secret.namespace}/${tls.secret.name}`;
  if (secret.is === 'hidden') {
    // The API server's proxy to a Service accepts any certificate and hands none on: there is no other way to see it.
    const remedy = `${secret.remedy} The probe admission shows whether the API server accepts the certificate.`;
    return [unknown(CHECK, about, { ...secret, remedy })];
  }
  if (secret.is === 'absent')
    return [
      tls.isSelfMade === undefined
        ? unknown(CHECK, about, {
            why: 'it does not exist, and the pods that would tell which Secret they use are not to be seen.',
            remedy: 'The probe admission shows whether the API server accepts the certificate.',
          })
        : {
            check: CHECK,
            state: 'wrong',
            about,
            says: 'it does not exist, so that the guard has no certificate.',
            remedy: renewal(installation),
          },
    ];
  if (service === undefined)
    return registered.some(({ webhooks }) => webhooks.length > 0)
      ? [
          unknown(CHECK, about, {
            why: 'the webhooks are called by URL, and which certificate is shown there cannot be seen from here.',
            remedy: 'The probe admission shows whether the API server accepts it.',
          }),
        ]
      : unseen(installation, CHECK);
  return [{ check: CHECK, about, ...certificateOf(installation, secret.seen, service) }];
}

/** What to do where the certificate is not one that can be used. */
function renewal(installation: Installation): string {
  const { tls } = installation;
  return tls.isSelfMade === false
    ? `See to whoever writes it; where that is cert-manager: kubectl -n ${tls.secret.namespace} describe certificates`
    : `Read the guard's log, which says what keeps it from making one; then: ${restart(installation)}`;
}

function certificateOf(
  installation: Installation,
  secret: Parameters<typeof stringAt>[0],
  { namespace, name }: ServiceRef,
): Omit<Examined, 'check' | 'about'> {
  const { registered, now, tls } = installation;
  const chain = certificatesIn(stringAt(secret, 'data', 'tls.crt'));
  const leaf = chain?.[0];
  if (chain === undefined || leaf === undefined)
    return {
      state: 'wrong',
      says: 'its tls.crt holds no certificate in PEM that can be read.',
      remedy: renewal(installation),
    };
  const days = daysLeft(leaf, now);
  const host = `${name}.${namespace}.svc`;
  if (!isValidAt(leaf, now))
    return {
      state: 'wrong',
      says: `its certificate is not valid by the API server's clock: from ${day(leaf.validFromDate)} to ${day(leaf.validToDate)}.`,
      remedy: renewal(installation),
    };
  if (leaf.checkHost(host) === undefined)
    return {
      state: 'wrong',
      says: `its certificate is not for ${host}, which is what the API server asks for (it is for ${leaf.subjectAltName ?? 'no name'}).`,
      remedy: `Have it made for ${host}, and show that one.`,
    };
  const strangers = registered.flatMap(({ webhooks }) =>
    webhooks.filter((webhook) => {
      const bundle = stringAt(webhook, 'clientConfig', 'caBundle');
      return !isTrusted(chain, certificatesIn(bundle) ?? [], now);
    }),
  );
  if (strangers.length > 0)
    return {
      state: 'wrong',
      says: `its certificate is signed by no authority in the caBundle of ${strangers.map((one) => stringAt(one, 'name')).join(', ')}, so that the API server refuses the connection (x509).`,
      remedy:
        tls.isSelfMade === true
          ? 'Read the log of the replica that leads: it writes caBundle every few seconds, and says what keeps it from that.'
          : 'Put the authority of this certificate into caBundle (certificates.files.caBundle of the chart, or cert-manager.io/inject-ca-from).',
    };
  const says = `its certificate is for ${host}, trusted by every caBundle, and valid for ${days} days.`;
  return days < SOON ? { state: 'warning', says, remedy: renewal(installation) } : { state: 'ok', says };
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}
