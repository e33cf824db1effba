import { readFileSync } from 'node:fs';
import t from 'tap';
import { parseAllDocuments } from 'yaml';
import { nameIsPrivate } from '../../src/checks/names/name-is-private.ts';
import { isPublicSuffix } from '../../src/checks/names/public-suffix.ts';
import type { NameParams } from '../../src/checks/names/name-is-private.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { Observation } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { reviewChange, reviewState } from '../../src/model/review.ts';
import type { Review } from '../../src/model/review.ts';
import type { Check, Finding } from '../../src/policy/check.ts';
import { catalogueOf } from '../../src/policy/catalogue.ts';
import { policyDocument } from '../../src/policy/document.ts';
import { fill } from '../../src/policy/message.ts';
import { schemaFaults } from '../../src/policy/schema.ts';
import { createResolver } from '../../src/sources/resolver.ts';
import { startDnsServer } from '../dns-server.ts';
import type { Answer } from '../dns-server.ts';

const FOLDER = new URL('../../policies/namespace-not-public/', import.meta.url);

const manifest = (object: unknown): Manifest => manifestOf(object, { from: 'request' });
const namespaceOf = (name: string): Manifest =>
  manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const seldon = (kind: 'SeldonRuntime' | 'Server' | 'Model', namespace: string): Manifest =>
  manifest({ apiVersion: 'mlops.seldon.io/v1alpha1', kind, metadata: { name: 'seldon', namespace } });
const creation = (object: Manifest, ...others: Manifest[]): Review =>
  reviewChange(Picture.of(others), { operation: 'CREATE', object });
const judged = (review: Review, params: NameParams = {}): Finding[] => [
  ...nameIsPrivate.evaluate(review, params, []),
];
const problems = (review: Review, params: NameParams = {}): string[] =>
  judged(review, params).map(({ problem }) => problem);

/** The findings after the resolvers were asked what the check wants to know. */
async function judgedLive(review: Review, params: NameParams): Promise<Finding[]> {
  const names = nameIsPrivate.observes?.(review, params) ?? [];
  const resolver = createResolver({ resolvers: params.resolvers ?? [], timeoutMs: params.timeoutMs ?? 500 });
  const picture = Picture.of([review.object]).observing(await resolver.observe(names));
  return judged({ ...review, cluster: picture }, params);
}

await t.test('a name is judged by the list of public suffixes, not by its looks', async (t) => {
  const table = {
    public: ['dev', 'app', 'ml', 'financial', 'zip', 'prod', 'ai', 'io', 'xn--p1ai', 'xn--fiqs8s'],
    own: ['financial-ml', 'seldon-mesh', 'seldon-system', 'kube-system', 'default', 'production', 'mlops'],
    // No top-level domains, or never delegated (RFC 6761, 6762, 7686, and ICANN's for private use).
    private: ['local', 'svc', 'internal', 'test', 'example', 'localhost', 'lan', 'home', 'corp', 'onion'],
    numbers: ['1', '123', 'a'],
    // The API server refuses these as names of namespaces; `dev-` is a generateName.
    'no labels': [
      'co.uk',
      'financial.ml',
      'DEV',
      'dev.',
      'dev-',
      '-dev',
      '',
      'a@dev',
      'http://dev',
      'dev:80',
    ],
    strange: ['__proto__', 'constructor', 'dev\n', 'x'.repeat(64)],
  };
  for (const [sort, names] of Object.entries(table))
    for (const name of names)
      t.strictSame(
        problems(creation(namespaceOf(name))),
        sort === 'public' ? ['public-suffix'] : [],
        `${JSON.stringify(name)} (${sort})`,
      );
});

await t.test('a name under a public suffix is none itself', async (t) => {
  for (const name of ['financial.ml', 'seldon-scheduler.dev', 'a.b.c', ''])
    t.notOk(isPublicSuffix(name), name);
});

