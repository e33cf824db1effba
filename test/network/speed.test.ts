import t from 'tap';
import { reach } from '../../src/network/reach.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { compilePolicies } from '../../src/network/policy.ts';
import { pod, server } from './make.ts';

void t.test('a flow against ten policies costs microseconds', (t) => {
  const manifests = Array.from({ length: 10 }, (_, i) => {
    const from = Array.from({ length: 5 }, (_, j) => ({
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `ns-${i}-${j}` } },
      podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['client', 'other'] }] },
    }));
    const rule = { from, ports: [{ port: 80 }, { port: 'http' }] };
    const spec = { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [rule], egress: [rule] };
    return manifestOf({ metadata: { name: `p${i}`, namespace: 'a' }, spec }, { from: 'cluster' });
  });
  const flow = { from: pod(), to: server, port: 80, protocol: 'TCP' } as const;
  const run = (): string => reach(flow, () => compilePolicies(manifests)).allowed;
  for (let i = 0; i < 2_000; i++) run();
  const started = performance.now();
  for (let i = 0; i < 10_000; i++) run();
  const each = (performance.now() - started) / 10;
  t.comment(`${each.toFixed(1)} microseconds`);
  t.equal(run(), 'no');
  // Ten times what it takes on a slow machine: this is to catch a policy compiled per question.
  t.ok(each < 100, `${each.toFixed(1)} microseconds`);
  t.end();
});
