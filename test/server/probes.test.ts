import t from 'tap';
import { running } from './running.ts';
import { smallGuard } from './small-guard.ts';

void t.test('the probes say whether the process is alive and ready', async (t) => {
  const small = smallGuard();
  let ready = false;
  const server = await running(smallGuard({ picture: () => ({ ...small.picture(), ready }) }));
  t.teardown(() => server.close());
  t.match(await server.probe('/healthz'), { status: 200, text: 'alive\n' });
  t.match(await server.probe('/readyz'), {
    status: 503,
    text: 'The picture of the cluster is not loaded yet, or the API server trusts no certificate of the guard yet.\n',
  });
  ready = true;
  t.match(await server.probe('/readyz'), { status: 200, text: 'ready\n' });
  t.match(await server.probe('/validate'), {
    status: 404,
    json: { error: 'There is nothing here: GET /healthz, /readyz or /metrics.' },
  });
});

void t.test('while it drains it is alive, not ready, and answers', async (t) => {
  const server = await running(smallGuard());
  const closed = server.close(300);
  t.match(await server.probe('/healthz'), { status: 200 });
  t.match(await server.probe('/readyz'), {
    status: 503,
    text: 'The guard is about to end and finishes what it has in hand.\n',
  });
  const { status, headers } = await server.post('/validate', 'no JSON');
  t.strictSame([status, headers['connection']], [400, 'close']);
  await closed;
  await t.rejects(server.probe('/healthz'), { code: 'ECONNREFUSED' });
});
