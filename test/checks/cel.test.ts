import t from 'tap';
import { MOST_STEPS } from '../../src/checks/own/cel-cost.ts';
import { celFaults } from '../../src/checks/own/cel-rules.ts';
import type { CelParams } from '../../src/checks/own/cel-rules.ts';
import { cel } from '../../src/checks/own/cel.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import { CannotJudge } from '../../src/policy/cannot-judge.ts';
import { manifest } from '../policy/made.ts';

// test/cluster/vap holds the same expressions against a real API server.

const service = (spec: Json, metadata: JsonObject = {}) =>
  manifest({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', ...metadata },
    spec,
  });
const SHOP = manifest({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { tier: 'gold' } },
});

const rules = (expression: string, more: Partial<CelParams> = {}): CelParams => ({
  validations: [{ expression }],
  ...more,
});

/** The messages of what an object violates when it is made, or CannotJudge's words. */
function violations(params: CelParams, spec: Json = {}, before?: Json): string[] | string {
  t.strictSame(celFaults(params), [], 'the expressions are taken');
  const change =
    before === undefined
      ? ({ operation: 'CREATE', object: service(spec) } as const)
      : ({ operation: 'UPDATE', object: service(spec), previous: service(before) } as const);
  return evaluated(params, reviewChange(Picture.of([SHOP]), change));
}

function evaluated(params: CelParams, review: Parameters<typeof cel.evaluate>[0]): string[] | string {
  try {
    return [...cel.evaluate(review, params, [])].map(
      ({ data, standing }) => `${String(data['message'])}${standing === true ? ' (stood)' : ''}`,
    );
  } catch (error) {
    if (error instanceof CannotJudge) return error.because;
    throw error;
  }
}

const holds = (expression: string, spec: Json = {}, more: Partial<CelParams> = {}): void =>
  void t.strictSame(violations(rules(expression, more), spec), [], expression);

void t.test('expressions hold', async () => {
  holds('object.spec.replicas + 1 == 4 && object.spec.share < 0.6', { replicas: 3, share: 0.5 });
  holds('object.spec.a.map(x, x * 2).filter(x, x > 2) == [4, 6]', { a: [1, 2, 3] });
  holds('[[1, 2], [3]].map(list, list.map(x, x + 1)) == [[2, 3], [4]]');
  holds('[1, 2].map(x, [3, 4].map(y, x * y)) == [[3, 4], [6, 8]]');
  holds('([1].map(x, x) + [2, 3]).size() == 3 && size([1] + []) == 1');
  holds('[1, 2].exists_one(x, x == 1) && {"a": 1}.all(key, key == "a")');
  holds('has(object.metadata.name) && !has(object.spec.none)');
  holds("object.spec.name.matches('^[a-z]+$') && !object.spec.name.matches('^b')", { name: 'abc' });
  holds("'a,b'.split(',').join('-') == 'a-b' && strings.quote('a') == '\"a\"'");
  holds(
    "request.operation == 'CREATE' && request.resource.resource == 'services' && request.kind.group == ''",
  );
  holds("request.userInfo.username == '' && request.name + '/' + request.namespace == 'web/shop'");
  holds("namespaceObject.metadata.labels.tier == 'gold' && oldObject == null");
  holds('params.most == 3 && params.names[1] == "b"', {}, { values: { most: 3, names: ['a', 'b'] } });
  holds(
    'variables.sum == 3',
    { a: [1, 2] },
    {
      variables: [
        { name: 'list', expression: 'object.spec.a' },
        { name: 'sum', expression: 'variables.list[0] + variables.list[1]' },
      ],
    },
  );
  holds('true || object.spec.none');
  holds('[1].all(object, object == 1)');
});

void t.test('what does not hold is said', async (t) => {
  const spec = { a: 1 };
  t.strictSame(violations(rules('object.spec.a == 2'), spec), ['failed expression: object.spec.a == 2']);
  const said = (validation: object): unknown =>
    violations(
      { validations: [{ expression: 'object.spec.a == 2', message: 'written', ...validation }] },
      spec,
    );
  t.strictSame(said({}), ['written']);
  t.strictSame(said({ messageExpression: "'a is ' + string(object.spec.a)" }), ['a is 1']);
  t.strictSame(said({ messageExpression: "'a is ' + object.spec.none" }), ['written'], 'one without a value');
  t.strictSame(said({ messageExpression: "'two\\nlines'" }), ['written'], 'one of two lines');
  t.strictSame(said({ messageExpression: "'  '" }), ['written'], 'one of blanks');
  t.strictSame(said({ messageExpression: '1' }), ['written'], 'one that is no text');
  t.strictSame(said({ messageExpression: "'" + 'long'.repeat(1300) + "'" }), ['written'], 'a long one');
});