await t.test('a Namespace may be refused; what lives in it only gives a warning', async (t) => {
  const [itself] = judged(creation(namespaceOf('dev')));
  t.match(itself, { problem: 'public-suffix', field: ['metadata', 'name'] });
  t.equal(itself?.effect, undefined);
  t.strictSame(itself?.data, {
    namespace: 'dev',
    dialled: 'seldon-scheduler.dev',
    suggestion: 'dev-seldon',
  });
  for (const kind of ['SeldonRuntime', 'Server'] as const)
    for (const others of [[], [namespaceOf('app')]]) {
      const found = judged(creation(seldon(kind, 'app'), ...others));
      t.match(found, [{ problem: 'public-suffix', field: ['metadata', 'namespace'], effect: 'warn' }], kind);
      t.equal(found.length, 1);
    }
  t.strictSame(problems(creation(seldon('Model', 'app'))), [], 'a Model has no scheduler of its own');
  const other = manifest({ apiVersion: 'example.com/v1', kind: 'Server', metadata: { namespace: 'app' } });
  t.strictSame(problems(creation(other)), [], "another group's Server");
});

await t.test('at rest a name is blamed once', async (t) => {
  const runtime = seldon('SeldonRuntime', 'app');
  t.match(judged(reviewState(Picture.of([runtime]), runtime)), [{ effect: 'warn' }]);
  const both = Picture.of([namespaceOf('app'), namespaceOf('other'), runtime]);
  t.strictSame(problems(reviewState(both, runtime)), []);
  t.strictSame(problems(reviewState(both, namespaceOf('app'))), ['public-suffix']);
  const otherOnly = Picture.of([namespaceOf('other'), runtime]);
  t.strictSame(problems(reviewState(otherOnly, runtime)), ['public-suffix']);
});

await t.test("the operator's own lists", async (t) => {
  t.strictSame(problems(creation(namespaceOf('orders')), { names: ['orders'] }), ['listed']);
  t.strictSame(problems(creation(namespaceOf('orders')), { names: ['orderss'] }), []);
  t.strictSame(problems(creation(namespaceOf('dev')), { names: ['dev'] }), ['public-suffix'], 'said once');
  t.strictSame(problems(creation(namespaceOf('dev')), { allow: ['dev'] }), []);
  t.strictSame(problems(creation(namespaceOf('orders')), { names: ['orders'], allow: ['orders'] }), []);
});

await t.test('the name suggested is a good one', async (t) => {
  const names = ['orders-seldon', 'seldon-orders'];
  t.match(judged(creation(namespaceOf('orders')), { names: ['orders', ...names] }), [
    { data: { suggestion: 'orders-seldon-models' } },
  ]);
  const long = 'x'.repeat(49) + '-' + 'y'.repeat(13);
  for (const name of ['dev', 'xn--p1ai', 'xn--vermgensberatung-pwb', long]) {
    const [finding] = judged(creation(namespaceOf(name)), { names: [long] });
    const suggestion = String(finding?.data['suggestion']);
    t.match(suggestion, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, suggestion);
    t.notMatch(suggestion, /^xn--/);
    t.strictSame(problems(creation(namespaceOf(suggestion))), []);
  }
});

