import type { JsonObject } from '../../src/model/json.ts';

// Objects in many states: each is made, and comes in the place of each other one.

/** Where they live. */
export const HOME = 'shop';

/** One state of an object. */
export interface State {
  readonly object: JsonObject;
  /** Set where the guard may find more than a ValidatingAdmissionPolicy can say. */
  readonly open?: true;
}

/** States of one object. */
export interface Family {
  readonly title: string;
  readonly states: readonly State[];
}

/** Bodies of states; what is in `open` is left to the webhook, in part or as a whole. */
interface Bodies {
  readonly sure: readonly JsonObject[];
  readonly open?: readonly JsonObject[];
}

const family = (
  title: string,
  { sure, open = [] }: Bodies,
  wrap: (body: JsonObject) => JsonObject,
): Family => ({
  title,
  states: [
    ...sure.map((body) => ({ object: wrap(body) })),
    ...open.map((body) => ({ object: wrap(body), open: true as const })),
  ],
});

const meta = (name: string, more: JsonObject = {}): JsonObject => ({ name, namespace: HOME, ...more });

const workload =
  (kind: string, labels: JsonObject = {}) =>
  (spec: JsonObject): JsonObject => ({
    apiVersion: 'apps/v1',
    kind,
    metadata: meta('subject'),
    spec: {
      selector: { matchLabels: { app: 'subject' } },
      template: { metadata: { labels: { app: 'subject', ...labels } }, spec },
      ...(kind === 'StatefulSet' ? { serviceName: 'subject' } : {}),
    },
  });

const seldon =
  (kind: string) =>
  (spec: JsonObject): JsonObject => ({
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind,
    metadata: meta('subject'),
    spec,
  });
const config = (podSpec: JsonObject): JsonObject =>
  seldon('ServerConfig')({ podSpec, volumeClaimTemplates: [] });
const bare = (body: JsonObject): JsonObject => body;

const env = (...entries: readonly (readonly [string, string | JsonObject])[]): JsonObject => ({
  env: entries.map(([name, value]) =>
    typeof value === 'string' ? { name, value } : { name, valueFrom: value },
  ),
});
const container = (name: string, ...more: readonly JsonObject[]): JsonObject =>
  Object.assign({ name, image: `example.com/${name}:1` }, ...more) as JsonObject;
const field = (fieldPath: string): JsonObject => ({ fieldRef: { fieldPath } });

const RCLONE = container('rclone');
const SCHEDULED = ['SELDON_SCHEDULER_HOST', 'seldon-scheduler'] as const;
const MLSERVER = container('mlserver');
const pod = (agent: JsonObject, rest: JsonObject = {}): JsonObject => ({
  containers: [agent, RCLONE, MLSERVER],
  ...rest,
});

/** What an agent may be told of its server. */
const HOST = 'SELDON_SERVER_HOST';
const told = (...values: readonly (string | JsonObject)[]): JsonObject =>
  container('agent', env(SCHEDULED, ...values.map((value) => [HOST, value] as const)));
const serverHosts = (): Bodies => ({
  sure: [
    ...[
      'mlserver',
      'mlserver.shop.svc.cluster.local',
      'Other-Name.',
      '10.43.7.9',
      '192.168.0.1',
      '0.0.0.0',
      '127.0.0.1',
      '127.8.9.1',
      '0.1.2.3',
      'localhost',
      'LocalHost.',
      'ip6-localhost',
      'http://mlserver',
      'a/b',
      '-x-',
      '',
      field('status.podIP'),
      field('metadata.name'),
      field('status.hostIP'),
      field('metadata.namespace'),
    ]
      .filter((value) => value !== 'http://mlserver')
      .map((value) => pod(told(value))),
    pod(told('mlserver', '127.0.0.1')),
    pod(told('127.0.0.1', 'mlserver')),
    pod(told(field('status.hostIP')), { hostNetwork: true }),
    pod(container('agent', env(SCHEDULED))),
    { containers: [told('one'), { ...told('two'), name: 'second' }, MLSERVER, RCLONE] },
  ],
  open: [
    ...[
      'http://mlserver',
      '::1',
      '::',
      'fd00::1',
      '[::1]',
      '1.2.3',
      '300.1.1.1',
      ' mlserver',
      'l\u00e4nge',
      'x'.repeat(120),
    ].map((value) => pod(told(value))),
    pod(container('agent', env(SCHEDULED, ['OTHER', 'mlserver'], [HOST, '$(OTHER)']))),
    pod(container('agent', env(SCHEDULED, [HOST, '$(OTHER)']))),
    pod(told({ configMapKeyRef: { name: 'a', key: 'b' } })),
    pod({ ...told('mlserver'), args: ['--inference-host=127.0.0.1'] }),
    pod({ ...told('mlserver'), args: ['--inference-host=elsewhere'] }),
    pod({ ...told('mlserver'), command: ['/bin/sh', '-c', 'agent $(FLAGS)'] }),
    pod(told('mlserver'), { hostAliases: [{ ip: '127.0.0.1', hostnames: ['mlserver'] }] }),
    pod(told('mlserver'), { hostname: 'mlserver' }),
    pod(
      container('agent', {
        env: [
          ...Array.from({ length: 101 }, (_, i) => ({ name: `V${i}`, value: 'x' })),
          { name: HOST, value: 'mlserver' },
        ],
      }),
    ),
  ],
});

