import { join } from 'node:path';
import t from 'tap';
import { startListServer } from '../sources/list-server.ts';
import { ownedBy, pod, policy } from '../network/listed.ts';
import { guard, temporaryFolder } from './guard-process.ts';

// `seldon-guard connectivity` as a process of its own: what it prints, where, and with which exit code.

t.setTimeout(120_000);

const EXAMPLES = join(import.meta.dirname, '../../policies/control-plane-reachable');
const A = pod('x') + pod('y');
const CLOSED = policy('closed', { podSelector: { matchLabels: { app: 'y' } } }, 'default');
const QUESTION = ['--from', 'default/x', '--to', 'default/y', '--port', '80'];
const ask = (...args: string[]): ReturnType<typeof guard> =>
  guard(['connectivity', '-', ...QUESTION, ...args], { input: A + CLOSED });

void t.test('a listing', async (t) => {
  const folder = temporaryFolder(t);
  folder.write('pods.yaml', A);
  const policies = temporaryFolder(t);
  policies.write('closed.yaml', CLOSED);
  const text = await guard(['connectivity', folder.path('pods.yaml'), policies.path('.')]);
  t.equal(
    text.stdout,
    `Pod default/x -> 0.0.0.0-255.255.255.255: all ports
Pod default/y -> Pod default/x: all ports
Pod default/y -> 0.0.0.0-255.255.255.255: all ports
0.0.0.0-255.255.255.255 -> Pod default/x: all ports

4 connections
`,
    'files and folders together are one cluster',
  );
  t.equal(text.code, 0);
  t.equal(text.stderr, '');
  const json = await guard(['connectivity', '-', '--format', 'json', '--namespace', 'team'], { input: A });
  t.strictSame(JSON.parse(json.stdout).connections[0], {
    from: { kind: 'Pod', namespace: 'team', name: 'x' },
    to: { kind: 'Pod', namespace: 'team', name: 'y' },
    ports: 'all',
  });
  for (const [format, start] of [
    ['md', '| from'],
    ['csv', 'from,to'],
    ['dot', 'digraph'],
    ['svg', '<svg'],
  ] as const) {
    const { stdout } = await guard(['connectivity', '-', '--format', format], { input: A });
    t.ok(stdout.startsWith(start), format);
  }
});

void t.test('ranges are cut for machines and joined for people', async (t) => {
  const spec = {
    podSelector: { matchLabels: { app: 'y' } },
    ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
  };
  const input = A + policy('p', spec, 'default');
  const { stdout: json } = await guard(['connectivity', '-', '--format', 'json'], { input });
  const toX = JSON.parse(json).connections.filter((row: any) => row.from.ip && row.to.name === 'x');
  t.equal(toX.length, 3, 'JSON');
  const { stdout: text, stderr } = await guard(['connectivity', '-'], { input });
  t.match(text, '0.0.0.0-255.255.255.255 -> Pod default/x: all ports', 'text');
  t.match(stderr, 'seldon-guard: 1 connection is unknown', 'what is unknown is said aloud');
});

void t.test('a question', async (t) => {
  const denied = await ask();
  t.equal(
    denied.stdout,
    `Pod default/x -> Pod default/y on 80: denied
  egress of Pod default/x on TCP 80: allowed, no NetworkPolicy selects Pod default/x for egress
  ingress of Pod default/y on TCP 80: denied, NetworkPolicy closed selects Pod default/y for ingress and has no rule that admits anyone
`,
  );
  t.equal(denied.code, 0, 'the answer is no, and that is an answer');
  const json = JSON.parse((await ask('--format', 'json')).stdout);
  t.equal(json.allowed, false);
  t.strictSame(
    json.because.map(({ side, allowed, policies }: any) => ({ side, allowed, policies })),
    [
      { side: 'egress', allowed: true, policies: [] },
      { side: 'ingress', allowed: false, policies: [{ namespace: 'default', name: 'closed' }] },
    ],
  );
  t.equal((await ask('--expect', 'denied')).code, 0, 'as expected');
  t.equal((await ask('--expect', 'allowed')).code, 1, 'not as expected');

  const admitting = policy(
    'p',
    { podSelector: {}, ingress: [{ ports: [{ port: 1 }] }, { ports: [{ port: 80 }] }] },
    'default',
  );
  const allowed = await guard(['connectivity', '-', ...QUESTION, '--format', 'json', '--expect', 'allowed'], {
    input: A + admitting,
  });
  const answer = JSON.parse(allowed.stdout);
  t.equal(answer.allowed, true);
  t.strictSame(answer.because[1].policies, [{ namespace: 'default', name: 'p', rule: 'spec.ingress[1]' }]);
  t.equal(allowed.code, 0);

  const from = [{ namespaceSelector: { matchLabels: { team: 'a' } } }];
  const unknown = await guard(['connectivity', '-', ...QUESTION, '--format', 'json', '--expect', 'denied'], {
    input: A + policy('p', { podSelector: {}, ingress: [{ from }] }, 'default'),
  });
  t.equal(JSON.parse(unknown.stdout).allowed, 'unknown');
  t.match(JSON.parse(unknown.stdout).because[1].reason, 'the labels of Namespace default');
  t.equal(unknown.code, 1, 'what is unknown is never what was expected');

  const mixed =
    pod('y1', { metadata: { labels: { app: 'y' }, ...ownedBy('ReplicaSet', 'y') } }) +
    pod('y2', { metadata: { labels: {}, ...ownedBy('ReplicaSet', 'y') } });
  const { stdout } = await guard(['connectivity', '-', ...QUESTION], { input: pod('x') + mixed + CLOSED });
  t.match(stdout, 'unknown, it depends on the pod', 'where pods of a workload differ');
});

