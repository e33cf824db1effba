import t from 'tap';
import { quotaAdmits } from '../../src/checks/around/quota-admits.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { reviewChange } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

// A quota and the pods of Seldon's components. What upstream's containers state themselves may always be counted.

const SELDON = 'mlops.seldon.io/v1alpha1';
const UPSTREAM = { limits: { memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } };
const INJECTORS = [
  {
    counted: 'count/workflows.argoproj.io',
    by: 'Argo Workflows',
    containers: ['init', 'wait'],
    settings: 'workflow-controller-configmap',
  },
];
const made = (apiVersion: string, kind: string, name: string, spec: object, namespace = 'ml'): object => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});
const config = (resources: object = UPSTREAM, podSpec: object = {}): object =>
  made(
    SELDON,
    'ServerConfig',
    'mlserver',
    { podSpec: { containers: ['agent', 'mlserver'].map((name) => ({ name, resources })), ...podSpec } },
    'seldon-system',
  );
const server = (spec: object = {}): object =>
  made(SELDON, 'Server', 'mlserver', { serverConfig: 'mlserver', ...spec });
const quota = (hard: object, more: object = {}): object =>
  made('v1', 'ResourceQuota', 'quota', { hard, ...more });
const range = (item: object): object => made('v1', 'LimitRange', 'defaults', { limits: [item] });
const told = (object: object, others: readonly object[]): Finding[] =>
  findings(quotaAdmits, { injectors: INJECTORS }, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);

const CPU = { 'limits.cpu': '20', 'limits.memory': '40Gi', 'requests.cpu': '10', 'requests.memory': '20Gi' };
const MEMORY = { 'limits.memory': '40Gi', 'requests.cpu': '10', memory: '20Gi' };

void t.test('what a quota asks of the pods', async (t) => {
  const upstream = [config(), server()];
  const cases: [string, object, readonly object[], string[]][] = [
    ['a limit for cpu, which nobody states', quota(CPU), upstream, ['refused']],
    ['what upstream states', quota(MEMORY), upstream, []],
    [
      'a request for a container with a limit alone',
      quota({ cpu: '1' }),
      [config({ limits: { cpu: '1' } }), server()],
      [],
    ],
    [
      'a limit for a container with a request alone',
      quota({ 'limits.memory': '1Gi' }),
      [config({ requests: { memory: '1Gi' } }), server()],
      ['refused'],
    ],
    [
      'a resource that is null',
      quota({ 'requests.cpu': '1' }),
      [config({ requests: { cpu: null } }), server()],
      ['refused'],
    ],
    [
      'objects and storage',
      quota({ pods: '5', 'requests.storage': '1Gi', 'limits.ephemeral-storage': '1Gi' }),
      upstream,
      [],
    ],
    ['nothing at all', quota({}), upstream, []],
    [
      'resources of the whole pod',
      quota(CPU),
      [config(UPSTREAM, { resources: { limits: { cpu: '2' } } }), server()],
      [],
    ],
    [
      'an init container without',
      quota(MEMORY),
      [config(UPSTREAM, { initContainers: [{ name: 'fetch' }] }), server()],
      ['refused'],
    ],
    ['a Server without replicas', quota(CPU), [config(), server({ replicas: 0 })], []],
    [
      'a Server of another namespace',
      quota(CPU),
      [config(), made(SELDON, 'Server', 'mlserver', {}, 'other')],
      [],
    ],
    ['a Server whose configuration is not there', quota(CPU), [server()], ['not-seen']],
    ['nothing of Seldon', quota(CPU), [], []],
    [
      'Models counted, and nothing of Seldon seen',
      quota({ ...CPU, 'count/models.mlops.seldon.io': '5' }),
      [],
      ['not-seen'],
    ],
    ['a default limit', quota(CPU), [...upstream, range({ type: 'Container', default: { cpu: '1' } })], []],
    [
      'a maximum, which is the default',
      quota(CPU),
      [...upstream, range({ type: 'Container', max: { cpu: '1' } })],
      [],
    ],
    [
      'a default request, which is no limit',
      quota(CPU),
      [...upstream, range({ type: 'Container', defaultRequest: { cpu: '1' } })],
      ['refused'],
    ],
    [
      'a default for pods, which there is not',
      quota(CPU),
      [...upstream, range({ type: 'Pod', max: { cpu: '1' } })],
      ['refused'],
    ],
    [
      'a default for requests',
      quota({ cpu: '1' }),
      [config({}), server(), range({ type: 'Container', min: { cpu: '1m' } })],
      [],
    ],
    ['pods with a deadline', quota(CPU, { scopes: ['Terminating'] }), upstream, []],
    ['pods without', quota(CPU, { scopes: ['NotTerminating'] }), upstream, ['refused']],
    ['pods with resources', quota(CPU, { scopes: ['NotBestEffort'] }), upstream, ['refused']],
    ['pods with none', quota(CPU, { scopes: ['BestEffort'] }), upstream, []],
    [
      'a class of pods that these are not',
      quota(CPU, {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
        },
      }),
      upstream,
      [],
    ],
    [
      'the class of these',
      quota(CPU, {
        scopeSelector: {
          matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
        },
      }),
      [config(UPSTREAM, { priorityClassName: 'high' }), server()],
      ['refused'],
    ],
    ['Workflows', quota({ ...MEMORY, 'count/workflows.argoproj.io': '5' }), [], ['injected']],
    ['Workflows, and no resources', quota({ 'count/workflows.argoproj.io': '5' }), [], []],
    [
      'Workflows with resources of their own',
      quota({ ...MEMORY, 'count/workflows.argoproj.io': '5' }),
      [
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'workflow-controller-configmap', namespace: 'argo' },
          data: { executor: 'resources:\n  limits:\n    memory: 64Mi\n' },
        },
      ],
      [],
    ],
  ];
  for (const [what, object, others, expected] of cases)
    t.strictSame(problems(told(object, others)), expected, what);
});

