import { pod } from './make.ts';
import { guarded, ports, table } from './table.ts';

const client = pod();
const stranger = pod('client', { namespace: 'b' });

table('ports', [
  ['no ports', ports('null'), client, 'yes', [9, 'SCTP']],
  ['empty ports', ports('[]'), client, 'yes', [9, 'SCTP']],
  ['a number, TCP by default', ports('[{ port: 80 }]'), client, 'yes'],
  ['another number', ports('[{ port: 81 }]'), client, 'no'],
  ['TCP is not UDP', ports('[{ port: 80 }]'), client, 'no', [80, 'UDP']],
  ['UDP', ports('[{ port: 80, protocol: UDP }]'), client, 'yes', [80, 'UDP']],
  ['SCTP', ports('[{ port: 80, protocol: SCTP }]'), client, 'yes', [80, 'SCTP']],
  ['a protocol: all of its ports', ports('[{ protocol: UDP }]'), client, 'yes', [65535, 'UDP']],
  ['a protocol: none of the others', ports('[{ protocol: UDP }]'), client, 'no'],
  ['an empty port is all of TCP', ports('[{}]'), client, 'yes'],
  ['a null port is all of TCP', ports('[null]'), client, 'no', [80, 'UDP']],
  ['the first of a range', ports('[{ port: 80, endPort: 90 }]'), client, 'yes', [80, 'TCP']],
  ['the last of a range', ports('[{ port: 80, endPort: 90 }]'), client, 'yes', [90, 'TCP']],
  ['beyond a range', ports('[{ port: 80, endPort: 90 }]'), client, 'no', [91, 'TCP']],
  ['before a range', ports('[{ port: 80, endPort: 90 }]'), client, 'no', [79, 'TCP']],
  ['a range of one', ports('[{ port: 80, endPort: 80 }]'), client, 'yes'],
  ['a name', ports('[{ port: http }]'), client, 'yes'],
  ['a name is one port', ports('[{ port: http }]'), client, 'no', [81, 'TCP']],
  ['a name of another protocol', ports('[{ port: dns }]'), client, 'no', [53, 'UDP']],
  ['a name with its protocol', ports('[{ port: dns, protocol: UDP }]'), client, 'yes', [53, 'UDP']],
  ['a name whose container port is UDP', ports('[{ port: dns }]'), client, 'no', [53, 'TCP']],
  ['a name that nothing has', ports('[{ port: grpc }]'), client, 'no'],
  ['one of several', ports('[{ port: 81 }, { port: 80 }]'), client, 'yes'],
  [
    'peers and ports must both match',
    guarded('[{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }]'),
    stranger,
    'no',
  ],
  [
    'of one and the same rule',
    guarded(
      '[{ from: [{ podSelector: {} }], ports: [{ port: 81 }] }, { from: [{ namespaceSelector: { matchLabels: { team: b } } }], ports: [{ port: 80 }] }]',
    ),
    client,
    'no',
  ],
]);
