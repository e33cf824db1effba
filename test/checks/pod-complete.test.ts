import { readdirSync } from 'node:fs';
import t from 'tap';
import { podComplete } from '../../src/checks/server-pods/pod-complete.ts';
import { Picture } from '../../src/model/cluster.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { KINDS } from '../../src/model/kinds.ts';
import type { Kind } from '../../src/model/kinds.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { reviewState } from '../../src/model/review.ts';
import type { Finding } from '../../src/policy/check.ts';
import { corpusText, manifestsIn, noCorpus } from '../model/corpus.ts';
import { manifest } from '../policy/made.ts';
import { atRest, cured, findings, spoilt } from './pod-checks.ts';

const SELDON = { apiVersion: 'mlops.seldon.io/v1alpha1' };
const MODELS = { name: 'models', mountPath: '/mnt/agent' };
const rclone = (rest: object = {}): object => ({
  name: 'rclone',
  image: 'r',
  volumeMounts: [MODELS],
  ...rest,
});
const agent = (rest: object = {}): object => ({ name: 'agent', image: 'a', volumeMounts: [MODELS], ...rest });
const mlserver = (rest: object = {}): object => ({
  name: 'mlserver',
  image: 'm',
  volumeMounts: [MODELS],
  ...rest,
});
const WHOLE = [rclone(), agent(), mlserver()];

const config = (
  containers: unknown = WHOLE,
  rest: object = {},
  claims: unknown = [{ name: 'models' }],
): object => ({
  ...SELDON,
  kind: 'ServerConfig',
  metadata: { name: 'mlserver', namespace: 'seldon-system' },
  spec: { podSpec: { containers, ...rest }, volumeClaimTemplates: claims },
});
const server = (podSpec?: object | null, name = 'mlserver'): object => ({
  ...SELDON,
  kind: 'Server',
  metadata: { name, namespace: 'financial-ml' },
  spec: { serverConfig: 'mlserver', podSpec },
});
const statefulSet = (containers: object[], claims: unknown = [{ metadata: { name: 'models' } }]): object => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'mlserver', namespace: 'financial-ml' },
  spec: {
    template: { metadata: { labels: { 'seldon-server-name': 'mlserver' } }, spec: { containers } },
    volumeClaimTemplates: claims,
  },
});
const configMap = (name: string, namespace = 'financial-ml'): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
});
const ask = (object: object, others: readonly object[] = []): Finding[] =>
  findings(podComplete, {}, manifest(object), others);
const problems = (found: readonly Finding[]): string[] => found.map(({ problem }) => problem);
const env = (...entries: object[]): object => ({ env: entries });
const resource = (containerName?: string): object => ({
  name: 'MEMORY_REQUEST',
  valueFrom: { resourceFieldRef: { containerName, resource: 'requests.memory' } },
});

void t.test('a ServerConfig is a whole pod', async (t) => {
  const cases: [string, object, string[]][] = [
    ['whole', config(), []],
    ['no rclone', config([agent(), mlserver()]), ['no-container']],
    ['no agent', config([rclone(), mlserver()]), ['no-container']],
    ['no server', config([rclone(), agent()]), ['no-container']],
    ['nothing', config([]), ['empty']],
    ['null', config(null), ['empty']],
    ['a server of another name', config([rclone(), agent(), mlserver({ name: 'my-runtime' })]), []],
    [
      'rclone of another name',
      config([rclone({ name: 'loader', image: 'x/seldon-rclone:2.9.1' }), agent(), mlserver()]),
      [],
    ],
    [
      'an agent of another name',
      config([rclone(), agent({ name: 'a', image: 'x/seldon-agent:2' }), mlserver()]),
      [],
    ],
    [
      'an agent by what it is told',
      config([
        rclone(),
        agent({ name: 'a', ...env({ name: 'SELDON_SCHEDULER_HOST', value: 'x' }) }),
        mlserver(),
      ]),
      [],
    ],
    ['rclone elsewhere', config([agent({ args: ['--rclone-host=rclone.storage'] }), mlserver()]), []],
    [
      'a sidecar among the init containers',
      config([agent(), mlserver()], { initContainers: [rclone({ restartPolicy: 'Always' })] }),
      [],
    ],
    [
      'an init container that ends is none',
      config([agent(), mlserver()], { initContainers: [rclone()] }),
      ['no-container'],
    ],
    [
      'no image',
      config([rclone(), agent({ image: undefined }), mlserver({ image: '' })]),
      ['no-image', 'no-image'],
    ],
    ['no image of an init container', config(WHOLE, { initContainers: [{ name: 'init' }] }), ['no-image']],
    ['no claim', config(WHOLE, {}, null), ['no-volume', 'no-volume', 'no-volume']],
    ['a volume for the claim', config(WHOLE, { volumes: [{ name: 'models', emptyDir: {} }] }, null), []],
    [
      'a device that is not there',
      config([rclone(), agent(), mlserver({ volumeDevices: [{ name: 'd', devicePath: '/dev/x' }] })]),
      ['no-volume'],
    ],
    ['nothing shared', config([rclone({ volumeMounts: [] }), agent(), mlserver()]), ['nothing-shared']],
    [
      'nothing mounted by anybody',
      config([rclone({ volumeMounts: null }), agent({ volumeMounts: [] }), mlserver({ volumeMounts: [] })]),
      [],
    ],
    ['a volume twice', config(WHOLE, { volumes: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] }), ['twice']],
    ['a claim and a volume of one name', config(WHOLE, { volumes: [{ name: 'models' }] }), []],
    ['a container twice', config([...WHOLE, mlserver()]), ['twice']],
    [
      'a container and an init container',
      config(WHOLE, { initContainers: [{ name: 'agent', image: 'i' }] }),
      ['twice'],
    ],
    [
      'a mount path twice',
      config([rclone(), agent(), mlserver({ volumeMounts: [MODELS, MODELS] })]),
      ['twice'],
    ],
    ['one path in two containers', config(), []],
    ['a resource of its own', config([rclone(), agent(env(resource())), mlserver()]), []],
    ['a resource of the other', config([rclone(), agent(env(resource('mlserver'))), mlserver()]), []],
    ['a resource of nobody', config([rclone(), agent(env(resource('triton'))), mlserver()]), ['no-resource']],
  ];
  for (const [name, object, expected] of cases) t.strictSame(problems(ask(object)), expected, name);
});

