import { listAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import { certificatesIn } from '../sources/certificates-in.ts';
import { skewed } from './clock.ts';
import { flagOf } from './flag.ts';
import { podsOf } from './installation.ts';
import type { Installation } from './installation.ts';
import { nameIn, unknown } from './look.ts';
import { figuresOf, probePortOf } from './replica-figures.ts';
import type { Figures } from './replica-figures.ts';
import { coverage } from './coverage.ts';
import { versions } from './versions.ts';
import { restart } from './remedy.ts';

const DAY_MS = 86_400_000;
/** As `serve` has it. */
const STALE_S = 300;
/** A picture that was never whole is as old as 1970. */
const NEVER_S = 1e9;

/** What each replica says of itself: ready or why not, how old its picture is, which certificate and version it has. */
export async function running(installation: Installation): Promise<Examined[]> {
  const { api, pods, namespace, container } = installation;
  if (pods.is === 'hidden') return [unknown('readiness', `pods in namespace ${namespace}`, pods)];
  const port = probePortOf(container);
  const asked = await Promise.all(
    podsOf(installation).map(async (pod) => {
      const name = nameIn(pod);
      return {
        pod,
        about: `Pod ${namespace}/${name}`,
        figures: await figuresOf(api, { namespace, pod: name, port }),
      };
    }),
  );
  const seen: Figures[] = [];
  const found = asked.flatMap(({ pod, about, figures }): Examined[] => {
    if (figures.is === 'hidden') return [byCondition(pod, about), unknown('picture', about, figures)];
    seen.push(figures);
    return [
      readiness(figures.unready, about),
      picture(figures, about, Number(flagOf(container, '--stale-after')) || STALE_S),
      ...certificate(figures, about, installation),
      ...clockOf(figures, about, installation),
    ];
  });
  return [...found, ...versions(seen, namespace), ...coverage(seen, installation)];
}

/** What the kubelet says, where the replica itself cannot be asked. */
function byCondition(pod: Json, about: string): Examined {
  const condition = listAt(pod, 'status', 'conditions').find((one) => stringAt(one, 'type') === 'Ready');
  const isReady = stringAt(condition, 'status') === 'True';
  return readiness(
    isReady ? undefined : (stringAt(condition, 'message') ?? 'its condition Ready is not True'),
    about,
  );
}

function readiness(unready: string | undefined, about: string): Examined {
  if (unready === undefined) return { check: 'readiness', state: 'ok', about, says: 'it is ready.' };
  return {
    check: 'readiness',
    state: 'warning',
    about,
    says: `it is not ready: ${unready}`,
    remedy: `Read its log, which says what it waits for: kubectl -n ${about.slice(4).split('/')[0]} logs ${about.split('/')[1]}`,
  };
}

function picture({ pictureAge }: Figures, about: string, staleS: number): Examined {
  const check = 'picture';
  if (pictureAge > NEVER_S)
    return {
      check,
      state: 'warning',
      about,
      says: 'it has no picture of the cluster yet.',
      remedy: 'Wait until it is ready, or read its log.',
    };
  if (Number.isNaN(pictureAge))
    return {
      check,
      state: 'unknown',
      about,
      says: 'it does not say how old its picture of the cluster is.',
      remedy: 'Bring the guard and this command to the same version.',
    };
  const says = `its picture of the cluster is ${Math.round(pictureAge)} s old.`;
  if (pictureAge <= staleS) return { check, state: 'ok', about, says };
  return {
    check,
    state: 'wrong',
    about,
    says: `${says.slice(0, -1)}, more than ${staleS} s, so that verdicts that rest on other objects are unknown.`,
    remedy:
      'Read its log, which says what keeps it from watching the API server (rights, network, certificate).',
  };
}

/** The certificate that it shows, against the one in the Secret. */
function certificate({ certificateDays }: Figures, about: string, installation: Installation): Examined[] {
  const { secret, now } = installation;
  const check = 'certificate-shown';
  if (Number.isNaN(certificateDays)) return [];
  const days = Math.floor(certificateDays);
  if (days < 0)
    return [
      {
        check,
        state: 'wrong',
        about,
        says: 'the certificate that it shows is over.',
        remedy: `Start it again: ${restart(installation)}`,
      },
    ];
  const leaf =
    secret.is === 'there' ? certificatesIn(stringAt(secret.seen, 'data', 'tls.crt'))?.[0] : undefined;
  if (leaf !== undefined && Math.abs((leaf.validToDate.getTime() - now) / DAY_MS - certificateDays) > 1)
    return [
      {
        check,
        state: 'warning',
        about,
        says: `the certificate that it shows ends in ${days} days, and the one in the Secret does not.`,
        remedy: `Wait two minutes, in which it takes the new one up; then start it again: ${restart(installation)}`,
      },
    ];
  return [{ check, state: 'ok', about, says: `the certificate that it shows is valid for ${days} days.` }];
}

function clockOf({ clock }: Figures, about: string, { now, lookedAt }: Installation): Examined[] {
  if (clock === undefined) return [];
  const finding = skewed(about, clock.own, now + (clock.here - lookedAt), "the API server's");
  return finding === undefined ? [] : [finding];
}
