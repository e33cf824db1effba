import t from 'tap';
import { placeholdersOf } from '../../src/policy/message.ts';
import { chosen } from '../../src/sources/chosen.ts';

// What can be told of a check's expressions without an API server; test/cluster/vap-built-in evaluates them on one.

const { catalogue } = chosen(undefined);
const ids = catalogue.policies.map(({ id }) => id);

/** What an API server takes for one expression (cel-go, ExpressionSizeLimit). */
const LONGEST = 100_000;

for (const { id, appliesTo, check, params, problems } of catalogue.policies) {
  const said = check.inCel?.(params, ids) ?? [];
  if (said.length === 0) continue;
  void t.test(id, async (t) => {
    const names = said.map(({ problem }) => problem);
    t.equal(new Set(names).size, names.length, 'each problem is exported once');
    for (const { problem, kinds = [], left, variables, validations, matchConditions, told } of said) {
      const words = problems[problem];
      t.ok(words, `${problem} is a problem of the policy`);
      if (words === undefined) continue;
      for (const kind of kinds)
        t.ok(appliesTo[kind] !== undefined, `${problem}: the policy is about ${kind}`);
      t.match(left ?? 'of it', /^of .*[^.]$/, `${problem}: what is left follows its name`);
      const filled = Object.keys(told?.data ?? {});
      t.strictSame(
        placeholdersOf(words.brief).filter((each) => !filled.includes(each)),
        [],
        `${problem}: every placeholder is filled`,
      );
      t.strictSame(
        filled.filter((each) => !placeholdersOf(words.brief).includes(each)),
        [],
        `${problem}: and nothing else`,
      );
      const declared = variables.map(({ name }) => name);
      t.equal(new Set(declared).size, declared.length, `${problem}: variables have names of their own`);
      for (const { expression } of [...variables, ...validations, ...matchConditions]) {
        t.ok(expression.length < LONGEST, `${problem}: an API server takes it`);
        t.notMatch(expression, /undefined|\[object Object/, `${problem}: nothing is missing in it`);
      }
      // What is not about the change alone is compared with what was there.
      const text = variables.map(({ expression }) => expression).join('\n');
      const isAboutChange = variables.some(
        ({ name, expression }) => name === 'found' && expression.includes('oldObject'),
      );
      const looksAtObject = text.includes('object.spec') || text.includes('object.data');
      if (looksAtObject && !isAboutChange)
        t.ok(text.includes('variables.before_found'), `${problem}: what stood before is let be`);
    }
  });
}