void t.test('what cannot be used is a sentence and a 2', async (t) => {
  for (const [args, sentence] of [
    [[], 'nothing to read'],
    [['/does/not/exist'], '/does/not/exist does not exist'],
    [['-', '--from', 'default/x'], 'a question takes --from, --to and --port together'],
    [['-', '--expect', 'allowed'], 'a question takes --from, --to and --port together'],
    [['-', '--context', 'c'], '--context is one of the kubeconfig'],
    [['-', '--kubeconfig', 'k'], 'paths and --kubeconfig are two pictures'],
    [['-', ...QUESTION, '--format', 'svg'], 'the answer to a question is text or json, not svg'],
    [['-', ...QUESTION.slice(0, 4), '--port', '0'], '--port 0 is neither'],
    [['-', ...QUESTION.slice(0, 4), '--port', '-5'], '--port -5 is neither'],
    [['-', ...QUESTION.slice(2), '--from', 'default/none'], 'There is no workload default/none'],
    [['-', '--format', 'xml'], 'Allowed choices are text, json, dot, svg, md, csv'],
    [['diff', '-', '-'], 'only one of the two can be standard input'],
  ] as const) {
    const { code, stdout, stderr } = await guard(['connectivity', ...args], { input: A });
    t.equal(code, 2, args.join(' '));
    t.match(stderr, sentence);
    t.equal(stdout, '');
  }
  const half = await guard(['connectivity', '-'], { input: `${A}---\n{ a: [` });
  t.equal(half.code, 2, 'half a cluster is not listed');
  t.equal(half.stdout, '');
});

void t.test('remarks', async (t) => {
  const twice = await guard(['connectivity', '-'], {
    input: A + CLOSED + policy('closed', { podSelector: { matchLabels: { app: 'x' } } }, 'default'),
  });
  t.match(twice.stderr, 'NetworkPolicy default/closed is given twice: the last one counts');
  t.match(twice.stdout, 'Pod default/x -> Pod default/y: all ports');
  t.notMatch(twice.stdout, '-> Pod default/x');
  const foreign = '---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c}}\n';
  t.match(
    (await guard(['connectivity', '-'], { input: A + foreign })).stderr,
    'CiliumNetworkPolicy c is of cilium.io/v2, and only those of networking.k8s.io/v1 are taken into account',
  );
  const none = await guard(['connectivity', '-', '--format', 'json'], { input: CLOSED });
  t.match(none.stderr, 'there are no workloads among these objects');
  t.strictSame(JSON.parse(none.stdout), { connections: [] });
  t.equal(none.code, 0);
});

void t.test('a live cluster', async (t) => {
  const metadata = { namespace: 'a', name: 'x', labels: { app: 'x' } };
  const server = await startListServer({
    '/api/v1/namespaces': [],
    '/api/v1/services': [],
    '/api/v1/pods': [{ metadata, spec: {}, status: { phase: 'Running', podIP: '10.0.0.1' } }],
    '/apis/networking.k8s.io/v1/networkpolicies': [
      { metadata: { namespace: 'a', name: 'p' }, spec: { podSelector: {} } },
    ],
  });
  t.teardown(() => server.stop());
  const { stdout, stderr, code } = await guard(['connectivity', '--kubeconfig', server.kubeconfig]);
  t.equal(stdout, 'Pod a/x -> 0.0.0.0-255.255.255.255: all ports\n\n1 connection\n', stderr);
  t.equal(code, 0);
});

void t.test('a difference', async (t) => {
  const diff = (...args: string[]): ReturnType<typeof guard> =>
    guard(['connectivity', 'diff', ...args], { cwd: EXAMPLES });
  const text = await diff('good.yaml', 'bad.yaml');
  t.match(text.stdout, /^! F2: .*cannot reach seldon-scheduler.* on TCP 9005: .*NetworkPolicy isolation/m);
  t.match(
    text.stdout,
    '- Server financial-ml/mlserver -> StatefulSet financial-ml/seldon-scheduler: all ports',
  );
  t.match(text.stdout, /^Connections: 0 opened, \d+ closed, 0 changed\. \d+ required flows close\.$/m);
  t.equal(text.code, 0);
  const back = JSON.parse((await diff('bad.yaml', 'good.yaml', '--format', 'json')).stdout);
  t.strictSame(back.requiredFlows, { closed: [] }, 'what opens closes nothing');
  t.strictSame(back.closed, []);
  t.ok(back.opened.length > 0);
  t.strictSame(Object.keys(back), ['opened', 'closed', 'changed', 'uncertain', 'workloads', 'requiredFlows']);
  const markdown = await diff('good.yaml', 'bad.yaml', '--format', 'md', '--expect', 'unchanged');
  t.match(markdown.stdout, '### Required flows that close\n\n- **F2** ');
  t.match(markdown.stdout, '### Closed\n\n| from | to | ports |');
  t.equal(markdown.code, 1, 'something changes');
  const same = await diff('good.yaml', 'good.yaml', '--expect', 'unchanged');
  t.equal(same.stdout, 'No connection changes.\n');
  t.equal(same.code, 0);

  const folder = temporaryFolder(t);
  folder.write('before.yaml', pod('x') + pod('old'));
  const input =
    pod('x') + pod('new') + policy('p', { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }, 'default');
  const { stdout } = await guard(['connectivity', 'diff', folder.path('before.yaml'), '-'], { input });
  t.match(stdout, '\n+ Pod default/new\n', 'a workload comes');
  t.match(stdout, /^- Pod default\/old$/m, 'and another goes');
  t.match(stdout, '~ 0.0.0.0-255.255.255.255 -> Pod default/x: all ports => TCP 80', 'other ports');
});
