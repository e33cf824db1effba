import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { selfMade } from '../../src/sources/certificate.ts';
import { guard, temporaryFolder } from './guard-process.ts';

// What `seldon-guard serve` does not start with: it says so in one sentence and exits with 2.

t.setTimeout(180_000);

void t.test('what it cannot start with: exit 2, one sentence, nothing of ours', async (t) => {
  const folder = temporaryFolder(t);
  const [one, other] = await Promise.all([selfMade(['127.0.0.1']), selfMade(['127.0.0.1'])]);
  const cert = folder.write('tls.crt', one.cert);
  const key = folder.write('other.key', other.key);
  const text = folder.write('text.txt', 'no manifest, no certificate\n');
  const broken = folder.write('broken.yaml', 'kind: [\n');
  const taken = createServer().listen(0, '127.0.0.1');
  t.teardown(() => taken.close());
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  const missing = folder.path('missing');
  const cases: [string, string[], RegExp][] = [
    [
      'a key of another certificate',
      ['--tls-cert', cert, '--tls-key', key],
      /other\.key is not the key of the certificate in /,
    ],
    ['a certificate without its key', ['--tls-cert', cert], /--tls-key/],
    ['a certificate that is none', ['--tls-cert', text, '--tls-key', key], /text\.txt holds no certificate/],
    ['no such certificate', ['--tls-cert', missing, '--tls-key', key], /missing: there is no such file/],
    [
      'the port is taken',
      ['--port', String(port)],
      new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use: .*--port`),
    ],
    ['the probe port is taken', ['--probe-port', String(port)], new RegExp(`Port ${port} .*--probe-port`)],
    ['another host', ['--host', '192.0.2.1'], /192\.0\.2\.1 is no address of this machine/],
    ['no such cluster', ['--cluster', missing], /missing does not exist/],
    ['a cluster that is no YAML', ['--cluster', broken], /broken\.yaml/],
    ['no such kubeconfig', ['--kubeconfig', missing], /The kubeconfig .*missing does not exist/],
    ['two pictures', ['--cluster', text, '--kubeconfig', missing], /--cluster and --kubeconfig/],
    [
      'a CA that cannot be written',
      ['--ca-out', join(missing, 'ca.pem')],
      /--ca-out .*missing.* cannot be written/,
    ],
    ['no such settings', ['--settings', missing], /missing: cannot be read/],
    [
      'a resolver that is none',
      [
        '--settings',
        folder.write('dns.yaml', 'policies: { namespace-not-public: { params: { resolvers: [here] } } }'),
      ],
      /here/,
    ],
  ];
  for (const [what, args, sentence] of cases) {
    // The last of an option's values counts.
    const { code, signal, stderr, stdout } = await guard(['serve', '--port=0', '--probe-port=0', ...args]);
    t.match({ code, signal }, { code: 2, signal: null }, what);
    t.match(stderr, /^seldon-guard: [^\n]+\n$/, `${what}: one line`);
    t.match(stderr, sentence, what);
    t.notMatch(`${stdout}${stderr}`, /\n +at |listening on/, `${what}: no stack`);
  }
});
