import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import t from 'tap';
import type { Test } from 'tap';
import type { ApiServer } from '../../src/sources/api-server.ts';
import { issue, makeAuthority } from '../../src/sources/authority.ts';
import { certificatesIn } from '../../src/sources/certificates-in.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { ensureCaBundle } from '../../src/upkeep/ca-bundle.ts';
import { keepKeyring, readKeyring } from '../../src/upkeep/key-store.ts';
import { bundleOf, keyPlan } from '../../src/upkeep/keyring.ts';
import type { Keyring } from '../../src/upkeep/keyring.ts';
import { startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import type { Serving } from '../commands/serving.ts';
import { until } from '../until.ts';
import {
  ADDRESS,
  AGGREGATOR_ROUTING,
  NAME,
  PATHS,
  change,
  install,
  noInstallation,
  startGuard,
} from './installation.ts';
import type { Loose } from './installation.ts';
import { create, guarded, route, startLoad } from './replicas.ts';

// The guard's own authority through what years bring, with two replicas that must be asked (failurePolicy Fail) and writes
// that go on. Certificates are as old as the test makes them, and time passes by the date that is kept beside them: the
// replicas take every step by themselves.

t.setTimeout(600_000);

const MINUTE = 60_000;
const DAY = 86_400_000;
const HOST = `${NAME}.${NAME}.svc`;
const PLAN = keyPlan([HOST, `${HOST}.cluster.local`]);
const SECRET = { namespace: NAME, name: `${NAME}-tls` };

void t.test('an authority grows old', { skip: noInstallation }, async (t) => {
  const cluster = await startApiServer([AGGREGATOR_ROUTING]);
  t.teardown(() => cluster.stop());
  const connection = await connect({ kubeconfig: cluster.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  const { api } = connection;
  t.teardown(() => api.close());
  for (const name of [NAME, 'shop']) await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name } });

  // Another change has just ended: nothing happens until time passes.
  const before = await keyringOf({ authorityDays: 500, leafDays: 1 });
  await keep(api, { ...before, old: (await keyringOf({ authorityDays: 1, leafDays: 1 })).authority.cert });
  const replicas = new Map<string, Serving>();
  const join = async (name: string): Promise<void> => {
    replicas.set(name, await startGuard(t, cluster));
  };
  await join('first');
  await join('second');
  await install(cluster, [...replicas.values()][0] as Serving);
  t.teardown(route(cluster, replicas));
  await guarded(cluster);
  // A slow machine is none of the certificates' faults.
  await change(cluster, PATHS.validating, NAME, (one) => ({
    ...one,
    webhooks: one.webhooks.map((webhook: Loose) => ({ ...webhook, timeoutSeconds: 30 })),
  }));
  /** Writes go on while `act` acts, on connections that are made anew all the time; not one may fail. */
  const underLoad = async (t: Test, act: () => Promise<void>): Promise<void> => {
    const load = startLoad(cluster);
    const stopReconnecting = reconnect(cluster);
    await act();
    // With what the API server trusts in the end.
    await wait(1000);
    await stopReconnecting();
    const { done, failed } = await load.stop();
    t.comment(`${done} writes, ${failed.length} of them failed`);
    t.strictSame(failed.slice(0, 3), [], 'not one admission failed');
    t.ok(done > 50, `${done} writes`);
  };
  const allShow = (t: Test, what: string, leaf: string): Promise<void> =>
    until(t, what, async () =>
      (await Promise.all([...replicas.values()].map(shownBy))).every((one) => one === printOf(leaf)),
    );
  /** From the old authority alone, by way of both, to the new one alone. */
  const changes = async (t: Test, old: Keyring): Promise<void> => {
    await until(t, 'another one is trusted beside it', async () => {
      const { next } = await kept(api);
      return next !== undefined && (await isTrusted(cluster, [old.authority.cert, next.cert]));
    });
    const both = await kept(api);
    t.equal(both.leaf.cert, old.leaf.cert, 'and not used yet');
    await allShow(t, 'by nobody', old.leaf.cert);
    await timePasses(api);
    await until(t, 'it signs', async () => (await kept(api)).authority.cert === both.next?.cert);
    const { leaf } = await kept(api);
    await allShow(t, 'all show its certificate', leaf.cert);
    t.ok(await isTrusted(cluster, [old.authority.cert, both.next?.cert]), 'both are trusted');
    await timePasses(api);
    await until(t, 'the old one is forgotten', () => isTrusted(cluster, [both.next?.cert]));
    await allShow(t, 'nothing else is shown', leaf.cert);
  };

  await t.test('its authority is due, its certificate is not', (t) =>
    underLoad(t, async () => {
      await timePasses(api);
      await changes(t, before);
    }),
  );

  await t.test('a backup is brought back; then both are due', (t) =>
    underLoad(t, async () => {
      const { authority } = await kept(api);
      const backup = await keyringOf({ authorityDays: 500, leafDays: 1 });
      await keep(api, backup);
      await until(t, 'both are trusted', () => isTrusted(cluster, [backup.authority.cert, authority.cert]));
      await allShow(t, 'its certificate is shown', backup.leaf.cert);
      const leaf = await issue(backup.authority, PLAN.hosts, Date.now() - 70 * DAY, PLAN.leafMs);
      await timePasses(api, { leaf });
      await changes(t, { ...backup, leaf });
    }),
  );

  await t.test('the Secret is removed', (t) =>
    underLoad(t, async () => {
      const { authority, leaf } = await kept(api);
      await cluster.ask('DELETE', `${PATHS.secrets}/${SECRET.name}`);
      await until(t, 'it is put back', async () => (await kept(api)) !== undefined);
      const back = await kept(api);
      t.equal(back.leaf.cert, leaf.cert);
      t.equal(back.authority.cert, authority.cert);
      await changes(t, back);
      t.not((await kept(api)).leaf.cert, leaf.cert, 'whoever removed it has another certificate');
    }),
  );

  await t.test('what is in the Secret is spoilt', (t) =>
    underLoad(t, async () => {
      const { leaf, authority } = await kept(api);
      const garbage = Buffer.from('garbage').toString('base64');
      const { key } = await keyringOf({ authorityDays: 1, leafDays: 1 }).then((other) => other.authority);
      for (const data of [
        { 'tls.key': garbage },
        { 'tls.crt': garbage, 'ca.crt': garbage },
        { 'ca.key': Buffer.from(key).toString('base64') },
      ]) {
        await change(cluster, PATHS.secrets, SECRET.name, (one) => ({
          ...one,
          data: { ...one.data, ...data },
        }));
        await until(t, `${Object.keys(data).join()} is put right`, async () => {
          const now = await kept(api);
          return now?.leaf.key === leaf.key && now.authority.key === authority.key;
        });
      }
      await allShow(t, 'all went on', leaf.cert);
    }),
  );

  await t.test('its leader is killed in the middle of a change', async (t) => {
    const old = await kept(api);
    await until(t, 'another authority is trusted', async () =>
      isTrusted(cluster, [old.authority.cert, old.next?.cert]),
    );
    const [leader, other] = [...replicas].toSorted(([, a], [, b]) => renewals(b) - renewals(a));
    leader?.[1].process.kill('SIGKILL');
    replicas.delete(leader?.[0] ?? '');
    await join('third');
    await until(
      t,
      'writes go on',
      async () => (await create(cluster, 'shop', 'x').catch(String)) === undefined,
    );
    await underLoad(t, () => changes(t, old));
    t.ok(other !== undefined && renewals(other[1]) + renewals(replicas.get('third') as Serving) > 0);
  });

  await t.test('caBundle is overwritten, and with it the Secret', async (t) => {
    const { leaf, authority } = await kept(api);
    const written = async (caBundle: string | undefined): Promise<void> => {
      for (const path of [PATHS.validating, PATHS.mutating])
        await change(cluster, path, NAME, (one) => trusting(one, caBundle));
    };
    const stranger = (await keyringOf({ authorityDays: 1, leafDays: 1 })).authority.cert;
    for (const caBundle of [undefined, Buffer.from(stranger).toString('base64')]) {
      await written(caBundle);
      await until(t, 'the guard is trusted again', async () =>
        (await bundlesOf(cluster)).every((bundle) => bundle.includes(authority.cert)),
      );
    }
    // As `helm upgrade --force` does.
    await change(cluster, PATHS.secrets, SECRET.name, (one) => ({ ...one, data: undefined }));
    await written(undefined);
    await until(t, 'all is put back', async () => {
      const bundles = await bundlesOf(cluster);
      return (
        (await kept(api))?.leaf.cert === leaf.cert && bundles.every((one) => one.includes(authority.cert))
      );
    });
    await until(
      t,
      'writes go on',
      async () => (await create(cluster, 'shop', 'x').catch(String)) === undefined,
    );
    await allShow(t, 'nothing else was ever shown', leaf.cert);
  });

  await t.test('all has ended: the cluster was off for years', async (t) => {
    for (const replica of replicas.values()) await replica.stop();
    replicas.clear();
    const lease: Loose = await cluster.ask('GET', `${PATHS.leases}/${SECRET.name}-leader`);
    t.equal(lease.spec.holderIdentity, '', 'whoever led let go');
    const ended = await keyringOf({ authorityDays: 800, leafDays: 700 });
    await keep(api, ended);
    t.equal(await ensureCaBundle(api, NAME, bundleOf(ended), () => undefined), undefined);
    await join('fourth');
    await join('fifth');
    await until(
      t,
      'writes go on',
      async () => (await create(cluster, 'shop', 'x').catch(String)) === undefined,
    );
    const { authority, leaf } = await kept(api);
    await allShow(t, 'all show the new one', leaf.cert);
    t.ok(await isTrusted(cluster, [authority.cert]), 'the one that has ended is not trusted');
  });
});