void t.test('conditions choose what is judged', async (t) => {
  const judged = (...matchConditions: string[]): unknown =>
    violations(
      rules('false', {
        matchConditions: matchConditions.map((expression, i) => ({ name: `c${i}`, expression })),
      }),
    );
  t.strictSame(judged('true'), ['failed expression: false']);
  t.strictSame(judged('true', 'false'), []);
  t.strictSame(judged('object.spec.none', 'false'), [], 'a condition that is false settles it');
  t.match(judged('object.spec.none', 'true'), /^matchConditions\.0\.expression of the policy has no value/);
});

void t.test('what cannot be evaluated is no verdict on the object', async (t) => {
  t.equal(
    violations(rules('object.spec.none == 1')),
    'validations.0.expression of the policy has no value for it',
  );
  t.equal(violations(rules('"a"')), 'validations.0.expression of the policy is neither true nor false');
  const both = { validations: [{ expression: 'object.spec.none' }, { expression: '1 == 2', message: 'no' }] };
  t.strictSame(violations(both), ['no'], 'what is violated is said all the same');
  for (const name of ['constructor', '__proto__', 'toString'])
    t.match(violations(rules(`object.spec.${name} == 1`)), /has no value/, name);
});

void t.test('what cannot be seen is unknown', async (t) => {
  const object = service({});
  const unseen = (expression: string, review: Parameters<typeof cel.evaluate>[0]): unknown => {
    try {
      return [...cel.evaluate(review, rules(expression), [])];
    } catch (error) {
      return error instanceof CannotJudge && error.unseen ? error.because : error;
    }
  };
  const alone = Picture.of([]);
  t.match(
    unseen('namespaceObject.metadata.name == "shop"', reviewChange(alone, { operation: 'CREATE', object })),
    /^Namespace shop of Service shop\/web is not among the objects seen$/,
  );
  t.strictSame(
    unseen(
      'object.spec == {} || namespaceObject == null',
      reviewChange(alone, { operation: 'CREATE', object }),
    ),
    [],
    'nobody asked for it',
  );
  t.match(unseen('request.userInfo.username == "a"', reviewState(alone, object)), /^nobody asks/);
  t.strictSame(unseen('request.operation == "CREATE" && oldObject == null', reviewState(alone, object)), []);
  const cluster = reviewChange(alone, { operation: 'CREATE', object: SHOP });
  t.strictSame(unseen('namespaceObject == null', cluster), []);
});

void t.test('a fault that stood before is told from a new one', async (t) => {
  t.strictSame(violations(rules('object.spec.a == 1', {}), { a: 2 }, { a: 1 }), [
    'failed expression: object.spec.a == 1',
  ]);
  t.strictSame(violations(rules('object.spec.a == 1'), { a: 2 }, { a: 3 }), [
    'failed expression: object.spec.a == 1 (stood)',
  ]);
  const variable = { variables: [{ name: 'a', expression: 'object.spec.a' }] };
  t.strictSame(violations(rules('variables.a == 1', variable), { a: 2 }, { a: 3 }), [
    'failed expression: variables.a == 1 (stood)',
  ]);
  t.strictSame(
    violations(rules('oldObject == null || object.spec.a == oldObject.spec.a'), { a: 2 }, { a: 3 }),
    ['failed expression: oldObject == null || object.spec.a == oldObject.spec.a'],
    'a change is nothing that stands',
  );
  t.strictSame(
    violations(rules('object.spec.a == oldObject.spec.a'), { a: 2 }, { a: 3 }),
    ['failed expression: object.spec.a == oldObject.spec.a'],
    'what was before the old one is not asked',
  );
  const exempt = { matchConditions: [{ name: 'c', expression: 'object.spec.a != 3' }] };
  t.strictSame(
    violations(rules('object.spec.a == 1', exempt), { a: 2 }, { a: 3 }),
    ['failed expression: object.spec.a == 1'],
    'it was not judged before',
  );
  t.match(violations(rules('object.spec.a == 1'), { a: 2 }, {}), /has no value/, 'nobody knows how it was');
  const gone = reviewChange(Picture.of([]), { operation: 'DELETE', object: service({}) });
  t.strictSame(evaluated(rules('object == null && oldObject.metadata.name == "web"'), gone), []);
});

