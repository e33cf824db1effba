import { once } from 'node:events';
import https from 'node:https';
import tls from 'node:tls';
import t from 'tap';
import type { Test } from 'tap';
import type { Review } from '../../src/model/review.ts';
import { BODY_LIMIT } from '../../src/server/app.ts';
import type { Guard } from '../../src/server/guard.ts';
import { running } from './running.ts';
import type { Running } from './running.ts';
import { review } from './samples.ts';
import { smallGuard } from './small-guard.ts';

const asking = (effect: string) =>
  review('create-networkpolicy', (request) => {
    request.object.metadata.annotations = { 'test/effect': effect };
  });

async function start(test: Test, changes: Partial<Guard> = {}) {
  const guard = smallGuard(changes);
  const server = await running(guard);
  test.teardown(() => server.close());
  return { guard, server };
}

void t.test('answers', async (t) => {
  const { server } = await start(t);

  void t.test('carry the uid back, with the apiVersion and kind of the review', async (t) => {
    const { status, headers, json } = await server.post(
      '/validate?timeout=10s',
      review('create-networkpolicy'),
    );
    t.equal(status, 200);
    t.equal(headers['content-type'], 'application/json; charset=utf-8');
    t.strictSame(json, {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: '11111111-aaaa-4aaa-8aaa-000000000001',
        allowed: true,
        auditAnnotations: { effect: 'allow' },
      },
    });
  });

  void t.test('carry a denial with its lines and causes', async (t) => {
    const { status, json } = await server.post('/validate', asking('deny'));
    t.equal(status, 200);
    t.equal(json.response.allowed, false);
    t.strictSame(json.response.status, {
      code: 403,
      reason: 'Forbidden',
      message: 'first line\n\nthird line',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'spec', message: 'as asked' }] },
    });
    t.equal((await server.post('/mutate', asking('deny'))).json.response.allowed, true);
  });

  void t.test('carry warnings on single lines, and no empty ones', async (t) => {
    const { json } = await server.post('/validate', asking('warn'));
    t.strictSame(json.response.warnings, ['one two  three']);
  });

  void t.test('carry a patch in base64 from /mutate, and none from /validate', async (t) => {
    const { response } = (await server.post('/mutate', asking('fix'))).json;
    t.equal(response.patchType, 'JSONPatch');
    t.strictSame(JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')), [
      { op: 'add', path: '/metadata/labels', value: { 'naïve/ключ': '✓' } },
    ]);
    for (const [path, effect] of [
      ['/validate', 'fix'],
      ['/mutate', 'allow'],
    ] as const) {
      const { response } = (await server.post(path, asking(effect))).json;
      t.equal(response.allowed, true);
      t.notOk('patch' in response || 'patchType' in response, `${path} of ${effect}`);
    }
  });
});

void t.test('what the guard is asked', async (t) => {
  const asked: Review[] = [];
  const small = smallGuard();
  const { server } = await start(t, {
    decide: (review, webhook) => (asked.push(review), small.decide(review, webhook)),
  });
  const next = async (body: unknown): Promise<Review | undefined> => {
    const { status, json } = await server.post('/validate', body);
    t.equal(status, 200);
    t.equal(json.response.allowed, true);
    return asked.shift();
  };

  void t.test('a pod that has no name yet', async (t) => {
    const given = await next(review('create-pod'));
    t.match(given?.object, { namespace: 'a-team', name: 'web-7d4f8-', known: 'Pod' });
    const empty = await next(review('create-pod', (request) => (request.name = '')));
    t.equal(empty?.object.name, 'web-7d4f8-', 'an empty name is none');
    t.equal(given?.cluster.list('Pod', 'a-team').length, 1);
    t.equal(given?.before?.list('Pod', 'a-team').length, 0);
    t.equal(given?.cluster.list('Namespace').length, 1, 'over the picture');
  });

  void t.test('an update with what was there before', async (t) => {
    const given = await next(review('update-statefulset'));
    t.match(given?.object.object, { metadata: { annotations: { note: 'new' } } });
    t.match(given?.previous?.object, { metadata: { annotations: { note: 'old' } } });
    t.strictSame(given?.user, { name: 'ada', groups: [] });
  });

  void t.test('a deletion, about the object that would go', async (t) => {
    const given = await next(review('delete-namespace'));
    t.match(given?.object, { kind: 'Namespace', name: 'b-team', namespace: '' });
    t.equal(given?.before?.get('Namespace', '', 'b-team')?.name, 'b-team');
    t.equal(given?.cluster.get('Namespace', '', 'b-team'), undefined);
    const bare = await next(review('delete-namespace', (request) => (request.oldObject = null)));
    t.match(bare?.object, { kind: 'Namespace', name: 'b-team' });
  });

  void t.test('nothing about sub-resources, connections, and kinds that no policy is about', async (t) => {
    for (const change of [
      (request: any) => (request.subResource = 'scale'),
      (request: any) => (request.operation = 'CONNECT'),
      (request: any) => (request.kind = { group: '', version: 'v1', kind: 'Secret' }),
      (request: any) => (request.kind = { group: '', version: 'v1', kind: 'Service' }),
      (request: any) => (request.kind = { group: 'other.io', version: 'v1', kind: 'NetworkPolicy' }),
    ])
      t.equal(await next(review('create-networkpolicy', change)), undefined, String(change));
  });

  void t.test('data that looks like a prototype is data', async (t) => {
    const text = JSON.stringify(review('create-networkpolicy')).replace(
      '"spec":{',
      '"data":{"__proto__":"x","constructor":{"prototype":{"polluted":1}}},"__proto__":{"polluted":1},"spec":{',
    );
    const given = await next(text);
    t.ok(Object.hasOwn(given?.object.object['data'] as object, '__proto__'));
    t.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });
});

