// Asks the guard through its Service, over TLS that is checked, about a Namespace that is at fault. A dry run.
import { request } from 'node:https';

// Its name is a top-level domain.
const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'museum' } };
const review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'seldon-guard-test',
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    operation: 'CREATE',
    name: object.metadata.name,
    namespace: object.metadata.name,
    userInfo: { username: 'helm test' },
    dryRun: true,
    object,
  },
};

const { GUARD_HOST: host, GUARD_CA: ca } = process.env;
const asked = request({
  host,
  port: process.env.GUARD_PORT ?? 443,
  path: '/validate?timeout=10s',
  method: 'POST',
  ca,
  headers: { 'content-type': 'application/json' },
  timeout: 10_000,
});
asked.on('timeout', () => asked.destroy(new Error('no answer in 10 s')));
asked.on('error', (error) => end(1, `${host}: ${error.message}`));
asked.on('response', async (reply) => {
  let text = '';
  for await (const chunk of reply.setEncoding('utf8')) text += chunk;
  if (reply.statusCode !== 200) return end(1, `${host} answers ${reply.statusCode}: ${text}`);
  const { response } = JSON.parse(text);
  const told = [response.status?.message, ...(response.warnings ?? [])].filter(Boolean).join('\n');
  if (response.uid !== review.request.uid) return end(1, `an answer to another question: ${text}`);
  // The settings may have made a warning of it.
  if (told === '')
    return end(
      1,
      'nothing is said of a Namespace museum: have the settings turned namespace-not-public off?',
    );
  return end(0, `${response.allowed ? 'admitted' : 'refused'} a Namespace museum:\n${told}`);
});
asked.end(JSON.stringify(review));

function end(code, text) {
  console.log(text);
  process.exitCode = code;
}
