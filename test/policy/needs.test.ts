import t from 'tap';
import { CHECKS } from '../../src/checks/index.ts';
import { Narrowed, Picture } from '../../src/model/cluster.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { accessRules } from '../../src/policy/admission-rules.ts';
import { needsOf } from '../../src/policy/needs.ts';
import { chosen } from '../../src/sources/chosen.ts';
import { ownPolicy, writePolicies } from '../commands/own-policies.ts';

// A guard watches from its start on what any policy could need: those that it is given later need nothing besides.

const BUILT_IN = chosen(undefined).catalogue;
const { kinds, configMaps } = needsOf(BUILT_IN);
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].toSorted();

void t.test('the policies that come with the guard need all that any check needs', (t) => {
  const any = CHECKS.flatMap(({ needs }) => needs).filter((kind) => kind !== 'ConfigMap');
  t.strictSame(sorted(kinds), sorted(any), 'so that a policy that is loaded later needs no other kind');
  t.notOk(kinds.includes('ConfigMap'), 'ConfigMaps are read by their names');
  t.end();
});

void t.test('and so nothing is needed besides for policies of users, whatever they are about', (t) => {
  const appliesTo = Object.fromEntries((Object.keys(KINDS) as Kind[]).map((kind) => [kind, ['CREATE']]));
  const params = { validations: [{ expression: 'namespaceObject != null', message: 'is in none' }] };
  const folder = writePolicies(t.testdir(), { mine: ownPolicy(params, { appliesTo }) });
  t.strictSame(accessRules(chosen(undefined, [folder]).catalogue), accessRules(BUILT_IN));
  t.end();
});

void t.test('of ConfigMaps those are read that checks ask for', (t) => {
  t.strictSame(
    configMaps.map(({ namespace = '(any)', name }) => `${namespace}/${name}`),
    [
      '(any)/workflow-controller-configmap',
      'kube-system/coredns',
      'kube-system/coredns-custom',
      'kube-system/kube-proxy',
      'kube-system/kubeadm-config',
      'kube-system/rke2-coredns-rke2-coredns',
    ],
  );
  const declared = [{ namespace: 'kube-system', name: 'coredns' }, { name: 'anywhere' }];
  const none = new Narrowed(Picture.of([]), ['ConfigMap'], 'test', undefined, declared);
  t.equal(none.get('ConfigMap', 'kube-system', 'coredns'), undefined);
  t.equal(none.get('ConfigMap', 'argo', 'anywhere'), undefined);
  t.throws(() => none.get('ConfigMap', 'argo', 'coredns'), {
    message: 'check test read ConfigMap argo/coredns, which it does not declare',
  });
  const whole = new Narrowed(Picture.of([], { seen: ['ConfigMap'] }), ['ConfigMap'], 'test');
  t.equal(whole.get('ConfigMap', 'argo', 'coredns'), undefined, 'where all are seen, any may be asked for');
  t.end();
});
