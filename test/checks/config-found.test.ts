import t from 'tap';
import { configFound } from '../../src/checks/placement/config-found.ts';
import { Picture } from '../../src/model/cluster.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { cured, findings, spoilt } from './pod-checks.ts';
import { operator, seldonConfig } from './seldon-cluster.ts';

const PARAMS = { operatorNamespaces: ['seldon-mesh', 'seldon-system'] };
const EVERYTHING = { seen: Object.keys(KINDS) as Kind[] };
const SELDON = { apiVersion: 'mlops.seldon.io/v1alpha1' };
const OPERATOR = operator('seldon-system').object;

const config = (name = 'mlserver', namespace: string | undefined = 'seldon-system'): object => ({
  ...SELDON,
  kind: 'ServerConfig',
  metadata: { name, namespace },
  spec: { podSpec: { containers: [] } },
});
const server = (serverConfig: unknown, namespace = 'financial-ml'): object => ({
  ...SELDON,
  kind: 'Server',
  metadata: { name: 'mlserver', namespace },
  spec: { serverConfig },
});
const runtime = (config: unknown): object => ({
  ...SELDON,
  kind: 'SeldonRuntime',
  metadata: { name: 'seldon', namespace: 'financial-ml' },
  spec: { seldonConfig: config },
});
const ask = (object: object, others: readonly object[] = [OPERATOR, config()]): Finding[] =>
  findings(configFound, PARAMS, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

void t.test('what a Server or a SeldonRuntime names', async (t) => {
  const runtimes = [OPERATOR, seldonConfig('seldon-system', {}).object];
  const cases: [string, object, object[] | undefined, string[]][] = [
    ['what is there', server('mlserver'), undefined, []],
    ['with its namespace', server('seldon-system/mlserver'), undefined, ['not-a-name']],
    ['in capitals', server('MLServer'), undefined, ['not-a-name']],
    ['empty', server(''), undefined, ['not-a-name']],
    ['nothing, which the CRD refuses', server(undefined), undefined, []],
    ['no text', server(7), undefined, []],
    ['what is not there', server('triton'), undefined, ['missing']],
    ['what is beside it', server('own'), [OPERATOR, config(), config('own', 'financial-ml')], ['missing']],
    ['what is beside it, and the operator too', server('mlserver', 'seldon-system'), undefined, []],
    ['no operator to be seen', server('triton'), [config()], ['not-seen']],
    ['no operator, but that', server('mlserver'), [config()], []],
    ['beside it, and no operator', server('mlserver'), [config('mlserver', 'financial-ml')], []],
    ['nothing to be seen', server('mlserver'), [], ['not-seen']],
    ['an operator without its ServerConfigs', server('mlserver'), [OPERATOR], ['not-seen']],
    ['only ServerConfigs of others', server('mlserver'), [OPERATOR, config('other', 'team')], ['not-seen']],
    [
      'an operator that watches another namespace',
      server('triton'),
      [operator('seldon-system', { clusterwide: false }).object, config()],
      ['not-seen'],
    ],
    ['of two operators one has it', server('mlserver'), [OPERATOR, operator('mlops').object, config()], []],
    [
      'of two operators none has it',
      server('triton'),
      [OPERATOR, operator('mlops').object, config()],
      ['missing'],
    ],
    ['a SeldonConfig', runtime('default'), runtimes, []],
    ['another SeldonConfig', runtime('defualt'), runtimes, ['missing']],
    ['a ServerConfig for a SeldonConfig', runtime('mlserver'), [...runtimes, config()], ['missing']],
    ['a SeldonConfig with its namespace', runtime('seldon-system/default'), runtimes, ['not-a-name']],
  ];
  for (const [name, object, others, expected] of cases)
    t.strictSame(problems(ask(object, others)), expected, name);

  const whole = Picture.of([manifest(OPERATOR)], EVERYTHING);
  const review = reviewChange(whole, { operation: 'CREATE', object: manifest(server('mlserver')) });
  t.strictSame(problems([...configFound.evaluate(review, PARAMS, [])]), ['missing'], 'a cluster without any');
});

void t.test('what is said', async (t) => {
  const [slip] = ask(server('mlsever'));
  t.match(slip, {
    field: ['spec', 'serverConfig'],
    data: { operator: 'seldon-system', aside: '; it has mlserver', other: 'mlserver' },
  });
  const [beside] = ask(server('own'), [OPERATOR, config(), config('own', 'financial-ml')]);
  t.match(beside?.data, { aside: '; the one of that name is in financial-ml', other: 'one that is there' });
  const [unseen] = ask(server('mlserver'), []);
  t.equal(unseen?.unknown, true, 'what is not seen is unknown');

  const slashed = manifest(server('seldon-system/mlserver'));
  t.strictSame(ask(cured(slashed, ask(slashed.object)).object), [], 'the bare name is there');
  t.equal(ask(server('seldon-system/own'))[0]?.fix, undefined, 'it is not: nothing to patch');
  const [away] = ask(server('own'), [OPERATOR, config(), { ...config('own'), metadata: { name: 'own' } }]);
  t.equal(away?.problem, 'not-seen', 'a file that names no namespace goes anywhere');
});

void t.test('where a configuration lies', async (t) => {
  const cases: [string, object, object[], string[]][] = [
    ['with the operator', config(), [OPERATOR], []],
    ['elsewhere', config('own', 'financial-ml'), [OPERATOR], ['out-of-reach']],
    ['with the second operator', config('own', 'mlops'), [OPERATOR, operator('mlops').object], []],
    ['no operator to be seen', config('own', 'financial-ml'), [], []],
    ['a SeldonConfig elsewhere', seldonConfig('financial-ml', {}).object, [OPERATOR], ['out-of-reach']],
    ['in a file that names no namespace', { ...config(), metadata: { name: 'mlserver' } }, [OPERATOR], []],
  ];
  for (const [name, object, others, expected] of cases)
    t.strictSame(problems(ask(object, others)), expected, name);
});

void t.test('a configuration alone in a file', async (t) => {
  const placeOf = () => ({ file: 'a.yaml', line: 1, column: 1 });
  const file = (object: object): Manifest =>
    manifestOf(object, { from: 'file', file: 'a.yaml', placeOf }, { namespace: 'default' });
  const scan = (...objects: object[]): string[] => {
    const [first, ...others] = objects.map(file);
    if (first === undefined) return [];
    return problems([
      ...configFound.evaluate(reviewState(Picture.of([first, ...others]), first), PARAMS, []),
    ]);
  };
  t.strictSame(scan(config('own', 'financial-ml')), ['unusual-place'], 'where no operator is expected');
  for (const place of ['seldon-system', 'seldon-mesh', 'my-seldon', 'seldon'])
    t.strictSame(scan(config('own', place)), [], `${place} may be an operator’s`);
  t.strictSame(scan({ ...config('own'), metadata: { name: 'own' } }), [], 'it names no namespace');
  t.strictSame(scan(config('own', 'ml'), server('own', 'ml')), [], 'one namespace for everything');
  t.strictSame(scan(config('own', 'ml'), server('own', 'elsewhere')), ['unusual-place'], 'for nobody there');
  t.strictSame(scan(config('own', 'ml'), OPERATOR), ['out-of-reach'], 'the operator is elsewhere');
  const live = manifestOf(config('own', 'financial-ml'), { from: 'cluster' });
  const review = reviewState(Picture.of([live], EVERYTHING), live);
  t.strictSame([...configFound.evaluate(review, PARAMS, [])], [], 'a cluster is no file');
});

void t.test('a configuration that goes', async (t) => {
  const all = [OPERATOR, config(), config('own', 'financial-ml'), server('mlserver')].map(manifest);
  const going = (object: object): Finding[] => {
    const review = reviewChange(Picture.of(all), {
      operation: 'DELETE',
      object: manifest(object),
      previous: manifest(object),
    });
    return [...configFound.evaluate(review, PARAMS, [])];
  };
  t.match(going(config()), [{ problem: 'still-named', data: { users: 'Server financial-ml/mlserver' } }]);
  t.strictSame(going(config('own', 'financial-ml')), [], 'nobody names it');
  t.strictSame(going(config('mlserver', 'financial-ml')), [], 'another one of that name is meant');
});

void t.test('nothing throws on garbage', async (t) => {
  const all = [server('a/b'), runtime('x'), config('own', 'financial-ml'), OPERATOR];
  let count = 0;
  for (const [i, object] of all.entries())
    for (const wrong of spoilt(manifest(object).object)) {
      const others = all.filter((_, at) => at !== i).map(manifest);
      const { apiVersion, kind } = manifest(object);
      const judged = manifestOf(wrong, { from: 'request' }, { apiVersion, kind });
      const picture = Picture.of([...others, judged], EVERYTHING);
      for (const each of [...others, judged])
        count += [...configFound.evaluate(reviewState(picture, each), PARAMS, [])].length;
    }
  t.ok(count > 100, `${count} findings`);
});
