import type { Examined } from '../reports/health.ts';
import type { Installation } from './installation.ts';
import { authorities } from './authorities.ts';
import { clock } from './clock.ts';
import { endpoints } from './endpoints.ts';
import { leader } from './leader.ts';
import { probeAdmission } from './probe-admission.ts';
import { registration } from './registration.ts';
import { replicas } from './replicas.ts';
import { running } from './running.ts';
import { scope } from './scope.ts';
import { shownCertificate } from './shown-certificate.ts';
import { versionFloor } from './version-floor.ts';

/** Every examination, in the order in which a request would meet what they look at. */
export async function examine(installation: Installation): Promise<Examined[]> {
  return [
    ...versionFloor(installation),
    ...clock(installation),
    ...registration(installation),
    ...(await scope(installation)),
    ...authorities(installation),
    ...shownCertificate(installation),
    ...endpoints(installation),
    ...replicas(installation),
    ...(await running(installation)),
    ...(await leader(installation)),
    ...(await probeAdmission(installation)),
  ];
}
