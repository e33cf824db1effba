import type { Manifest } from '../model/manifest.ts';
import type { Catalogue } from '../policy/catalogue.ts';
import type { WaiverUse } from '../policy/check.ts';
import type { Settings } from '../policy/settings.ts';
import { covers, holdsAt, waiversOn } from '../policy/waiver.ts';
import type { Waiver } from '../policy/waiver.ts';
import type { Verdict } from './decision.ts';

/** The waiver that counts for a policy on an object at a moment, if there is one. An annotation is asked first. */
export function waiverFor(
  policy: string,
  object: Manifest,
  settings: Settings,
  now: number,
): Waiver | undefined {
  const counts = (waiver: Waiver): boolean =>
    waiver.policy === policy &&
    waiver.reason !== '' &&
    waiver.malformed === undefined &&
    holdsAt(waiver, now);
  return (
    waiversOn(object).find(counts) ??
    settings.waivers.find((waiver) => counts(waiver) && covers(waiver, object))
  );
}

/** A waiver in words: its reason, then who owns it and how long it holds. */
export function waiverWords(waiver: Waiver): string {
  const more = [
    waiver.owner === undefined ? [] : [`owner ${waiver.owner}`],
    waiver.until === undefined ? [] : [`until ${waiver.until}`],
  ].flat();
  return more.length === 0 ? waiver.reason : `${waiver.reason} (${more.join(', ')})`;
}

/** What became of each waiver that the object carries, once the other policies have spoken. */
export function waiverUses(
  object: Manifest,
  catalogue: Catalogue,
  verdicts: readonly Verdict[],
  now: number,
): WaiverUse[] {
  const about = object.known === undefined ? [] : (catalogue.about.get(object.known) ?? []);
  return waiversOn(object).map((waiver) => {
    const use = (state: WaiverUse['state'], detail = ''): WaiverUse => ({
      annotation: waiver.source,
      policy: waiver.policy,
      state,
      detail,
    });
    if (!catalogue.policies.some((policy) => policy.id === waiver.policy)) return use('unknown-policy');
    if (waiver.malformed !== undefined) return use('malformed', waiver.malformed);
    if (waiver.reason === '') return use('no-reason');
    if (!holdsAt(waiver, now)) return use('expired', waiver.until);
    if (!about.some((policy) => policy.id === waiver.policy)) return use('idle');
    const verdict = verdicts.find((candidate) => candidate.policy === waiver.policy);
    return use(verdict?.outcome === 'pass' ? 'idle' : 'used');
  });
}