void t.test('the pods are told of by name, and the patch takes out what they do not state', (t) => {
  const others = [config(), server()];
  const object = manifest(quota(CPU));
  const [found] = told(object.object, others);
  t.match(found?.data, { pods: 'mlserver', containers: 'agent and mlserver', unstated: 'limits.cpu' });
  const after = cured(object, [found as Finding]);
  const { 'limits.cpu': _, ...rest } = CPU;
  t.strictSame(after.object, quota(rest));
  t.strictSame(told(after.object, others), []);
  t.notOk(told(quota({ 'limits.cpu': '1' }), others)[0]?.fix, 'a quota of nothing is none');
  t.end();
});

void t.test('what comes under a quota, and what leaves one without its default', (t) => {
  const others = [config(), quota(CPU)];
  t.strictSame(problems(told(server(), others)), ['refused-pods']);
  t.match(
    told(server(), [quota(CPU)]),
    [
      {
        problem: 'not-seen',
        unknown: true,
        data: { because: /^ServerConfig .*mlserver is not among the objects seen$/ },
      },
    ],
    'what its pods state cannot be seen',
  );
  t.strictSame(told(server(), [quota({ pods: '5' })]), [], 'nobody asks');
  t.strictSame(told(server(), [config(), quota(MEMORY)]), []);
  t.strictSame(told(server(), [...others, range({ type: 'Container', default: { cpu: '1' } })]), []);
  const quotas = atRest(quotaAdmits, {}, [...others, server()].map(manifest));
  t.strictSame(problems(quotas), ['refused'], 'at rest the quota answers for all of them');

  const defaults = manifest(range({ type: 'Container', default: { cpu: '1' } }));
  const picture = Picture.of([...others, server()].map(manifest)).with(defaults);
  const gone = [
    ...quotaAdmits.evaluate(
      reviewChange(picture, { operation: 'DELETE', object: defaults, previous: defaults }),
      {},
      [],
    ),
  ];
  t.strictSame(problems(gone), ['default-gone']);
  const memory = manifest(range({ type: 'Container', default: { memory: '1Gi' } }));
  const without = Picture.of([...others, server()].map(manifest)).with(memory);
  const idle = reviewChange(without, { operation: 'DELETE', object: memory, previous: memory });
  t.strictSame([...quotaAdmits.evaluate(idle, {}, [])], [], 'what it never gave is not missed');
  const more = manifest(range({ type: 'Container', default: { cpu: '1', memory: '1Gi' } }));
  const kept = reviewChange(picture, { operation: 'UPDATE', object: more, previous: defaults });
  t.strictSame([...quotaAdmits.evaluate(kept, {}, [])], []);
  t.end();
});

void t.test('nothing throws on garbage', (t) => {
  const all = [
    quota({ ...CPU, 'count/workflows.argoproj.io': '5' }, { scopes: ['NotTerminating'] }),
    config(),
    server(),
    range({ type: 'Container', defaultRequest: { cpu: '1' } }),
  ];
  for (const [i, each] of all.entries())
    for (const object of spoilt(each as JsonObject)) {
      told(object, all);
      told(all[0] as object, all.with(i, object).slice(1));
    }
  t.end();
});
