import t from 'tap';
import { scalesTarget } from '../../src/checks/around/scales-target.ts';
import { Picture } from '../../src/model/cluster.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { reviewChange } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

// An autoscaler and its target. Upstream's own, for Servers and Models, are never a fault.

const SELDON = 'mlops.seldon.io/v1alpha1';
const made = (
  apiVersion: string,
  kind: string,
  name: string,
  more: object = {},
  namespace = 'ml',
): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec: {},
  ...more,
});
const server = made(SELDON, 'Server', 'mlserver', { spec: { serverConfig: 'mlserver' } });
const runtime = made(SELDON, 'SeldonRuntime', 'seldon', { spec: { seldonConfig: 'default' } });
const hpa = (apiVersion: unknown, kind: unknown, name: unknown): object =>
  made('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaler', {
    spec: { scaleTargetRef: { apiVersion, kind, name }, minReplicas: 2, maxReplicas: 3 },
  });
const told = (object: object, others: readonly object[]): Finding[] =>
  findings(scalesTarget, {}, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

/** The owner of an object, as the operator writes it. */
const ownedBy = (kind: string, name: string): object => ({
  metadata: {
    name: 'mlserver',
    namespace: 'ml',
    ownerReferences: [{ apiVersion: SELDON, kind, name, controller: true }],
  },
});
const deploymentsForServers = made(
  'apps/v1',
  'Deployment',
  'seldon-v2-controller-manager',
  {
    spec: {
      template: {
        metadata: { labels: { 'control-plane': 'v2-controller-manager' } },
        spec: {
          containers: [
            { name: 'manager', args: ['--clusterwide=true', '--use-deployments-for-servers=true'] },
          ],
        },
      },
    },
  },
  'seldon-system',
);

void t.test('what an autoscaler may scale, and what not', async (t) => {
  const cases: [string, object, object[], string[]][] = [
    ['a Server', hpa(SELDON, 'Server', 'mlserver'), [server], []],
    ['a Model', hpa(SELDON, 'Model', 'iris'), [made(SELDON, 'Model', 'iris')], []],
    [
      "somebody's own Deployment",
      hpa('apps/v1', 'Deployment', 'web'),
      [made('apps/v1', 'Deployment', 'web'), server],
      [],
    ],
    ['one of another kind', hpa('argoproj.io/v1alpha1', 'Rollout', 'web'), [server], []],
    ['a Server of others', hpa('example.org/v1', 'Server', 'mlserver'), [server], []],
    [
      "a Server's StatefulSet to be",
      hpa('apps/v1', 'StatefulSet', 'mlserver'),
      [server],
      ['server-workload'],
    ],
    [
      'one that says whose it is',
      hpa('apps/v1', 'StatefulSet', 'mlserver'),
      [made('apps/v1', 'StatefulSet', 'mlserver', ownedBy('Server', 'mlserver'))],
      ['server-workload'],
    ],
    [
      "somebody else's under a Server's name",
      hpa('apps/v1', 'StatefulSet', 'mlserver'),
      [server, made('apps/v1', 'StatefulSet', 'mlserver', ownedBy('Database', 'own'))],
      [],
    ],
    [
      'a Server elsewhere',
      hpa('apps/v1', 'StatefulSet', 'mlserver'),
      [{ ...server, metadata: { name: 'mlserver', namespace: 'other' } }],
      ['not-seen'],
    ],
    [
      'Servers as Deployments',
      hpa('apps/v1', 'Deployment', 'mlserver'),
      [server, deploymentsForServers],
      ['server-workload'],
    ],
    ['a Deployment that is none', hpa('apps/v1', 'Deployment', 'mlserver'), [server], ['missing']],
    [
      "the gateway's Deployment",
      hpa('apps/v1', 'Deployment', 'seldon-modelgateway'),
      [runtime],
      ['component-workload'],
    ],
    ['the scheduler', hpa('apps/v1', 'StatefulSet', 'seldon-scheduler'), [runtime], ['component-workload']],
    [
      'the gateway as a StatefulSet',
      hpa('apps/v1', 'StatefulSet', 'seldon-modelgateway'),
      [runtime],
      ['not-seen'],
    ],
    [
      'what cannot be scaled',
      hpa('apps/v1', 'DaemonSet', 'web'),
      [made('apps/v1', 'DaemonSet', 'web')],
      ['not-scalable'],
    ],
    ['a SeldonRuntime', hpa(SELDON, 'SeldonRuntime', 'seldon'), [runtime], ['not-scalable']],
    [
      'a group of long ago',
      hpa('extensions/v1beta1', 'Deployment', 'web'),
      [made('apps/v1', 'Deployment', 'web')],
      ['not-scalable'],
    ],
    ['a Server without its group', hpa('v1', 'Server', 'mlserver'), [server], ['not-scalable']],
    ['nothing to be seen', hpa('apps/v1', 'Deployment', 'web'), [], ['not-seen']],
    ['no name', hpa('apps/v1', 'Deployment', undefined), [], []],
  ];
  for (const [what, object, others, expected] of cases)
    t.strictSame(problems(told(object, others)), expected, what);
});

void t.test('a patch leads to the Server, and cures', (t) => {
  for (const [kind, others] of [
    ['StatefulSet', [server]],
    ['Deployment', [server]],
    ['Deployment', [server, deploymentsForServers]],
  ] as const) {
    const object = manifest(hpa('apps/v1', kind, 'mlserver'));
    const after = cured(object, told(object.object, others));
    t.match(after.object, {
      spec: { scaleTargetRef: { apiVersion: SELDON, kind: 'Server', name: 'mlserver' }, minReplicas: 2 },
    });
    t.strictSame(told(after.object, others), []);
  }
  t.end();
});

void t.test('what is missing for certain is told apart from what was not given', (t) => {
  const object = manifest(hpa('apps/v1', 'Deployment', 'wbe'));
  const web = manifest(made('apps/v1', 'Deployment', 'web'));
  const born = ['default', 'kube-system', 'kube-public'].map((name) =>
    manifest({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
  );
  const [file] = atRest(scalesTarget, {}, [object, web]).filter(({ problem }) => problem !== 'not-seen');
  t.match(file, { problem: 'missing', effect: 'warn', data: { aside: '; Deployment ml/web is there' } });
  t.notOk(file?.fix, 'a name that is only alike is not written');
  const [whole] = atRest(scalesTarget, {}, [object, web, ...born]);
  t.match(whole, { problem: 'missing' });
  t.equal(whole?.effect, undefined, 'in a whole cluster it is certain');
  const live = Picture.of([], { seen: Object.keys(KINDS) as Kind[] });
  const asked = [...scalesTarget.evaluate(reviewChange(live, { operation: 'CREATE', object }), {}, [])];
  t.strictSame(problems(asked), ['missing'], 'at admission a picture holds all that there is');
  t.end();
});

void t.test('nothing throws on garbage', (t) => {
  for (const object of spoilt(hpa('apps/v1', 'StatefulSet', 'mlserver') as JsonObject))
    told(object, [server, runtime]);
  for (const object of spoilt(server as JsonObject))
    told(hpa('apps/v1', 'StatefulSet', 'mlserver'), [object]);
  t.end();
});
