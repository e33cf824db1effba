import { setTimeout as wait } from 'node:timers/promises';
import t from 'tap';
import { connect } from '../../src/sources/kubeconfig.ts';
import { LiveCluster } from '../../src/sources/live-cluster.ts';
import { noApiServer, startApiServer } from '../api-server.ts';

// The live picture of a real API server: written, changed, deleted, and the server started again.

t.setTimeout(180_000);

void t.test('follows a real API server', { skip: noApiServer }, async (t) => {
  const server = await startApiServer();
  t.teardown(() => server.stop());
  const connection = await connect({ kubeconfig: server.kubeconfig });
  if ('problem' in connection) throw new Error(connection.problem);
  const said: string[] = [];
  const live = new LiveCluster(
    {
      kinds: ['Namespace', 'NetworkPolicy', 'Pod', 'Server'],
      configMaps: [
        { namespace: 'kube-system', name: 'coredns' },
        { namespace: 'kube-system', name: 'coredns-custom' },
        { name: 'controller-settings' },
      ],
    },
    {
      synced: () => said.push('synced'),
      trouble: (sentence) => said.push(sentence),
      recovered: (sentence) => said.push(`over: ${sentence}`),
    },
  );
  t.teardown(() => live.stop());
  live.follow(connection.api);
  const until = async (what: string, holds: () => boolean, ms = 1000): Promise<void> => {
    const giveUp = Date.now() + 30_000;
    const start = Date.now();
    while (!holds() && Date.now() < giveUp) await wait(5);
    t.ok(holds(), what);
    t.comment(`${what}: ${Date.now() - start} ms (asked for: ${ms})`);
  };
  await until('it is synced', () => live.synced, 5000);
  t.notOk(live.picture().sees('Server'), 'Seldon is not installed');

  await server.ask('POST', '/api/v1/namespaces', { metadata: { name: 'ml' } });
  const policies = '/apis/networking.k8s.io/v1/namespaces/ml/networkpolicies';
  const policy = { metadata: { name: 'closed' }, spec: { podSelector: {}, policyTypes: ['Ingress'] } };
  await server.ask('POST', policies, policy);
  const found = () => live.picture().get('NetworkPolicy', 'ml', 'closed');
  await until('a new policy is there', () => found() !== undefined);
  await server.ask('PUT', `${policies}/closed`, {
    ...policy,
    spec: { podSelector: {}, policyTypes: ['Egress'] },
  });
  await until('a changed one is', () => JSON.stringify(found()?.object).includes('Egress'));
  await server.ask('DELETE', `${policies}/closed`);
  await until('a deleted one is not', () => found() === undefined);

  const maps: readonly (readonly [namespace: string, name: string])[] = [
    ['kube-system', 'coredns'],
    ['kube-system', 'coredns-custom'],
    ['ml', 'controller-settings'],
  ];
  for (const [namespace, name] of [...maps, ['kube-system', 'other'], ['ml', 'coredns']] as const)
    await server.ask('POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name } });
  await until('the ConfigMaps that are named are there', () =>
    maps.every(([namespace, name]) => live.picture().get('ConfigMap', namespace, name) !== undefined),
  );
  t.equal(live.picture().list('ConfigMap').length, maps.length, 'and no other is');

  await server.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', SERVERS);
  await until('a kind that is installed later is seen', () => live.picture().sees('Server'), 30_000);
  t.strictSame(said, ['synced']);
});

const SERVERS = {
  metadata: { name: 'servers.mlops.seldon.io' },
  spec: {
    group: 'mlops.seldon.io',
    scope: 'Namespaced',
    names: { kind: 'Server', plural: 'servers' },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
