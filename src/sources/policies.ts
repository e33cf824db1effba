import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CHECKS } from '../checks/index.ts';
import { catalogueOf } from '../policy/catalogue.ts';
import type { Catalogue, ParameterChanges } from '../policy/catalogue.ts';
import { policyDocument } from '../policy/document.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { Faults } from './faults.ts';

/** The policies that come with the guard: a folder beside the code, from a checkout and installed alike. */
export const BUILT_IN = join(import.meta.dirname, '..', '..', 'policies');

/**
 * The catalogue of a folder of policies: one folder per policy, its words in `policy.yaml`. Throws Faults that name the
 * file and the field where anything is half-written.
 */
export function readCatalogue(changes: ParameterChanges = {}, folder: string = BUILT_IN): Catalogue {
  const documents: PolicyDocument[] = [];
  const faults: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const file = join(folder, entry.name, 'policy.yaml');
    let value: unknown;
    try {
      value = parse(readFileSync(file, 'utf8'));
    } catch (error) {
      faults.push(`${file}: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unreadable'}`);
      continue;
    }
    const read = policyDocument(entry.name, value);
    faults.push(...read.faults.map((fault) => `${file}: ${fault}`));
    if (read.document !== undefined) documents.push(read.document);
  }
  if (faults.length > 0) throw new Faults(faults);
  const { catalogue, faults: halfWritten } = catalogueOf(documents, CHECKS, changes);
  if (catalogue === undefined) throw new Faults(halfWritten);
  return catalogue;
}
