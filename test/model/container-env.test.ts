import t from 'tap';
import { argumentsOf, environmentOf, envOf, sourceName, textOf } from '../../src/model/container-env.ts';

const value = (env: object[], name = 'A', rest: object = {}) =>
  envOf(JSON.parse(JSON.stringify({ env, ...rest })), name);

void t.test('the last entry of a name wins', async (t) => {
  t.strictSame(
    value([
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ]),
    { known: true, value: '2' },
  );
});

void t.test(
  'a variable that is not there is known not to be set, save where envFrom may set it',
  async (t) => {
    t.strictSame(value([]), { known: true, value: undefined });
    const envFrom = [{ configMapRef: { name: 'settings' } }];
    t.equal(value([], 'A', { envFrom }).known, false);
    t.strictSame(
      value([{ name: 'A', value: '1' }], 'A', { envFrom }),
      { known: true, value: '1' },
      'env beats envFrom',
    );
  },
);

void t.test('an entry without a value is empty', async (t) => {
  t.strictSame(value([{ name: 'A' }]), { known: true, value: '' });
  t.strictSame(value([{ name: 'A', value: null, valueFrom: null }]), { known: true, value: '' });
});

void t.test('a value from elsewhere is unknown, save what the downward API is known to say', async (t) => {
  const env = [{ name: 'NS', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } }];
  t.strictSame(envOf({ env }, 'NS'), { known: false, because: 'its value comes from metadata.namespace' });
  t.strictSame(envOf({ env }, 'NS', { 'metadata.namespace': 'seldon' }), { known: true, value: 'seldon' });
});

void t.test('$(VAR) refers to the entries before it', async (t) => {
  const env = [
    { name: 'HOST', value: 'seldon-mesh' },
    { name: 'URL', value: 'http://$(HOST):$(PORT)/$$(HOST)' },
    { name: 'PORT', value: '80' },
  ];
  t.strictSame(value(env, 'URL'), { known: true, value: 'http://seldon-mesh:$(PORT)/$(HOST)' });
});

void t.test('arguments are expanded, and say when they depend on what is not known', async (t) => {
  const container = {
    command: ['/manager', '--leader-elect'],
    args: ['--clusterwide=$(CLUSTERWIDE)', '--log-level=$(LEVEL)'],
    env: [
      { name: 'CLUSTERWIDE', value: 'true' },
      { name: 'LEVEL', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
    ],
  };
  t.strictSame(argumentsOf(container), [
    { text: '--leader-elect', known: true },
    { text: '--clusterwide=true', known: true },
    { text: '--log-level=$(LEVEL)', known: false },
  ]);
});

void t.test('malformed containers have no variables', async (t) => {
  for (const container of [null, 1, [], { env: 'x' }, { env: [null, 1, { name: 7 }] }])
    t.strictSame(envOf(JSON.parse(JSON.stringify(container)), 'A'), { known: true, value: undefined });
  t.strictSame(argumentsOf({ command: null, args: [1, null, 'a'] }), [{ text: 'a', known: true }]);
});

void t.test('a value that is not empty comes before valueFrom', async (t) => {
  const valueFrom = { fieldRef: { fieldPath: 'status.podIP' } };
  t.strictSame(value([{ name: 'A', value: 'x', valueFrom }]), { known: true, value: 'x' });
});

void t.test('where a value comes from is told, part by part', async (t) => {
  const environment = environmentOf({
    env: [
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'C', valueFrom: { configMapKeyRef: { name: 'settings', key: 'host' } } },
      { name: 'S', valueFrom: { secretKeyRef: { name: 'secrets', key: 'host' } } },
      { name: 'R', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
      { name: 'URL', value: 'http://$(IP):$(PORT)/' },
    ],
  });
  const names = ['IP', 'C', 'S', 'R'].map((name) => {
    const [source] = environment.get(name) ?? [];
    return typeof source === 'object' ? sourceName(source) : source;
  });
  t.strictSame(names, [
    'status.podIP',
    'ConfigMap settings, key host',
    'Secret secrets, key host',
    'resourceFieldRef',
  ]);
  t.strictSame(environment.get('URL'), ['http://', { from: 'field', path: 'status.podIP' }, ':$(PORT)/']);
  t.strictSame(environment.get('PORT'), undefined);
  t.equal(textOf(environment.get('IP') ?? []), undefined);
});

void t.test('the entry that counts is told', async (t) => {
  const environment = environmentOf({
    env: [{ name: 'A', value: '1' }, { name: 'B' }, { name: 'A', value: '2' }],
  });
  t.strictSame(
    [environment.indexOf('A'), environment.indexOf('B'), environment.indexOf('C')],
    [2, 1, undefined],
  );
});

void t.test('expansion as the kubelet does it', async (t) => {
  const environment = environmentOf({ env: [{ name: 'A', value: 'x' }, { name: 'E' }] });
  for (const [text, expected] of [
    ['', ''],
    ['$(A)$(A)', 'xx'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$x'],
    ['$A', '$A'],
    ['$', '$'],
    ['$(A', '$(A'],
    ['$($(A)', '$($(A)'],
    ['$(E)-', '-'],
    ['a$(B)c', 'a$(B)c'],
    ['$(A)$(', 'x$('],
  ] as const)
    t.equal(textOf(environment.expand(text)), expected, text);
});

void t.test(
  'what doubles with every entry is not followed, and an opening without an end is read once',
  async (t) => {
    const env = [{ name: 'V0', value: 'x' }];
    for (let i = 1; i < 64; i += 1) env.push({ name: `V${i}`, value: `$(V${i - 1})$(V${i - 1})` });
    t.equal(envOf({ env }, 'V10').known, true);
    t.equal(envOf({ env }, 'V63').known, false);
    const start = Date.now();
    const open = '$('.repeat(1_000_000);
    t.equal(textOf(environmentOf({ env: [{ name: 'A', value: open }] }).get('A') ?? []), open);
    t.ok(Date.now() - start < 2000);
  },
);
