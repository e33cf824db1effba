import t from 'tap';
import { requirementsMet } from '../../src/checks/server-pods/requirements-met.ts';
import { Picture } from '../../src/model/cluster.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewState } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';

const SELDON = { apiVersion: 'mlops.seldon.io/v1alpha1' };
const OTHER_NAMES = { otherNames: { 'scikit-learn': 'sklearn' } };
const ADVERTISED = 'mlserver,mlflow, sklearn ,alibi-explain';

const agent = (rest: object = {}): object => ({
  name: 'agent',
  env: [{ name: 'SELDON_SERVER_CAPABILITIES', value: ADVERTISED }],
  ...rest,
});
const config = (container: object = agent(), name = 'mlserver'): object => ({
  ...SELDON,
  kind: 'ServerConfig',
  metadata: { name, namespace: 'seldon-system' },
  spec: { podSpec: { containers: [container, { name: 'mlserver' }] } },
});
const server = (spec: object = {}, name = 'mlserver', namespace = 'financial-ml'): object => ({
  ...SELDON,
  kind: 'Server',
  metadata: { name, namespace },
  spec: { serverConfig: 'mlserver', ...spec },
});
const model = (spec: object, name = 'income'): object => ({
  ...SELDON,
  kind: 'Model',
  metadata: { name, namespace: 'financial-ml' },
  spec: { storageUri: 'gs://x', ...spec },
});
const statefulSet = (name = 'mlserver', replicas = 1, container: object = agent()): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: 'financial-ml' },
  spec: {
    replicas,
    template: {
      metadata: { labels: { 'seldon-server-name': name } },
      spec: { containers: [container, { name: 'mlserver' }] },
    },
  },
});
const requiring = (...requirements: string[]): object => model({ requirements });
const ask = (object: object, others: readonly object[] = [config(), server()]): Finding[] =>
  findings(requirementsMet, OTHER_NAMES, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

void t.test('which Models find a Server', async (t) => {
  const cases: [string, object, object[] | undefined, string[]][] = [
    ['all of it', requiring('mlflow', 'sklearn'), undefined, []],
    ['with space around, which both sides trim', requiring(' mlflow '), undefined, []],
    ['nothing', model({}), undefined, []],
    ['nothing, and nowhere to be', model({}), [], []],
    ['explicit null', model({ requirements: null, explainer: null, server: null }), undefined, []],
    ['one miss', requiring('mlflow', 'torch'), undefined, ['not-advertised']],
    ['another case', requiring('MLflow'), undefined, ['not-advertised']],
    ['a part of one', requiring('ml'), undefined, ['not-advertised']],
    ['a list in one string', requiring('mlflow,sklearn'), undefined, ['not-advertised']],
    ['a version', requiring('torch>=1.9'), undefined, ['version']],
    ['a version with extras', requiring('mlserver[all]==1.3'), undefined, ['version']],
    ['a version and a miss', requiring('torch~=1.9', 'numpy'), undefined, ['version', 'not-advertised']],
    ['modelType', model({ modelType: 'torch' }), undefined, ['not-advertised']],
    ['modelType that is there', model({ modelType: 'sklearn' }), undefined, []],
    ['an explainer', model({ explainer: { type: 'anchor_tabular' } }), undefined, []],
    [
      'an explainer on a Server without one',
      model({ explainer: { type: 'anchor_tabular' } }),
      [config(), server({ capabilities: ['sklearn'] })],
      ['not-advertised'],
    ],
    ['replaced', requiring('mlflow'), [config(), server({ capabilities: ['torch'] })], ['not-advertised']],
    ['replaced by the right', requiring('torch'), [config(), server({ capabilities: ['torch'] })], []],
    ['extended', requiring('torch', 'mlflow'), [config(), server({ extraCapabilities: ['torch'] })], []],
    [
      'extended, but replaced',
      requiring('extra'),
      [config(), server({ capabilities: ['torch'], extraCapabilities: ['extra'] })],
      ['not-advertised'],
    ],
    [
      'a version that somebody advertises letter by letter',
      requiring('torch>=1.9'),
      [config(), server({ extraCapabilities: ['torch>=1.9'] })],
      [],
    ],
    ['a release in the name', requiring('mlserver-1.3.4'), undefined, ['not-advertised']],
    [
      'each half on another Server',
      requiring('mlflow', 'torch'),
      [config(), server(), server({ capabilities: ['torch'] }, 'torch')],
      ['not-advertised'],
    ],
    [
      'the second Server',
      requiring('torch'),
      [config(), server(), server({ capabilities: ['torch'] }, 'b')],
      [],
    ],
    ['asked for by name', model({ server: 'mlserver', requirements: ['mlflow'] }), undefined, []],
    [
      'asked for by name, but only the other has it',
      model({ server: 'mlserver', requirements: ['torch'] }),
      [config(), server(), server({ capabilities: ['torch'] }, 'b')],
      ['not-advertised'],
    ],
    ['a name that is not there', model({ server: 'mlserve' }), undefined, ['no-such-server']],
    ['no replicas', requiring('mlflow'), [config(), server({ replicas: 0 })], ['switched-off']],
    [
      'no replicas, and not the right',
      requiring('torch'),
      [config(), server({ replicas: 0 })],
      ['switched-off', 'not-advertised'],
    ],
    [
      'no replicas here, but there',
      requiring('mlflow'),
      [config(), server({ replicas: 0 }), server({}, 'b')],
      [],
    ],
    [
      'elsewhere only',
      requiring('mlflow'),
      [config(), server({}, 'mlserver', 'seldon-system')],
      ['no-server'],
    ],
    ['nothing to be seen', requiring('mlflow'), [], ['not-seen']],
    ['no ServerConfig', requiring('mlflow'), [server()], ['not-seen']],
    [
      'no ServerConfig, but the Server says it',
      requiring('torch'),
      [server({ capabilities: ['torch'] })],
      [],
    ],
    [
      'no ServerConfig, and only more',
      requiring('torch'),
      [server({ extraCapabilities: ['torch'] })],
      ['not-seen'],
    ],
    ['by hand', requiring('mlflow'), [statefulSet()], []],
    ['by hand, and there may be Servers', requiring('torch'), [statefulSet()], ['not-seen']],
    [
      'by hand, asked for',
      model({ server: 'mlserver', requirements: ['torch'] }),
      [statefulSet()],
      ['not-advertised'],
    ],
    [
      'by hand, scaled down',
      model({ server: 'mlserver', requirements: ['mlflow'] }),
      [statefulSet('mlserver', 0)],
      ['switched-off'],
    ],
    [
      'of the operator, from before',
      requiring('torch'),
      [config(), server({ capabilities: ['torch'] }), statefulSet()],
      [],
    ],
    ['by default', requiring('sklearn', 'xgboost'), [config({ name: 'agent' }), server()], []],
    ['by default only those', requiring('mlflow'), [config({ name: 'agent' }), server()], ['not-advertised']],
    ['a flag', requiring('torch'), [config(agent({ args: ['--capabilities=torch, x'] })), server()], []],
    [
      'a flag before the variable',
      requiring('mlflow'),
      [config(agent({ args: ['-capabilities', 'torch'] })), server()],
      ['not-advertised'],
    ],
    [
      'from a ConfigMap',
      requiring('mlflow'),
      [
        config(
          agent({
            env: [
              { name: 'SELDON_SERVER_CAPABILITIES', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
            ],
          }),
        ),
        server(),
      ],
      ['not-seen'],
    ],
  ];
  for (const [name, object, others, expected] of cases)
    t.strictSame(problems(ask(object, others)), expected, name);
});

void t.test('what a Model is told', async (t) => {
  const [version] = ask(requiring('mlflow', 'torch>=1.9'));
  t.match(version, {
    field: ['spec', 'requirements', 1],
    data: { requirement: 'torch>=1.9', name: 'torch' },
  });
  const [miss] = ask(requiring('numpy', 'scikit-learn', 'alibi-explan'));
  t.equal(
    miss?.data['aside'],
    ' (sklearn for scikit-learn, alibi-explain for alibi-explan)',
    'what was meant',
  );
  t.equal(miss?.data['lacking'], 'numpy, scikit-learn, alibi-explan');
  t.equal(miss?.fix, undefined, 'numpy is nothing that it advertises');
  t.equal(ask(requiring('alibi-explan'))[0]?.fix, undefined, 'likeness is no reason for a patch');
  const seen = ask(requiring('mlflow'), []);
  t.strictSame(
    seen.map(({ unknown }) => unknown),
    [true],
    'unknown is said',
  );
  const [typo] = ask(model({ server: 'mlserve' }));
  t.match(typo, { field: ['spec', 'server'], data: { others: 'mlserver', other: 'mlserver' } });
  const [several] = ask(requiring('foobar'), [config(), server({ capabilities: ['a'] }, 'a'), server()]);
  t.match(several?.data, { server: 'Server financial-ml/mlserver', among: ', the nearest of 2,' });
  for (const wrong of [
    ['MLflow'],
    ['scikit-learn', 'mlflow'],
    ['scikit-learn>=1.2', 'MLFLOW'],
    ['mlflow ; python_version > "3"'],
  ]) {
    const object = manifest(requiring(...wrong));
    const after = cured(object, ask(object.object));
    t.strictSame(ask(after.object), [], `${wrong.join(' ')} can be put right`);
  }
});

void t.test('a file that names no namespace goes anywhere', async (t) => {
  const { metadata: _metadata, ...rest } = requiring('mlflow') as { metadata: object };
  const homeless = manifestOf(
    { ...rest, metadata: { name: 'income' } },
    { from: 'request' },
    { namespace: 'default' },
  );
  t.strictSame(problems(findings(requirementsMet, {}, homeless, [config(), server()])), ['not-seen']);
  const served = (name: string, metadata: object): string[] => {
    const other = server({}, name, 'elsewhere');
    const found = manifestOf({ ...other, metadata }, { from: 'request' }, { namespace: 'default' });
    const cluster = Picture.of([manifest(config()), found]);
    const asked = ['mlflow', 'mlserver'].map((pin, i) =>
      manifest(i === 0 ? requiring(pin) : model({ server: pin, requirements: ['mlflow'] })),
    );
    return asked.flatMap((object) =>
      problems([...requirementsMet.evaluate(reviewState(cluster, object), {}, [])]),
    );
  };
  t.strictSame(served('mlserver', { name: 'mlserver' }), ['not-seen', 'not-seen'], 'nor does the Server');
  t.strictSame(served('triton', { name: 'triton' }), ['not-seen', 'no-such-server'], 'another Server');
  t.strictSame(
    served('mlserver', { name: 'mlserver', namespace: 'elsewhere' }),
    ['no-server', 'no-such-server'],
    'it names another',
  );
});

void t.test('what a Server advertises', async (t) => {
  const models = (...each: string[][]): object[] =>
    each.map((requirements, i) => model({ server: 'mlserver', requirements }, `m${i}`));
  const stating = server({ capabilities: ['mlflow'] });
  const cases: [string, object, object[], string[]][] = [
    [
      'all Models want more',
      stating,
      [config(), ...models(['torch'], ['torch', 'mlflow'])],
      ['required-by-all'],
    ],
    ['one Model alone may be wrong', stating, [config(), ...models(['torch'])], []],
    ['they want different things', stating, [config(), ...models(['torch'], ['numpy'])], []],
    ['one of them is content', stating, [config(), ...models(['torch'], ['mlflow'])], []],
    ['no capability can be that', stating, [config(), ...models(['torch>1'], ['torch>1'])], []],
    ['it leaves it to its ServerConfig', server(), [config(), ...models(['torch'], ['torch'])], []],
    [
      'other Servers are asked',
      server({ capabilities: ['a'] }, 'b'),
      [config(), ...models(['torch'], ['torch'])],
      [],
    ],
    [
      'it is switched off',
      server({ capabilities: ['mlflow'], replicas: 0 }),
      [config(), ...models(['torch'], ['torch'])],
      [],
    ],
    ['by hand', statefulSet(), models(['torch'], ['torch']), ['required-by-all']],
    ['made by the operator', statefulSet(), [stating, config(), ...models(['torch'], ['torch'])], []],
    ['asked for in vain', stating, [config({ name: 'agent' })], ['not-taken']],
    [
      'asked for in vain before a flag',
      stating,
      [config(agent({ args: ['--capabilities=a'] }))],
      ['not-taken'],
    ],
    ['its ServerConfig is not to be seen', stating, [], []],
    ['a ServerConfig', config(), [], []],
    ['a ServerConfig without the variable', config({ name: 'agent' }), [], ['unset']],
    [
      'an empty one counts as unset',
      config(agent({ env: [{ name: 'SELDON_SERVER_CAPABILITIES', value: '' }] })),
      [],
      ['unset'],
    ],
    ['from elsewhere', config({ name: 'agent', envFrom: [{ configMapRef: { name: 'a' } }] }), [], []],
    ['the flag', config({ name: 'agent', args: ['--capabilities=a'] }), [], []],
    ['no agent at all', config({ name: 'x' }), [], []],
  ];
  for (const [name, object, others, expected] of cases)
    t.strictSame(problems(ask(object, others)), expected, name);
  const bringing = server({
    podSpec: { containers: [{ name: 'agent', env: [{ name: 'SELDON_SERVER_CAPABILITIES', value: 'a' }] }] },
  });
  t.strictSame(ask(config({ name: 'agent' }), [bringing]), [], 'all Servers over it bring the variable');
  t.strictSame(
    problems(ask(config({ name: 'agent' }), [bringing, server({}, 'b')])),
    ['unset'],
    'one does not',
  );

  for (const field of ['capabilities', 'extraCapabilities']) {
    const asking = manifest(server({ [field]: ['torch'] }));
    const bare = [config({ name: 'agent' })];
    const [lost] = ask(asking.object, bare);
    t.match(lost, { standing: true, field: ['spec', field] }, 'the fault is the ServerConfig’s');
    const after = cured(asking, lost === undefined ? [] : [lost]);
    t.strictSame(ask(after.object, bare), [], 'the patch gives it a place');
    t.strictSame(ask(requiring('torch'), [...bare, after.object]), [], 'and Models find it');
  }
});

void t.test('nothing throws on garbage', async (t) => {
  const seen = { seen: Object.keys(KINDS) as Kind[] };
  const all = [requiring('mlflow', 'torch>=1'), server({ capabilities: ['a'] }), config(), statefulSet('b')];
  let count = 0;
  for (const [i, object] of all.entries())
    for (const wrong of spoilt(manifest(object).object)) {
      const others: Manifest[] = all.filter((_, at) => at !== i).map(manifest);
      const judged = manifestOf(wrong, { from: 'request' }, { ...SELDON, kind: manifest(object).kind });
      const picture = Picture.of([...others, judged], seen);
      for (const each of [...others, judged])
        count += [...requirementsMet.evaluate(reviewState(picture, each), OTHER_NAMES, [])].length;
    }
  t.ok(count > 100, `${count} findings`);
});
