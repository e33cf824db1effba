import { closed } from '../../src/model/labels.ts';
import type { Peer } from '../../src/network/pod.ts';
import { address, pod } from './make.ts';
import { from, guarded, table } from './table.ts';

const client = pod();
const stranger = pod('client', { namespace: 'b' });
const labelled = (labels: Record<string, string>): Peer => pod('client', { labels: closed(labels) });

table('peers', [
  ['no from', guarded('[{}]'), stranger, 'yes'],
  ['null from', from('null'), stranger, 'yes'],
  ['empty from', from('[]'), stranger, 'yes'],
  ['all pods of the own namespace', from('[{ podSelector: {} }]'), client, 'yes'],
  ['podSelector alone means the own namespace', from('[{ podSelector: {} }]'), stranger, 'no'],
  ['by label', from('[{ podSelector: { matchLabels: { app: client } } }]'), client, 'yes'],
  ['by another label', from('[{ podSelector: { matchLabels: { app: x } } }]'), client, 'no'],
  ['all namespaces', from('[{ namespaceSelector: {} }]'), stranger, 'yes'],
  ['by namespace', from('[{ namespaceSelector: { matchLabels: { team: b } } }]'), stranger, 'yes'],
  ['by another namespace', from('[{ namespaceSelector: { matchLabels: { team: b } } }]'), client, 'no'],
  [
    'by the name of its namespace',
    from('[{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: b } } }]'),
    stranger,
    'yes',
  ],
  [
    'both selectors in one peer: both must hold',
    from('[{ namespaceSelector: { matchLabels: { team: b } }, podSelector: { matchLabels: { app: x } } }]'),
    stranger,
    'no',
  ],
  [
    'both selectors in one peer',
    from('[{ namespaceSelector: {}, podSelector: { matchLabels: { app: client } } }]'),
    stranger,
    'yes',
  ],
  [
    'two peers: one is enough',
    from(
      '[{ namespaceSelector: { matchLabels: { team: b } } }, { podSelector: { matchLabels: { app: x } } }]',
    ),
    stranger,
    'yes',
  ],
  ['a null beside a selector is absent', from('[{ podSelector: {}, ipBlock: null }]'), client, 'yes'],
  ['selectors do not select addresses', from('[{ namespaceSelector: {} }]'), address('10.0.0.1'), 'no'],
  ['an address among all sources', guarded('[{}]'), address('203.0.113.7'), 'yes'],
]);

table('matchExpressions', [
  [
    'In',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: In, values: [v, w] }] } }]'),
    labelled({ k: 'w' }),
    'yes',
  ],
  [
    'not In',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: In, values: [v] }] } }]'),
    labelled({ k: 'w' }),
    'no',
  ],
  [
    'NotIn',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: NotIn, values: [v] }] } }]'),
    labelled({ k: 'w' }),
    'yes',
  ],
  [
    'NotIn holds without the key',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: NotIn, values: [v] }] } }]'),
    labelled({}),
    'yes',
  ],
  [
    'Exists',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: Exists }] } }]'),
    labelled({ k: '' }),
    'yes',
  ],
  [
    'DoesNotExist',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: DoesNotExist }] } }]'),
    labelled({ k: '' }),
    'no',
  ],
  [
    'all of them',
    from('[{ podSelector: { matchLabels: { a: b }, matchExpressions: [{ key: k, operator: Exists }] } }]'),
    labelled({ k: '' }),
    'no',
  ],
  [
    'an unknown operator selects nothing',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: Gt }] } }]'),
    labelled({ k: '' }),
    'no',
  ],
  [
    'In without values selects nothing',
    from('[{ podSelector: { matchExpressions: [{ key: k, operator: NotIn }] } }]'),
    labelled({}),
    'no',
  ],
]);
