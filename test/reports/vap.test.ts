import t from 'tap';
import { at } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Check } from '../../src/policy/check.ts';
import type { PolicyDocument } from '../../src/policy/document.ts';
import type { InCel } from '../../src/policy/in-cel.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { vapText } from '../../src/reports/vap-text.ts';
import { vapOf } from '../../src/reports/vap.ts';
import { madeCatalogue, NOW } from '../policy/made.ts';

// What settings and documents make of a ValidatingAdmissionPolicy; test/cluster/vap holds its expressions against an API server.

const BROKEN: InCel = {
  problem: 'broken',
  matchConditions: [],
  variables: [],
  validations: [{ expression: 'object.spec.whole' }],
};
const IN_CEL: NonNullable<Check['inCel']> = () => [BROKEN];

function exported(
  settings: Partial<Settings> = {},
  document: Partial<PolicyDocument> = {},
  check: Partial<Check> = {},
): ReturnType<typeof vapOf> {
  const catalogue = madeCatalogue({
    made: {
      document: { appliesTo: { Service: ['CREATE', 'DELETE'] }, ...document },
      check: { inCel: IN_CEL, ...check },
    },
  });
  return vapOf(catalogue.policies[0]!, {
    catalogue,
    settings: { ...DEFAULT_SETTINGS, ...settings },
    now: NOW,
  });
}

const bindings = ({ manifests }: ReturnType<typeof vapOf>): readonly JsonObject[] => manifests.slice(1);
const actions = (of: ReturnType<typeof vapOf>): unknown =>
  bindings(of).map((each) => at(each, 'spec', 'validationActions'));

void t.test('the policy', async (t) => {
  const [policy] = exported().manifests;
  t.match(policy, {
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: 'made.seldon-guard.io' },
    spec: {
      failurePolicy: 'Ignore',
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['services'] },
        ],
      },
      // Its words have a placeholder that nobody fills there.
      validations: [{ expression: 'object.spec.whole', message: 'Things are whole' }],
    },
  });
  t.equal(at(exported({ onError: 'deny' }).manifests[0], 'spec', 'failurePolicy'), 'Fail');
  const plain = { broken: { message: 'It broke.', brief: 'it broke', remedy: 'Mend it.' } };
  const [worded] = exported({}, { problems: plain }, { problems: { broken: [] } }).manifests;
  t.equal(at(worded, 'spec', 'validations', 0, 'message'), 'it broke');
});

void t.test('effects become actions', async (t) => {
  t.strictSame(actions(exported()), [['Deny']]);
  t.strictSame(actions(exported({}, { effect: 'warn' })), [['Warn']]);
  t.strictSame(actions(exported({}, { effect: 'record' })), [['Audit']]);
  t.strictSame(actions(exported({}, { effect: 'fix' })), [['Warn']], 'it has no patch');
  t.strictSame(actions(exported({ policies: { made: { effect: 'fix' } } })), [['Deny']]);
  const capped = { broken: { message: 'a', brief: 'a', remedy: 'a', effect: 'warn' as const } };
  t.strictSame(
    actions(
      exported(
        { policies: { made: { effect: 'deny' } } },
        { problems: capped },
        { problems: { broken: [] } },
      ),
    ),
    [['Warn']],
    "the problem's own is not made stronger",
  );
  const own = { broken: { message: 'a', brief: 'a', remedy: 'a', effect: 'deny' as const } };
  t.strictSame(
    actions(
      exported({ policies: { made: { effect: 'warn' } } }, { problems: own }, { problems: { broken: [] } }),
    ),
    [['Warn']],
    'a chosen one makes it weaker',
  );
  t.match(exported({ policies: { made: { effect: 'off' } } }), { manifests: [], left: [/switched off/] });
});

void t.test('namespaces have bindings of their own', async (t) => {
  const namespaces = { a: 'warn', b: 'off', c: 'warn' } as const;
  const named = { key: 'kubernetes.io/metadata.name' };
  t.match(bindings(exported({ policies: { made: { namespaces } } })), [
    {
      metadata: { name: 'made.seldon-guard.io' },
      spec: {
        policyName: 'made.seldon-guard.io',
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchExpressions: [{ ...named, operator: 'NotIn', values: ['a', 'b', 'c'] }] },
        },
      },
    },
    {
      metadata: { name: 'warn.made.seldon-guard.io' },
      spec: {
        validationActions: ['Warn'],
        matchResources: {
          namespaceSelector: { matchExpressions: [{ ...named, operator: 'In', values: ['a', 'c'] }] },
        },
      },
    },
  ]);
  const nodes = { appliesTo: { Node: ['CREATE'] } } as const;
  t.match(exported({ policies: { made: { namespaces } } }, nodes), {
    manifests: [],
    left: [/Node lie in none/],
  });
  t.strictSame(actions(exported({}, nodes)), [['Deny']]);
});

