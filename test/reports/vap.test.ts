import t from 'tap';
import { at } from '../../src/model/json.ts';
import type { JsonObject } from '../../src/model/json.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import type { Check } from '../../src/policy/check.ts';
import type { PolicyDocument } from '../../src/policy/document.ts';
import { DEFAULT_SETTINGS } from '../../src/policy/settings.ts';
import type { Settings } from '../../src/policy/settings.ts';
import { vapText } from '../../src/reports/vap-text.ts';
import { vapOf } from '../../src/reports/vap.ts';
import { madeCatalogue, NOW } from '../policy/made.ts';

// What settings and documents make of a ValidatingAdmissionPolicy; test/cluster/vap holds its expressions against an API server.

const IN_CEL: NonNullable<Check['inCel']> = () => ({
  problem: 'broken',
  matchConditions: [],
  variables: [],
  validations: [{ expression: 'object.spec.whole' }],
});

function exported(
  settings: Partial<Settings> = {},
  document: Partial<PolicyDocument> = {},
  check: Partial<Check> = {},
): ReturnType<typeof vapOf> {
  const { policies }: Catalogue = madeCatalogue({
    made: {
      document: { appliesTo: { Service: ['CREATE', 'DELETE'] }, ...document },
      check: { inCel: IN_CEL, ...check },
    },
  });
  return vapOf(policies[0]!, { ...DEFAULT_SETTINGS, ...settings }, NOW);
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
    { inCel: (params) => ({ ...IN_CEL(params), kinds: ['Pod'] }) },
  );
  t.match(some.left, [/^Service: CEL cannot say/]);
  const text = vapText([some, exported({ policies: { made: { effect: 'off' } } })]);
  t.match(text, /^# Not in here, because it is switched off by settings:\n# {3}made$/m);
  t.match(text, /^# Not all of made is in here:\n# {3}Service: CEL cannot/m);
  t.equal(text.split(/^---$/m).length, 3, 'a head, a policy and a binding');
});