void t.test('a Server is laid over it', async (t) => {
  const mounting = (name: string, mountPath = '/x'): object => ({
    containers: [{ name: 'rclone', volumeMounts: [{ name, mountPath }] }],
  });
  const cases: [string, object, object[], string[]][] = [
    ['nothing of its own', server(null), [config()], []],
    ['its ServerConfig is not to be seen', server(), [], ['fragment']],
    ['a volume and a mount', server({ ...mounting('pvc'), volumes: [{ name: 'pvc' }] }), [config()], []],
    ['a mount of nothing', server(mounting('pvc')), [config()], ['no-volume']],
    ['a mount of a claim', server(mounting('models')), [config()], []],
    ['a mount path again', server(mounting('models', '/mnt/agent')), [config()], ['twice']],
    [
      'a volume again',
      server({ volumes: [{ name: 'v' }] }),
      [config(WHOLE, { volumes: [{ name: 'v' }] })],
      ['twice'],
    ],
    [
      'a container more, without image',
      server({ containers: [{ name: 'proxy' }] }),
      [config()],
      ['no-image'],
    ],
    ['what it lacks itself', server({ containers: [rclone()] }), [config([agent(), mlserver()])], []],
    [
      'the image that it lacks',
      server({ containers: [{ name: 'agent', image: 'a' }] }),
      [config([rclone(), agent({ image: null }), mlserver()])],
      [],
    ],
    [
      'a volume twice by itself',
      server({ volumes: [{ name: 'v' }, { name: 'v' }] }),
      [],
      ['twice', 'fragment'],
    ],
  ];
  for (const [name, object, others, expected] of cases)
    t.strictSame(problems(ask(object, others)), expected, name);

  const [below] = ask(server(), [config([agent(), mlserver()])]);
  t.match(below, {
    problem: 'no-container',
    standing: true,
    data: { origin: 'ServerConfig seldon-system/mlserver' },
  });
  const [own] = ask(server(mounting('pvc')), [config()]);
  t.equal(own?.standing, undefined, 'its own fault is its own');
  t.strictSame(own?.field, ['spec', 'podSpec', 'containers', 0, 'volumeMounts', 0]);
  t.strictSame(ask(server(), [])[0]?.unknown, true, 'a fragment is unknown');

  const half = config([agent(), mlserver()]);
  const bringing = server({ containers: [rclone()] });
  t.strictSame(ask(half, [bringing]), [], 'all Servers over it bring what it lacks');
  t.strictSame(problems(ask(half, [bringing, server(null, 'b')])), ['no-container'], 'one does not');
});

void t.test('a workload by hand', async (t) => {
  t.strictSame(problems(ask(statefulSet([rclone(), agent(), mlserver()]))), []);
  t.strictSame(problems(ask(statefulSet([agent(), mlserver()], null))), [
    'no-container',
    'no-volume',
    'no-volume',
  ]);
  const other = {
    ...statefulSet([{ name: 'web' } as object]),
    spec: { template: { spec: { containers: [{ name: 'web' }] } } },
  };
  t.strictSame(ask(other), [], 'what is no Server’s is nobody’s business');
});

