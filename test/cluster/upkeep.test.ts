import { setTimeout as wait } from 'node:timers/promises';
import selfsigned from 'selfsigned';
import t from 'tap';
import type { ApiServer, Trouble } from '../../src/sources/api-server.ts';
import type { Pair } from '../../src/sources/authority.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { connect } from '../../src/sources/kubeconfig.ts';
import { ensureCaBundle } from '../../src/upkeep/ca-bundle.ts';
import { keepCertificates } from '../../src/upkeep/certificates.ts';
import { keepKeyring, readKeyring } from '../../src/upkeep/key-store.ts';
import type { Place } from '../../src/upkeep/key-store.ts';
import { bundleOf, keyPlan, renewed } from '../../src/upkeep/keyring.ts';
import type { Keyring } from '../../src/upkeep/keyring.ts';
import { Leadership } from '../../src/upkeep/leadership.ts';
import { noApiServer, startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { until } from '../until.ts';

// What the guard keeps in the cluster for itself, at a real API server: the lease, the Secret, the caBundle.

t.setTimeout(180_000);

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

void t.test('at a real API server', { skip: noApiServer }, async (t) => {
  const server = await startApiServer();
  t.teardown(() => server.stop());
  const connection = await connect({ kubeconfig: server.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  const { api } = connection;
  t.teardown(() => api.close());
  const trouble: string[] = [];
  const onTrouble = (one: Trouble | undefined): void => {
    if (one !== undefined) trouble.push(one.trouble);
  };

  await t.test('one replica leads, and another one once it is gone', async (t) => {
    const place = { namespace: 'default', name: 'lead' };
    const replicas = ['a', 'b', 'c'].map((identity) => {
      const leadership = new Leadership(api, place, identity, 2000);
      const stop = new AbortController();
      return { leadership, stop, done: leadership.campaign(stop.signal, onTrouble) };
    });
    const leaders = () => replicas.filter(({ leadership }) => leadership.leads);
    await until(t, 'somebody leads', () => leaders().length === 1);
    let most = 0;
    for (const end = Date.now() + 3000; Date.now() < end; await wait(20))
      most = Math.max(most, leaders().length);
    t.equal(most, 1, 'never two');
    const [first] = leaders();
    first?.stop.abort();
    await first?.done;
    t.equal(first?.leadership.leads, false);
    await until(t, 'another one leads', () => leaders().length === 1);
    t.not(leaders()[0], first);
    for (const { stop, done } of replicas) {
      stop.abort();
      await done;
    }
    t.equal(leaders().length, 0);
    t.strictSame(trouble, []);
  });

  await t.test('a leader that cannot renew stops leading before another one begins', async (t) => {
    const place = { namespace: 'default', name: 'cut-off' };
    let isCut = false;
    const cut: Trouble = { ok: false, status: 0, trouble: 'cut off' };
    const flaky: ApiServer = {
      ...api,
      get: (path) => (isCut ? Promise.resolve(cut) : api.get(path)),
      send: (path, sent) => (isCut ? Promise.resolve(cut) : api.send(path, sent)),
    };
    const stop = new AbortController();
    t.teardown(() => stop.abort());
    const first = new Leadership(flaky, place, 'first', 2000);
    void first.campaign(stop.signal, () => undefined);
    await until(t, 'the first leads', () => first.leads);
    const second = new Leadership(api, place, 'second', 2000);
    void second.campaign(stop.signal, onTrouble);
    await wait(500);
    isCut = true;
    let both = 0;
    await until(t, 'the second leads', () => {
      both += Number(first.leads && second.leads);
      return second.leads;
    });
    t.equal(both, 0);
    t.equal(first.leads, false);
  });

  await t.test('the certificate: made, kept, trusted, renewed and shown by every replica', async (t) => {
    await server.ask('POST', CONFIGURATIONS, configuration());
    const secret = { namespace: 'default', name: 'guard-tls' };
    const plan = { ...keyPlan(['guard.default.svc']), settleMs: 300 };
    const replicas = [true, false].map((leads) => replica(api, secret, plan, leads, onTrouble));
    t.teardown(() => replicas.forEach(({ stop }) => stop.abort()));
    await until(t, 'both show the same', () => same(replicas.map(({ shown }) => shown.at(-1))));
    const kept = async (): Promise<Keyring> => {
      const found = await readKeyring(api, secret);
      return ('keyring' in found ? found.keyring : undefined) as Keyring;
    };
    const first = await kept();
    t.equal(replicas[0]?.shown.at(-1), first.leaf.cert);
    const bundle = async (): Promise<string> => bundleAt(server);
    t.equal(await bundle(), bundleOf(first));
    const whole = (await server.ask('GET', `${CONFIGURATIONS}/guard`)) as ReturnType<typeof configuration>;
    t.match(whole.webhooks, configuration().webhooks, 'and nothing else of the configuration changed');

    // Somebody applies the configuration again, without a bundle.
    const { metadata } = (await server.ask('GET', `${CONFIGURATIONS}/guard`)) as { metadata: object };
    await server.ask('PUT', `${CONFIGURATIONS}/guard`, { ...configuration(), metadata });
    await until(t, 'it is put back', async () => (await bundle()) === bundleOf(first));

    // A plan under which all that there is, is old.
    replicas.forEach(({ stop }) => stop.abort());
    const quick = { ...plan, authorityMs: plan.authorityMs * 100 };
    const later = [true, false].map((leads) => replica(api, secret, quick, leads, onTrouble));
    t.teardown(() => later.forEach(({ stop }) => stop.abort()));
    await until(
      t,
      'a new authority signs',
      async () => (await kept()).authority.cert !== first.authority.cert,
    );
    await until(t, 'the old one is forgotten', async () => (await kept()).old === undefined);
    await until(
      t,
      'the API server trusts the new one alone',
      async () => (await bundle()) === bundleOf(await kept()),
    );
    await until(t, 'all show it', () => later.every(({ shown }) => shown.length > 1));
    t.ok(same(later.map(({ shown }) => shown.at(-1))));
    t.strictSame(trouble, []);
  });

  await t.test('a leader that is gone before the API server trusts what it kept', async (t) => {
    const secret = { namespace: 'default', name: 'guard-tls' };
    const plan = keyPlan(['guard.default.svc']);
    const stop = new AbortController();
    const replicas = [true, false].map((leads) => replica(api, secret, plan, leads, onTrouble));
    t.teardown(() => [...replicas, { stop }].forEach((one) => one.stop.abort()));
    await until(t, 'both show the same', () => same(replicas.map(({ shown }) => shown.at(-1))));
    const [leader, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]];
    leader.stop.abort();
    const before = await bundleAt(server);
    const trusted = other.shown.at(-1);
    // Both have another one in the place of theirs, and the first who leads gets no further than the Secret.
    const found = await readKeyring(api, secret);
    if ('trouble' in found) throw new Error(found.trouble);
    const backup = (await renewed(undefined, plan, Date.now())) as Keyring;
    t.equal(await keepKeyring(api, secret, backup, found), undefined);
    const isWebhook = (path: string): boolean => path.includes('webhookconfigurations');
    const refused: Trouble = { ok: false, status: 403, trouble: 'refused' };
    const cut: ApiServer = {
      ...api,
      send: (path, sent) => (isWebhook(path) ? Promise.resolve(refused) : api.send(path, sent)),
    };
    const troubles: string[] = [];
    const cutOff = replica(cut, secret, plan, true, (one) => troubles.push(one.trouble));
    await until(t, 'it got no further', () => troubles.length > 5);
    cutOff.stop.abort();
    t.strictSame([cutOff.shown, other.shown.at(-1)], [[], trusted], 'nobody shows what is not trusted');
    t.equal(await bundleAt(server), before);
    const next = replica(api, secret, plan, true, onTrouble);
    t.teardown(() => next.stop.abort());
    await until(t, 'the next leader brings it to its end', () =>
      [next, other].every(({ shown }) => shown.at(-1) === backup.leaf.cert),
    );
    t.equal(await bundleAt(server), backup.authority.cert + before, 'and nobody is cut off meanwhile');
    t.strictSame(trouble, []);
  });

  await t.test('a leader that may write nothing shows what is kept and trusted', async (t) => {
    const secret = { namespace: 'default', name: 'guard-tls' };
    const refused: Trouble = { ok: false, status: 403, trouble: 'refused' };
    const mute: ApiServer = { ...api, send: () => Promise.resolve(refused) };
    const found = await readKeyring(api, secret);
    if ('trouble' in found) throw new Error(found.trouble);
    // One more name: another certificate is due.
    const plan = keyPlan(['guard.default.svc', 'another.default.svc']);
    const told = new Set<string>();
    const { shown, stop } = replica(mute, secret, plan, true, (one) => told.add(one.trouble));
    t.teardown(() => stop.abort());
    await until(t, 'it is shown', () => shown.length > 0);
    t.strictSame(shown, [found.keyring?.leaf.cert]);
    t.strictSame([...told], ['refused'], 'and said why there is no other one');
  });

  await t.test('a Secret that somebody wrote by hand', async (t) => {
    const place = { namespace: 'default', name: 'by-hand' };
    const path = '/api/v1/namespaces/default/secrets';
    const keyring = (await renewed(undefined, keyPlan(['g']), Date.now())) as Keyring;
    const { cert } = keyring.authority;
    const old = (await selfMade(['g'])).ca;
    const write = async (texts: Record<string, string>): Promise<void> => {
      const found = await readKeyring(api, place);
      if ('trouble' in found) throw new Error(found.trouble);
      await keepKeyring(api, place, { ...keyring, old }, found);
      const now = (await server.ask('GET', `${path}/by-hand`)) as object;
      await server.ask('PUT', `${path}/by-hand`, { ...now, stringData: texts });
    };
    // As $(...) in a shell leaves it.
    await write({ 'ca.crt': cert.trimEnd(), 'old-ca.crt': old.trimEnd() });
    const read = await readKeyring(api, place);
    t.match(read, { keyring: { authority: { cert }, old } });
    const rest = '-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n';
    await write({ 'tls.crt': keyring.leaf.cert + rest });
    t.match(await readKeyring(api, place), { keyring: undefined }, 'nothing that no server can show');
  });

  await t.test('an authority that the guard cannot sign with', async (t) => {
    const secret = { namespace: 'default', name: 'rsa' };
    const kept: Keyring = {
      authority: await rsaAuthority(),
      leaf: await selfMade(['guard.default.svc']),
      next: undefined,
      old: undefined,
      since: 0,
    };
    const none = { keyring: undefined, secret: undefined };
    t.equal(await keepKeyring(api, secret, kept, none), undefined);
    const told: string[] = [];
    const { shown, stop } = replica(api, secret, keyPlan(['guard.default.svc']), true, (one) =>
      told.push(one.trouble),
    );
    t.teardown(() => stop.abort());
    await until(t, 'it is said, and the guard lives on', () => told.length > 1);
    t.match(told[0], /^no certificate can be made: /);
    t.strictSame(shown, []);
  });

  await t.test('a Secret that is gone, and that the guard may not make', async (t) => {
    const place = { namespace: 'default', name: 'gone' };
    const only = await connect({ kubeconfig: server.kubeconfig, context: 'nobody' });
    if ('problem' in only) throw new Error(only.problem);
    t.teardown(() => only.api.close());
    const keyring = (await renewed(undefined, keyPlan(['g']), Date.now())) as Keyring;
    const refused = await keepKeyring(only.api, place, keyring, { keyring: undefined, secret: undefined });
    t.match(refused, { status: 403, trouble: /^the Secret default\/gone is gone, .* helm upgrade$/ });
  });

  await t.test("somebody else's Secret is left alone; no configuration is no trouble", async (t) => {
    const path = '/api/v1/namespaces/default/secrets';
    const strange = { metadata: { name: 'theirs' }, stringData: { 'tls.crt': 'x', 'tls.key': 'y' } };
    await server.ask('POST', path, { ...strange, type: 'kubernetes.io/tls' });
    const told: string[] = [];
    const secret = { namespace: 'default', name: 'theirs' };
    const { shown, stop } = replica(api, secret, keyPlan(['g.default.svc']), true, (one) =>
      told.push(one.trouble),
    );
    t.teardown(() => stop.abort());
    await until(t, 'it is said', () => told.length > 2);
    t.match(told[0], /^the Secret default\/theirs is not the guard's own: remove it, or name another one/);
    t.strictSame(shown, []);
    const { data } = (await server.ask('GET', `${path}/theirs`)) as { data: Record<string, string> };
    t.strictSame(data, { 'tls.crt': 'eA==', 'tls.key': 'eQ==' });
    const written: string[] = [];
    t.equal(await ensureCaBundle(api, 'nobody', 'x', (one) => written.push(one)), undefined);
    t.strictSame(written, []);
    for (const bundle of ['x', 'x', 'y'])
      await ensureCaBundle(api, 'guard', bundle, (one) => written.push(one));
    const said = 'caBundle was put right: ValidatingWebhookConfiguration guard';
    t.strictSame(written, [said, said], 'each write is told, and none is made without need');
  });
});

function replica(
  api: ApiServer,
  secret: Place,
  plan: ReturnType<typeof keyPlan>,
  leads: boolean,
  trouble: (trouble: Trouble) => void,
) {
  const shown: string[] = [];
  const stop = new AbortController();
  void keepCertificates(
    {
      api,
      secret,
      webhooks: 'guard',
      plan,
      leads: () => leads,
      show: ({ cert }) => shown.push(cert),
      told: () => undefined,
      trouble: (one) => {
        if (one !== undefined) trouble(one);
      },
      everyMs: 50,
    },
    stop.signal,
  );
  return { shown, stop };
}

/** As somebody's openssl would have made it. */
async function rsaAuthority(): Promise<Pair> {
  const made = await selfsigned.generate([{ name: 'commonName', value: 'ours' }], {
    keyType: 'rsa',
    algorithm: 'sha256',
    extensions: [{ name: 'basicConstraints', cA: true, critical: true }],
  });
  return { cert: `${made.cert.trimEnd()}\n`, key: made.private };
}

function same(texts: readonly (string | undefined)[]): boolean {
  return texts[0] !== undefined && texts.every((text) => text === texts[0]);
}

function configuration() {
  const webhook = (name: string) => ({
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Ignore',
    timeoutSeconds: 3,
    clientConfig: { service: { namespace: 'default', name: 'guard', path: '/validate', port: 443 } },
    rules: [
      { apiGroups: ['example.io'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] },
    ],
    matchConditions: [{ name: 'never', expression: 'false' }],
  });
  return { metadata: { name: 'guard' }, webhooks: [webhook('one.example.io'), webhook('two.example.io')] };
}

async function bundleAt(server: TestApiServer): Promise<string> {
  const { webhooks } = (await server.ask('GET', `${CONFIGURATIONS}/guard`)) as {
    webhooks: { clientConfig: { caBundle?: string } }[];
  };
  const [one, two] = webhooks.map(({ clientConfig }) => clientConfig.caBundle ?? '');
  return one === two ? Buffer.from(one ?? '', 'base64').toString() : 'they differ';
}