/** What a guard would have made so many days ago. */
async function keyringOf(age: { authorityDays: number; leafDays: number }): Promise<Keyring> {
  const ago = (days: number): number => Date.now() - days * DAY;
  const authority = await makeAuthority(ago(age.authorityDays), PLAN.authorityMs);
  const leaf = await issue(authority, PLAN.hosts, ago(age.leafDays), PLAN.leafMs);
  return { authority, leaf, next: undefined, old: undefined, since: Date.now() };
}

/** What is in the Secret; nothing while it is spoilt. */
async function kept(api: ApiServer): Promise<Keyring> {
  const found = await readKeyring(api, SECRET);
  return ('keyring' in found ? found.keyring : undefined) as Keyring;
}

/** Puts it into the Secret, whoever writes there at the same time. */
async function keep(api: ApiServer, keyring: Keyring): Promise<void> {
  for (;;) {
    const found = await readKeyring(api, SECRET);
    if ('trouble' in found) throw new Error(found.trouble);
    const refused = await keepKeyring(api, SECRET, keyring, found);
    if (refused === undefined) return;
    if (refused.status !== 409) throw new Error(refused.trouble);
  }
}

/** More than everybody gets to learn of a new authority. */
async function timePasses(api: ApiServer, more: Partial<Keyring> = {}): Promise<void> {
  await keep(api, { ...(await kept(api)), ...more, since: Date.now() - 11 * MINUTE });
}

