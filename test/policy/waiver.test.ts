import t from 'tap';
import { covers, holdsAt, isDay, waiversOn } from '../../src/policy/waiver.ts';
import type { Waiver } from '../../src/policy/waiver.ts';
import { manifest, service } from './made.ts';

const parsed = (value: string): Partial<Waiver> => {
  const [waiver] = waiversOn(service({ 'waive.seldon-guard.io/reach': value }));
  if (waiver === undefined) throw new Error('no waiver');
  const { policy, source, ...rest } = waiver;
  t.equal(policy, 'reach');
  t.equal(source, 'waive.seldon-guard.io/reach');
  return rest;
};

void t.test('the value is a reason, and may name an owner and a last day', async (t) => {
  const VALUES: Record<string, Partial<Waiver>> = {
    'a migration': { reason: 'a migration' },
    '  a migration  ': { reason: 'a migration' },
    'a = b': { reason: 'a = b' },
    'owner=ml': { reason: 'owner=ml' },
    'why | owner=ml | until=2026-12-31': { reason: 'why', owner: 'ml', until: '2026-12-31' },
    'why|until=2026-12-31|owner=ml': { reason: 'why', owner: 'ml', until: '2026-12-31' },
    'why | owner = ml team | until = 2026-12-31 ': { reason: 'why', owner: 'ml team', until: '2026-12-31' },
    'why | owner=a=b': { reason: 'why', owner: 'a=b' },
    'why\nand why | owner=ml': { reason: 'why\nand why', owner: 'ml' },
    // No reason.
    '': { reason: '' },
    '   ': { reason: '' },
    '| owner=ml': { reason: '', owner: 'ml' },
    '<why>': { reason: '' },
    ' <why> | owner=ml': { reason: '', owner: 'ml' },
    '<why> | owner=<who> | until=<YYYY-MM-DD>': { reason: '' },
    // A part left as it was pasted says nothing.
    'why | owner=<who> | until=<YYYY-MM-DD>': { reason: 'why' },
    'why | owner=ml | until=<YYYY-MM-DD>': { reason: 'why', owner: 'ml' },
    '< 3 pods here': { reason: '< 3 pods here' },
    // Not understood.
    'why | because': { reason: 'why', malformed: 'because' },
    'why || owner=ml': { reason: 'why', owner: 'ml', malformed: '' },
    'why |': { reason: 'why', malformed: '' },
    'why | until=2026-02-29': { reason: 'why', malformed: 'until=2026-02-29' },
    'why | until=31.12.2026': { reason: 'why', malformed: 'until=31.12.2026' },
    'why | until=': { reason: 'why', malformed: 'until=' },
    'why | until': { reason: 'why', malformed: 'until' },
    'why | Until=2026-12-31': { reason: 'why', malformed: 'Until=2026-12-31' },
    'why | =2026-12-31': { reason: 'why', malformed: '=2026-12-31' },
    'why | __proto__=x': { reason: 'why', malformed: '__proto__=x' },
    'why | policy=other': { reason: 'why', malformed: 'policy=other' },
  };
  for (const [value, expected] of Object.entries(VALUES))
    t.strictSame(parsed(value), expected, JSON.stringify(value));
});

void t.test('an object carries a waiver per annotation, and nothing else is one', async (t) => {
  const on = (annotations: unknown): string[] =>
    waiversOn(manifest({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', annotations } })).map(
      ({ policy }) => policy,
    );
  t.strictSame(on({ 'waive.seldon-guard.io/b': 'x', 'waive.seldon-guard.io/a': 'y' }), ['b', 'a']);
  t.strictSame(
    on({ 'waive.seldon-guard.io': 'x', 'seldon-guard.io/a': 'x', 'x.waive.seldon-guard.io/a': 'x' }),
    [],
  );
  t.strictSame(on({ 'waive.seldon-guard.io/a': 7 }), [], 'a value that is no text');
  for (const annotations of [null, 'x', [], 1]) t.strictSame(on(annotations), []);
});

void t.test('days are those of the calendar', async (t) => {
  for (const day of ['2026-12-31', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])
    t.ok(isDay(day), day);
  for (const text of [
    '2026-02-29',
    '2026-02-30',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-1-1',
    '26-01-01',
    '12026-01-01',
    '2026-12-31T00:00:00Z',
    '2026-12-31\n',
    ' 2026-12-31',
    '2026/12/31',
    '',
  ])
    t.notOk(isDay(text), JSON.stringify(text));
});

void t.test('a waiver holds to the end of its last day, in UTC', async (t) => {
  const waiver = { policy: 'reach', reason: 'why', source: 'settings' };
  const until = { ...waiver, until: '2026-12-31' };
  t.ok(holdsAt(waiver, Number.MAX_SAFE_INTEGER), 'without a day it holds');
  t.ok(holdsAt(until, Date.parse('2020-01-01T00:00:00Z')));
  t.ok(holdsAt(until, Date.parse('2026-12-31T00:00:00Z')));
  t.ok(holdsAt(until, Date.parse('2026-12-31T23:59:59.999Z')));
  t.notOk(holdsAt(until, Date.parse('2027-01-01T00:00:00Z')));
  t.ok(holdsAt(until, Date.parse('2027-01-01T00:59:00+01:00')), 'midnight is that of Greenwich');
  t.notOk(holdsAt(until, Date.parse('2026-12-31T23:30:00-01:00')));
});

void t.test('a waiver from settings covers what all of its fields name', async (t) => {
  const web = service();
  const shop = manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  const COVERS: [Partial<Waiver>, boolean, boolean][] = [
    [{}, true, true],
    [{ namespace: 'shop' }, true, true],
    [{ namespace: 'sho' }, false, false],
    [{ namespace: '' }, false, false],
    [{ kind: 'Service' }, true, false],
    [{ kind: 'service' }, false, false],
    [{ kind: 'Namespace' }, false, true],
    [{ name: 'web' }, true, false],
    [{ name: 'shop' }, false, true],
    [{ namespace: 'shop', kind: 'Service', name: 'web' }, true, false],
    [{ namespace: 'shop', kind: 'Service', name: 'api' }, false, false],
    [{ namespace: 'dev', kind: 'Service', name: 'web' }, false, false],
    [{ namespace: 'shop', kind: 'Namespace', name: 'shop' }, false, true],
  ];
  for (const [where, onService, onNamespace] of COVERS) {
    const waiver = { policy: 'reach', reason: 'why', source: 'settings', ...where };
    t.equal(covers(waiver, web), onService, `${JSON.stringify(where)} on the Service`);
    t.equal(covers(waiver, shop), onNamespace, `${JSON.stringify(where)} on its Namespace`);
  }
});
