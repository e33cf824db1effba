import t from 'tap';
import { judge } from '../../src/judge/judge.ts';
import { Picture } from '../../src/model/cluster.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Operation, Review } from '../../src/model/review.ts';
import type { Catalogue } from '../../src/policy/catalogue.ts';
import type { Effect, Finding } from '../../src/policy/check.ts';
import { readCatalogue } from '../../src/sources/policies.ts';
import { bench, broken, madeCatalogue, manifest, NOW, service } from '../policy/made.ts';

// The effect of a finding, from the rules in prose (CATALOGUE, `judge/effect.ts`) and by another road than the code's: a
// table read off by hand, then ceilings.

type Maybe = Effect | undefined;
const EFFECTS: readonly Effect[] = ['deny', 'fix', 'warn', 'record'];
const MAYBE: readonly Maybe[] = [undefined, ...EFFECTS];
const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'NONE'];

// Rows: the problem's own effect. Columns: what the operator chose. `policy`: the document's effect for the policy.
const TABLE = `
  own     none    deny    fix     warn    record
  none    policy  deny    fix     warn    record
  deny    deny    deny    fix     warn    record
  fix     fix     fix     fix     warn    record
  warn    warn    warn    warn    warn    record
  record  record  record  record  record  record
`;
const [heads = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
const cells = new Map(
  rows.flatMap(([own = '', ...row]) => row.map((cell, i) => [`${own} ${heads[i + 1] ?? ''}`, cell])),
);

interface Case {
  readonly policy: Effect;
  readonly own: Maybe;
  readonly scan: Maybe;
  readonly chosen: Maybe;
  readonly operation: Operation;
  readonly finding: Finding;
}

function expected({ policy, own, scan, chosen, operation, finding }: Case): Effect {
  const said = operation === 'NONE' && scan !== undefined ? scan : own;
  const cell = cells.get(`${said ?? 'none'} ${chosen ?? 'none'}`) ?? '';
  const patched = (finding.fix ?? []).length > 0;
  let effect = cell === 'policy' ? policy : (cell as Effect);
  // "Where a fix has no patch, it is the denial that the document asks for, or else a warning."
  if (effect === 'fix' && !patched) effect = (said ?? policy) === 'deny' ? 'deny' : 'warn';
  const ceilings: Maybe[] = [
    finding.effect,
    finding.effect === 'fix' && !patched ? 'warn' : undefined,
    finding.standing === true ? 'warn' : undefined,
    finding.unknown === true ? 'warn' : undefined,
    operation === 'DELETE' ? 'warn' : undefined,
  ];
  for (const ceiling of ceilings)
    if (ceiling !== undefined && EFFECTS.indexOf(ceiling) > EFFECTS.indexOf(effect)) effect = ceiling;
  return effect;
}

const object = service();
const picture = Picture.of([object]);
function reviewOn(operation: Operation): Review {
  if (operation === 'NONE') return reviewState(picture, object);
  return reviewChange(picture, {
    operation,
    object,
    ...(operation === 'CREATE' ? {} : { previous: object }),
  });
}
const reviews = new Map(OPERATIONS.map((operation) => [operation, reviewOn(operation)]));

let given: Finding = broken('leg');
function catalogueWith(policy: Effect, own: Maybe, scan: Maybe): Catalogue {
  const words = {
    message: '{thing}',
    brief: '{thing}',
    remedy: '{thing}',
    ...(own === undefined ? {} : { effect: own }),
    ...(scan === undefined ? {} : { scan }),
  };
  const document = { effect: policy, problems: { broken: words } };
  return madeCatalogue({ made: { document, check: { evaluate: () => [given] } } });
}

const FINDINGS: readonly Finding[] = [undefined, [], [{ op: 'remove', path: '/spec' } as const]].flatMap(
  (fix) =>
    MAYBE.flatMap((effect) =>
      [false, true].flatMap((standing) =>
        ([undefined, true] as const).map((unknown) => ({
          ...broken('leg'),
          standing,
          ...(fix === undefined ? {} : { fix }),
          ...(effect === undefined ? {} : { effect }),
          ...(unknown === undefined ? {} : { unknown }),
        })),
      ),
    ),
);

void t.test('every combination has the effect that the rules give it', async (t) => {
  let asked = 0;
  const wrong: unknown[] = [];
  const seen = new Set<string>();
  for (const policy of EFFECTS)
    for (const own of MAYBE)
      for (const scan of MAYBE) {
        const catalogue = catalogueWith(policy, own, scan);
        for (const chosen of MAYBE)
          for (const operation of OPERATIONS)
            for (const finding of FINDINGS) {
              given = finding;
              const policies = { made: chosen === undefined ? {} : { effect: chosen } };
              const review = reviews.get(operation) as Review;
              const decision = judge(review, bench(catalogue, { policies }));
              const effect = decision.judgements[0]?.effect;
              const want = expected({ policy, own, scan, chosen, operation, finding });
              asked += 1;
              seen.add(want);
              const patch = want === 'fix' ? finding.fix : [];
              if (effect === want && decision.effect === want && decision.patch.length === patch?.length)
                continue;
              wrong.push({
                policy,
                own,
                scan,
                chosen,
                operation,
                finding,
                effect,
                want,
                patch: decision.patch,
              });
            }
      }
  t.strictSame(wrong.slice(0, 5), [], `${wrong.length} of ${asked} are wrong`);
  t.equal(asked, 4 * 5 * 5 * 5 * 4 * 60);
  t.strictSame([...seen].toSorted(), EFFECTS.toSorted(), 'every effect is met');
});

void t.test('what is chosen for a namespace is for its objects and for itself', async (t) => {
  given = broken('leg');
  const catalogue = catalogueWith('deny', undefined, undefined);
  const policies = { made: { effect: 'warn', namespaces: { shop: 'record', other: 'deny' } } } as const;
  const on = (namespace: string, kind = 'Service') => {
    const metadata = kind === 'Namespace' ? { name: namespace } : { name: 'web', namespace };
    const object = manifest({ apiVersion: 'v1', kind, metadata });
    return judge(
      reviewChange(Picture.of([]), { operation: 'CREATE', object }),
      bench(catalogue, { policies }),
    ).effect;
  };
  t.equal(on('shop'), 'record');
  t.equal(on('other'), 'deny');
  t.equal(on('third'), 'warn');
  t.equal(on('shop', 'Namespace'), 'record');
  t.equal(on('other', 'Namespace'), 'deny');
});

void t.test('the policies of the catalogue have the effects that it states', async (t) => {
  const catalogue = readCatalogue();
  const effects = (object: object, operation: 'CREATE' | 'DELETE' | 'NONE' = 'CREATE') => {
    const one = manifest(object);
    const cluster = Picture.of([one]);
    const change = { object: one, previous: operation === 'DELETE' ? one : undefined };
    const review =
      operation === 'NONE' ? reviewState(cluster, one) : reviewChange(cluster, { operation, ...change });
    return judge(review, { ...bench(catalogue), now: NOW }).judgements.map(({ problem, effect }) => [
      problem,
      effect,
    ]);
  };
  const dev = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'dev' } };
  t.strictSame(effects(dev), [['public-suffix', 'deny']]);
  t.strictSame(effects(dev, 'NONE'), [['public-suffix', 'deny']]);
  t.strictSame(effects(dev, 'DELETE'), []);
  const metadata = { name: 'seldon', namespace: 'dev' };
  const runtime = { apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata, spec: {} };
  t.strictSame(
    // What is not in sight is unknown to other policies.
    effects(runtime).filter(([problem]) => problem !== 'not-seen'),
    [['public-suffix', 'warn']],
    'who adds to a namespace did not name it',
  );
  const agent = {
    name: 'agent',
    image: 'docker.io/seldonio/seldon-agent:2.9.1',
    env: [{ name: 'SELDON_SERVER_HOST', value: '127.0.0.1' }],
  };
  const spec = { podSpec: { containers: [agent, { name: 'mlserver' }] } };
  const config = { apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'ServerConfig', metadata, spec };
  const notRead = (found: unknown[][]) => found.filter(([problem]) => problem === 'not-read');
  t.strictSame(notRead(effects(config)), [['not-read', 'warn']]);
  t.strictSame(notRead(effects(config, 'NONE')), [['not-read', 'record']], 'its own effect at rest');
});