await t.test('what resolvers are asked', async (t) => {
  const asked = (object: Manifest, params: NameParams): readonly string[] =>
    nameIsPrivate.observes?.(creation(object), params) ?? [];
  const resolvers = ['127.0.0.1'];
  const ml = namespaceOf('financial-ml');
  t.strictSame(asked(ml, {}), [], 'nothing without resolvers');
  t.strictSame(asked(ml, { searchDomains: ['corp.example'] }), []);
  t.strictSame(asked(ml, { resolvers }), [
    'seldon-scheduler.financial-ml.',
    'seldon-scheduler.seldon-guard-probe-b7e1c04d9a62.',
  ]);
  t.strictSame(asked(seldon('Server', 'financial-ml'), { resolvers }), asked(ml, { resolvers }));
  t.strictSame(asked(ml, { resolvers, searchDomains: ['corp.example'] }).slice(2), [
    'seldon-scheduler.financial-ml.corp.example.',
    'financial-ml.corp.example.',
    'seldon-scheduler.seldon-guard-probe-b7e1c04d9a62.corp.example.',
  ]);
  const copied = [
    'seldon-system.svc.cluster.local',
    'svc.cluster.local',
    'cluster.local',
    'svc.k8s.corp',
    '.',
  ];
  t.strictSame(asked(ml, { resolvers, searchDomains: copied }), asked(ml, { resolvers }));
  const twice = ['corp.example', 'Corp.Example.', '.corp.example'];
  t.equal(asked(ml, { resolvers, searchDomains: twice }).length, 5, 'one zone written three ways');
  const long = Array.from({ length: 4 }, () => 'x'.repeat(55)).join('.');
  t.equal(asked(ml, { resolvers, searchDomains: [long] }).length, 2, 'DNS has no such long names');
  t.strictSame(asked(namespaceOf('dev'), { resolvers }), [], 'the list has settled it');
  t.strictSame(asked(namespaceOf('orders'), { resolvers, names: ['orders'] }), []);
  t.strictSame(asked(namespaceOf('orders'), { resolvers, allow: ['orders'] }), []);
  t.strictSame(asked(namespaceOf('co.uk'), { resolvers }), []);
  t.strictSame(asked(seldon('Model', 'financial-ml'), { resolvers }), []);
  const runtime = seldon('SeldonRuntime', 'financial-ml');
  const atRest = reviewState(Picture.of([ml, runtime]), runtime);
  t.strictSame(nameIsPrivate.observes?.(atRest, { resolvers }), [], 'the Namespace is asked about');
});

