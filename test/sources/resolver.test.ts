import { createSocket } from 'node:dgram';
import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { createResolver } from '../../src/sources/resolver.ts';
import type { ResolverOptions } from '../../src/sources/resolver.ts';
import type { Observation } from '../../src/model/cluster.ts';
import { startDnsServer } from '../dns-server.ts';
import type { Answer, DnsServer } from '../dns-server.ts';

type Respond = (name: string, type: 'A' | 'AAAA') => Answer | Promise<Answer>;

const ADDRESS = '143.244.220.150';

async function serve(t: Tap, respond: Respond): Promise<DnsServer> {
  const server = await startDnsServer(respond);
  t.teardown(() => server.close());
  return server;
}
type Tap = Pick<typeof t, 'teardown'>;

/** What is observed of one name. */
async function seen(name: string, options: ResolverOptions): Promise<Observation | undefined> {
  return (await createResolver(options).observe([name])).get(name);
}

/** A loopback address on which nobody listens. */
async function deadAddress(): Promise<string> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => void socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => void socket.close(resolve));
  return `127.0.0.1:${port}`;
}

await t.test('what a server says', async (t) => {
  const cases: [string, Respond, object][] = [
    ['an address', () => [ADDRESS], { outcome: 'addresses', addresses: [ADDRESS] }],
    ['IPv6 alone', () => ['2001:db8::5'], { outcome: 'addresses', addresses: [/^2001:db8:/] }],
    [
      'both families, in one order whatever the server does',
      () => ['2001:db8::5', '192.0.2.9', '192.0.2.1'],
      { outcome: 'addresses', addresses: ['192.0.2.1', '192.0.2.9', /^2001:/] },
    ],
    [
      'an alias that ends in an address',
      () => ({ alias: 'host.example', addresses: [ADDRESS] }),
      { outcome: 'addresses', addresses: [ADDRESS] },
    ],
    ['an alias that ends nowhere', () => ({ alias: 'host.example', addresses: [] }), { outcome: 'absent' }],
    ['0.0.0.0 is an answer, too', () => ['0.0.0.0'], { outcome: 'addresses', addresses: ['0.0.0.0'] }],
    ['no such name', () => 'NXDOMAIN', { outcome: 'absent' }],
    ['a name without addresses', () => [], { outcome: 'absent' }],
    [
      'no such name for A, trouble for AAAA',
      (_, type) => (type === 'A' ? 'NXDOMAIN' : 'SERVFAIL'),
      {
        outcome: 'absent',
      },
    ],
    ['no A, trouble for AAAA', (_, type) => (type === 'A' ? [] : 'SERVFAIL'), { outcome: 'failed' }],
    [
      'an A, silence for AAAA',
      (_, type) => (type === 'A' ? [ADDRESS] : 'silence'),
      {
        outcome: 'addresses',
        addresses: [ADDRESS],
      },
    ],
    ['SERVFAIL', () => 'SERVFAIL', { outcome: 'failed', why: /^127\.0\.0\.1:\d+ answered SERVFAIL$/ }],
    ['REFUSED', () => 'REFUSED', { outcome: 'failed', why: /^127\.0\.0\.1:\d+ refuses to answer$/ }],
  ];
  for (const [what, respond, expected] of cases) {
    const server = await serve(t, respond);
    const observation = await seen('a.example.', { resolvers: [server.address], timeoutMs: 300 });
    t.match(observation, expected, what);
    if (observation?.outcome === 'addresses') t.equal(observation.resolver, server.address);
  }
});

await t.test('an answer too large for UDP comes over TCP', async (t) => {
  const many = Array.from({ length: 200 }, (_, index) => `10.0.0.${index}`);
  const server = await serve(t, (_, type) => (type === 'A' ? many : []));
  const observation = await seen('a.example.', { resolvers: [server.address] });
  t.match(observation, { outcome: 'addresses' });
  t.equal(observation?.outcome === 'addresses' && observation.addresses.length, 200);
});

await t.test('a name is asked as it stands, without any search list', async (t) => {
  const server = await serve(t, () => 'NXDOMAIN');
  await seen('seldon-scheduler.financial-ml.', { resolvers: [server.address] });
  t.strictSame(server.questions.toSorted(), [
    'seldon-scheduler.financial-ml A',
    'seldon-scheduler.financial-ml AAAA',
  ]);
});

await t.test('silence ends within the bound, however many names are asked', async (t) => {
  const silent = await serve(t, () => 'silence');
  const resolver = createResolver({ resolvers: [silent.address], timeoutMs: 200 });
  const names = Array.from({ length: 50 }, (_, index) => `n${index}.example.`);
  const started = performance.now();
  const observed = await resolver.observe(names);
  const took = performance.now() - started;
  t.ok(took >= 150 && took < 450, `${Math.round(took)} ms`);
  t.equal(observed.size, 50);
  for (const observation of observed.values())
    t.strictSame(observation, {
      outcome: 'failed',
      why: `${silent.address} did not answer in time (the limit is 200 ms)`,
    });
});

await t.test('a server that answers a little and then no more does not stretch the bound', async (t) => {
  const many = Array.from({ length: 200 }, (_, index) => `10.0.0.${index}`);
  const asked = new Set<string>();
  // Too large for UDP, and late: the question comes again over TCP, with a time limit of its own.
  const server = await serve(t, async (_, type) => {
    if (type === 'AAAA') return [];
    if (asked.has(type)) return 'silence';
    asked.add(type);
    await delay(200);
    return many;
  });
  const started = performance.now();
  const observation = await seen('a.example.', { resolvers: [server.address], timeoutMs: 300 });
  const took = performance.now() - started;
  t.match(observation, { outcome: 'failed', why: /did not answer in time \(the limit is 300 ms\)$/ });
  t.ok(took < 420, `${Math.round(took)} ms`);
});