/** The caBundle of each webhook, as PEM. */
async function bundlesOf(cluster: TestApiServer): Promise<string[]> {
  const both = await Promise.all(
    [PATHS.validating, PATHS.mutating].map((path) => cluster.ask('GET', `${path}/${NAME}`)),
  );
  return both
    .flatMap((one: Loose) => one.webhooks)
    .map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString());
}

/** Whether the API server trusts these and no other. */
async function isTrusted(
  cluster: TestApiServer,
  authorities: readonly (string | undefined)[],
): Promise<boolean> {
  const wanted = authorities.map((pem) => printOf(pem ?? '')).toSorted();
  return (await bundlesOf(cluster)).every((bundle) => {
    const found = certificatesIn(Buffer.from(bundle).toString('base64')) ?? [];
    return (
      found
        .map((one) => one.fingerprint256)
        .toSorted()
        .join() === wanted.join()
    );
  });
}

function printOf(pem: string): string {
  return pem === '' ? '' : new X509Certificate(pem).fingerprint256;
}

async function shownBy({ port }: Serving): Promise<string | undefined> {
  const socket = connectTls({ host: ADDRESS, port, servername: HOST, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerX509Certificate()?.fingerprint256;
  socket.destroy();
  return shown;
}

function renewals(replica: Serving): number {
  return replica.printed().split('was renewed').length - 1;
}

/**
 * Has the API server make new connections all the time: it keeps those that it has for each caBundle as it is written, so
 * that is written otherwise, by a line more or less at its end.
 */
function reconnect(cluster: TestApiServer): () => Promise<void> {
  let isOn = true;
  const loop = async (): Promise<void> => {
    for (let i = 0; isOn; i++) {
      await change(cluster, PATHS.validating, NAME, (one) => {
        const [webhook] = one.webhooks;
        const pem = Buffer.from(webhook.clientConfig.caBundle, 'base64').toString();
        return trusting(one, Buffer.from(pem.trimEnd() + '\n'.repeat(1 + (i % 5))).toString('base64'));
      }).catch((error: unknown) => {
        // The guard was quicker.
        if (!String(error).includes(': 409 ')) throw error;
      });
      await wait(200);
    }
  };
  const done = loop();
  return async () => {
    isOn = false;
    await done;
  };
}

function trusting(configuration: Loose, caBundle: string | undefined): object {
  return {
    ...configuration,
    webhooks: configuration.webhooks.map(({ clientConfig, ...webhook }: Loose) => ({
      ...webhook,
      clientConfig: { ...clientConfig, caBundle },
    })),
  };
}