/** What an agent may be told of its scheduler. */
const scheduled = (...values: readonly (string | JsonObject)[]): JsonObject =>
  container('agent', env(...values.map((value) => ['SELDON_SCHEDULER_HOST', value] as const)));
const schedulers = (): Bodies => ({
  sure: [
    ...['seldon-scheduler', '0.0.0.0', '127.0.0.1', 'localhost', '::1', '::', ''].map((value) =>
      pod(scheduled(value)),
    ),
    pod(scheduled()),
    pod(scheduled('localhost', 'seldon-scheduler')),
    pod(scheduled('seldon-scheduler', 'localhost')),
    pod(container('agent', { envFrom: [{ configMapRef: { name: 'a' } }] })),
    {
      containers: [
        scheduled('localhost'),
        { ...scheduled('::1'), name: 'two', image: 'a/seldon-agent:1' },
        RCLONE,
        MLSERVER,
      ],
    },
    { containers: [RCLONE, MLSERVER] },
    { containers: [scheduled('localhost')] },
  ],
  open: [
    ...[
      'localhost.',
      ' localhost',
      '[::1]',
      'elsewhere',
      '10.1.2.3',
      'seldon-scheduler.other.example.com',
      '$(X)',
    ].map((value) => pod(scheduled(value))),
    pod(scheduled(field('metadata.namespace'))),
    pod({ ...scheduled('localhost'), args: ['--scheduler-host=seldon-scheduler'] }),
    pod({ ...scheduled('localhost'), args: ['--scheduler-host', 'localhost'] }),
    pod({ ...scheduled(), args: ['$(ALL)'] }),
    pod(container('agent', env(['A', 'localhost'], ['SELDON_SCHEDULER_HOST', '$(A)']))),
  ],
});
const otherSchedulers = (): Bodies => ({
  sure: [
    'seldon-scheduler',
    'seldon-scheduler.shop',
    'seldon-scheduler.other',
    'seldon-scheduler.other.svc',
    'seldon-scheduler.other.svc.cluster.local',
    'seldon-scheduler.shop.svc',
  ].map((value) => pod(scheduled(value))),
  open: ['Seldon-Scheduler.other', 'seldon-scheduler.other.', 'seldon-scheduler.other.com']
    .map((value) => pod(scheduled(value)))
    .concat([
      pod(scheduled('seldon-scheduler.other'), {
        hostAliases: [{ ip: '127.0.0.1', hostnames: ['seldon-scheduler.other'] }],
      }),
    ]),
});

