import { X509Certificate } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { issue } from '../../src/sources/authority.ts';
import { startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { until } from '../until.ts';
import { guard as command } from '../commands/guard-process.ts';
import type { Serving } from '../commands/serving.ts';
import {
  AGGREGATOR_ROUTING,
  NAME,
  PATHS,
  change,
  install,
  noInstallation,
  startGuard,
} from './installation.ts';
import type { Loose } from './installation.ts';
import { create, guarded, probe, route, startLoad } from './replicas.ts';

// What goes wrong around a guard that must be asked (failurePolicy Fail), with two replicas behind a Service: none of it may
// cost anybody a write that is right, except the guard being gone altogether, and then `seldon-guard off` frees the rest.

t.setTimeout(300_000);

/** As the chart has it: until every API server has learnt that the endpoint is gone. */
const DRAIN = ['--drain=5000'];

void t.test('a guard in trouble', { skip: noInstallation }, async (t) => {
  const cluster = await startApiServer([AGGREGATOR_ROUTING]);
  t.teardown(() => cluster.stop());
  for (const name of [NAME, 'shop']) await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name } });
  const [first, second] = [await startGuard(t, cluster, DRAIN), await startGuard(t, cluster, DRAIN)];
  await install(cluster, first);
  const stopRouting = route(
    cluster,
    new Map([
      ['first', first],
      ['second', second],
    ]),
  );
  t.teardown(stopRouting);
  await guarded(cluster);

  await t.test('the certificate is renewed under load', async (t) => {
    const shownBefore = await shown(cluster);
    const load = startLoad(cluster);
    await grownOld(cluster);
    await until(t, 'the replica that leads has renewed it', async () => {
      const now = await shown(cluster);
      return now !== shownBefore && daysLeft(now) > 60;
    });
    // Every replica has it, and the API server has come to all of them.
    await wait(16_000);
    const { failed, done } = await load.stop();
    t.strictSame(failed.slice(0, 3), []);
    t.ok(done > 50, `${done} writes`);
    for (const replica of [first, second]) {
      const { text } = await probe(replica, '/metrics');
      const days = Number(/^seldon_guard_certificate_days_left ([\d.]+)$/m.exec(text)?.[1]);
      t.ok(days > 60, `shown by every replica: ${days.toFixed(1)} days`);
    }
  });

  await t.test('the API server goes away and comes back', async (t) => {
    await cluster.restart(3000);
    await guarded(cluster);
    await cluster.ask('POST', '/api/v1/namespaces/shop/pods', pod('late'));
    await until(t, 'both know what has come since', async () => {
      const counts = await Promise.all([first, second].map((one) => objects(one, 'Pod')));
      return counts.every((count) => count === counts[0] && count >= 2);
    });
    t.equal((await probe(first, '/readyz')).status, 200);
  });

  await t.test('one of two replicas is asked to end, under load', async (t) => {
    const load = startLoad(cluster);
    await wait(1000);
    const ended = await second.stop();
    t.equal(ended.code, 0);
    await wait(1000);
    const { failed, done } = await load.stop();
    t.strictSame(failed.slice(0, 3), [], 'not one admission failed');
    t.ok(done > 50, `${done} writes`);
  });

  await t.test('one of two replicas is killed under load, where the guard may fail', async (t) => {
    const third = await startGuard(t, cluster, DRAIN);
    stopRouting();
    const routing = route(
      cluster,
      new Map([
        ['first', first],
        ['third', third],
      ]),
    );
    t.teardown(routing);
    await change(cluster, PATHS.validating, NAME, (one) => failing(one, 'Ignore'));
    await wait(2000);
    const load = startLoad(cluster);
    await wait(1000);
    third.process.kill('SIGKILL');
    await wait(3000);
    const { failed } = await load.stop();
    t.strictSame(failed.slice(0, 3), []);
    await change(cluster, PATHS.validating, NAME, (one) => failing(one, 'Fail'));
    routing();
  });

  await t.test('the guard is gone, and every write of its kinds waits for it', async (t) => {
    await first.stop();
    await wait(1000);
    const refused = await create(cluster, 'shop', 'after').catch(String);
    t.match(refused, /failed calling webhook/);
    await cluster.ask('POST', '/api/v1/namespaces/kube-system/pods', pod('dns'));
    t.equal(await create(cluster, 'kube-system', 'dns'), undefined, 'kube-system goes on');
    await cluster.ask('POST', '/api/v1/namespaces/seldon-guard/pods', pod('replica-9'));
    t.equal(await create(cluster, NAME, 'own'), undefined, 'and so does what brings the guard back');
    await cluster.ask('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
      metadata: { name: 'node-1' },
    });
    await cluster.ask('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
    await cluster.ask('POST', '/api/v1/namespaces/shop/pods', pod('web'));
    const { code } = await command(['off', '--kubeconfig', cluster.kubeconfig]);
    t.equal(code, 0);
    await until(
      t,
      'off frees the rest',
      async () => (await create(cluster, 'shop', 'free').catch(String)) === undefined,
    );
  });
});

function pod(name: string): object {
  return { metadata: { name }, spec: { containers: [{ name: 'c', image: 'registry.example/c:1' }] } };
}

async function shown(cluster: TestApiServer): Promise<string> {
  const { data } = (await cluster.ask('GET', `${PATHS.secrets}/${NAME}-tls`)) as Loose;
  return Buffer.from(data['tls.crt'], 'base64').toString();
}

function daysLeft(pem: string): number {
  return (new X509Certificate(pem).validToDate.getTime() - Date.now()) / 86_400_000;
}

/** Puts a keyring in the place of the guard's whose leaf has ten days left, of the same authority. */
async function grownOld(cluster: TestApiServer): Promise<void> {
  await change(cluster, PATHS.secrets, `${NAME}-tls`, async (secret: Loose) => {
    const text = (key: string): string => Buffer.from(secret.data[key], 'base64').toString();
    const authority = { cert: text('ca.crt'), key: text('ca.key') };
    const host = `${NAME}.${NAME}.svc`;
    const leaf = await issue(authority, [host, `${host}.cluster.local`], Date.now(), 10 * 86_400_000);
    const encoded = (pem: string): string => Buffer.from(pem).toString('base64');
    return {
      ...secret,
      data: { ...secret.data, 'tls.crt': encoded(leaf.cert), 'tls.key': encoded(leaf.key) },
    };
  });
}

/** How many objects of a kind a replica knows of. */
async function objects(replica: Serving, kind: string): Promise<number> {
  const { text } = await probe(replica, '/metrics');
  return Number(new RegExp(`^seldon_guard_picture_objects\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
}

function failing(configuration: Loose, failurePolicy: 'Ignore' | 'Fail'): object {
  return {
    ...configuration,
    webhooks: configuration.webhooks.map((webhook: Loose) => ({ ...webhook, failurePolicy })),
  };
}