void t.test('what could not work is refused when it is read', async (t) => {
  const refused = (params: CelParams): readonly string[] => celFaults(params);
  const first = (expression: string): string | undefined =>
    refused(rules(expression))[0]?.replace('validations.0.expression: ', '');
  t.equal(first('1 +'), 'is no CEL at line 1, column 3: found + but expecting end of input');
  t.equal(first('foo == 1'), 'names foo, which is not there');
  t.equal(first('[1].all(x, true) && x'), 'names x, which is not there');
  t.equal(first('quantity("1") == 1'), 'calls quantity, which is not there');
  t.equal(first('authorizer.path("/")'), 'calls path, which is not there');
  t.equal(first('variables.a == 1'), 'names variables.a, which is not declared before it');
  t.equal(first('Thing{}'), 'makes a Thing, which is not there');
  t.equal(first('"a".matches(object.spec.a)'), 'calls matches with a pattern that is not written out');
  t.match(first('"a".matches("(")'), /^has a pattern that RE2 refuses: .*missing closing \)/);
  t.equal(first('"a".matches("(a{500}){2}")'), undefined);
  t.equal(first('"a".matches("(a{1000}b{1000})")'), 'has a pattern that is too big');
  t.match(first('"a".matches("(a{1000}){1000}")'), /^has a pattern that RE2 refuses/);
  t.equal(first(`1 == 1 // ${'x'.repeat(10_000)}`), 'is longer than 10000 characters');
  for (const [open, close] of [
    ['(', ')'],
    ['[', ']'],
  ] as const)
    t.equal(first(`${open.repeat(4900)}1${close.repeat(4900)} == 1`), 'is nested too deep', open);
  t.strictSame(
    refused({
      validations: [{ expression: 'true ||\n false' }],
      variables: [
        { name: 'a', expression: 'variables.b' },
        { name: 'b', expression: '1' },
        { name: 'b', expression: '2' },
      ],
      matchConditions: [{ name: 'c', expression: 'variables.b == 1' }],
    }),
    [
      'matchConditions.0.expression: names variables.b, which is not declared before it',
      'variables.0.expression: names variables.b, which is not declared before it',
      'variables.2.name: there is a variable b already',
      'validations.0: message is missing, which an expression of several lines needs',
    ],
  );
});

void t.test('nothing takes long, whatever the object', async (t) => {
  const list = Array.from({ length: 200_000 }, (_, i) => `item${i}`);
  const text = 'a'.repeat(3 << 20);
  const tooMuch = `its expressions take more than the ${MOST_STEPS} steps that they are given`;
  const ENDED: readonly [string, Json?][] = [
    ['object.spec.l.all(a, object.spec.l.all(b, a == b || true))'],
    ['object.spec.l.all(a, true || object.spec.l.all(b, true))'],
    // Nothing in an expression can take hold of the end.
    ['object.spec.l.all(a, true) || true'],
    ['object.spec.l.map(a, object.spec.l).exists(b, b == object.spec.l)'],
    ['object.spec.l.all(a, object == object)'],
    ['object.spec.l.all(a, a in object.spec.l)'],
    ['object.spec.l.all(a, size(a) > 0)'],
    ['object.spec.l.map(a, a).map(a, a).size() > 0'],
    [
      `${Array.from({ length: 12 }, (_, i) => `[1, 2, 3, 4, 5, 6, 7, 8].all(x${i}, `).join('')}true${')'.repeat(12)}`,
    ],
    ["object.spec.t.matches('^(a+)+$')", { t: text }],
    ["object.spec.t.matches('(a|aa)+b$')", { t: text }],
    ["object.spec.t.replace('a', object.spec.t).size() > 1", { t: text }],
    ["object.spec.t.split('').map(x, object.spec.t).join(object.spec.t).size() > 1", { t: text }],
    ["object.spec.t.split('').exists(x, x + object.spec.t == object.spec.t)", { t: text }],
  ];
  for (const [expression, spec = { l: list }] of ENDED)
    t.equal(violations(rules(expression), spec), tooMuch, expression.slice(0, 70));
  const doubling = Array.from({ length: 50 }, (_, i) => ({
    name: `v${i}`,
    expression: i === 0 ? 'object.spec.t' : `variables.v${i - 1} + variables.v${i - 1}`,
  }));
  t.equal(violations(rules('variables.v49.size() > 0', { variables: doubling }), { t: text }), tooMuch);
  const chain = { variables: [{ name: 'chain', expression: `[1]${' + [1]'.repeat(1200)}` }] };
  t.strictSame(
    violations(rules('variables.chain.all(a, a == 1) && size(variables.chain) == 1201', chain)),
    [],
    'a list of many lists is one list',
  );
  t.strictSame(
    violations(rules('object.spec.l.size() == 200000 && object.spec.t.size() > 1'), { l: list, t: text }),
    [],
    'a big object by itself is no trouble',
  );
  t.strictSame(
    violations(
      rules(
        "object.spec.containers.all(c, c.env.all(e, e.name.matches('^[A-Z_]+$') && !c.env.exists(o, o.name == e.value)))",
      ),
      {
        containers: Array.from({ length: 10 }, () => ({
          env: Array.from({ length: 50 }, () => ({ name: 'A_NAME', value: 'a value of some length' })),
        })),
      },
    ),
    [],
    'nor is a big pod',
  );
  let deep: Json = [];
  for (let i = 0; i < 9000; i++) deep = [deep];
  t.match(violations(rules('object.spec.d == object.spec.d'), { d: deep }), /has no value for it/);
});
