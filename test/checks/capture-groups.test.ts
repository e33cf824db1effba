import fc from 'fast-check';
import t from 'tap';
import { captureGroups } from '../../src/checks/around/capture-groups.ts';

// The groups of a pattern are those that the engine counts.

void t.test('by example', (t) => {
  t.strictSame(captureGroups('/app(/|$)(.*)'), ['/|$', '.*']);
  t.strictSame(captureGroups('/((a)(?:b)[(]\\()'), ['(a)(?:b)[(]\\(', 'a']);
  t.strictSame(captureGroups('/(?<name>x)(?=y)(?<!z)'), ['?<name>x']);
  t.strictSame(captureGroups('/app'), []);
  t.strictSame(captureGroups('/app(.*'), ['.*'], 'one without its end');
  t.end();
});

void t.test('as many as the engine has', (t) => {
  const pieces = fc.constantFrom('(', ')', '(?:', '(?=', '(?<n>', '[', ']', '\\', '/', 'a', '.*', '|');
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const pattern = parts.join('');
      let count: number;
      try {
        void new RegExp(pattern);
        count = (new RegExp(`${pattern}|`).exec('')?.length ?? 1) - 1;
      } catch {
        return;
      }
      t.equal(captureGroups(pattern).length, count, pattern);
    }),
    { numRuns: 2000 },
  );
  t.end();
});
