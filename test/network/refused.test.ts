import { pod } from './make.ts';
import { from, guarded, ports, table } from './table.ts';

const client = pod();

table('what the API server refuses admits nobody', [
  ['a peer that is none', from('[{}]'), client, 'no'],
  ['a null peer', from('[null]'), client, 'no'],
  ['from of another type', from('all'), client, 'no'],
  ['from is an object', from('{ podSelector: {} }'), client, 'no'],
  ['a block beside a selector', from('[{ podSelector: {}, ipBlock: { cidr: 0.0.0.0/0 } }]'), client, 'no'],
  ['a selector of another type', from('[{ podSelector: app }]'), client, 'no'],
  ['a selector that is a list', from('[{ podSelector: [] }]'), client, 'no'],
  ['matchLabels of another type', from('[{ podSelector: { matchLabels: app } }]'), client, 'no'],
  ['a label of another type', from('[{ podSelector: { matchLabels: { app: 7 } } }]'), client, 'no'],
  ['ports of another type', ports('80'), client, 'no'],
  ['a port of another type', ports('[80]'), client, 'no'],
  ['port zero', ports('[{ port: 0, endPort: 90 }]'), client, 'no'],
  ['half a port', ports('[{ port: 79.5, endPort: 90 }]'), client, 'no'],
  ['a number as a name', ports('[{ port: "80" }]'), client, 'no'],
  ['a backward range', ports('[{ port: 81, endPort: 79 }]'), client, 'no'],
  ['a range from a name', ports('[{ port: http, endPort: 90 }]'), client, 'no'],
  ['a range from nowhere', ports('[{ endPort: 90 }]'), client, 'no'],
  ['a protocol in small letters', ports('[{ port: 80, protocol: tcp }]'), client, 'no'],
  ['a rule of another type', guarded('[all]'), client, 'no'],
  ['rules of another type', guarded('all'), client, 'no'],
  ['but a null rule is an empty one', guarded('[null]'), client, 'yes'],
]);