/** Where MLServer may listen, and how it is probed. */
const HTTP = { readinessProbe: { httpGet: { path: '/v2', port: 9000 } } };
const bound = (value: string | undefined, ...more: readonly JsonObject[]): JsonObject => ({
  containers: [
    container('agent', env(SCHEDULED)),
    RCLONE,
    container('mlserver', value === undefined ? {} : env(['MLSERVER_HOST', value]), ...more),
  ],
});
const binds = (): Bodies => ({
  sure: [
    ...['127.0.0.1', 'localhost', '::1', '0.0.0.0', '127.1.2.3', '', undefined].map((value) =>
      bound(value, HTTP),
    ),
    bound('127.0.0.1'),
    bound('127.0.0.1', { livenessProbe: { tcpSocket: { port: 9000 } } }),
    bound('127.0.0.1', { startupProbe: { grpc: { port: 9500 } } }),
    bound('127.0.0.1', { readinessProbe: { exec: { command: ['true'] } } }),
    bound('127.0.0.1', { readinessProbe: { httpGet: { host: 'example.com', path: '/', port: 9000 } } }),
    bound('127.0.0.1', { readinessProbe: { tcpSocket: { host: '127.0.0.1', port: 9000 } } }),
    bound('127.0.0.1', { ...HTTP, image: 'x/seldon-agent:1' }),
  ],
  open: [
    bound('localhost.', HTTP),
    bound('$(X)', HTTP),
    bound(' 127.0.0.1', HTTP),
    {
      containers: [
        container('agent', env(SCHEDULED)),
        RCLONE,
        { ...container('mlserver', env(['MLSERVER_HOST', '127.0.0.1']), HTTP), name: 'other' },
      ],
    },
    {
      containers: [
        container('agent', env(SCHEDULED)),
        RCLONE,
        container('mlserver', env(['A', '127.0.0.1'], ['MLSERVER_HOST', '$(A)']), HTTP),
      ],
    },
  ],
});

/** What a Server's pod may lack. */
const mounting = (name: string, ...volumes: readonly string[]): JsonObject =>
  container(name, name === 'agent' ? env(SCHEDULED) : {}, {
    volumeMounts: volumes.map((volume) => ({ name: volume, mountPath: `/mnt/${volume}` })),
  });
const VOLUMES = { volumes: ['a', 'b'].map((name) => ({ name, emptyDir: {} })) };
const lacking = (): Bodies => {
  const agent = container('agent', env(SCHEDULED));
  return {
    sure: [
      { containers: [agent, RCLONE, MLSERVER] },
      { containers: [agent, MLSERVER] },
      { containers: [agent, RCLONE] },
      { containers: [agent] },
      { containers: [RCLONE, MLSERVER] },
      { containers: [MLSERVER] },
      { containers: [container('other', env(SCHEDULED)), MLSERVER] },
      {
        containers: [container('other', env(['SELDON_SERVER_CAPABILITIES', 'a'])), RCLONE, container('own')],
      },
      {
        containers: [
          {
            ...agent,
            name: 'x',
            image: 'docker.io/seldonio/seldon-agent:2.9.1',
            args: ['--agent-rclone-host=x'],
          },
          MLSERVER,
        ],
      },
      { containers: [agent, MLSERVER], initContainers: [{ ...RCLONE, restartPolicy: 'Always' }] },
      { containers: [agent, MLSERVER], initContainers: [RCLONE] },
      { containers: [agent, { ...MLSERVER, image: 'me/rclone-mlserver' }] },
      { containers: [mounting('agent', 'a'), mounting('rclone', 'a'), MLSERVER], ...VOLUMES },
      { containers: [mounting('agent', 'a'), mounting('rclone', 'b'), MLSERVER], ...VOLUMES },
      { containers: [mounting('agent', 'a'), mounting('rclone', 'b', 'a'), MLSERVER], ...VOLUMES },
      { containers: [mounting('agent'), mounting('rclone', 'b'), MLSERVER], ...VOLUMES },
      { containers: [mounting('agent', 'a'), RCLONE, MLSERVER], ...VOLUMES },
      { containers: [agent, RCLONE, mounting('mlserver', 'a')], ...VOLUMES },
      { containers: [mounting('agent', 'a'), mounting('mlserver', 'b')], ...VOLUMES },
      { containers: [agent, RCLONE, MLSERVER], hostNetwork: true },
      { containers: [agent, RCLONE, MLSERVER], hostNetwork: false },
    ],
    open: [
      { containers: [agent, ...Array.from({ length: 40 }, (_, i) => container(`c${i}`))], hostNetwork: true },
      { containers: [{ ...agent, args: Array.from({ length: 101 }, () => 'x') }] },
    ],
  };
};