void t.test('ConfigMaps', async (t) => {
  const settings = { configMap: { name: 'settings' } };
  const uses: [string, object][] = [
    ['a volume', { volumes: [{ name: 'v', ...settings }] }],
    ['a projected volume', { volumes: [{ name: 'v', projected: { sources: [settings] } }] }],
    ['envFrom', { containers: [{ name: 'agent', envFrom: [{ configMapRef: { name: 'settings' } }] }] }],
    [
      'a variable',
      {
        containers: [
          {
            name: 'agent',
            ...env({ name: 'X', valueFrom: { configMapKeyRef: { name: 'settings', key: 'x' } } }),
          },
        ],
      },
    ],
  ];
  for (const [name, podSpec] of uses) {
    const there = (...maps: object[]): string[] => problems(ask(server(podSpec), [config(), ...maps]));
    t.strictSame(there(configMap('other')), ['no-config-map'], name);
    t.strictSame(there(configMap('settings')), [], `${name}: it is there`);
    t.strictSame(there(), [], `${name}: no ConfigMap is to be seen`);
    t.strictSame(
      there(configMap('settings', 'elsewhere')),
      [],
      `${name}: none of this namespace is to be seen`,
    );
  }
  const using = (configMap: object): object => server({ volumes: [{ name: 'v', configMap }] });
  const others = [config(), configMap('other')];
  t.strictSame(ask(using({ name: 'settings', optional: true }), others), [], 'it may be absent');
  for (const name of ['seldon-agent', 'seldon-tracing', 'kube-root-ca.crt'])
    t.strictSame(ask(using({ name }), others), [], `${name} is made by others`);
  const [below] = ask(server(), [
    config(WHOLE, { volumes: [{ name: 'v', ...settings }] }),
    configMap('other'),
  ]);
  t.match(below, { problem: 'no-config-map', data: { namespace: 'financial-ml' } });
  t.equal(below?.standing, undefined, 'it is the Server that waits for it');
});

void t.test('what can be patched', async (t) => {
  const volume = { name: 'v', emptyDir: {} };
  const base = config(WHOLE, { volumes: [volume] });
  const cases: [string, object, object[]][] = [
    ['the same volume again', server({ volumes: [volume] }), [base]],
    ['two volumes again', server({ volumes: [volume, { name: 'w' }, volume] }), [base]],
    ['the same mount again', server({ containers: [{ name: 'rclone', volumeMounts: [MODELS] }] }), [base]],
    ['in one object', config(WHOLE, { volumes: [volume, volume] }), []],
  ];
  for (const [name, object, others] of cases) {
    const found = ask(object, others);
    t.ok(found.length > 0, name);
    t.strictSame(ask(cured(manifest(object), found).object, others), [], `${name}: cured`);
  }
  const [differs] = ask(server({ volumes: [{ name: 'v', hostPath: { path: '/' } }] }), [base]);
  t.equal(differs?.fix, undefined, 'what differs may be meant');
});

void t.test('upstream’s own', { skip: noCorpus }, async (t) => {
  const folder = 'upstream-good';
  for (const files of [['v2.9.1/components.yaml', 'v2.9.1/servers.yaml'], ['operator-output']]) {
    const names = files.flatMap((file) =>
      file.endsWith('.yaml')
        ? [file]
        : readdirSync(new URL(`../../../shared/corpus/${folder}/${file}`, import.meta.url)).map(
            (each) => `${file}/${each}`,
          ),
    );
    const all = names.flatMap((name) => manifestsIn(corpusText(`${folder}/${name}`)));
    t.ok(all.some(({ kind }) => kind === 'StatefulSet' || kind === 'ServerConfig'));
    t.strictSame(atRest(podComplete, {}, all), [], names.join(', '));
  }
});

void t.test('nothing throws on garbage', async (t) => {
  const seen = { seen: Object.keys(KINDS) as Kind[] };
  const all = [
    config([rclone(), agent(env(resource('x'))), mlserver()]),
    server({ volumes: [{ name: 'v' }, { name: 'v' }] }),
    configMap('c'),
  ];
  let count = 0;
  for (const [i, object] of all.entries())
    for (const wrong of spoilt(manifest(object).object as JsonObject)) {
      const others = all.filter((_, at) => at !== i).map(manifest);
      const { apiVersion, kind } = manifest(object);
      const judged = manifestOf(wrong, { from: 'request' }, { apiVersion, kind });
      const picture = Picture.of([...others, judged], seen);
      for (const each of [...others, judged])
        count += [...podComplete.evaluate(reviewState(picture, each), {}, [])].length;
    }
  t.ok(count > 100, `${count} findings`);
});