await t.test('with a real resolver', async (t) => {
  /** A server, the parameters that name it, and what is found about financial-ml. */
  const live = async (
    answer: (name: string, type: 'A' | 'AAAA') => Answer,
    params: NameParams = {},
    object = namespaceOf('financial-ml'),
  ): Promise<{ found: Finding[]; resolver: string }> => {
    const server = await startDnsServer(answer);
    t.teardown(() => server.close());
    const found = await judgedLive(creation(object), { resolvers: [server.address], ...params });
    return { found, resolver: server.address };
  };
  const only =
    (...names: string[]) =>
    (name: string): Answer =>
      names.includes(name) ? ['143.244.220.150'] : 'NXDOMAIN';

  await t.test('one that knows nothing', async (t) => {
    const { found } = await live(() => 'NXDOMAIN', { searchDomains: ['corp.example'] });
    t.strictSame(found, []);
  });

  await t.test('one that answers the name: what happened to financial-ml', async (t) => {
    const { found, resolver } = await live(only('seldon-scheduler.financial-ml'));
    t.strictSame(found, [
      {
        problem: 'answered',
        field: ['metadata', 'name'],
        data: {
          namespace: 'financial-ml',
          dialled: 'seldon-scheduler.financial-ml',
          name: 'seldon-scheduler.financial-ml',
          zone: '',
          addresses: '143.244.220.150',
          resolver,
          suggestion: 'financial-ml-seldon',
        },
        key: 'answered seldon-scheduler.financial-ml.',
      },
    ]);
    const inIt = seldon('SeldonRuntime', 'financial-ml');
    const { found: warned } = await live(only('seldon-scheduler.financial-ml'), {}, inIt);
    t.match(warned, [{ problem: 'answered', field: ['metadata', 'namespace'], effect: 'warn' }]);
  });

  await t.test('one that answers another namespace', async (t) => {
    const { found } = await live(only('seldon-scheduler.financial'));
    t.strictSame(found, []);
  });

  await t.test('one that answers everything', async (t) => {
    const { found } = await live(() => ['198.51.100.7'], { searchDomains: ['corp.example'] });
    t.match(found, [
      {
        problem: 'answers-everything',
        effect: 'warn',
        data: { addresses: '198.51.100.7', probe: /^seldon-scheduler\.seldon-guard-probe-\w+$/ },
      },
    ]);
    t.equal(found.length, 1, 'once, and not again for the search domain');
  });

  await t.test('a wildcard in a search domain', async (t) => {
    const wildcard = (name: string): Answer =>
      name.endsWith('.corp.example') ? ['198.51.100.8'] : 'NXDOMAIN';
    const { found } = await live(wildcard, { searchDomains: ['other.example', 'corp.example'] });
    t.match(found, [
      {
        problem: 'wildcard',
        effect: 'warn',
        data: { zone: 'corp.example', name: 'seldon-scheduler.financial-ml.corp.example' },
      },
    ]);
    t.equal(found.length, 1);
  });

  await t.test('the dialled name in a search domain', async (t) => {
    const name = 'seldon-scheduler.financial-ml.corp.example';
    const { found } = await live(only(name, 'financial-ml.corp.example'), {
      searchDomains: ['corp.example'],
    });
    t.match(found, [{ problem: 'answered', data: { name, zone: 'corp.example' } }]);
    t.equal(found.length, 1, 'the host of the same name adds nothing');
    t.equal(found[0]?.effect, undefined);
  });

  await t.test('a host of the same name in a search domain, beside a wildcard', async (t) => {
    const corp = (name: string): Answer =>
      name === 'financial-ml.corp.example' || name.includes('probe') ? ['198.51.100.9'] : 'NXDOMAIN';
    const { found } = await live(corp, { searchDomains: ['corp.example'] });
    t.match(found, [{ problem: 'host-answered', data: { name: 'financial-ml.corp.example' } }]);
    t.equal(found.length, 1);
  });

  await t.test('one that never answers, or fails: unknown, said once', async (t) => {
    const searchDomains = ['corp.example'];
    const { found: late, resolver } = await live(() => 'silence', { timeoutMs: 120, searchDomains });
    t.match(late, [
      {
        problem: 'unanswered',
        unknown: true,
        data: {
          name: 'seldon-scheduler.financial-ml',
          because: `${resolver} did not answer in time (the limit is 120 ms)`,
        },
      },
    ]);
    t.equal(late.length, 1);
    const { found: failed } = await live(() => 'SERVFAIL', { searchDomains });
    t.match(failed, [{ problem: 'unanswered', unknown: true, data: { because: /answered SERVFAIL$/ } }]);
    t.equal(failed.length, 1);
  });

  await t.test('one that answers only the root: what is known and what is not', async (t) => {
    const half = (name: string): Answer =>
      name.endsWith('.corp.example') ? 'SERVFAIL' : only('seldon-scheduler.financial-ml')(name);
    const { found } = await live(half, { searchDomains: ['corp.example'] });
    t.match(found, [{ problem: 'answered' }, { problem: 'unanswered', unknown: true }]);
  });

  await t.test('two of which one rewrites: each is told apart', async (t) => {
    const honest = await startDnsServer(only('seldon-scheduler.financial-ml'));
    const rewriting = await startDnsServer(() => ['198.51.100.7']);
    t.teardown(() => Promise.all([honest.close(), rewriting.close()]));
    const resolvers = [honest.address, rewriting.address];
    const found = await judgedLive(creation(namespaceOf('financial-ml')), { resolvers });
    t.match(found, [{ problem: 'answered', data: { resolver: honest.address } }]);
    const other = await judgedLive(creation(namespaceOf('other-ml')), { resolvers });
    t.match(other, [{ problem: 'answers-everything', data: { resolver: rewriting.address } }]);
  });
});

await t.test('resolvers were named and nobody asked them: silence is never a pass', async (t) => {
  t.match(judged(creation(namespaceOf('financial-ml')), { resolvers: ['10.0.0.10'] }), [
    { problem: 'unanswered', unknown: true, data: { because: 'it was not looked up' } },
  ]);
});