void t.test('what is left to the webhook is named', async (t) => {
  t.match(exported({}, {}, { inCel: undefined as never }), { manifests: [], left: [/CEL cannot say/] });
  t.match(exported({}, { appliesTo: { Service: ['DELETE'] } }), {
    manifests: [],
    left: [/neither when objects are made/],
  });
  const some = exported(
    {},
    { appliesTo: { Service: ['CREATE'], Pod: ['CREATE'] } },
    { inCel: () => [{ ...BROKEN, kinds: ['Pod'], left: 'of a Service: it has a say' }] },
  );
  t.strictSame(some.left, ['broken of a Service: it has a say']);
  t.match(at(some.manifests[0], 'spec', 'matchConstraints', 'resourceRules'), [{ resources: ['pods'] }]);
  const text = vapText([some, exported({ policies: { made: { effect: 'off' } } })]);
  t.match(text, /^# Not in here, because it is switched off by settings:\n# {3}made$/m);
  t.match(text, /^# Not all of made is in here:\n# {3}broken of a Service: it has a say$/m);
  t.equal(text.split(/^---$/m).length, 3, 'a head, a policy and a binding');
});

void t.test('a policy for each problem', async (t) => {
  const words = { message: 'a', brief: 'a', remedy: 'a' };
  const problems = { broken: words, worn: { ...words, effect: 'warn' as const }, dark: words };
  const check = { problems: { broken: [], worn: [], dark: [] } };
  const inCel: Check['inCel'] = (_params, policies) => [
    BROKEN,
    {
      ...BROKEN,
      problem: 'worn',
      matchConditions: [{ name: 'known', expression: JSON.stringify(policies) }],
    },
  ];
  const all = exported({}, { problems }, { ...check, inCel });
  t.strictSame(
    all.manifests.map((each) => at(each, 'metadata', 'name')),
    ['broken', 'broken', 'worn', 'worn'].map((problem) => `${problem}.made.seldon-guard.io`),
  );
  t.strictSame(
    [1, 3].map((i) => at(all.manifests[i], 'spec', 'validationActions')),
    [['Deny'], ['Warn']],
    'each with its own effect',
  );
  t.match(all.left, [/^dark: CEL cannot say/]);
  t.equal(
    at(all.manifests[2], 'spec', 'matchConditions', 0, 'expression'),
    '["made"]',
    'it is told of the policies',
  );
  const deleted = exported({}, { problems, appliesTo: { Service: ['DELETE'] } }, { ...check, inCel });
  t.strictSame(deleted.manifests, []);
});

void t.test("words are the policy's, filled by expressions", async (t) => {
  const told = { findings: 'variables.fresh', data: { thing: 'each[1]' } };
  const spoken = (brief: string): unknown =>
    at(
      exported(
        {},
        { problems: { broken: { message: '{thing}', brief, remedy: 'a' } } },
        { inCel: () => [{ ...BROKEN, told }] },
      ).manifests[0],
      'spec',
      'validations',
      0,
    );
  t.strictSame(spoken('the "{thing}" fell'), {
    expression: 'object.spec.whole',
    message: 'Things are whole',
    messageExpression: String.raw`variables.fresh.map(each, "the \"" + each[1] + "\" fell").join('; ')`,
  });
  t.match(spoken('{thing}'), { messageExpression: "variables.fresh.map(each, each[1]).join('; ')" });
  t.strictSame(spoken('it fell'), { expression: 'object.spec.whole', message: 'it fell' });
});

void t.test('waivers of settings hold for what has no name yet', async (t) => {
  const waiver = { policy: 'made', name: 'x', reason: 'agreed', source: 'settings' };
  const [policy] = exported({ waivers: [waiver] }).manifests;
  t.match(at(policy, 'spec', 'matchConditions'), [
    { name: 'not-waived-on-the-object' },
    { expression: /has\(object\.metadata\.name\)/ },
  ]);
});