/** How a pod may ask for names. */
const CONFIG = { nameservers: ['10.43.0.10'] };
const FULL = { ...CONFIG, searches: ['svc.cluster.local'], options: [{ name: 'ndots', value: '5' }] };
const dns = (spec: JsonObject): JsonObject => pod(container('agent', env(SCHEDULED)), spec);
const dots = (...options: readonly JsonObject[]): JsonObject => dns({ dnsConfig: { options } });
const names = (looksUpTwo = true): Bodies => {
  const few = [
    dns({ dnsPolicy: 'None', dnsConfig: CONFIG }),
    dns({ dnsPolicy: 'None', dnsConfig: { ...CONFIG, searches: ['example.com'] } }),
    dots({ name: 'ndots', value: '1' }),
    dots({ name: 'ndots' }),
    dots({ name: 'ndots', value: '' }),
    dots({ name: 'ndots:1' }),
    dots({ name: 'ndots:' }),
  ];
  return {
    sure: [
      ...(looksUpTwo ? few : []),
      dns({}),
      dns({ dnsPolicy: 'Default' }),
      dns({ dnsPolicy: 'ClusterFirst' }),
      dns({ hostNetwork: true }),
      dns({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
      dns({ hostNetwork: true, dnsPolicy: 'Default' }),
      dns({ hostNetwork: true, dnsPolicy: 'ClusterFirst' }),
      dns({ dnsPolicy: 'None' }),
      dns({ dnsPolicy: 'None', dnsConfig: {} }),
      dns({ dnsPolicy: 'None', dnsConfig: { options: [{ name: 'ndots', value: '1' }] } }),
      dns({ dnsPolicy: 'None', dnsConfig: { ...CONFIG, options: [{ name: 'ndots', value: '5' }] } }),
      dns({ dnsPolicy: 'Default', dnsConfig: { options: [{ name: 'ndots', value: '0' }] } }),
      dots({ name: 'ndots', value: '0' }),
      dots({ name: 'ndots', value: '2' }),
      dots({ name: 'ndots:7' }),
      dots({ name: 'ndots', value: '1' }, { name: 'ndots', value: '5' }),
      dots({ name: 'ndots', value: '5' }, { name: 'edns0' }, { name: 'ndots', value: '0' }),
    ],
    open: [
      ...(looksUpTwo ? [] : few),
      dns({ dnsPolicy: 'None', dnsConfig: FULL }),
      dns({ dnsPolicy: 'None', dnsConfig: { ...FULL, searches: ['shop.svc.cluster.local'] } }),
      dns({
        dnsPolicy: 'None',
        dnsConfig: { ...FULL, searches: ['SVC.other.domain', 'shop.svc.other.domain'] },
      }),
      dots({ name: 'ndots', value: '00' }),
      dots({ name: 'ndots', value: 'many' }),
      dots({ name: 'ndots', value: '-1' }),
    ],
  };
};
const components = (...all: readonly (readonly [string, JsonObject | undefined])[]): JsonObject => ({
  components: all.map(([name, podSpec]) => ({
    name,
    ...(podSpec === undefined ? {} : { podSpec: { containers: [{ name: 'x' }], ...podSpec } }),
  })),
});

const service = (spec: JsonObject, annotations?: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('subject', annotations === undefined ? {} : { annotations }),
  spec: { ports: [{ port: 80 }], ...spec },
});
const balanced = (annotations: JsonObject | undefined, spec: JsonObject = {}): JsonObject =>
  service({ type: 'LoadBalancer', ...spec }, annotations);
const M = 'metallb.io/';
const U = 'metallb.universe.tf/';

const policy = (spec: JsonObject, name = 'subject', annotations?: JsonObject): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: meta(name, annotations === undefined ? {} : { annotations }),
  spec: { podSelector: {}, ...spec },
});
const PEER = { podSelector: { matchLabels: { a: 'b' } } };
const IN = { ingress: [{ from: [PEER] }] };
const OUT = { egress: [{ to: [PEER] }] };
const rules: readonly JsonObject[] = [
  {},
  IN,
  OUT,
  { ...IN, ...OUT },
  { ...IN, ...OUT, policyTypes: ['Ingress'] },
  { ...IN, ...OUT, policyTypes: ['Egress'] },
  { ...IN, ...OUT, policyTypes: ['Ingress', 'Egress'] },
  { ...IN, ...OUT, policyTypes: ['Egress', 'Egress'] },
  { ...IN, policyTypes: ['Egress'] },
  { ...OUT, policyTypes: ['Ingress'] },
  { ...OUT, policyTypes: [] },
  { ingress: [{}], policyTypes: ['Egress'] },
  { ingress: [{ from: [] }], policyTypes: ['Egress'] },
  { ingress: [{ ports: [{ port: 80 }] }], policyTypes: ['Egress'] },
  { ingress: [{ from: [PEER] }, {}], policyTypes: ['Egress'] },
  { ingress: [{}] },
  { ingress: [{}], policyTypes: ['Ingress', 'Egress'] },
  { egress: [{}], policyTypes: ['Egress'] },
  { ingress: [{ from: [PEER] }, {}], egress: [{}], policyTypes: ['Ingress', 'Egress'] },
  { ingress: [], egress: [], policyTypes: ['Ingress', 'Egress'] },
];
const LAST = 'kubectl.kubernetes.io/last-applied-configuration';

