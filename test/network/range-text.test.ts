import t from 'tap';
import { rangeName } from '../../src/network/ip-range.ts';
import { commonPrefix, isWithin, overlap, rangeIn } from '../../src/network/range-text.ts';

// Ranges as people write them, for pools.

const range = (text: string) => rangeIn(text)!;

void t.test('a CIDR, an address, a first and a last one', (t) => {
  const name = (text: string) => {
    const found = rangeIn(text);
    return found && rangeName(found);
  };
  t.equal(name('192.168.1.0/30'), '192.168.1.0-192.168.1.3');
  t.equal(name('192.168.1.7'), '192.168.1.7-192.168.1.7');
  t.equal(name('192.168.1.240 - 192.168.1.250'), '192.168.1.240-192.168.1.250');
  t.equal(name('fd00::/126'), 'fd00::-fd00::3');
  t.equal(name('::ffff:10.0.0.1'), '10.0.0.1-10.0.0.1', 'IPv4 in the clothes of IPv6');
  for (const none of [
    '',
    '-',
    'lan',
    '10.0.0.0/33',
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-fd00::1',
    '10.0.0.1-',
    '/8',
  ])
    t.equal(rangeIn(none), undefined, none);
  t.end();
});

void t.test('within, overlapping, and what holds both', (t) => {
  t.ok(isWithin(range('10.42.0.0/16'), range('10.42.0.0/16')));
  t.notOk(isWithin(range('10.0.0.0/8'), range('10.42.0.0/16')));
  t.notOk(isWithin(range('10.43.0.0/16'), range('10.42.0.0/16')));
  t.notOk(isWithin(range('::a00:1'), range('0.0.0.0/0')), 'families are apart');
  t.ok(overlap(range('10.40.0.0/13'), range('10.43.0.0/16')));
  t.ok(overlap(range('10.0.0.1-10.0.0.5'), range('10.0.0.5')));
  t.notOk(overlap(range('10.0.0.1-10.0.0.5'), range('10.0.0.6')));
  t.equal(commonPrefix(range('10.42.1.0/24'), range('10.42.1.0/24')), 24);
  t.equal(commonPrefix(range('10.42.1.0/24'), range('10.43.0.0/16')), 15);
  t.equal(commonPrefix(range('10.42.1.0/24'), range('192.168.0.0/16')), 0);
  t.end();
});
