import t from 'tap';
import { explain } from '../../src/network/explain.ts';
import { address, ask, pod, policy, server } from './make.ts';

const words = { pod: 'seldon-scheduler', peer: 'namespace seldon-system' };
const other = '{ ingress: [{ from: [{ podSelector: { matchLabels: { app: x } } }] }] }';
const said = (...policies: ReturnType<typeof policy>[]): string =>
  explain(ask(policies, pod(), server).ingress, words);

void t.test('why a flow is stopped', (t) => {
  t.equal(
    said(policy(other, 'isolation')),
    'no ingress rule of NetworkPolicy isolation admits namespace seldon-system',
  );
  t.equal(
    said(policy('{}', 'isolation')),
    'NetworkPolicy isolation selects seldon-scheduler for ingress and has no rule that admits anyone',
  );
  t.equal(
    said(policy(other, 'b'), policy('{}', 'a')),
    'NetworkPolicies a and b isolate seldon-scheduler and no ingress rule of theirs admits namespace seldon-system',
  );
  t.equal(
    said(policy('{}', 'c'), policy('{}', 'b'), policy('{}', 'a')),
    'NetworkPolicies a, b and c select seldon-scheduler for ingress and have no rule that admits anyone',
  );
  const wall = policy('{ policyTypes: [Egress] }', 'wall');
  t.equal(
    explain(ask([wall], pod(), server).egress),
    'NetworkPolicy wall selects the pod for egress and has no rule that lets anything out',
  );
  t.end();
});

void t.test('why a flow is not', (t) => {
  t.equal(said(), 'no NetworkPolicy selects seldon-scheduler for ingress');
  t.equal(
    said(policy('{ ingress: [{ ports: [{ port: 81 }] }, {}] }', 'isolation')),
    'spec.ingress[1] of NetworkPolicy isolation admits namespace seldon-system',
  );
  t.equal(explain(ask([], pod(), pod()).ingress), 'a pod always reaches itself');
  t.equal(explain(ask([], address('10.0.0.1'), server).egress), 'NetworkPolicies apply to pods only');
  t.end();
});
