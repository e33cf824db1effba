import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { crdFields } from './crd-fields.ts';
import type { Release } from './crd-fields.ts';
import { FOLDER, treesText } from './field-trees.ts';
import { modelFields } from './model-fields.ts';

// npm run fields: rewrites src/model/fields. Kubernetes' fields are those of the installed client; the others are read
// from CRDs that the caller has, each release as RELEASE=FILE: npm run fields -- --seldon 2.9.1=crds.yaml

/** The CRDs in a file, as the release that is written before it. */
function releaseOf(argument: string): Release {
  const [release = '', file = ''] = argument.split('=');
  const documents = parseAllDocuments(readFileSync(file, 'utf8'));
  return { release, crds: [...documents].map((document) => document.toJS() as unknown) };
}

const { values } = parseArgs({
  options: { seldon: { type: 'string', multiple: true }, calico: { type: 'string', multiple: true } },
});
writeFileSync(join(FOLDER, 'kubernetes.json'), treesText(modelFields()));
for (const name of ['seldon', 'calico'] as const)
  if (values[name] !== undefined)
    writeFileSync(join(FOLDER, `${name}.json`), treesText(crdFields(values[name].map(releaseOf))));
