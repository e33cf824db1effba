import { existsSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Manifest, ManifestDefaults } from '../../src/model/manifest.ts';
import { manifestOf } from '../../src/model/manifest.ts';

const CORPUS = new URL('../../../shared/corpus/', import.meta.url);

/** Why a test that reads the shared corpus cannot run here, or false when it can. */
export const noCorpus: string | false = existsSync(CORPUS) ? false : 'no corpus beside the project';

/** The text of a file of the shared corpus. */
export function corpusText(file: string): string {
  return readFileSync(new URL(file, CORPUS), 'utf8');
}

/** Manifests out of YAML text. */
export function manifestsIn(text: string, defaults: ManifestDefaults = {}): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as unknown)
    .filter((object) => object !== null && object !== undefined)
    .map((object) => manifestOf(object, { from: 'request' }, defaults));
}
