import t from 'tap';
import { parse } from 'yaml';
import {
  endedWaivers,
  chosenEffect,
  DEFAULT_SETTINGS,
  parameterChanges,
  settingsOf,
  unknownPolicies,
} from '../../src/policy/settings.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { readCatalogue } from '../../src/sources/policies.ts';

function settings(yaml: string): Settings {
  const { settings, faults } = settingsOf(parse(yaml));
  if (settings === undefined) throw new Error(faults.join('\n'));
  return settings;
}

void t.test('who chooses nothing has the defaults', async (t) => {
  for (const nothing of [undefined, null, {}]) t.strictSame(settingsOf(nothing).settings, DEFAULT_SETTINGS);
  t.equal(DEFAULT_SETTINGS.onError, 'warn', 'a broken check does not stop a cluster');
});

void t.test('a fault names the field', async (t) => {
  const FAULTS: [string, string[]][] = [
    ['[]', ['the document: expected object']],
    ['polices: {}', ['the document: unknown field polices']],
    ['policies: { a: { efect: warn } }', ['policies.a: unknown field efect']],
    [
      'policies: { a: { effect: error } }',
      ['policies.a.effect: expected one of deny, fix, warn, record, off'],
    ],
    ['policies: { a: { effect: off, effects: 1 } }', ['policies.a: unknown field effects']],
    [
      'policies: { a: { namespaces: { dev: allow } } }',
      ['policies.a.namespaces.dev: expected one of deny, fix, warn, record, off'],
    ],
    ['policies: { a: { params: [] } }', ['policies.a.params: expected object']],
    ['onError: allow', ['onError: expected one of warn, deny']],
    ['waivers: [{ policy: a }]', ['waivers.0: reason is missing']],
    ['waivers: [{ reason: b }]', ['waivers.0: policy is missing']],
    ['waivers: [{ policy: a, reason: "" }]', ['waivers.0.reason: must NOT have fewer than 1 characters']],
    ['waivers: [{ policy: a, reason: " " }]', ['waivers.0.reason: expected why, not blanks']],
    ['waivers: [{ policy: a, reason: <why> }]', ['waivers.0.reason: expected why, not <why>']],
    ['waivers: [{ policy: a, reason: b, names: c }]', ['waivers.0: unknown field names']],
    ['waivers: [{ policy: a, reason: b, source: c }]', ['waivers.0: unknown field source']],
    [
      'waivers: [{ policy: a, reason: b }, { policy: a, reason: b, until: 2026-02-30 }]',
      ['waivers.1.until: expected a day as YYYY-MM-DD, not 2026-02-30'],
    ],
    [
      'waivers: [{ policy: a, reason: b, until: tomorrow }]',
      ['waivers.0.until: expected a day as YYYY-MM-DD, not tomorrow'],
    ],
    ['waivers: [{ policy: a, reason: b, until: 20261231 }]', ['waivers.0.until: expected string']],
  ];
  for (const [yaml, expected] of FAULTS) {
    const { settings, faults } = settingsOf(parse(yaml));
    t.strictSame(faults, expected, yaml);
    t.equal(settings, undefined, `${yaml}: no settings`);
  }
});

void t.test('waivers are kept whole, and know that they come from settings', async (t) => {
  const waiver = {
    policy: 'a',
    reason: 'b',
    owner: 'c',
    until: '2026-12-31',
    namespace: 'd',
    kind: 'e',
    name: 'f',
  };
  const { settings } = settingsOf({ waivers: [waiver], onError: 'deny' });
  t.strictSame(settings, { policies: {}, waivers: [{ ...waiver, source: 'settings' }], onError: 'deny' });
});

void t.test('the effect for a namespace stands before the one for the policy', async (t) => {
  const chosen = settings(`
    policies:
      both: { effect: warn, namespaces: { prod: deny, dev: "off" } }
      one: { namespaces: { prod: record } }
      none: {}
  `);
  const CHOSEN: [string, string, string | undefined][] = [
    ['both', 'prod', 'deny'],
    ['both', 'dev', 'off'],
    ['both', 'test', 'warn'],
    ['both', '', 'warn'],
    ['one', 'prod', 'record'],
    ['one', 'test', undefined],
    ['none', 'prod', undefined],
    ['absent', 'prod', undefined],
  ];
  for (const [policy, namespace, effect] of CHOSEN)
    t.equal(chosenEffect(chosen, policy, namespace), effect, `${policy} in ${namespace}`);
});

void t.test('names that every object has are names like others', async (t) => {
  const chosen = settings('policies: { a: { namespaces: {} } }');
  for (const name of ['constructor', '__proto__', 'toString']) {
    t.equal(chosenEffect(chosen, name, 'b'), undefined, name);
    t.equal(chosenEffect(chosen, 'a', name), undefined, `a in ${name}`);
  }
  const proto = settings('policies: { __proto__: { params: { made: { a: 1 } } } }');
  const changes = parameterChanges(proto);
  t.strictSame(Object.keys(changes), ['__proto__']);
  t.equal(changes['made'], undefined, 'nothing is changed behind the back of the catalogue');
});

void t.test('changed parameters and unknown policies are named', async (t) => {
  const chosen = settings(`
    policies:
      namespace-not-public: { effect: warn, params: { names: [ours] } }
      server-host-is-local: { effect: warn }
      server-host: { effect: warn }
    waivers:
      - { policy: waivers-hold, reason: trial }
      - { policy: waivers, reason: trial }
  `);
  t.strictSame(parameterChanges(chosen), { 'namespace-not-public': { names: ['ours'] } });
  t.strictSame(unknownPolicies(chosen, readCatalogue()), ['server-host', 'waivers']);
});

void t.test('waivers that have ended are named, with their day', async (t) => {
  const chosen = settings(`
    waivers:
      - { policy: waivers-hold, reason: trial, until: 2026-11-19 }
      - { policy: namespace-not-public, reason: trial, until: 2026-11-20 }
      - { policy: server-host-is-local, reason: trial }
  `);
  t.strictSame(endedWaivers(chosen, Date.parse('2026-11-20T12:00:00Z')), [
    'the waiver of waivers-hold does not count: it ended on 2026-11-19',
  ]);
});