await t.test('nobody listens', async (t) => {
  const address = await deadAddress();
  t.match(await seen('a.example.', { resolvers: [address], timeoutMs: 300 }), {
    outcome: 'failed',
    why: new RegExp(`^${address} (cannot be reached|did not answer in time)`),
  });
});

await t.test('several servers: every one is asked', async (t) => {
  const knows = await serve(t, () => [ADDRESS]);
  const knowsToo = await serve(t, () => ['192.0.2.1']);
  const empty = await serve(t, () => 'NXDOMAIN');
  const broken = await serve(t, () => 'SERVFAIL');
  const of = (...servers: DnsServer[]): Promise<Observation | undefined> =>
    seen('a.example.', { resolvers: servers.map(({ address }) => address) });
  t.match(await of(empty, knows), { outcome: 'addresses', resolver: knows.address });
  t.match(await of(broken, knows), { outcome: 'addresses', resolver: knows.address });
  t.match(await of(knowsToo, knows), { outcome: 'addresses', resolver: knowsToo.address }, 'the first');
  t.match(await of(empty, broken), { outcome: 'failed' }, 'one that says nothing may know');
  t.match(await of(empty, empty), { outcome: 'absent' });
});

await t.test('answers are remembered', async (t) => {
  const server = await serve(t, (name) => (name === 'a.example' ? [ADDRESS] : 'NXDOMAIN'));
  const resolver = createResolver({ resolvers: [server.address], ttlMs: 150 });
  const names = ['a.example.', 'b.example.', 'a.example.'];
  const first = await resolver.observe(names);
  t.equal(server.questions.length, 4, 'two names, two types each');
  t.strictSame(await resolver.observe(names), first);
  t.equal(server.questions.length, 4, 'what is there and what is not');
  await delay(200);
  await resolver.observe(names);
  t.equal(server.questions.length, 8, 'until the time is up');
});

await t.test('a failure is forgotten no later than an answer', async (t) => {
  let works = false;
  const server = await serve(t, () => (works ? [ADDRESS] : 'SERVFAIL'));
  const resolver = createResolver({ resolvers: [server.address], ttlMs: 100 });
  const one = async (): Promise<string | undefined> =>
    (await resolver.observe(['a.example.'])).get('a.example.')?.outcome;
  t.equal(await one(), 'failed');
  works = true;
  t.equal(await one(), 'failed', 'not asked again at once');
  await delay(150);
  t.equal(await one(), 'addresses');
});

await t.test('only so many are remembered, those in use the longest', async (t) => {
  const server = await serve(t, () => 'NXDOMAIN');
  const resolver = createResolver({ resolvers: [server.address], maxEntries: 2 });
  const asked = async (name: string): Promise<number> => {
    const before = server.questions.length;
    await resolver.observe([name]);
    return server.questions.length - before;
  };
  t.equal(await asked('a.'), 2);
  t.equal(await asked('b.'), 2);
  t.equal(await asked('a.'), 0);
  t.equal(await asked('c.'), 2, 'drops b, which was read longest ago');
  t.equal(await asked('a.'), 0);
  t.equal(await asked('b.'), 2);
});

await t.test('those who ask at the same time share one look-up', async (t) => {
  const server = await serve(t, () => [ADDRESS]);
  const resolver = createResolver({ resolvers: [server.address] });
  const all = await Promise.all(Array.from({ length: 20 }, () => resolver.observe(['a.example.'])));
  t.equal(server.questions.length, 2);
  for (const observed of all) t.match(observed.get('a.example.'), { outcome: 'addresses' });
});

await t.test('names that are none do not throw', async (t) => {
  const server = await serve(t, () => 'NXDOMAIN');
  const resolver = createResolver({ resolvers: [server.address] });
  const names = ['', '.', '..', 'a..b.', `${'x'.repeat(64)}.`, `${'x.'.repeat(200)}`, 'ä\0.', '__proto__'];
  const observed = await resolver.observe(names);
  t.strictSame([...observed.keys()], names);
  for (const [name, { outcome }] of observed)
    t.ok(['absent', 'failed'].includes(outcome), `${JSON.stringify(name.slice(0, 20))}: ${outcome}`);
});

await t.test('without servers nothing is asked and nothing is said', async (t) => {
  t.equal((await createResolver({ resolvers: [] }).observe(['a.example.'])).size, 0);
});

await t.test('addresses of servers as people write them', async (t) => {
  const good = ['10.43.0.10', '10.43.0.10:5353', '::1', 'fd00::a', '[fd00::a]:53', '[::1]', '10.0.0.1:65535'];
  for (const text of good) t.doesNotThrow(() => createResolver({ resolvers: [text] }), text);
  const bad = [
    ['dns.example', ''],
    ['10.43.0', '10.43.0.10:', '10.43.0.10:0', '10.43.0.10:65536', '10.43.0.10:53:53', '010.1.1.1'],
    ['[fd00::a', '[10.43.0.10]:53', 'fd00::a]:53', '[fd00::a]:', ' 10.43.0.10', 'tcp://10.43.0.10', '[]:53'],
  ].flat();
  for (const text of bad)
    t.throws(
      () => createResolver({ resolvers: ['10.43.0.10', text] }),
      { message: /^resolvers\[1\]: ".*" is not the address of a DNS server\. Write an IP address/ },
      text,
    );
});