void t.test('a guard that breaks admits, says so and is counted', async (t) => {
  const broken = () => {
    throw new Error('secret internals');
  };
  for (const [part, changes] of Object.entries({
    decide: { decide: broken },
    answer: { answer: broken },
    observe: { observe: () => Promise.reject(new Error('secret internals')) },
    unserialisable: {
      answer: () => ({ allowed: false, warnings: [], auditAnnotations: { n: 1n as unknown as string } }),
    },
  }))
    void t.test(part, async (t) => {
      const { server, guard } = await start(t, changes);
      const { status, text, json } = await server.post('/validate', review('create-networkpolicy'));
      t.equal(status, 200);
      t.equal(json.response.allowed, true);
      t.equal(json.response.uid, '11111111-aaaa-4aaa-8aaa-000000000001');
      t.match(json.response.warnings, [
        /^seldon-guard could not judge NetworkPolicy a-team\/only-friends: .*000000000001\.$/,
      ]);
      t.notMatch(text, /secret internals|at .*\.ts:\d/);
      t.match(server.logged, [{ level: 'error', fields: { uid: json.response.uid, err: Error } }]);
      t.strictSame(guard.entries, []);
      const { text: figures } = await server.probe('/metrics');
      t.match(figures, /^seldon_guard_errors_total 1$/m);
      t.match(figures, /_count\{webhook="validate",kind="NetworkPolicy",effect="error"\} 1/);
    });

  void t.test('record', async (t) => {
    const { server } = await start(t, { record: broken });
    const { json } = await server.post('/validate', review('create-networkpolicy'));
    t.equal(json.response.allowed, true);
    t.notOk('warnings' in json.response);
    t.match((await server.probe('/metrics')).text, /^seldon_guard_errors_total 1$/m);
  });
});

void t.test('what breaks outside of the guard is no 5xx either', async (t) => {
  const broken = () => {
    throw new Error('secret internals');
  };
  let calls = 0;
  const error = () => (calls++ === 0 ? broken() : undefined);
  const server = await running(smallGuard({ decide: broken }), { error });
  t.teardown(() => server.close());
  const { status, json } = await server.post('/validate', review('create-networkpolicy'));
  t.equal(status, 400);
  t.strictSame(json, { error: 'The request could not be read.' });
  t.equal(calls, 2, 'it is logged');
});

