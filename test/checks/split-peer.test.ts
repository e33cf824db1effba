import t from 'tap';
import { patchOf } from '../../src/judge/patch-of.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { withObject } from '../../src/model/manifest.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { patched } from '../../src/model/patch.ts';
import { decide, namespace, operator, policy, workload } from './seldon-cluster.ts';

// Two peers where one was meant: the pods are in those namespaces, and not in the policy's own.

const found = (world: readonly Manifest[], object: Manifest) =>
  decide(world, object, { seen: ['Namespace', 'Deployment'] }).judgements.filter(
    (one) => one.policy === 'policy-rules-well-formed',
  );
const cured = (world: readonly Manifest[], object: Manifest): Manifest =>
  withObject(object, patched(object.object, patchOf(found(world, object))));
const of = (name: string) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
});
const pods = (app: string) => ({ podSelector: { matchLabels: { app } } });
const from = (...peers: JsonObject[]) => policy({ ingress: [{ from: peers }] });
const app = (name: string, home: string): Manifest =>
  workload('Deployment', home, name, { labels: { app: name } });
const WORLD = [namespace('monitoring'), app('prometheus', 'monitoring'), app('web', 'financial-ml')];

void t.test('the pods are there and not here', (t) => {
  for (const peers of [
    [of('monitoring'), pods('prometheus')],
    [pods('prometheus'), of('monitoring')],
  ]) {
    const object = from(...peers);
    t.match(found(WORLD, object), [
      { problem: 'split-peer', effect: 'warn', field: ['spec', 'ingress', 0, 'from', 0] },
    ]);
    t.match(found(WORLD, object)[0]?.message, 'Pods with these labels are in monitoring.');
    t.strictSame(cured(WORLD, object).object['spec'], {
      ingress: [{ from: [{ ...of('monitoring'), ...pods('prometheus') }] }],
    });
    t.strictSame(found(WORLD, cured(WORLD, object)), []);
  }
  t.end();
});

void t.test('several of them, in either direction', (t) => {
  const world = [...WORLD, namespace('logs'), app('loki', 'logs')];
  const four = [of('monitoring'), pods('prometheus'), of('logs'), pods('loki')];
  const object = policy({
    ingress: [{ from: four }, { from: [] }],
    egress: [{ to: [pods('web'), ...four] }],
  });
  t.equal(found(world, object).length, 4);
  const merged = [
    { ...of('monitoring'), ...pods('prometheus') },
    { ...of('logs'), ...pods('loki') },
  ];
  t.strictSame(cured(world, object).object['spec'], {
    ingress: [{ from: merged }, { from: [] }],
    egress: [{ to: [pods('web'), ...merged] }],
  });
  t.end();
});

void t.test('a peer is part of one pair', (t) => {
  t.equal(found(WORLD, from(of('monitoring'), pods('prometheus'), of('monitoring'))).length, 1);
  t.end();
});

void t.test('two peers that may well be meant as two', (t) => {
  const silent = (world: readonly Manifest[], object: Manifest, label: string): void =>
    void t.strictSame(found(world, object), [], label);
  silent(WORLD, from(of('monitoring'), pods('web')), 'the pods are here');
  silent(
    [...WORLD, app('prometheus', 'financial-ml')],
    from(of('monitoring'), pods('prometheus')),
    'and there',
  );
  silent(WORLD, from(of('monitoring'), pods('grafana')), 'nobody has seen them');
  silent([], from(of('monitoring'), pods('prometheus')), 'nobody has seen anything');
  const elsewhere = WORLD.slice(0, 2);
  silent(elsewhere, from(of('monitoring'), { podSelector: {} }), 'all pods, of which there are none');
  silent(
    elsewhere,
    from({ namespaceSelector: {} }, pods('prometheus')),
    'all namespaces, of which this is one',
  );
  silent(WORLD, from(of('monitoring'), { ...of('logs'), ...pods('prometheus') }), 'pods of another one');
  silent(WORLD, from(of('monitoring'), { podSelector: {} }), 'all pods here');
  silent(WORLD, from({ namespaceSelector: {} }, pods('prometheus')), 'all namespaces');
  silent(
    WORLD,
    from(of('monitoring'), { ipBlock: { cidr: '10.0.0.0/8' } }, pods('prometheus')),
    'not next to it',
  );
  silent(
    WORLD,
    policy({ ingress: [{ from: [of('monitoring')] }, { from: [pods('prometheus')] }] }),
    'two rules',
  );
  silent(WORLD, from({ ...of('monitoring'), ...pods('prometheus') }), 'one peer');
  silent(
    WORLD,
    from({ ...of('monitoring'), ...pods('x') }, pods('prometheus')),
    'the first has pods of its own',
  );
  silent(
    [namespace('financial-ml'), ...WORLD],
    from(
      { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] } },
      pods('prometheus'),
    ),
    'its own namespace is among them',
  );
  t.end();
});

void t.test('pods that are in one place in every cluster', (t) => {
  const dns = { podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } };
  const manager = { podSelector: { matchLabels: { 'control-plane': 'v2-controller-manager' } } };
  const byName = { namespaceSelector: { matchLabels: { name: 'kube-system' } } };
  t.match(found([], from(of('kube-system'), dns)), [{ problem: 'split-peer' }]);
  t.match(found([], from(byName, dns)), [{ problem: 'split-peer' }]);
  t.match(found([], from(of('seldon-system'), manager)), [{ problem: 'split-peer' }]);
  t.strictSame(found([], from(of('monitoring'), dns)), [], 'DNS is not there');
  t.strictSame(found([], from(of('financial-ml'), manager)), [], 'its own namespace');
  t.strictSame(found([operator('financial-ml')], from(of('seldon-system'), manager)), [], 'it is here');
  t.strictSame(
    found([namespace('kube-system'), app('metrics', 'kube-system')], from(of('kube-system'), dns)),
    [],
    'it would be seen',
  );
  t.end();
});
