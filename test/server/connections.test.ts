import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import t from 'tap';
import { running } from './running.ts';
import type { Running } from './running.ts';
import { review } from './samples.ts';
import { smallGuard } from './small-guard.ts';

void t.test('connections', async (t) => {
  const server = await running(smallGuard());
  t.teardown(() => server.close());

  void t.test('TLS 1.1 is refused, 1.2 and 1.3 are spoken, and only HTTP/1.1', async (t) => {
    await t.rejects(handshake(server, 'TLSv1.1'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const)
      t.strictSame(await handshake(server, version), { version, alpn: 'http/1.1' });
  });

  void t.test('its certificate is checked: another CA does not do', async (t) => {
    const other = await running(smallGuard());
    t.teardown(() => other.close());
    await t.rejects(handshake({ ...server, ca: other.ca }, 'TLSv1.3'), /certificate/);
  });

  void t.test('one connection serves many requests, and says for how long', async (t) => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: server.ca });
    t.teardown(() => agent.destroy());
    const sockets = new Set<unknown>();
    for (let i = 0; i < 5; i++) {
      const body = i === 2 ? 'no JSON' : JSON.stringify(review('create-pod'));
      const headers = { 'content-type': 'application/json' };
      const options = {
        agent,
        host: '127.0.0.1',
        port: server.port,
        path: '/mutate',
        method: 'POST',
        headers,
      };
      const request = https.request(options).end(body);
      const [answer] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
      sockets.add(request.socket);
      t.equal(answer.statusCode, i === 2 ? 400 : 200);
      t.equal(answer.headers['keep-alive'], 'timeout=120');
      await once(answer.resume(), 'end');
    }
    t.equal(sockets.size, 1);
  });

  void t.test('bytes that are no HTTP get a 400 and the server goes on', async (t) => {
    const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: server.ca });
    socket.on('error', () => undefined);
    socket.end('\u0000garbage\r\n\r\n');
    const [first] = (await once(socket, 'data')) as [Buffer];
    t.match(
      first.toString(),
      /^HTTP\/1\.1 400 Bad Request\r\n[^]*\{"error":"The request could not be read\."\}$/,
    );
    net
      .connect(server.port, '127.0.0.1')
      .on('error', () => undefined)
      .end('GET / HTTP/1.1\r\n\r\n');
    t.equal((await server.post('/validate', review('create-pod'))).status, 200);
  });
});

void t.test('a connection made just before the port closes is still answered', async (t) => {
  const server = await running(smallGuard());
  const socket = tls.connect({ host: '127.0.0.1', port: server.port, ca: server.ca });
  await once(socket, 'secureConnect');
  const closed = server.close();
  await sleep(100);
  const body = JSON.stringify(review('create-pod'));
  const headers = `host: a\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
  socket.write(`POST /validate HTTP/1.1\r\n${headers}\r\n\r\n${body}`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n/i);
  await closed;
});

async function handshake(
  { port, ca }: Running,
  version: tls.SecureVersion,
): Promise<{ version: string | null; alpn: string | false | null }> {
  // OpenSSL 3 does not even offer TLS 1.1 above security level 0.
  const ciphers = 'DEFAULT:@SECLEVEL=0';
  const ALPNProtocols = ['h2', 'http/1.1'];
  const versions = { minVersion: version, maxVersion: version };
  const socket = tls.connect({ host: '127.0.0.1', port, ca, ciphers, ALPNProtocols, ...versions });
  await once(socket, 'secureConnect');
  const spoken = { version: socket.getProtocol(), alpn: socket.alpnProtocol };
  socket.destroy();
  return spoken;
}