const configMap = (name: string, { data }: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'kube-system' },
  ...(data === undefined ? {} : { data }),
});

const waived = ({ annotations }: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta('subject', annotations === undefined ? {} : { annotations }),
  spec: { clusterIP: 'None' },
});
const W = 'waive.seldon-guard.io/';

const scaler = (scaleTargetRef: JsonObject): JsonObject => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: meta('subject'),
  spec: { maxReplicas: 3, scaleTargetRef: { name: 'x', ...scaleTargetRef } },
});

const port = (containerPort: number, name?: string): JsonObject => ({
  containerPort,
  protocol: 'TCP',
  ...(name === undefined ? {} : { name }),
});
const declaring = (...ports: readonly (readonly JsonObject[])[]): JsonObject => ({
  containers: ports.map((each, i) =>
    container(['agent', 'one', 'two'][i] ?? `c${i}`, { ports: each }, env(SCHEDULED)),
  ),
});

/** All of them. */
export const FAMILIES: readonly Family[] = [
  family(
    'names of configurations',
    {
      sure: [
        'mlserver',
        'Mlserver',
        'a/mlserver',
        'b/mlserver',
        '',
        '-a',
        'a_b',
        'a.b',
        'a..b',
        `${'x'.repeat(260)}`,
        `${'x'.repeat(260)}y`,
        'x'.repeat(253),
      ].map((serverConfig) => ({ serverConfig })),
    },
    seldon('Server'),
  ),
  family(
    'names of configurations of runtimes',
    { sure: ['default', 'a/default', 'Default', ''].map((seldonConfig) => ({ seldonConfig })) },
    seldon('SeldonRuntime'),
  ),
  ...(['Deployment', 'StatefulSet'] as const).flatMap((kind) => [
    family(`server hosts in a ${kind}`, serverHosts(), workload(kind)),
    family(`schedulers in a ${kind}`, schedulers(), workload(kind, { 'seldon-server-name': 'x' })),
    family(`other schedulers in a ${kind}`, otherSchedulers(), workload(kind)),
    family(`binds in a ${kind}`, binds(), workload(kind)),
    family(`incomplete ${kind}`, lacking(), workload(kind, { 'app.kubernetes.io/name': 'seldon-server' })),
  ]),
  family('an incomplete stranger', lacking(), workload('Deployment')),
  family('server hosts in a ServerConfig', serverHosts(), config),
  family('schedulers in a ServerConfig', schedulers(), config),
  family('binds in a ServerConfig', binds(), config),
  family('host network in a ServerConfig', lacking(), config),
  family('names in a Deployment', names(), workload('Deployment')),
  family(
    'names of a controller-manager',
    names(),
    workload('Deployment', { 'control-plane': 'v2-controller-manager' }),
  ),
  family(
    'names of an Envoy',
    names(false),
    workload('Deployment', { 'app.kubernetes.io/name': 'seldon-envoy' }),
  ),
  family('names of a stranger', names(), (body) =>
    workload('StatefulSet')({ ...body, containers: [MLSERVER] }),
  ),
  family('names in a ServerConfig', names(), config),
  family(
    'names in a SeldonConfig',
    {
      sure: [
        components(['seldon-scheduler', undefined]),
        components(['seldon-scheduler', { dnsPolicy: 'Default' }]),
        components(['seldon-envoy', { dnsPolicy: 'None' }], ['hodometer', { hostNetwork: true }]),
        components(
          ['seldon-envoy', { dnsConfig: { options: [{ name: 'ndots', value: '0' }] } }],
          ['seldon-scheduler', { dnsPolicy: 'None', dnsConfig: CONFIG }],
          ['seldon-modelgateway', { dnsPolicy: 'Default' }],
        ),
        components(
          ['seldon-scheduler', { dnsPolicy: 'Default' }],
          ['seldon-envoy', { dnsPolicy: 'Default' }],
        ),
        {},
      ],
      open: [
        components(
          ['seldon-envoy', { dnsPolicy: 'None', dnsConfig: CONFIG }],
          ['own', { dnsPolicy: 'Default' }],
        ),
      ],
    },
    seldon('SeldonConfig'),
  ),
  family(
    'ports in a ServerConfig',
    {
      sure: [
        declaring([port(1, 'a'), port(2, 'b')]),
        declaring([port(1, 'a'), port(2, 'a')]),
        declaring([port(1, 'a'), port(2, 'a'), port(3, 'a')]),
        declaring([port(1, 'a')], [port(2, 'a'), port(3, 'a')]),
        declaring([port(1, 'a'), port(2, 'a')], [port(3, 'a'), port(4, 'b'), port(5, 'b')]),
        declaring([], [port(3, 'c'), port(4, 'c')], [port(5)]),
        declaring([port(1), port(2)]),
      ],
      open: [declaring([port(1, 'A'), port(2, 'A')])],
    },
    config,
  ),
  family(
    'addresses of a Service',
    {
      sure: [
        balanced(undefined),
        balanced(undefined, { loadBalancerIP: 'host.example.com' }),
        balanced({ [`${M}loadBalancerIPs`]: '10.0.0.1' }),
        balanced({ [`${M}loadBalancerIPs`]: '10.0.0.1' }, { loadBalancerIP: '10.0.0.1' }),
        balanced({ [`${U}loadBalancerIPs`]: '10.0.0.1' }, { loadBalancerIP: '10.0.0.1' }),
        balanced({ [`${U}loadBalancerIPs`]: '10.0.0.1' }, { loadBalancerIP: '10.0.0.2' }),
        balanced(
          { [`${M}loadBalancerIPs`]: '', [`${U}loadBalancerIPs`]: '10.0.0.9' },
          { loadBalancerIP: '10.0.0.2' },
        ),
        balanced({ [`${M}loadBalancerIPs`]: '10.0.0.1,10.0.0.300, host ,,1.2.3' }),
        balanced({ [`${M}loadBalancerIPs`]: '10.0.0.0/24' }),
        balanced({ [`${M}loadBalancerIPs`]: '10.0.0.1-10.0.0.9,fd00::/64' }),
        balanced({ [`${M}loadBalancerIPs`]: '010.000.0.1, 10.0.0.1234567890, 10.0.0.0000000001' }),
        balanced({ [`${M}address-pool`]: 'first' }, { loadBalancerIP: '10.0.0.0/24' }),
        balanced({ [`${M}address-pool`]: 'first' }, { loadBalancerIP: 'x' }),
        balanced(
          { [`${M}address-pool`]: 'first' },
          { loadBalancerIP: 'x', loadBalancerClass: 'metallb.io/x' },
        ),
        balanced({ [`${M}address-pool`]: 'first' }, { loadBalancerIP: 'x', loadBalancerClass: 'other.io/x' }),
        service({ type: 'ClusterIP' }, { [`${M}loadBalancerIPs`]: 'x' }),
        service({ type: 'ExternalName', externalName: '10.0.0.1' }),
        service({ type: 'ExternalName', externalName: '10.0.0.1.' }),
        service({ type: 'ExternalName', externalName: '10.0.0.2' }),
        service({ type: 'ExternalName', externalName: '10.0.0' }),
        service({ type: 'ExternalName', externalName: 'db.example.com' }),
      ],
      open: [
        balanced({ [`${M}loadBalancerIPs`]: 'fd00::1,fd00:::1,a:b' }),
        balanced({ [`${M}loadBalancerIp`]: '10.0.0.1' }),
        balanced({ [`${M}load-balancer-ip`]: '10.0.0.1', [`${U}ip`]: '10.0.0.1' }),
        balanced({ [`${M}loadbalancerip`]: '10.0.0.1' }),
        balanced({ [`${U}loadBalancerIP`]: '10.0.0.1', [`${M}pool`]: 'a' }),
        balanced({ [`${M}loadBalancerIPs`]: Array.from({ length: 60 }, () => 'x').join(',') }),
      ],
    },
    bare,
  ),
  family(
    'rules of a NetworkPolicy',
    {
      sure: rules.map((spec) => policy(spec)),
      open: rules
        .slice(1, 4)
        .map((spec) => policy(spec, 'subject', { [LAST]: '{"spec":{"ingress":[{"to":[]}]}}' })),
    },
    bare,
  ),
  ...[
    'deny-all',
    'default-deny-ingress',
    'deny-egress',
    'deny-all-except-dns',
    'Deny-inbound-and-outbound'.toLowerCase(),
    'denial',
  ].map((name) =>
    family(
      `rules of ${name}`,
      {
        sure: [
          ...rules.map((spec) => policy(spec, name)),
          ...rules.slice(12, 18).map((spec) => policy(spec, name, { [LAST]: '{"spec":{"ingress":[{}]}}' })),
        ],
        open: [
          policy({ ingress: [{}] }, name, { [LAST]: '{"spec":{"ingress":[{"to":[{"podSelector":{}}]}]}}' }),
        ],
      },
      bare,
    ),
  ),
  ...['coredns', 'rke2-coredns-rke2-coredns', 'coredns-custom', 'other'].map((name) =>
    family(
      `ConfigMap ${name}`,
      {
        sure: [{}, { data: {} }, { data: { other: 'x' } }],
        open: ['.:53 {\n kubernetes cluster.local\n}\n', ''].map((Corefile) => ({ data: { Corefile } })),
      },
      (body) => configMap(name, body),
    ),
  ),
  family(
    'targets of an autoscaler',
    {
      sure: [
        { apiVersion: 'apps/v1', kind: 'DaemonSet' },
        { apiVersion: 'v1', kind: 'Pod' },
        { apiVersion: 'v1', kind: 'Service' },
        { apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'Pipeline' },
        { apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'Pipeline', name: 'y' },
        { apiVersion: 'v1', kind: 'Deployment' },
        { kind: 'Deployment' },
        { apiVersion: 'extensions/v1beta1', kind: 'Deployment' },
        { apiVersion: 'apps/v1', kind: 'Server' },
        { apiVersion: 'example.com/v1', kind: 'Server' },
        { apiVersion: 'example.com/v1', kind: 'Thing' },
        { apiVersion: 'apps/v1', kind: 'Deployment' },
        { apiVersion: 'projectcalico.org/v3', kind: 'IPPool' },
      ],
    },
    scaler,
  ),
  family(
    'waivers',
    {
      sure: [
        {},
        { [`${W}host-network-avoided`]: 'it is old' },
        { [`${W}host-network-avoided`]: '' },
        { [`${W}host-network-avoided`]: ' <why> ' },
        { [`${W}host-network-avoided`]: '<why> | owner=a | until=2030-01-02' },
        { [`${W}host-network-avoided`]: '| owner' },
        { [`${W}host-network-avoided`]: 'x | ends=soon | owner=a' },
        { [`${W}host-network-avoided`]: 'x | ends=soon | until=soon' },
        { [`${W}host-network-avoided`]: 'x | until=<YYYY-MM-DD> | what=<x>' },
        { [`${W}host-network-avoided`]: '<why> | ends=soon' },
        { [`${W}host-network-avoided`]: 'x |' },
        { [`${W}no-such-policy`]: 'x' },
        { [`${W}no-such-policy`]: '', [`${W}server-host-is-local`]: '', other: '' },
      ],
      open: [
        { [`${W}host-network-avoided`]: 'x | until=2030-02-31' },
        { [`${W}host-network-avoided`]: '<x> | until=2030-01-31' },
      ],
    },
    (annotations) => waived({ annotations }),
  ),
  ...['listed', 'allowed', 'unlisted'].map((name) =>
    family(`Namespace ${name}`, { sure: [{}] }, () => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
  ),
];

const named = (name: string, spec: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...workload('Deployment')(spec),
  metadata: meta(name, more),
});
const WAIVED = { annotations: { [`${W}server-host-is-local`]: 'until the mesh is in' } };