await t.test('the same fault keeps its key when the addresses change', async (t) => {
  const seen = (address: string): Finding[] => {
    const answer: Observation = { outcome: 'addresses', addresses: [address], resolver: '10.0.0.10' };
    const cluster = Picture.of([]).observing(new Map([['seldon-scheduler.financial-ml.', answer]]));
    return judged({ ...creation(namespaceOf('financial-ml')), cluster }, { resolvers: ['10.0.0.10'] });
  };
  t.equal(seen('192.0.2.1')[0]?.problem, 'answered', 'a probe that nobody asked for acquits nobody');
  t.equal(seen('192.0.2.1')[0]?.key, seen('192.0.2.2')[0]?.key);
});

await t.test('many addresses are counted', async (t) => {
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5'];
  const answer: Observation = { outcome: 'addresses', addresses, resolver: '10.0.0.10' };
  const cluster = Picture.of([]).observing(new Map([['seldon-scheduler.orders.', answer]]));
  const found = judged({ ...creation(namespaceOf('orders')), cluster }, { resolvers: ['10.0.0.10'] });
  t.equal(found[0]?.data['addresses'], '192.0.2.1, 192.0.2.2, 192.0.2.3 and 2 more');
});

await t.test('objects of any shape are judged without a word', async (t) => {
  for (const metadata of [
    null,
    1,
    'dev',
    [],
    {},
    { name: null },
    { name: 1 },
    { name: ['dev'] },
    { name: {} },
  ])
    for (const [apiVersion, kind] of [
      ['v1', 'Namespace'],
      ['mlops.seldon.io/v1alpha1', 'Server'],
    ])
      t.strictSame(problems(creation(manifest({ apiVersion, kind, metadata }))), []);
});

await t.test('the words', async (t) => {
  const read = (file: string): unknown[] =>
    parseAllDocuments(readFileSync(new URL(file, FOLDER), 'utf8')).map((part): unknown => part.toJS());
  const { document, faults } = policyDocument('namespace-not-public', read('policy.yaml')[0]);
  t.strictSame(faults, []);
  if (document === undefined) return;
  t.strictSame(catalogueOf([document], [nameIsPrivate as Check<never> as Check]).faults, []);
  t.strictSame(schemaFaults(nameIsPrivate.params, { resolver: [] }).length > 0, true, 'closed parameters');

  await t.test('a brief is one line of 120 characters with ordinary names', async (t) => {
    const data = {
      namespace: 'financial-ml',
      dialled: 'seldon-scheduler.financial-ml',
      name: 'seldon-scheduler.financial-ml',
      zone: 'corp.example',
      addresses: '143.244.220.150',
      resolver: '10.20.30.40:5353',
      probe: 'seldon-scheduler.seldon-guard-probe-b7e1c04d9a62',
      suggestion: 'financial-ml-seldon',
      because: '10.20.30.40 did not answer in time (the limit is 500 ms)',
    };
    for (const [problem, words] of Object.entries(document.problems)) {
      const brief = fill(words.brief, data);
      t.ok(brief.length <= 120 && !brief.includes('\n'), `${problem}, ${brief.length}: ${brief}`);
      for (const text of [words.message, words.brief, words.remedy])
        t.notMatch(fill(text, data), /[{}]/, `${problem}: every placeholder is filled`);
    }
  });

  await t.test('the examples', async (t) => {
    const example = (file: string): Finding[] => {
      const documents = read(file).map((object) => manifest(object));
      const applied = documents.at(-1);
      return applied === undefined
        ? []
        : judged(creation(applied, ...documents.slice(0, -1)), document.params);
    };
    t.match(example('bad.yaml'), [{ problem: 'public-suffix', data: { namespace: 'dev' } }]);
    t.match(example('bad-runtime.yaml'), [{ problem: 'public-suffix', effect: 'warn' }]);
    for (const file of ['good.yaml', 'good-renamed.yaml', 'good-runtime.yaml'])
      t.strictSame(example(file), [], file);
  });
});
