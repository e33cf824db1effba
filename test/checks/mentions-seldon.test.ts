import t from 'tap';
import { mentionsSeldon, selectionsIn } from '../../src/checks/reach/mentions-seldon.ts';
import { manifest } from '../policy/made.ts';
import { policy } from './seldon-cluster.ts';

// Whether a NetworkPolicy by itself tells that it was written for a namespace with Seldon in it.

const HOMES = ['seldon-system', 'seldon-mesh'];
const says = (spec: string): boolean => mentionsSeldon(policy(spec), HOMES);
const from = (peer: string): string =>
  `{podSelector: {}, ingress: [{ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 10.0.0.0/8}}, ${peer}]}]}`;
const to = (peer: string): string => `{podSelector: {}, egress: [{to: [${peer}]}]}`;

void t.test('it does by a component', (t) => {
  for (const [label, spec] of [
    ['the pods that it is for', '{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}}'],
    ['a source', from('{podSelector: {matchLabels: {app.kubernetes.io/name: seldon-envoy, tier: x}}}')],
    ['a destination', to('{podSelector: {matchLabels: {control-plane: v2-controller-manager}}}')],
    ['a Server of any name', from('{podSelector: {matchLabels: {seldon-server-name: iris}}}')],
    [
      'an expression',
      to(
        '{podSelector: {matchExpressions: [{key: app.kubernetes.io/name, operator: In, values: [seldon-mesh, hodometer]}]}}',
      ),
    ],
  ] as const)
    t.ok(says(spec), label);
  t.end();
});

void t.test("it does by a namespace called as one of the operator's", (t) => {
  for (const [label, spec] of [
    [
      'its automatic label',
      from('{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: seldon-system}}}'),
    ],
    ['the label that people give', to('{namespaceSelector: {matchLabels: {name: seldon-mesh}}}')],
    [
      'one of several',
      from(
        '{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [monitoring, seldon-system]}]}}',
      ),
    ],
  ] as const)
    t.ok(says(spec), label);
  t.end();
});

void t.test('it does not', (t) => {
  for (const [label, spec] of [
    ['nothing is named', '{podSelector: {}}'],
    [
      'another application',
      from('{podSelector: {matchLabels: {app.kubernetes.io/name: postgres, app: seldon-scheduler}}}'),
    ],
    ['another label of a namespace', from('{namespaceSelector: {matchLabels: {team: seldon-system}}}')],
    ['another namespace', from('{namespaceSelector: {matchLabels: {name: monitoring}}}')],
    ['a pod that is called like a namespace', from('{podSelector: {matchLabels: {name: seldon-system}}}')],
    [
      'what is kept out',
      from(
        '{namespaceSelector: {matchExpressions: [{key: name, operator: NotIn, values: [seldon-system]}]}}',
      ),
    ],
    [
      'a key alone',
      from('{podSelector: {matchExpressions: [{key: app.kubernetes.io/name, operator: Exists}]}}'),
    ],
    [
      'a namespace with the label of a component',
      from('{namespaceSelector: {matchLabels: {app.kubernetes.io/name: seldon-scheduler}}}'),
    ],
    [
      'peers in the wrong direction',
      '{podSelector: {}, ingress: [{to: [{podSelector: {matchLabels: {control-plane: v2-controller-manager}}}]}]}',
    ],
  ] as const)
    t.notOk(says(spec), label);
  t.end();
});

void t.test('what is malformed names nothing', (t) => {
  for (const spec of [
    null,
    [],
    1,
    { podSelector: 1 },
    { podSelector: { matchLabels: [], matchExpressions: {} } },
    {
      podSelector: {
        matchLabels: { a: 1 },
        matchExpressions: [null, { key: 1 }, { key: 'a', operator: 'In', values: [1] }],
      },
    },
    { ingress: [null, { from: [null, 1, { podSelector: null }] }] },
  ])
    t.notOk(mentionsSeldon(manifest({ spec }), HOMES), JSON.stringify(spec));
  t.end();
});

void t.test('the selectors of a policy, with what they ask', (t) => {
  const spec =
    '{podSelector: {matchLabels: {a: b}}, egress: [{to: [{namespaceSelector: {matchExpressions: [{key: c, operator: Exists}]}}]}]}';
  t.strictSame(selectionsIn(policy(spec)), [
    { of: 'pods', requirements: [{ key: 'a', operator: 'In', values: ['b'], at: ['matchLabels', 'a'] }] },
    {
      of: 'namespaces',
      requirements: [{ key: 'c', operator: 'Exists', values: [], at: ['matchExpressions', 0] }],
    },
    { of: 'pods', requirements: [] },
  ]);
  t.end();
});
