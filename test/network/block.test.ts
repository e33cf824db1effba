import { address, pod } from './make.ts';
import { from, table } from './table.ts';

const client = pod();

const block = (text: string): string => from(`[{ ipBlock: ${text} }]`);
table('ipBlock', [
  ['in', block('{ cidr: 10.0.0.0/8 }'), client, 'yes'],
  ['not in', block('{ cidr: 10.0.0.0/32 }'), client, 'no'],
  ['a boundary within a byte', block('{ cidr: 10.0.0.0/31 }'), client, 'yes'],
  ['bits beyond the prefix are ignored', block('{ cidr: 10.99.0.5/8 }'), client, 'yes'],
  ['excepted', block('{ cidr: 10.0.0.0/8, except: [10.0.0.0/24] }'), client, 'no'],
  ['excepted elsewhere', block('{ cidr: 10.0.0.0/8, except: [10.1.0.0/16] }'), client, 'yes'],
  ['an address', block('{ cidr: 203.0.113.0/24 }'), address('203.0.113.7'), 'yes'],
  ['IPv6', block('{ cidr: "2001:db8::/33" }'), address('2001:db8:7fff::1'), 'yes'],
  ['not in, IPv6', block('{ cidr: "2001:db8::/33" }'), address('2001:db8:8000::1'), 'no'],
  ['IPv6 excepted', block('{ cidr: "::/0", except: ["2001:db8::/32"] }'), address('2001:db8::1'), 'no'],
  ['IPv4 holds no IPv6', block('{ cidr: 0.0.0.0/0 }'), address('::1:2'), 'no'],
  ['IPv6 holds no IPv4', block('{ cidr: "::/0" }'), client, 'no'],
  ['mapped addresses are IPv4', block('{ cidr: 10.0.0.0/8 }'), address('::ffff:10.0.0.1'), 'yes'],
  ['mapped ranges are IPv4', block('{ cidr: "::ffff:10.0.0.0/104" }'), client, 'yes'],
  ['leading zeros are decimal', block('{ cidr: 010.0.0.0/8 }'), client, 'yes'],
  ['... and not octal', block('{ cidr: 012.0.0.0/8 }'), client, 'no'],
  ['two parts are no address', block('{ cidr: 10.0/8 }'), client, 'no'],
  ['nor hexadecimal', block('{ cidr: 0x0a.0.0.0/8 }'), client, 'no'],
  ['no prefix', block('{ cidr: 10.0.0.1 }'), client, 'no'],
  ['too long a prefix', block('{ cidr: 10.0.0.1/33 }'), client, 'no'],
  ['a negative prefix', block('{ cidr: 10.0.0.1/-1 }'), client, 'no'],
  ['too large a part', block('{ cidr: 256.0.0.1/0 }'), client, 'no'],
  ['a zone', block('{ cidr: "fe80::%eth0/10" }'), address('fe80::1'), 'no'],
  ['no cidr', block('{}'), client, 'no'],
  ['another type', block('10.0.0.0/8'), client, 'no'],
  ['an except that cannot be read', block('{ cidr: 10.0.0.0/8, except: [x, 7, null] }'), client, 'yes'],
]);
