import { dirname, resolve } from 'node:path';
import type { Catalogue } from '../policy/catalogue.ts';
import { parameterChanges, unknownPolicies } from '../policy/settings.ts';
import type { Settings } from '../policy/settings.ts';
import { Faults } from './faults.ts';
import { BUILT_IN, readCatalogue } from './policies.ts';
import { readSettings } from './settings.ts';

/** What the guard goes by. */
export interface Rules {
  readonly catalogue: Catalogue;
  readonly settings: Settings;
}

/**
 * The settings in a file (none: nobody chose anything) and the catalogue as they change it, with the policies of these folders
 * in it besides. Throws Faults that name the file and what is wrong in it.
 */
export function chosen(file: string | undefined, folders: readonly string[] = []): Rules {
  const settings = readSettings(file);
  const catalogue = catalogueWith(settings, file, [...ownFolders(settings, file), ...folders]);
  const unknown = unknownPolicies(settings, catalogue);
  if (unknown.length > 0)
    throw new Faults(unknown.map((id) => `${file ?? 'settings'}: there is no policy ${id}`));
  return { catalogue, settings };
}

/** The folders with policies that settings name. */
export function ownFolders({ policyFolders = [] }: Settings, file: string | undefined): string[] {
  return policyFolders.map((folder) => resolve(dirname(file ?? ''), folder));
}

function catalogueWith(settings: Settings, file: string | undefined, folders: readonly string[]): Catalogue {
  const changes = parameterChanges(settings);
  try {
    return readCatalogue(changes, [BUILT_IN, ...folders]);
  } catch (error) {
    // A parameter that the check does not take is the fault of the file that set it.
    if (file === undefined || !(error instanceof Faults)) throw error;
    const own = Object.keys(changes).map((id) => `policy ${id}, params: `);
    throw new Faults(
      error.faults.map((fault) =>
        own.some((prefix) => fault.startsWith(prefix)) ? `${file}: ${fault}` : fault,
      ),
    );
  }
}
