import { endedWaivers } from '../policy/settings.ts';
import type { Log } from '../server/guard.ts';
import { chosen, ownFolders } from '../sources/chosen.ts';
import type { Rules } from '../sources/chosen.ts';
import { Faults } from '../sources/faults.ts';
import { followFiles } from '../sources/follow-files.ts';

const LOOK_MS = 5000;

/**
 * The rules in a settings file and in folders of policies, and those they hold later: what is changed there counts some seconds
 * afterwards, and what cannot be used leaves the last rules in force. Throws Faults where the first ones cannot be used.
 */
export function keptRules(
  file: string | undefined,
  folders: readonly string[],
  log: Log,
  signal: AbortSignal,
): () => Rules {
  const from = { settings: file, policies: folders };
  const read = (): Rules => {
    const rules = chosen(file, folders);
    for (const ended of endedWaivers(rules.settings, Date.now())) log.warn({ settings: file }, ended);
    return rules;
  };
  let rules = read();
  const followed = (): string[] => [
    ...(file === undefined ? [] : [file]),
    ...ownFolders(rules.settings, file),
    ...folders,
  ];
  if (followed().length > 0)
    followFiles(followed, LOOK_MS, signal, () => {
      try {
        rules = read();
        for (const { check } of rules.catalogue.policies) check.prepare?.();
        log.info({ ...from, catalogue: rules.catalogue.digest }, 'other rules are in force from now on');
      } catch (error) {
        if (!(error instanceof Faults)) throw error;
        for (const fault of error.faults) log.error(from, fault);
        log.error(from, 'the rules cannot be used: the last ones stay in force');
      }
    });
  return () => rules;
}
