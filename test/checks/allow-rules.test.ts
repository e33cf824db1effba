import t from 'tap';
import { allowRules, canAllow } from '../../src/checks/reach/allow-rules.ts';
import type { Need } from '../../src/checks/reach/allow-rules.ts';
import { assumedEnd, endElsewhere } from '../../src/checks/reach/flow-ends.ts';
import type { FlowEnd } from '../../src/checks/reach/flow-ends.ts';
import type { ComponentId } from '../../src/model/seldon-components.ts';
import { manifest } from '../policy/made.ts';
import { policy } from './seldon-cluster.ts';

// The rules that a NetworkPolicy lacks, as a patch that adds them.

const end = (component: ComponentId, namespace = 'financial-ml'): FlowEnd =>
  assumedEnd(component, namespace, { values: {}, open: true });
const need = (peer: FlowEnd, port: number, direction: Need['direction'] = 'ingress'): Need => ({
  direction,
  peer,
  port,
});
const named = (name: string) => ({ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } });
const tcp = (...ports: number[]) => ports.map((port) => ({ protocol: 'TCP', port }));
const BARE = policy({ podSelector: {} });

void t.test('a peer of the same namespace, of another, and of any', (t) => {
  const needs = [
    need(end('seldon-envoy'), 9002),
    need(end('controller-manager', 'seldon-system'), 9004),
    need(endElsewhere('seldon-scheduler'), 9004, 'egress'),
  ];
  t.strictSame(allowRules(BARE, needs), [
    {
      op: 'add',
      path: '/spec/ingress',
      value: [
        { from: [named('seldon-envoy')], ports: tcp(9002) },
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'seldon-system' } },
              podSelector: { matchLabels: { 'control-plane': 'v2-controller-manager' } },
            },
          ],
          ports: tcp(9004),
        },
      ],
    },
    {
      op: 'add',
      path: '/spec/egress',
      value: [{ to: [{ namespaceSelector: {}, ...named('seldon-scheduler') }], ports: tcp(9004) }],
    },
  ]);
  t.end();
});

void t.test('peers that need the same ports share a rule, and ports of one peer do', (t) => {
  const needs = [
    need(end('seldon-modelgateway'), 9044),
    need(end('seldon-modelgateway'), 9004),
    need(end('hodometer'), 9004),
    need(end('hodometer'), 9044),
    need(end('hodometer'), 9044),
    need(end('seldon-envoy'), 9002),
  ];
  t.match(allowRules(BARE, needs), [
    {
      value: [
        { from: [named('seldon-modelgateway'), named('hodometer')], ports: tcp(9004, 9044) },
        { from: [named('seldon-envoy')], ports: tcp(9002) },
      ],
    },
  ]);
  t.end();
});

void t.test('rules are added to those that are there', (t) => {
  const one = [need(end('seldon-envoy'), 9002)];
  const places = (spec: object): string[] => allowRules(policy(spec), one).map(({ path }) => path);
  t.strictSame(places({ ingress: [{}] }), ['/spec/ingress/-']);
  t.strictSame(places({ ingress: [] }), ['/spec/ingress/-']);
  t.strictSame(places({ ingress: null }), ['/spec/ingress']);
  t.strictSame(places({ egress: [{}] }), ['/spec/ingress']);
  t.strictSame(allowRules(BARE, []), []);
  t.end();
});

void t.test('nothing is offered that would do harm', (t) => {
  const one = need(end('seldon-envoy'), 9002);
  t.strictSame(
    allowRules(policy({ ingress: { from: [] } }), [one]),
    [],
    'it would take the place of what was written',
  );
  t.notOk(canAllow(policy({ ingress: { from: [] } }), one));
  t.strictSame(allowRules(manifest({ ...BARE.object, spec: null }), [one]), [], 'there is no spec to add to');
  const nameless = need({ ...end('server'), selector: undefined }, 9005);
  t.strictSame(allowRules(BARE, [nameless]), [], 'it would admit everybody');
  t.notOk(canAllow(BARE, nameless));
  t.match(allowRules(BARE, [nameless, one]), [{ value: [{ from: [named('seldon-envoy')] }] }]);
  t.ok(canAllow(BARE, one));
  t.end();
});
