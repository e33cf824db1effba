import t from 'tap';
import { parseAddress } from '../../src/network/address.ts';
import { compileBlock } from '../../src/network/block.ts';
import {
  addressText,
  firstAddress,
  indexIn,
  partition,
  rangeName,
  rangesOf,
} from '../../src/network/ip-range.ts';

const ranges = (cidr: string, ...except: string[]): string[] => {
  const block = compileBlock({ cidr, except });
  return block === undefined ? [] : rangesOf(block).map(rangeName);
};

t.strictSame(ranges('10.1.2.3/32'), ['10.1.2.3-10.1.2.3'], 'one address');
t.strictSame(ranges('10.1.2.3/8'), ['10.0.0.0-10.255.255.255'], 'bits beyond the prefix do not count');
t.strictSame(ranges('0.0.0.0/0'), ['0.0.0.0-255.255.255.255'], 'every address');
t.strictSame(
  ranges('10.0.0.0/8', '10.10.0.0/16', '10.10.3.0/24'),
  ['10.0.0.0-10.9.255.255', '10.11.0.0-10.255.255.255'],
  'an exception within an exception takes nothing more away',
);
t.strictSame(
  ranges('10.0.0.0/8', '10.0.0.0/9', '10.255.0.0/16'),
  ['10.128.0.0-10.254.255.255'],
  'exceptions at both ends',
);
t.strictSame(
  ranges('10.0.0.0/8', '10.0.0.0/32', '10.255.255.255/32'),
  ['10.0.0.1-10.255.255.254'],
  'the first address and the last one',
);
t.strictSame(ranges('10.0.0.0/8', '0.0.0.0/0'), [], 'everything excepted');
t.strictSame(
  ranges('10.0.0.0/8', '::/0', '192.168.0.0/16'),
  ['10.0.0.0-10.255.255.255'],
  'others do not matter',
);
t.strictSame(ranges('fd00::/126', 'fd00::1/128'), ['fd00::-fd00::', 'fd00::2-fd00::3'], 'IPv6');

const blocks = ['10.0.0.0/8', '10.10.0.0/16', 'fd00::/8'].flatMap((cidr) => {
  const block = compileBlock({ cidr });
  return block === undefined ? [] : rangesOf(block);
});
const four = partition(32, blocks);
t.strictSame(
  four.map(rangeName),
  [
    '0.0.0.0-9.255.255.255',
    '10.0.0.0-10.9.255.255',
    '10.10.0.0-10.10.255.255',
    '10.11.0.0-10.255.255.255',
    '11.0.0.0-255.255.255.255',
  ],
  'a space is cut where ranges begin and end',
);
t.equal(partition(128, blocks).length, 3, 'each family by its own ranges');
t.strictSame(partition(32, []).map(rangeName), ['0.0.0.0-255.255.255.255'], 'nothing to cut by');
t.equal(partition(32, rangesOf(compileBlock({ cidr: '128.0.0.0/1' })!)).length, 2, 'a range up to the end');

for (const [ip, index] of [
  ['0.0.0.0', 0],
  ['9.255.255.255', 0],
  ['10.0.0.0', 1],
  ['10.10.255.255', 2],
  ['10.11.0.0', 3],
  ['255.255.255.255', 4],
] as const)
  t.equal(indexIn(four, parseAddress(ip) ?? []), index, `${ip} is in part ${index}`);

t.equal(addressText(firstAddress(four[2]!)), '10.10.0.0', 'the first address');
t.equal(addressText(parseAddress('FD00:0:0::1') ?? []), 'fd00::1', 'IPv6 is written the short way');
