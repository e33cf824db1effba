import type { Kind } from '../model/kinds.ts';
import type { Catalogue, Policy } from './catalogue.ts';
import type { Settings } from './settings.ts';

/**
 * The part of a catalogue that can patch under these settings: what the mutating webhook has to ask, and no more, as every
 * millisecond of it is added to each write. A policy patches where it, one of its problems or a choice of its effect says fix.
 */
export function fixersOf(catalogue: Catalogue, settings: Settings): Catalogue {
  const policies = catalogue.policies.filter((policy) => canFix(policy, settings));
  const about = new Map<Kind, readonly Policy[]>();
  for (const [kind, all] of catalogue.about) {
    const fixers = all.filter((policy) => policies.includes(policy));
    if (fixers.length > 0) about.set(kind, fixers);
  }
  return { policies, about, digest: catalogue.digest };
}

function canFix({ id, effect, problems }: Policy, settings: Settings): boolean {
  const chosen = Object.hasOwn(settings.policies, id) ? settings.policies[id] : undefined;
  const chosenFix = [chosen?.effect, ...Object.values(chosen?.namespaces ?? {})].includes('fix');
  return chosenFix || effect === 'fix' || Object.values(problems).some((words) => words.effect === 'fix');
}
