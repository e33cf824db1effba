import { X509Certificate } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { CertificateError, fromFiles, selfMade } from '../../src/sources/certificate.ts';

void t.test('a self-made certificate is one that the API server takes', async (t) => {
  const { ca, cert, key } = await selfMade(['guard.seldon.svc', 'localhost', '127.0.0.1', '::1']);
  const [issuer, leaf] = [new X509Certificate(ca), new X509Certificate(cert)];
  t.ok(issuer.ca && !leaf.ca);
  t.ok(leaf.verify(issuer.publicKey) && leaf.checkIssued(issuer));
  t.equal(leaf.checkHost('guard.seldon.svc'), 'guard.seldon.svc');
  t.equal(leaf.checkIP('127.0.0.1'), '127.0.0.1');
  t.equal(leaf.checkIP('::1'), '::1');
  t.equal(leaf.checkHost('elsewhere.seldon.svc'), undefined);
  t.equal(leaf.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  // ecdsa-with-SHA256 (RFC 5758), in DER: the API server refuses SHA-1.
  for (const shown of [issuer, leaf]) t.ok(shown.raw.includes(Buffer.from('06082a8648ce3d040302', 'hex')));
  t.ok(leaf.validFromDate.getTime() < Date.now() - 60_000, 'already for a clock that is behind');
  t.match(key, /BEGIN PRIVATE KEY/);
});

void t.test('files: a pair is read, anything else is one sentence', async (t) => {
  const folder = t.testdir();
  const made = await selfMade(['localhost']);
  const other = await selfMade(['localhost']);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const cert = file('tls.crt', made.cert);
  const key = file('tls.key', made.key);
  t.strictSame(await fromFiles(cert, key), { cert: made.cert, key: made.key });
  const chain = file('chain.crt', made.cert + made.ca);
  t.equal((await fromFiles(chain, key)).cert, made.cert + made.ca, 'a chain is kept whole');

  const refused = (certPath: string, keyPath: string, sentence: string) =>
    t.rejects(fromFiles(certPath, keyPath), new CertificateError(sentence));
  const strange = file('other.key', other.key);
  await refused(cert, strange, `${strange} is not the key of the certificate in ${cert}.`);
  await refused(key, key, `${key} holds no certificate in PEM.`);
  await refused(cert, cert, `${cert} holds no private key in PEM, or an encrypted one.`);
  const rest = '-----BEGIN CERTIFICATE-----\nZ2FyYmFnZQ==\n-----END CERTIFICATE-----\n';
  const broken = file('broken.crt', made.cert + rest);
  await t.rejects(fromFiles(broken, key), {
    message: new RegExp(`^No TLS server can show the certificate in ${broken}: .+[.]$`),
  });
  await refused('/none.crt', key, 'Cannot read the TLS certificate /none.crt: there is no such file.');
  await refused(cert, folder, `Cannot read the TLS key ${folder}: EISDIR.`);
  if (process.getuid?.() === 0) return;
  chmodSync(key, 0);
  await refused(cert, key, `Cannot read the TLS key ${key}: this user may not read it.`);
});
