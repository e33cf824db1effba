import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createPatch } from 'rfc6902';
import t from 'tap';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { judge, patchOf } from '../src/judge/judge.ts';
import type { Decision } from '../src/judge/decision.ts';
import { Picture } from '../src/model/cluster.ts';
import { withObject } from '../src/model/manifest.ts';
import type { Manifest } from '../src/model/manifest.ts';
import { reviewChange, reviewState } from '../src/model/review.ts';
import { patched } from '../src/model/patch.ts';
import { DEFAULT_SETTINGS } from '../src/policy/settings.ts';
import { answer } from '../src/reports/answer.ts';
import { kubectlText } from '../src/reports/kubectl-text.ts';
import { policiesIn, readExamples } from '../src/sources/examples.ts';
import type { Example } from '../src/sources/examples.ts';
import { BUILT_IN, readCatalogue } from '../src/sources/policies.ts';

// The examples of every policy are its tests: what hurts is found, what the user is told is the golden file beside it, and
// the patch that is offered cures it, once, and touches nothing else. `npm run golden` rewrites the golden files.

const UPDATE = process.env['GUARD_UPDATE'] === '1';
const NOW = Date.parse('2026-11-20T12:00:00Z');
const catalogue = readCatalogue();

/** Problems that manifests alone cannot show; the tests of the check show them, with a real DNS server or a deletion. */
const NOT_BY_EXAMPLE: ReadonlySet<string> = new Set([
  'namespace-not-public/listed',
  'namespace-not-public/answered',
  'namespace-not-public/host-answered',
  'namespace-not-public/answers-everything',
  'namespace-not-public/wildcard',
  'namespace-not-public/unanswered',
  'control-plane-reachable/closed-by-deletion',
]);

function decide(example: Example, object: Manifest = example.object): Decision {
  const picture = Picture.of(example.cluster);
  const change =
    example.previous === undefined
      ? ({ operation: 'CREATE', object } as const)
      : ({ operation: 'UPDATE', object, previous: example.previous } as const);
  return judge(reviewChange(picture, change), { catalogue, settings: DEFAULT_SETTINGS, now: NOW });
}

function found(decision: Decision, policy: string) {
  return decision.judgements.filter((judgement) => judgement.policy === policy);
}

function golden(t: Test, file: string, text: string): void {
  if (UPDATE) writeFileSync(file, text);
  const kept = existsSync(file) ? readFileSync(file, 'utf8') : '(there is no such file: npm run golden)';
  t.equal(text, kept, `${basename(file)} is what the user is told`);
}

const operationOf = (example: Example) => (example.previous === undefined ? 'CREATE' : 'UPDATE');

for (const policy of policiesIn(BUILT_IN)) {
  const examples = await readExamples(BUILT_IN, policy);
  await t.test(policy, async (t) => {
    t.ok(
      examples.some((example) => example.bad),
      'has a manifest that fails it',
    );
    t.ok(
      examples.some((example) => !example.bad),
      'has a manifest that passes it',
    );
    const problems = new Set(
      examples
        .filter((example) => example.bad)
        .flatMap((example) => found(decide(example), policy).map((j) => j.problem)),
    );
    const words = catalogue.policies.find(({ id }) => id === policy)?.problems ?? {};
    for (const problem of Object.keys(words))
      if (!NOT_BY_EXAMPLE.has(`${policy}/${problem}`))
        t.ok(problems.has(problem), `a bad example shows the problem ${problem}`);

    for (const example of examples) {
      const decision = decide(example);
      if (example.bad) badExample(t, example, decision);
      else {
        t.strictSame(found(decision, policy), [], `${example.name} passes`);
        const resting = judge(reviewState(Picture.of([...example.cluster, example.object]), example.object), {
          catalogue,
          settings: DEFAULT_SETTINGS,
          now: NOW,
        });
        t.notOk(
          found(resting, policy).some(({ effect }) => effect !== 'record'),
          `${example.name} passes at rest`,
        );
      }
    }
    const kept = readdirSync(join(BUILT_IN, policy)).filter((file) => /\.(out|fixed\.yaml)$/.test(file));
    const owners = new Set(examples.filter(({ bad }) => bad).map(({ name }) => name));
    for (const file of kept)
      t.ok(owners.has(file.replace(/\.(out|fixed\.yaml)$/, '')), `${file} belongs to an example`);
  });
}

function badExample(t: Test, example: Example, decision: Decision): void {
  const { policy, name, object } = example;
  const findings = found(decision, policy);
  t.ok(findings.length > 0, `${name} is found`);
  for (const { brief, message, remedy, policy: id, problem } of findings) {
    t.ok(brief.length <= 120, `${name}: the brief of ${id}/${problem} has ${brief.length} of 120 characters`);
    t.notMatch(
      `${message}${brief}${remedy}`,
      /\{[a-z-]+\}|undefined|\[object/,
      `${name}: no placeholder is left`,
    );
    t.notMatch(`${message}${brief}${remedy}`, /please|!/i, `${name}: plain words`);
  }
  const told = kubectlText(
    { operation: operationOf(example), object, file: basename(example.file) },
    answer(decision, 'mutate'),
    // The API server validates what the mutating webhook has made of the object.
    answer(decide(example, withObject(object, patched(object.object, decision.patch))), 'validate'),
  );
  const folder = join(BUILT_IN, policy);
  golden(t, join(folder, `${name}.out`), `${told}\n`);

  const patch = patchOf(findings.filter(({ outcome }) => outcome !== 'waived'));
  const fixedFile = join(folder, `${name}.fixed.yaml`);
  if (patch.length === 0)
    return void t.notOk(existsSync(fixedFile), `${name}: nothing to patch, no fixed manifest`);
  const cured = patched(object.object, patch);
  golden(t, fixedFile, stringify(cured, { lineWidth: 0 }));
  const after = found(decide(example, withObject(object, cured)), policy);
  t.strictSame(
    after.filter(({ effect }) => effect !== 'record'),
    [],
    `${name}: the patch cures it`,
  );
  t.strictSame(patchOf(after), [], `${name}: there is nothing left to patch`);
  const touched = patch.map(({ path }) => path.replace(/\/-$/, ''));
  for (const { path } of createPatch(object.object, cured))
    t.ok(
      touched.some((place) => path.startsWith(place) || place.startsWith(path)),
      `${name}: ${path} was said to change`,
    );
}
