import t from 'tap';
import { tryExample } from '../../src/commands/try-example.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import type { Example } from '../../src/sources/examples.ts';
import { bench, broken, madeCatalogue, service } from '../policy/made.ts';

// The tests of the examples are tested on checks that do each thing wrong.

const OBJECT = service({}, { arm: 'broken', leg: 'sound' });
const MEND = { op: 'replace', path: '/spec/arm', value: 'sound' } as const;
const isBroken = ({ object }: { object: typeof OBJECT }): boolean =>
  (object.object['spec'] as { arm?: string }).arm === 'broken';

function faults(
  finding: Partial<Finding> | undefined,
  { bad = true, always = false, words = {} }: { bad?: boolean; always?: boolean; words?: object } = {},
): readonly string[] {
  const evaluate: Check['evaluate'] = (review) =>
    finding !== undefined && (always || isBroken(review)) ? [broken('arm', finding)] : [];
  const catalogue = madeCatalogue({
    made: {
      document: {
        problems: {
          broken: { message: '{thing} is broken.', brief: '{thing}', remedy: 'Mend {thing}.', ...words },
        },
      },
      check: { evaluate },
    },
  });
  const example: Example = {
    policy: 'made',
    name: 'bad',
    file: '/somewhere/bad.yaml',
    bad,
    object: OBJECT,
    previous: undefined,
    cluster: [],
  };
  return tryExample(example, bench(catalogue)).faults;
}

t.strictSame(faults({ fix: [MEND] }), [], 'a fault with a cure');
t.strictSame(faults({}), [], 'a fault without one');
t.strictSame(faults(undefined), ['is not found']);
t.strictSame(faults({ fix: [MEND] }, { always: true }), [
  'the patch does not cure it: arm',
  'after the patch there is something left to patch',
]);
t.strictSame(faults({ data: { thing: 'x'.repeat(121) } }), ['the brief of broken has 121 of 120 characters']);
t.strictSame(faults({ data: {} }), ['a placeholder of broken is left: {thing}']);
t.strictSame(faults({}, { bad: false }), ['does not pass: arm', 'does not pass at rest: arm']);
t.strictSame(
  faults({ effect: 'record' }, { bad: false }),
  ['does not pass: arm'],
  'at rest a note is no matter, at admission it is',
);
t.strictSame(faults(undefined, { bad: false }), []);
t.strictSame(faults({ fix: [{ op: 'remove', path: '/spec/leg' }] }), [
  'the patch does not cure it: arm',
  'after the patch there is something left to patch',
]);
