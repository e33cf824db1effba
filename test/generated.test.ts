import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { cataloguePage, policyPage } from '../src/reports/policy-page.ts';
import { policiesIn, readExamples } from '../src/sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../src/sources/policies.ts';
import { madeFiles } from './chart/made-files.ts';

// Pages, and the chart's rules, that are made from the policies are committed, and fresh. `npm run golden` rewrites them.

const CHART = join(import.meta.dirname, '..', 'charts', 'seldon-guard', 'files');

const UPDATE = process.env['GUARD_UPDATE'] === '1';
const catalogue = readCatalogue();
const textOf = (file: string): string | undefined =>
  existsSync(file) ? readFileSync(file, 'utf8') : undefined;

function fresh(file: string, text: string): void {
  if (UPDATE) writeFileSync(file, text);
  t.equal(textOf(file), text, `${file} is fresh`);
}

fresh(join(BUILT_IN, 'README.md'), cataloguePage(catalogue));
for (const [name, text] of Object.entries(madeFiles(catalogue))) fresh(join(CHART, name), text);
for (const policy of catalogue.policies) {
  const examples = await readExamples(BUILT_IN, policy.id);
  const pages = examples.map(({ name, bad, file }) => {
    const told = textOf(file.replace(/\.yaml$/, '.out'));
    const fixed = textOf(file.replace(/\.yaml$/, '.fixed.yaml'));
    return {
      name,
      bad,
      manifest: readFileSync(file, 'utf8'),
      ...(told === undefined ? {} : { told }),
      ...(fixed === undefined ? {} : { fixed }),
    };
  });
  fresh(join(BUILT_IN, policy.id, 'README.md'), policyPage(policy, pages));
}
t.strictSame(
  policiesIn(BUILT_IN),
  catalogue.policies.map(({ id }) => id),
  'every folder is a policy of the catalogue',
);
