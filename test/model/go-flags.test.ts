import t from 'tap';
import { goBoolean, goFlags } from '../../src/model/go-flags.ts';

const flags = (...args: string[]) =>
  Object.fromEntries(
    [
      ...goFlags(
        args.map((text) => ({ text, known: true })),
        ['clusterwide'],
      ),
    ].map(([name, value]) => [name, value.known ? value.value : null]),
  );

void t.test('one dash or two, a value after = or as the next argument', async (t) => {
  t.strictSame(flags('--a=1', '-b=2', '--c', '3', '-d', '-4'), { a: '1', b: '2', c: '3', d: '-4' });
  t.strictSame(flags('--a='), { a: '' });
});

void t.test('a boolean flag takes no separate value', async (t) => {
  t.strictSame(flags('--clusterwide', '--a=1'), { clusterwide: 'true', a: '1' });
  t.strictSame(
    flags('--clusterwide', 'true', '--a=1'),
    { clusterwide: 'true' },
    'and reading ends at what follows it',
  );
});

void t.test('the last one wins', async (t) => {
  t.strictSame(flags('--host=a', '--host=b'), { host: 'b' });
});

void t.test('reading ends at -- and at the first argument that is no flag', async (t) => {
  t.strictSame(flags('--a=1', '--', '--b=2'), { a: '1' });
  t.strictSame(flags('/bin/sh', '--a=1'), {});
  t.strictSame(flags('-', '--a=1'), {});
});

void t.test('a value that depends on the unknown is unknown', async (t) => {
  const found = goFlags([{ text: '--a=$(B)', known: false }]).get('a');
  t.strictSame(found, { known: false, because: 'it depends on $(B)' });
});

void t.test('booleans are read as Go reads them', async (t) => {
  t.equal(goBoolean('T'), true);
  t.equal(goBoolean('0'), false);
  t.equal(goBoolean('yes'), undefined);
});
