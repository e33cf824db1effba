import type { Examined } from '../reports/health.ts';
import { isFailing } from '../upkeep/webhook-configurations.ts';
import { isOff } from '../upkeep/off-switch.ts';
import { dryRun, labelsThatAreAsked } from './dry-run.ts';
import type { Outcome, Unjudged } from './dry-run.ts';
import type { Installation, Registered } from './installation.ts';
import { forbidden, look, unknown } from './look.ts';
import { verb } from './remedy.ts';

/** Top-level domains that nobody calls a namespace: the policy refuses one. */
const PUBLIC = ['museum', 'aero', 'zip'];
const POLICY = 'namespace-not-public';
const HARMLESS = 'seldon-guard-doctor';
const REFUSED = 'probe-refused';
const ADMITTED = 'probe-admitted';

/**
 * Asks the API server, as a dry run, for a Namespace that the guard must refuse and for one that it must not: the whole way
 * through the API server, the network, the certificates and the guard.
 */
export async function probeAdmission(installation: Installation): Promise<Examined[]> {
  const { registered } = installation;
  const validating = registered.find(
    ({ configuration }) => configuration.kind === 'ValidatingWebhookConfiguration',
  );
  const labels = validating === undefined ? undefined : labelsThatAreAsked(validating);
  const refusable = await unused(installation);
  const harmless = await dryRun(installation, { name: HARMLESS, labels: labels ?? {}, policy: POLICY });
  return [
    validating === undefined || labels === undefined || isOffNow(validating)
      ? notAsked(refusable, validating, installation)
      : ofRefusal(
          await dryRun(installation, { name: refusable, labels, policy: POLICY }),
          refusable,
          validating,
          installation,
        ),
    ofHarmless(harmless, installation),
  ];
}

function notAsked(name: string, validating: Registered | undefined, installation: Installation): Examined {
  if (validating !== undefined && isOffNow(validating))
    return unknown(REFUSED, namespaceText(name), {
      why: 'it was not tried, because the guard is switched off.',
      remedy: `Put the guard back first: ${verb('on', installation)}`,
    });
  return unknown(REFUSED, namespaceText(name), {
    why: 'it was not tried, because no validating webhook to be seen is asked about new Namespaces.',
    remedy: 'See to the registration first.',
  });
}

function isOffNow({ sight }: Registered): boolean {
  return sight.is === 'there' && isOff(sight.seen);
}

function ofRefusal(
  outcome: Outcome,
  name: string,
  { webhooks }: Registered,
  installation: Installation,
): Examined {
  const check = REFUSED;
  const about = namespaceText(name);
  switch (outcome.is) {
    case 'refused':
      return { check, state: 'ok', about, says: 'the guard refused it, as it should.' };
    case 'warned':
      return {
        check,
        state: 'warning',
        about,
        says: `the guard answered with a warning and did not refuse it: its settings have another effect for ${POLICY}.`,
        remedy: `Leave it so if it is meant; else set the effect of ${POLICY} to deny.`,
      };
    case 'admitted': {
      const unreachable = webhooks.every(isFailing)
        ? ''
        : 'the API server could not ask it (failurePolicy Ignore), or ';
      return {
        check,
        state: 'wrong',
        about,
        says: `it was admitted without a word from the guard: ${unreachable}matchConditions or the settings leave it out.`,
        remedy:
          'See to what else is wrong; then look for "failed calling webhook" in the log of the API server, and at the settings.',
      };
    }
    default:
      return ofUnjudged(check, about, outcome, installation);
  }
}

function ofHarmless(outcome: Outcome, installation: Installation): Examined {
  const check = ADMITTED;
  const about = namespaceText(HARMLESS);
  switch (outcome.is) {
    case 'admitted':
    case 'warned':
      return { check, state: 'ok', about, says: 'it was admitted, as it should be.' };
    case 'refused':
      return {
        check,
        state: 'wrong',
        about,
        says: 'the guard refused it, although nothing is wrong with it.',
        remedy: `Free the cluster first: ${verb('off', installation)}. Then see in the log of the guard which policy refused it.`,
      };
    default:
      return ofUnjudged(check, about, outcome, installation);
  }
}

function ofUnjudged(check: string, about: string, outcome: Unjudged, installation: Installation): Examined {
  switch (outcome.is) {
    case 'forbidden':
      return unknown(check, about, forbidden('create namespaces (as a dry run)'));
    case 'strange':
      return unknown(check, about, {
        why: `somebody else than the guard stood before it: ${outcome.says}.`,
        remedy: 'See to that first, then ask again.',
      });
    case 'failed':
      return {
        check,
        state: 'wrong',
        about,
        says: `it was refused because the API server could not ask the guard (failurePolicy Fail): ${outcome.says}.`,
        remedy: `Free the cluster first: ${verb('off', installation)}. Then see to what else is wrong.`,
      };
  }
}

function namespaceText(name: string): string {
  return `Namespace ${name} (dry run)`;
}

/** A public name that is no namespace: of one that exists the guard would say that it stood before. */
async function unused({ api }: Installation): Promise<string> {
  for (const name of PUBLIC) {
    const sight = await look(api, { group: '', version: 'v1', resource: 'namespaces', name });
    if (sight.is !== 'there') return name;
  }
  return PUBLIC[0] ?? '';
}
