import t from 'tap';
import type { Test } from 'tap';
import { objectAt } from '../../src/model/json.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { LiveCluster } from '../../src/sources/live-cluster.ts';
import { until } from '../until.ts';
import { startWatchServer } from './watch-server.ts';

// The picture of a running cluster, against a server that speaks lists and watches, and breaks in every way they break.

t.setTimeout(60_000);

const POLICIES = '/apis/networking.k8s.io/v1/networkpolicies';
const NAMESPACES = '/api/v1/namespaces';
const SERVERS = '/apis/mlops.seldon.io/v1alpha1/servers';
const MAPS = '/api/v1/namespaces/kube-system/configmaps';
const ALL_MAPS = '/api/v1/configmaps';

const policy = (name: string, spec: object = {}, namespace = 'ml') => ({
  metadata: { name, namespace },
  spec,
});
const namespace = (name: string) => ({ metadata: { name } });
const map = (name: string, data = {}, namespace = 'kube-system') => ({ metadata: { name, namespace }, data });

async function start(test: Test, paths = [POLICIES, NAMESPACES, SERVERS, MAPS, ALL_MAPS]) {
  const server = await startWatchServer(paths);
  const said: string[] = [];
  const clock = { now: 1_000_000 };
  const connection = await connect({ kubeconfig: server.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  const live = new LiveCluster(
    {
      kinds: ['NetworkPolicy', 'Namespace', 'Server'],
      configMaps: [
        { namespace: 'kube-system', name: 'coredns' },
        { namespace: 'kube-system', name: 'coredns-custom' },
        { name: 'controller-settings' },
      ],
    },
    {
      synced: (objects) => said.push(`synced ${objects}`),
      trouble: (sentence) => said.push(sentence),
      recovered: (sentence) => said.push(`over: ${sentence}`),
    },
    () => clock.now,
  );
  test.teardown(async () => {
    live.stop();
    await server.stop();
  });
  const names = (): string[] =>
    live
      .picture()
      .list('NetworkPolicy')
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .toSorted();
  const listsOf = (path: string): number =>
    server.asked.filter((asked) => asked.startsWith(`${path}?limit`)).length;
  /** Follows the cluster until all that there is to be watched is watched. */
  const follow = async (watched = paths): Promise<void> => {
    live.follow(connection.api);
    const isWatched = (path: string): boolean =>
      server.asked.some((asked) => asked.startsWith(`${path}?watch`));
    await until(test, 'it watches', () => watched.every(isWatched));
  };
  return { server, live, said, clock, names, listsOf, follow };
}

void t.test('what comes, changes and goes is in the next picture', async (t) => {
  const { server, live, said, names, follow } = await start(t);
  server.put(NAMESPACES, namespace('ml'));
  server.put(POLICIES, policy('first'));
  t.equal(live.synced, false);
  t.equal(live.asOf, 0, 'nothing is confirmed before everything was read');
  t.notOk(live.picture().sees('NetworkPolicy'));
  await follow();
  await until(t, 'it is synced', () => live.synced);
  t.strictSame(said, ['synced 2']);
  t.ok(live.picture().sees('Server'), 'a kind without objects is seen');
  t.notOk(live.picture().sees('ConfigMap'), 'of ConfigMaps one is read, and nobody knows what else there is');
  t.notOk(live.picture().sees('Pod'));
  const before = live.picture();
  server.put(POLICIES, policy('second', {}, 'other'));
  await until(t, 'it came', () => names().length === 2);
  t.strictSame(names(), ['ml/first', 'other/second']);
  t.equal(before.list('NetworkPolicy').length, 1, 'the picture of before is as it was');
  server.put(POLICIES, policy('first', { podSelector: {} }));
  await until(
    t,
    'it changed',
    () =>
      objectAt(live.picture().get('NetworkPolicy', 'ml', 'first')?.object, 'spec')['podSelector'] !==
      undefined,
  );
  server.remove(POLICIES, 'ml/first');
  await until(t, 'it went', () => names().length === 1);
  t.equal(live.picture().list('NetworkPolicy', 'ml').length, 0);
});

void t.test('of ConfigMaps those that are named are watched, each by itself', async (t) => {
  const { server, live, said, follow } = await start(t);
  const found = (): string[] =>
    live
      .picture()
      .list('ConfigMap')
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .toSorted();
  const became = (what: string, ...names: string[]): Promise<void> =>
    until(t, what, () => found().join() === names.join());
  server.put(MAPS, map('coredns'));
  server.put(MAPS, map('secret-of-somebody'));
  await follow();
  await until(t, 'those that are not there keep nobody waiting', () => live.synced);
  t.strictSame(said, ['synced 1']);
  t.strictSame(found(), ['kube-system/coredns']);
  t.notOk(live.picture().sees('ConfigMap'), 'nobody knows what else there is');
  server.put(MAPS, map('coredns-custom'));
  server.put(ALL_MAPS, map('controller-settings', {}, 'argo'));
  await became(
    'they come later',
    'argo/controller-settings',
    'kube-system/coredns',
    'kube-system/coredns-custom',
  );
  server.remove(ALL_MAPS, 'argo/controller-settings');
  await became('one goes', 'kube-system/coredns', 'kube-system/coredns-custom');
  server.cut();
  server.forget();
  server.put(MAPS, map('coredns', { Corefile: '.:53 {}' }));
  server.remove(MAPS, 'kube-system/coredns-custom');
  await became('a list of one leaves the others alone', 'kube-system/coredns');
  const corefile = (): unknown =>
    objectAt(live.picture().get('ConfigMap', 'kube-system', 'coredns')?.object, 'data')['Corefile'];
  await until(t, 'and brings what changed', () => corefile() === '.:53 {}');
});

void t.test('a ConfigMap that may not be read is said, and the others stay', async (t) => {
  const { server, live, said, clock, follow } = await start(t);
  server.answer(MAPS, 403, 'coredns-custom');
  server.answer(ALL_MAPS, 403);
  server.put(MAPS, map('coredns'));
  await follow([POLICIES, NAMESPACES, SERVERS, MAPS]);
  await until(t, 'it is synced without', () => live.synced);
  t.strictSame(
    said.slice(0, -1).toSorted(),
    [
      'The guard may not list ConfigMap controller-settings: grant list on configmaps controller-settings.',
      'The guard may not list ConfigMap coredns-custom in namespace kube-system: grant list on configmaps coredns-custom in namespace kube-system.',
    ],
    'each by its name',
  );
  t.equal(said.at(-1), 'synced 1');
  t.equal(live.asOf, clock.now, 'nor does that make it old');
  t.ok(live.picture().get('ConfigMap', 'kube-system', 'coredns'));
  server.put(MAPS, map('coredns-custom'));
  server.answer(MAPS, 200, 'coredns-custom');
  await until(
    t,
    'it is read once it may be',
    () => live.picture().get('ConfigMap', 'kube-system', 'coredns-custom') !== undefined,
  );
  t.match(said.at(-1), /^over: The guard may not list ConfigMap coredns-custom/);
});

void t.test('what nobody reads makes no new picture', async (t) => {
  const { server, live, clock, follow } = await start(t);
  server.put(POLICIES, policy('first', { podSelector: {} }));
  await follow();
  const before = live.picture();
  clock.now += 60_000;
  const { metadata, ...rest } = policy('first', { podSelector: {} });
  server.put(POLICIES, {
    ...rest,
    metadata: { ...metadata, managedFields: [{}] },
    status: { at: 'work' },
  } as never);
  for (const path of [NAMESPACES, SERVERS, MAPS, ALL_MAPS]) server.bookmark(path);
  await until(t, 'it was heard', () => live.asOf === clock.now);
  t.equal(live.picture(), before, 'the very same one');
});

void t.test('facts derived from what is the same are kept', async (t) => {
  const { server, live, names, follow } = await start(t);
  server.put(POLICIES, policy('first'));
  server.put(POLICIES, policy('other', {}, 'other'));
  await follow();
  let computed = 0;
  const fact = {
    name: 'how many',
    kinds: ['NetworkPolicy'] as const,
    compute: (
      cluster: { list: (kind: 'NetworkPolicy', scope: string) => readonly unknown[] },
      scope: string,
    ) => (computed++, cluster.list('NetworkPolicy', scope).length),
  };
  const pick = { kind: 'NetworkPolicy' as const, of: ({ name }: { name: string }) => name };
  t.equal(live.picture().derive(fact, 'ml'), 1);
  t.strictSame(live.picture().pick(pick).toSorted(), ['first', 'other']);
  server.put(POLICIES, policy('third', {}, 'other'));
  await until(t, 'it came', () => names().length === 3);
  t.equal(live.picture().derive(fact, 'ml'), 1);
  t.equal(computed, 1, 'nothing changed there');
  t.equal(live.picture().derive(fact, 'other'), 2);
  t.strictSame(live.picture().pick(pick).toSorted(), ['first', 'other', 'third']);
  server.remove(POLICIES, 'ml/first');
  await until(t, 'it went', () => names().length === 2);
  t.equal(live.picture().derive(fact, 'ml'), 0);
  t.strictSame(live.picture().pick(pick).toSorted(), ['other', 'third']);
});

void t.test('a watch that is cut goes on where it was', async (t) => {
  const { server, names, listsOf, follow } = await start(t);
  server.put(POLICIES, policy('first'));
  await follow();
  const lists = listsOf(POLICIES);
  server.cut();
  server.put(POLICIES, policy('missed'));
  server.remove(POLICIES, 'ml/first');
  await until(t, 'it learnt what it missed', () => names().join() === 'ml/missed');
  t.equal(listsOf(POLICIES), lists, 'without listing again');
});

void t.test('a watch that is too old is a list again, and what went in between is gone', async (t) => {
  const { server, live, names, follow } = await start(t);
  server.put(POLICIES, policy('first'));
  server.put(POLICIES, policy('stays'));
  await follow();
  const stays = live.picture().get('NetworkPolicy', 'ml', 'stays');
  server.cut();
  server.remove(POLICIES, 'ml/first');
  server.put(POLICIES, policy('new'));
  server.forget();
  await until(t, 'it listed again', () => names().join() === 'ml/new,ml/stays');
  t.equal(live.picture().get('NetworkPolicy', 'ml', 'stays'), stays, 'the same object is the very same');
});

void t.test('a kind that is not installed is not seen, and is found once it is', async (t) => {
  const { server, live, said, follow } = await start(t);
  server.answer(SERVERS, 404);
  await follow([POLICIES, NAMESPACES, MAPS, ALL_MAPS]);
  await until(t, 'it is synced without', () => live.synced);
  t.notOk(live.picture().sees('Server'));
  t.strictSame(said, ['synced 0'], 'and that is no trouble');
  server.put(SERVERS, policy('mlserver'));
  server.answer(SERVERS, 200);
  await until(t, 'it is seen', () => live.picture().sees('Server'));
  t.equal(live.picture().list('Server').length, 1);
});

void t.test('a kind that may not be read any more is unknown, not what it was', async (t) => {
  const { server, live, said, follow } = await start(t);
  server.put(POLICIES, policy('first'));
  await follow();
  server.answer(POLICIES, 403);
  server.cut();
  await until(t, 'it is not seen', () => !live.picture().sees('NetworkPolicy'));
  t.strictSame(live.picture().list('NetworkPolicy'), []);
  t.match(
    said.slice(1).join(),
    'The guard may not list NetworkPolicy: grant list on networkpolicies.networking.k8s.io.',
  );
});

void t.test('a server that is silent or gone makes the picture old, not empty', async (t) => {
  const { server, live, said, clock, names, follow } = await start(t);
  server.put(POLICIES, policy('first'));
  await follow();
  t.equal(live.asOf, clock.now);
  const then = clock.now;
  server.answer(POLICIES, 500);
  server.cut();
  await until(t, 'it is said', () => said.some((sentence) => sentence.includes('500: as asked')));
  t.equal(new Set(said).size, said.length, 'everything once, however many kinds it is about');
  clock.now += 600_000;
  for (const path of [NAMESPACES, SERVERS, MAPS, ALL_MAPS]) server.bookmark(path);
  t.strictSame(names(), ['ml/first']);
  t.equal(live.asOf, then);
  server.answer(POLICIES, 200);
  await until(t, 'it recovers', () => /^over: .*500: as asked/.test(said.at(-1) ?? ''));
});
