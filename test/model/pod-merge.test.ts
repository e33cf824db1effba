import t from 'tap';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { isObject } from '../../src/model/json.ts';
import { mergePodSpecs } from '../../src/model/pod-merge.ts';
import { corpusText, noCorpus } from './corpus.ts';

const merge = (base: Json, override: Json): Json => mergePodSpecs(base, override);
const container = (fields: JsonObject): JsonObject => ({ containers: [{ name: 'agent', ...fields }] });
const laid = (base: JsonObject, override: JsonObject): Json =>
  (merge(container(base), container(override)) as unknown as { containers: Json[] }).containers[0] ?? null;

void t.test('nothing laid over it leaves the base', async (t) => {
  const base = container({ image: 'a' });
  for (const override of [null, undefined]) t.equal(mergePodSpecs(base, override), base);
  t.strictSame(merge(base, { containers: null, volumes: null }), base);
  t.strictSame(mergePodSpecs(undefined, container({ image: 'a' })), base);
});

void t.test('lists are appended', async (t) => {
  t.strictSame(laid({ env: [{ name: 'A', value: '1' }] }, { env: [{ name: 'A', value: '2' }] }), {
    name: 'agent',
    env: [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
  });
  t.strictSame(laid({ command: ['/bin/agent'] }, { command: ['/bin/sh'] }), {
    name: 'agent',
    command: ['/bin/agent', '/bin/sh'],
  });
});

void t.test('containers are keyed by name, and those of the override come first', async (t) => {
  const base = {
    containers: [{ name: 'rclone', image: 'r' }, { name: 'agent', image: 'a' }, { name: 'mlserver' }],
  };
  const override = { containers: [{ name: 'envoy' }, { name: 'agent', image: 'b' }] };
  t.strictSame(merge(base, override), {
    containers: [
      { name: 'envoy' },
      { name: 'agent', image: 'b' },
      { name: 'rclone', image: 'r' },
      { name: 'mlserver' },
    ],
  });
});

void t.test('zero values never override, but fill what is empty', async (t) => {
  const base = { hostNetwork: true, terminationGracePeriodSeconds: 120, dnsPolicy: 'None', containers: [] };
  const zeros = { hostNetwork: false, terminationGracePeriodSeconds: 0, dnsPolicy: '', containers: [] };
  t.strictSame(merge(base, zeros), base);
  t.strictSame(merge({}, { automountServiceAccountToken: false }), {
    automountServiceAccountToken: false,
    containers: [],
  });
});

void t.test('objects are merged field by field', async (t) => {
  const base = {
    dnsConfig: { nameservers: ['10.0.0.10'], searches: ['a'] },
    securityContext: { runAsUser: 1000 },
  };
  const override = {
    dnsConfig: { nameservers: ['1.1.1.1'], options: [{ name: 'ndots', value: '1' }] },
    securityContext: { runAsUser: 0, fsGroup: 2000 },
  };
  t.match(merge(base, override), {
    dnsConfig: {
      nameservers: ['10.0.0.10', '1.1.1.1'],
      searches: ['a'],
      options: [{ name: 'ndots', value: '1' }],
    },
    securityContext: { runAsUser: 1000, fsGroup: 2000 },
  });
});

void t.test('a number over a named port is lost, a name over a number is not', async (t) => {
  const probe = (port: Json): JsonObject => ({ readinessProbe: { httpGet: { path: '/live', port } } });
  t.match(laid(probe('server-http'), probe(8080)), probe('server-http'));
  t.match(laid(probe(9008), probe('readiness-port')), probe('readiness-port'));
  t.match(laid(probe(9008), probe(9107)), probe(9107));
  t.match(laid(probe('a'), probe('b')), probe('b'));
});

void t.test('a probe of another handler keeps both', async (t) => {
  t.match(
    laid({ readinessProbe: { tcpSocket: { port: 5572 } } }, { readinessProbe: { httpGet: { port: 5572 } } }),
    { readinessProbe: { tcpSocket: { port: 5572 }, httpGet: { port: 5572 } } },
  );
});

void t.test('maps are united key by key, and even an empty value overrides', async (t) => {
  const base = { containers: [], nodeSelector: { zone: 'a', disk: 'ssd' } };
  t.strictSame(merge(base, { nodeSelector: { zone: 'b', gpu: '' } }), {
    containers: [],
    nodeSelector: { zone: 'b', disk: 'ssd', gpu: '' },
  });
  t.strictSame(merge(base, { nodeSelector: { disk: '' } }), {
    containers: [],
    nodeSelector: { zone: 'a', disk: '' },
  });
  t.strictSame(
    laid(
      { resources: { limits: { memory: '1Gi', cpu: '2' }, requests: { memory: '1Gi' } } },
      { resources: { limits: { cpu: 0, 'nvidia.com/gpu': 1 } } },
    ),
    {
      name: 'agent',
      resources: { limits: { memory: '1Gi', cpu: '0', 'nvidia.com/gpu': '1' }, requests: { memory: '1Gi' } },
    },
  );
});

void t.test('fields that the CRD does not have are pruned', async (t) => {
  t.strictSame(merge({}, { serviceAccount: 'x', os: { name: 'linux' }, hostname: 'h' }), {
    hostname: 'h',
    containers: [],
  });
});

void t.test('nothing throws on another shape, and __proto__ is plain data', async (t) => {
  const shapes: Json[] = [null, 1, 'x', [], {}, { containers: 'x' }, { containers: [null, 1, {}] }];
  for (const base of shapes) for (const override of shapes) t.doesNotThrow(() => merge(base, override));
  const evil = JSON.parse(
    '{"nodeSelector":{"__proto__":"x"},"securityContext":{"__proto__":{"a":1}}}',
  ) as Json;
  const merged = merge({ nodeSelector: { a: 'b' }, securityContext: { fsGroup: 1 } }, evil);
  t.match(JSON.stringify(merged), /"nodeSelector":\{"a":"b","__proto__":"x"\}/);
  t.equal(({} as Record<string, unknown>)['a'], undefined);
});

void t.test('the inputs are left as they were', async (t) => {
  const base = Object.freeze(container({ env: Object.freeze([{ name: 'A' }]) }));
  const before = JSON.stringify(base);
  merge(base, container({ env: [{ name: 'B' }], image: 'x' }));
  t.equal(JSON.stringify(base), before);
});

/** As Go writes it: without what is zero, and without the divisor that a resourceFieldRef always gets. */
function asGo(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((each: Json) => asGo(each) ?? {});
  if (isObject(value)) {
    const entries = Object.entries(value)
      .map(([key, each]) => [key, asGo(each)] as const)
      .filter(([key, each]) => each !== undefined && !(key === 'divisor' && each === '0'));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  }
  return value === null || value === '' || value === 0 || value === false ? undefined : value;
}

interface Golden {
  readonly name: string;
  readonly base: JsonObject;
  readonly override: Json;
  readonly merged: JsonObject;
}

void t.test("the operator's own merge library, executed, agrees", { skip: noCorpus }, async (t) => {
  const cases = JSON.parse(corpusText('merge-golden.json')) as Golden[];
  t.ok(cases.length >= 38);
  for (const { name, base, override, merged } of cases)
    t.strictSame(asGo(mergePodSpecs(base, override)), asGo(merged), name);
});
