import { globSync, existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { inspect } from '../src/judge/inspect.ts';
import type { Decision, Judgement } from '../src/judge/decision.ts';
import { Picture } from '../src/model/cluster.ts';
import { DEFAULT_SETTINGS } from '../src/policy/settings.ts';
import { readManifests } from '../src/sources/files.ts';
import { readCatalogue } from '../src/sources/policies.ts';
import { readText } from '../src/sources/read-text.ts';

// Real manifests that hurt, read by hand: what `scan` says of them is what expectations.yaml asks for.

const FOLDER = join(import.meta.dirname, '..', '..', 'shared', 'corpus', 'incidents');
const EXPECTATIONS = join(FOLDER, 'expectations.yaml');
const CATALOGUE = readCatalogue();

interface Problem {
  readonly policy: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly resource?: string | readonly string[];
  readonly context?: readonly string[];
}

interface Entry {
  readonly file: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly verdict: 'good' | 'bad' | 'suspect';
  readonly context?: readonly string[];
  readonly problems: readonly Problem[];
}

/** What `seldon-guard scan FILE --context ...` decides. */
async function scan(file: string, context: readonly string[]): Promise<Decision[]> {
  const others = context
    .flatMap((pattern) => globSync(pattern, { cwd: FOLDER }))
    .filter((one) => one !== file);
  const judged = await readManifests([join(FOLDER, file)]);
  const around = await readManifests(others.map((one) => join(FOLDER, one)));
  const cluster = Picture.of([...around.manifests, ...judged.manifests]);
  return inspect(judged.manifests, cluster, {
    catalogue: CATALOGUE,
    settings: DEFAULT_SETTINGS,
    now: Date.now(),
  });
}

/** What is said of these resources, each written Kind/name; of any where none is named. */
function said(decisions: readonly Decision[], resources: readonly string[], namespace?: string): Judgement[] {
  const meant = decisions.filter(
    ({ object }) =>
      (resources.length === 0 || resources.includes(`${object.kind}/${object.name}`)) &&
      (namespace === undefined || object.namespace === namespace || object.namespace === ''),
  );
  return meant.flatMap(({ judgements }) => judgements);
}

const isError = ({ effect }: Judgement): boolean => effect === 'deny' || effect === 'fix';
const words = (judgements: readonly Judgement[]): string =>
  judgements.map(({ policy, effect, message }) => `${policy} ${effect}: ${message}`).join('\n');

if (!existsSync(EXPECTATIONS)) t.plan(0, `no incidents at ${relative(process.cwd(), FOLDER)}`);
else {
  const read = readText(EXPECTATIONS);
  const entries = parse('text' in read ? read.text : '') as Entry[];
  const known = new Set(CATALOGUE.policies.map(({ id }) => id));
  let asked = 0;
  for (const entry of entries) {
    const { file, resource, namespace, verdict, problems } = entry;
    const isBundle = !resource.includes('/');
    await t.test(`${file} ${resource}`, async (t) => {
      for (const problem of problems.filter(({ policy }) => known.has(policy))) {
        asked++;
        const resources = isBundle ? [problem.resource ?? []].flat() : [resource];
        const found = said(
          await scan(file, problem.context ?? entry.context ?? []),
          resources,
          namespace,
        ).filter(({ policy }) => policy === problem.policy);
        const line = `${problem.policy}: ${problem.level}`;
        if (problem.level === 'error') t.ok(found.some(isError), line, { found: words(found) });
        else if (problem.level === 'warning') t.ok(found.length > 0, line);
        else t.notOk(found.some(isError), line, { found: words(found) });
      }
      if (verdict !== 'good') return;
      const held = new Set(isBundle ? problems.flatMap((problem) => problem.resource ?? []) : []);
      const decisions = await scan(file, entry.context ?? []);
      const rest = decisions.filter(({ object }) => !held.has(`${object.kind}/${object.name}`));
      t.ok(
        isBundle || rest.some(({ object }) => `${object.kind}/${object.name}` === resource),
        'it is in the file',
      );
      const errors = said(rest, isBundle ? [] : [resource], namespace).filter(isError);
      t.strictSame(errors, [], 'good: nothing is denied or fixed', { errors: words(errors) });
    });
  }
  t.ok(asked >= 8, `${asked} problems of the policies that there are`);
}