void t.test('refusals are one sentence that names the field', async (t) => {
  const { server } = await start(t);
  const wrong = (change: (request: any) => void) => review('create-networkpolicy', change);
  const cases: [string, unknown, string][] = [
    ['nothing', '', 'The body: expected an AdmissionReview, got nothing.'],
    ['truncated', '{"kind":"Admis', 'The body: expected JSON, got text that goes wrong at position 14.'],
    ['no JSON', 'kind: AdmissionReview', 'The body: expected JSON, got something else.'],
    ['a list', [], 'The body: expected an AdmissionReview, got a list.'],
    ['null', 'null', 'The body: expected an AdmissionReview, got null.'],
    [
      'another version',
      { apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion: expected admission.k8s.io/v1, got "admission.k8s.io/v1beta1".',
    ],
    [
      'another kind',
      { apiVersion: 'admission.k8s.io/v1', kind: 'Status' },
      'kind: expected AdmissionReview, got "Status".',
    ],
    [
      'no request',
      { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' },
      'request: expected an object, got nothing.',
    ],
    ['no uid', wrong((request) => delete request.uid), 'request.uid: expected a string, got nothing.'],
    [
      'an uid of another type',
      wrong((request) => (request.uid = 7)),
      'request.uid: expected a string, got the number 7.',
    ],
    [
      'a kind of another type',
      wrong((request) => (request.kind = 'Pod')),
      'request.kind.version: expected a string, got nothing.',
    ],
    [
      'a group of another type',
      wrong((request) => (request.kind.group = [])),
      'request.kind.group: expected a string or nothing, got a list.',
    ],
    [
      'an unknown operation',
      wrong((request) => (request.operation = 'PATCH')),
      'request.operation: expected CREATE, UPDATE, DELETE or CONNECT, got "PATCH".',
    ],
    [
      'no object',
      wrong((request) => delete request.object),
      'request.object: expected an object for CREATE, got nothing.',
    ],
    [
      'an object of another type',
      wrong((request) => (request.object = 'x'.repeat(99))),
      `request.object: expected an object or null, got "${'x'.repeat(40)}…".`,
    ],
    [
      'an oldObject of another type',
      wrong((request) => (request.oldObject = [])),
      'request.oldObject: expected an object or null, got a list.',
    ],
    [
      'a name of another type',
      wrong((request) => (request.name = {})),
      'request.name: expected a string or nothing, got an object.',
    ],
    [
      'a dryRun of another type',
      wrong((request) => (request.dryRun = 'yes')),
      'request.dryRun: expected true, false or nothing, got "yes".',
    ],
  ];
  for (const [name, body, sentence] of cases) {
    const { status, json, headers } = await server.post('/validate', body);
    t.equal(status, 400, name);
    t.strictSame(json, { error: sentence }, name);
    t.not(headers['connection'], 'close', `${name}: the connection stays`);
  }
  const { text } = await server.probe('/metrics');
  t.match(text, new RegExp(`^seldon_guard_rejected_bodies_total\\{code="400"\\} ${cases.length}$`, 'm'));
});

void t.test('other types, paths and methods', async (t) => {
  const { server } = await start(t);
  const body = JSON.stringify(review('create-networkpolicy'));
  for (const type of ['text/plain', 'application/yaml', 'application/json+patch', 'application/jsonx', 'x'])
    t.match(
      await server.post('/validate', body, { 'content-type': type }),
      { status: 415, json: { error: 'content-type: expected application/json.' } },
      type,
    );
  for (const type of [
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset=UTF-8',
  ])
    t.equal((await server.post('/validate', body, { 'content-type': type })).status, 200, type);
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
    const { status, headers, json } = await server.ask(method, '/mutate?timeout=1s');
    t.strictSame([status, headers['allow']], [405, 'POST'], method);
    t.strictSame(json, { error: `${method} is not answered here: POST an AdmissionReview.` });
  }
  for (const path of ['/', '/validate/', '/Validate', '/metrics', '//validate'])
    t.match(
      await server.post(path, body),
      { status: 404, json: { error: 'There is nothing here: POST to /validate or /mutate.' } },
      path,
    );
  t.match(await server.ask('GET', '/%ff%'), {
    status: 400,
    json: { error: 'The request could not be read.' },
  });
});

void t.test('eight MiB are read and not a byte more', async (t) => {
  const { server } = await start(t);
  const sized = (bytes: number) => {
    const body = review('create-networkpolicy', (request) => (request.object.data = { filler: '' }));
    body.request.object.data.filler = 'x'.repeat(bytes - JSON.stringify(body).length);
    return JSON.stringify(body);
  };
  const most = await server.post('/validate', sized(BODY_LIMIT));
  t.match(most, { status: 200, json: { response: { allowed: true } } });
  for (const bytes of [BODY_LIMIT + 1, 3 * BODY_LIMIT]) {
    const { status, json } = await server.post('/validate', sized(bytes));
    t.equal(status, 413);
    t.strictSame(json, { error: 'The body is too large: at most 8 MiB are read.' });
  }
  t.match(await stubborn(server, 3 * BODY_LIMIT), /^HTTP\/1\.1 413 /, 'to a sender who reads last, too');
  t.equal(await chunked(server, sized(BODY_LIMIT + 1)), 413, 'without a length too');
  t.equal((await server.post('/validate', sized(2000))).status, 200, 'and it goes on');
});

/** Sends all of a body before it reads anything: what came back, though the server refused long before. */
async function stubborn({ port, ca }: Running, bytes: number): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca });
  await once(socket, 'secureConnect');
  const head = `POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: ${bytes}`;
  socket.write(`${head}\r\n\r\n`);
  for (let sent = 0; sent < bytes; sent += 1_048_576) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.write(Buffer.alloc(1_048_576, ' '), (error) => (error ? reject(error) : resolve()));
    await promise;
  }
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString();
}

/** Sends a body in pieces, without saying how long it is. */
async function chunked(server: Running, body: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const headers = { 'content-type': 'application/json' };
  const options = { ca: server.ca, port: server.port, path: '/validate', method: 'POST', headers };
  const request = https.request({ host: '127.0.0.1', ...options }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  });
  request.on('error', reject);
  for (let i = 0; i < body.length; i += 1_000_000) request.write(body.slice(i, i + 1_000_000));
  request.end();
  return promise;
}
