import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { listAt, objectAt, stringAt } from '../../src/model/json.ts';
import type { Json } from '../../src/model/json.ts';
import { pathOf } from '../../src/sources/list-kind.ts';
import { selfMade } from '../../src/sources/certificate.ts';
import { ASSETS, noApiServer, startApiServer } from '../api-server.ts';
import type { TestApiServer } from '../api-server.ts';
import { killedWithUs } from '../commands/guard-process.ts';
import { serving } from '../commands/serving.ts';
import { register } from './webhooks.ts';

// What becomes of what the guard has patched: another mutating webhook changes it once more, and controllers make pods of it.

t.setTimeout(180_000);

const MANAGER = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'seldon-v2-controller-manager', namespace: 'seldon-system' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { 'control-plane': 'v2-controller-manager' } },
    template: {
      metadata: { labels: { 'control-plane': 'v2-controller-manager' } },
      spec: { containers: [{ name: 'manager', image: 'docker.io/seldonio/seldonv2-controller:2.9.1' }] },
    },
  },
};
const DNS = {
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
  spec: { clusterIP: '10.43.0.10', ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
};

void t.test('a patched Deployment', { skip: noApiServer }, async (t) => {
  const cluster = await startApiServer(['--service-cluster-ip-range=10.43.0.0/16']);
  t.teardown(() => cluster.stop());
  await cluster.ask('POST', '/api/v1/namespaces', { metadata: { name: 'seldon-system' } });
  await cluster.ask('POST', pathOf('Service', 'kube-system'), DNS);
  const guard = await serving(t, ['--kubeconfig', cluster.kubeconfig]);
  await register(cluster, guard);
  const path = pathOf('Deployment', 'seldon-system');
  const stored = async (): Promise<Json> =>
    (await cluster.ask('GET', `${path}/${MANAGER.metadata.name}`)) as Json;
  const nameservers = (object: Json, ...spec: string[]): readonly Json[] =>
    listAt(object, ...spec, 'dnsConfig', 'nameservers');

  await t.test('another webhook changes it, and the guard is asked again', async (t) => {
    const other = await another();
    t.teardown(() => other.close());
    await cluster.ask(
      'POST',
      '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
      other.registration,
    );
    // The API server learns of it in its own time.
    for (const giveUp = Date.now() + 30_000; other.asked() === 0 && Date.now() < giveUp; await wait(100))
      await cluster.ask('POST', `${path}?dryRun=All`, {
        ...MANAGER,
        metadata: { ...MANAGER.metadata, name: 'probe' },
      });
    const before = other.asked();
    await cluster.ask('POST', path, MANAGER);
    t.ok(other.asked() > before, 'the other one was asked');
    const made = await stored();
    t.equal(stringAt(made, 'metadata', 'annotations', 'other'), 'was here');
    t.strictSame(
      nameservers(made, 'spec', 'template', 'spec'),
      ['10.43.0.10'],
      'and the patch is there once',
    );
    t.equal(listAt(made, 'spec', 'template', 'spec', 'containers').length, 2);
  });

  const manager = join(ASSETS, 'kube-controller-manager');
  const skip = existsSync(manager) ? false : `no kube-controller-manager in ${ASSETS}`;
  await t.test('controllers make pods of it, and nothing goes round in circles', { skip }, async (t) => {
    const child = spawn(manager, [
      `--kubeconfig=${cluster.kubeconfig}`,
      '--controllers=deployment-controller,replicaset-controller',
      '--leader-elect=false',
      '--secure-port=0',
    ]);
    const kill = killedWithUs(child);
    t.teardown(() => {
      child.kill('SIGKILL');
      process.off('exit', kill);
    });
    child.stderr.resume();
    const pods = await podsOf(cluster, 2);
    t.equal(pods.length, 2);
    for (const pod of pods) t.strictSame(nameservers(pod, 'spec'), ['10.43.0.10']);
    const { generation } = objectAt(await stored(), 'metadata');
    await wait(3000);
    const later = await stored();
    t.equal(objectAt(later, 'metadata')['generation'], generation, 'nobody writes it again');
    t.equal((await podsOf(cluster, 2)).length, 2, 'and no pod is made anew');
  });
});

/** The pods of the namespace, once there are so many. */
async function podsOf(cluster: TestApiServer, count: number): Promise<readonly Json[]> {
  for (const giveUp = Date.now() + 30_000; ; await wait(100)) {
    const items = listAt(await cluster.ask('GET', pathOf('Pod', 'seldon-system')), 'items');
    if (items.length >= count || Date.now() > giveUp) return items;
  }
}

/** A mutating webhook of somebody else, which adds a container and says that it was here. */
async function another() {
  const { ca, ...tls } = await selfMade(['127.0.0.1']);
  let asked = 0;
  const server = createServer(tls, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked += 1;
      const review = JSON.parse(Buffer.concat(chunks).toString()) as {
        request: { uid: string; object: Json };
      };
      const { uid, object } = review.request;
      const isDone = stringAt(object, 'metadata', 'annotations', 'other') !== undefined;
      const patch = [
        { op: 'add', path: '/metadata/annotations', value: { other: 'was here' } },
        {
          op: 'add',
          path: '/spec/template/spec/containers/-',
          value: { name: 'side', image: 'registry.example/side:1' },
        },
      ];
      const answer = isDone
        ? { uid, allowed: true }
        : {
            uid,
            allowed: true,
            patchType: 'JSONPatch',
            patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
          };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
      );
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    asked: () => asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
    registration: {
      metadata: { name: 'zz-another' },
      webhooks: [
        {
          name: 'another.example.io',
          admissionReviewVersions: ['v1'],
          sideEffects: 'None',
          reinvocationPolicy: 'IfNeeded',
          clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle: Buffer.from(ca).toString('base64') },
          rules: [
            { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] },
          ],
        },
      ],
    },
  };
}
