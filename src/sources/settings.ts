import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { DEFAULT_SETTINGS, settingsOf } from '../policy/settings.ts';
import type { Settings } from '../policy/settings.ts';
import { Faults } from './faults.ts';

/** The settings in a YAML file. Throws Faults that name the file, and the line or field, and what was expected. */
export function readSettings(file: string | undefined): Settings {
  if (file === undefined) return DEFAULT_SETTINGS;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Faults([`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`]);
  }
  const document = parseDocument(text);
  const broken = document.errors.map((error) => `${file}: ${error.message.split('\n')[0] ?? ''}`);
  if (broken.length > 0) throw new Faults(broken);
  const { settings, faults } = settingsOf(document.toJS({ maxAliasCount: 100 }));
  if (settings === undefined) throw new Faults(faults.map((fault) => `${file}: ${fault}`));
  return settings;
}
