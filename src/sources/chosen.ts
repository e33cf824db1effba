import type { Catalogue } from '../policy/catalogue.ts';
import { parameterChanges, unknownPolicies } from '../policy/settings.ts';
import type { Settings } from '../policy/settings.ts';
import { Faults } from './faults.ts';
import { readCatalogue } from './policies.ts';
import { readSettings } from './settings.ts';

/**
 * The settings in a file (none: nobody chose anything) and the catalogue as they change it. Throws Faults that name the
 * file and what is wrong in it.
 */
export function chosen(file: string | undefined): { catalogue: Catalogue; settings: Settings } {
  const settings = readSettings(file);
  const catalogue = catalogueWith(settings, file);
  const unknown = unknownPolicies(settings, catalogue);
  if (unknown.length > 0)
    throw new Faults(unknown.map((id) => `${file ?? 'settings'}: there is no policy ${id}`));
  return { catalogue, settings };
}

function catalogueWith(settings: Settings, file: string | undefined): Catalogue {
  const changes = parameterChanges(settings);
  try {
    return readCatalogue(changes);
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