/** Objects under settings that refuse some of them. */
export const DENIED = {
  good: named('good', pod(told('127.0.0.1'))),
  fine: named('fine', pod(told('127.0.0.1'))),
  bad: named('bad', pod(told('elsewhere'))),
  stood: named('stood', pod(told('elsewhere'))),
  worse: named('bad', pod(told('elsewhere-again'))),
  elsewhere: named('bad', pod(told('elsewhere')), { namespace: 'default' }),
  waived: named('bad', pod(told('elsewhere')), WAIVED),
  waivedOtherwise: named('bad', pod(told('elsewhere')), {
    annotations: { [`${W}host-network-avoided`]: 'x' },
  }),
  excused: named('excused', pod(told('elsewhere'))),
  offHere: named(
    'other',
    pod(told('127.0.0.1'), { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
  ),
  onThere: named(
    'other',
    pod(told('127.0.0.1'), { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }),
    {
      namespace: 'default',
    },
  ),
  onlyWarned: named('other', pod(told('127.0.0.1'), { dnsPolicy: 'Default' })),
  byAnother: named('other', pod(scheduled('localhost'))),
};

const many = <T>(count: number, of: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => of(i));
const heavyPod: JsonObject = {
  containers: many(40, (i) => ({
    ...container(i === 0 ? 'mlserver' : `agent-${i}`, HTTP),
    image: `${'registry.example.com/'.repeat(5)}seldon-agent:1`,
    command: many(100, () => 'x'.repeat(50)),
    args: many(100, () => 'x'.repeat(50)),
    env: [
      ...many(97, (n) => ({ name: `VARIABLE_WITH_A_LONG_NAME_${n}`, value: 'x'.repeat(20) })),
      ...[HOST, SCHEDULED[0], 'MLSERVER_HOST'].map((name) => ({ name, value: '127.0.0.1' })),
    ],
    ports: many(3, (n) => port(i * 10 + n + 1, `p${i}-${n}`)),
  })),
  dnsPolicy: 'None',
  dnsConfig: { nameservers: ['10.43.0.10'], options: many(30, (i) => ({ name: `option-${i}` })) },
};
const labels = (count: number, prefix: string, value: string): JsonObject =>
  Object.fromEntries(many(count, (i) => [`${prefix}name-${i}`, value]));

/** As much as an API server is asked to go through, and more: nothing of it may be too much for it. */
export const HEAVY: readonly JsonObject[] = [
  workload('Deployment', { 'seldon-server-name': 'x' })(heavyPod),
  workload('StatefulSet')({
    ...heavyPod,
    containers: [...(heavyPod['containers'] as JsonObject[]), RCLONE],
  }),
  workload('Deployment')({ containers: many(1000, (i) => container(`c${i}`, env(SCHEDULED))) }),
  workload('Deployment')(pod(container('agent', env(...many(3000, (i) => [`V${i}`, 'x'] as const))))),
  config(heavyPod),
  seldon('SeldonConfig')(
    components(
      ...many(40, (i) => ['seldon-scheduler', 'seldon-envoy', `own-${i}`][i % 3] ?? '').map(
        (name) => [name, heavyDns()] as const,
      ),
    ),
  ),
  policy(
    {
      ingress: many(1000, () => ({ from: [PEER], ports: many(3, () => ({ port: 80 })) })),
      egress: many(1000, () => ({ to: [PEER] })),
      policyTypes: ['Ingress'],
    },
    'deny-all',
    { [LAST]: 'x'.repeat(200_000) },
  ),
  policy({ ingress: many(3000, () => ({ from: [PEER] })) }, 'deny-all'),
  balanced({ [`${M}loadBalancerIPs`]: many(1000, () => '10.0.0.1').join(',') }),
  balanced({ ...labels(480, M, 'x'), [`${M}loadBalancerIPs`]: many(50, () => 'x').join(',') }),
  waived({ annotations: labels(490, W, 'x | owner=me | until=2030-01-01 | what=<x>') }),
  waived({ annotations: labels(2000, 'example.com/', 'x') }),
  seldon('Server')({ serverConfig: 'x'.repeat(100_000) }),
];

function heavyDns(): JsonObject {
  return { dnsPolicy: 'None', dnsConfig: heavyPod['dnsConfig'] ?? {} };
}
