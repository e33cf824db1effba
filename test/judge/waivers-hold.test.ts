import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import { fieldPath } from '../../src/model/path.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench, manifest } from '../policy/made.ts';

const catalogue = readCatalogue();
const PREFIX = 'waive.seldon-guard.io/';
const dev = (annotations: object) =>
  manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev', annotations } });
const calm = (annotations: object) =>
  manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'models', annotations } });

function found(
  object: ReturnType<typeof manifest>,
  operation: 'CREATE' | 'NONE' = 'CREATE',
  settings: Partial<Settings> = {},
): [string, string, string][] {
  const picture = Picture.of([object]);
  const review =
    operation === 'NONE' ? reviewState(picture, object) : reviewChange(picture, { operation, object });
  return judge(review, bench(catalogue, settings))
    .judgements.filter(({ policy }) => policy === 'waivers-hold')
    .map(({ problem, effect, message, field }) => {
      t.match(fieldPath(field), /^metadata\.annotations\[waive\.seldon-guard\.io\//);
      return [problem, effect, message];
    });
}

void t.test('each waiver that does not hold is a finding, of its own kind', async (t) => {
  const KINDS: Record<string, [string, string, [string, string, string][]]> = {
    'without a reason': [
      'namespace-not-public',
      '',
      [['no-reason', 'warn', 'The waiver of namespace-not-public does not count: it gives no reason.']],
    ],
    'as it was pasted': [
      'namespace-not-public',
      '<why> | owner=<who> | until=<YYYY-MM-DD>',
      [['no-reason', 'warn', 'The waiver of namespace-not-public does not count: it gives no reason.']],
    ],
    'past its end': [
      'namespace-not-public',
      'why | until=2026-11-19',
      [['expired', 'warn', 'The waiver of namespace-not-public does not count: it ended on 2026-11-19.']],
    ],
    'not understood': [
      'namespace-not-public',
      'why | for=ever',
      [
        [
          'malformed',
          'warn',
          'The waiver of namespace-not-public does not count: "for=ever" is not understood.',
        ],
      ],
    ],
    'of an unknown policy': [
      'namespace-public',
      'why',
      [['unknown-policy', 'warn', 'The waiver of namespace-public does not count: there is no such policy.']],
    ],
    'of nothing at all': [
      'constructor',
      'why',
      [['unknown-policy', 'warn', 'The waiver of constructor does not count: there is no such policy.']],
    ],
    'that counts': ['namespace-not-public', 'why | until=2026-11-20', []],
  };
  for (const [name, [policy, value, expected]] of Object.entries(KINDS))
    for (const operation of ['CREATE', 'NONE'] as const)
      t.strictSame(found(dev({ [PREFIX + policy]: value }), operation), expected, `${name}, ${operation}`);
});

void t.test('one that nothing needs is written down', async (t) => {
  const idle = [
    ['idle', 'record', 'The waiver of namespace-not-public is not needed: the policy finds nothing here.'],
  ];
  const own = { [`${PREFIX}namespace-not-public`]: 'why' };
  t.strictSame(found(calm(own)), idle);
  t.strictSame(found(calm(own), 'NONE'), idle);
  t.strictSame(found(dev(own)), []);
});

void t.test('one on an object that the policy is not about is not needed either', async (t) => {
  const policy = 'server-host-is-local';
  t.strictSame(found(calm({ [PREFIX + policy]: 'why' })), [
    ['idle', 'record', `The waiver of ${policy} is not needed: the policy finds nothing here.`],
  ]);
});

void t.test('one of a policy that is not asked just now may be needed another time', async (t) => {
  const policies = { 'namespace-not-public': { effect: 'off' } } as const;
  t.strictSame(found(calm({ [`${PREFIX}namespace-not-public`]: 'why' }), 'CREATE', { policies }), []);
  t.strictSame(
    found(calm({ [`${PREFIX}control-plane-reachable`]: 'why' })),
    [],
    'asked on UPDATE of a Namespace only',
  );
});

void t.test('each of several is told, in their order', async (t) => {
  const several = { [`${PREFIX}b`]: 'why', [`${PREFIX}a`]: 'why', [`${PREFIX}namespace-not-public`]: '' };
  t.strictSame(
    found(calm(several)).map(([problem]) => problem),
    ['unknown-policy', 'unknown-policy', 'no-reason'],
  );
});

void t.test('it is a policy like others: it has settings, and can be waived', async (t) => {
  const none = { [`${PREFIX}namespace-not-public`]: '' };
  const policies = { 'waivers-hold': { effect: 'deny' } } as const;
  t.equal(found(calm(none), 'CREATE', { policies })[0]?.[1], 'deny');
  t.equal(found(calm({ ...none, [`${PREFIX}waivers-hold`]: 'a trial' }))[0]?.[1], 'record');
});

void t.test('one that was there before in the same words is an old fault, any other a new one', async (t) => {
  const effects = (before: object, after: object): string[] => {
    const [object, previous] = [calm(after), calm(before)];
    const review = reviewChange(Picture.of([previous]), { operation: 'UPDATE', object, previous });
    const policies = { 'waivers-hold': { effect: 'deny' } } as const;
    return judge(review, bench(catalogue, { policies }))
      .judgements.filter(({ policy }) => policy === 'waivers-hold')
      .map(({ effect, standing }) => `${effect}${standing ? ', as before' : ''}`);
  };
  const [key, other] = [`${PREFIX}namespace-not-public`, `${PREFIX}nothing`];
  t.strictSame(effects({}, { [key]: '' }), ['deny']);
  t.strictSame(effects({ [key]: '' }, { [key]: '', more: 'x' }), ['warn, as before']);
  t.strictSame(effects({ [key]: 'why | for=ever' }, { [key]: 'why | for=now' }), ['deny']);
  t.strictSame(effects({ [other]: 'why' }, { [other]: 'why', [key]: '' }).toSorted(), [
    'deny',
    'warn, as before',
  ]);
});
