import t from 'tap';
import { catalogueOf } from '../../src/policy/catalogue.ts';
import type { PolicyDocument } from '../../src/policy/document.ts';
import { CHECKS } from '../../src/checks/index.ts';
import { readCatalogue } from '../../src/sources/policies.ts';

// The digest stands in every line of the record: two guards with the same one judge alike, in the same words.

const real: PolicyDocument[] = readCatalogue().policies.map((policy) => ({
  ...policy,
  check: policy.check.name,
}));

function digest(documents: readonly PolicyDocument[], checks = CHECKS): string {
  const { catalogue, faults } = catalogueOf(documents, checks);
  return catalogue?.digest ?? faults.join('\n');
}

/** The document with a letter added to one of its texts, one such document per text; keys stay. */
function* reworded(value: unknown, path: string): Generator<[string, unknown]> {
  if (typeof value === 'string') return yield [path, `${value}x`];
  if (typeof value === 'number') return yield [path, value + 1];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value))
    for (const [where, changed] of reworded(each, `${path}.${key}`))
      yield [where, Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed }];
}

void t.test('is twelve hexadecimal digits', async (t) => t.match(digest(real), /^[0-9a-f]{12}$/));

void t.test('is the same for the same words, whatever the order of documents and checks', async (t) => {
  t.equal(digest(real.toReversed(), CHECKS.toReversed()), digest(real));
  t.equal(digest(structuredClone(real)), digest(real));
  t.equal(readCatalogue().digest, digest(real));
});

void t.test('changes with any word, number and effect of any policy', async (t) => {
  const seen = new Map([[digest(real), 'as it stands']]);
  let texts = 0;
  for (const [i, document] of real.entries()) {
    // What the catalogue refuses or what is no word: the check's name, the kinds and operations.
    const { check, appliesTo, id, ...words } = document;
    for (const [where, changed] of reworded(words, id)) {
      const other = digest(real.with(i, { ...(changed as typeof words), check, appliesTo, id }));
      texts += 1;
      if (!/^[0-9a-f]{12}$/.test(other)) continue;
      if (seen.has(other)) t.fail(`${where} gives the digest of ${String(seen.get(other))}`);
      seen.set(other, where);
    }
  }
  t.ok(seen.size > 150, `${seen.size} digests of ${texts} changes`);
});

void t.test('changes with the kinds and operations, the id and the parameters in settings', async (t) => {
  const [first, ...rest] = real as [PolicyDocument, ...PolicyDocument[]];
  const others = [
    digest([{ ...first, appliesTo: { ...first.appliesTo, Pod: ['CREATE'] } }, ...rest]),
    digest([{ ...first, appliesTo: { ...first.appliesTo, Deployment: ['CREATE'] } }, ...rest]),
    digest([{ ...first, id: `${first.id}-2` }, ...rest]),
    readCatalogue({ 'namespace-not-public': { names: ['ours'] } }).digest,
    readCatalogue({ 'namespace-not-public': { names: ['theirs'] } }).digest,
  ];
  t.equal(new Set([digest(real), ...others]).size, 6);
});
