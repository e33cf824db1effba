import t from 'tap';
import {
  ALL_PORTS,
  difference,
  intersection,
  isEmpty,
  isFull,
  NO_PORTS,
  portRanges,
  portSet,
  portsKey,
  union,
} from '../../src/network/port-set.ts';
import type { PortRange, PortSet } from '../../src/network/port-set.ts';

// Sets of ports against sets of numbers: `TCP 80-82 UDP 53` is written as it is read.

function set(text: string): PortSet {
  return portSet(
    [...text.matchAll(/(TCP|UDP|SCTP) (\d+)(?:-(\d+))?/g)].map(
      ([, protocol, first, last]) =>
        ({ protocol, first: Number(first), last: Number(last ?? first) }) as PortRange,
    ),
  );
}

function text(ports: PortSet): string {
  return portRanges(ports)
    .map(({ protocol, first, last }) => `${protocol} ${first}${last === first ? '' : `-${last}`}`)
    .join(' ');
}

t.equal(text(set('TCP 90 TCP 80-85 TCP 84-88')), 'TCP 80-88 TCP 90', 'overlapping ranges are one');
t.equal(text(set('TCP 80 TCP 81 TCP 82-90')), 'TCP 80-90', 'neighbours are one');
t.equal(text(set('TCP 80-90 TCP 82-84')), 'TCP 80-90', 'a range within another is gone');
t.equal(text(set('SCTP 7 UDP 53 TCP 80')), 'TCP 80 UDP 53 SCTP 7', 'protocols stand in their order');

t.equal(text(union(set('TCP 80'), set('TCP 81 UDP 5'))), 'TCP 80-81 UDP 5', 'union');
t.equal(text(union(set('TCP 80'), NO_PORTS)), 'TCP 80', 'union with nothing');
t.equal(text(union(NO_PORTS, set('UDP 80'))), 'UDP 80', 'nothing with something');
t.equal(
  text(intersection(set('TCP 1-10 TCP 20-30 UDP 1-9'), set('TCP 5-25 SCTP 1-9'))),
  'TCP 5-10 TCP 20-25',
  'intersection',
);
t.equal(text(intersection(set('TCP 5'), ALL_PORTS)), 'TCP 5', 'intersection with everything');
t.equal(text(intersection(ALL_PORTS, set('UDP 5'))), 'UDP 5', 'everything with something');
t.equal(
  text(difference(set('TCP 1-10 UDP 7'), set('TCP 1-2 TCP 5 TCP 10 SCTP 7'))),
  'TCP 3-4 TCP 6-9 UDP 7',
  'difference',
);
t.equal(
  text(difference(ALL_PORTS, set('TCP 1-65535 UDP 2-65535'))),
  'UDP 1 SCTP 1-65535',
  'difference at both ends',
);
t.ok(isEmpty(difference(set('TCP 5-9'), set('TCP 1-20'))), 'nothing is left');

t.ok(isFull(set('TCP 1-65535 UDP 1-100 UDP 101-65535 SCTP 1-65535')), 'every port of every protocol is all');
t.notOk(isFull(set('TCP 1-65535 UDP 1-65535')), 'two protocols are not');
t.notOk(isFull(set('TCP 1-65535 UDP 1-65535 SCTP 2-65535')), 'one port less is not');
t.notOk(isFull(set('TCP 1-65535 UDP 1-65535 SCTP 1-65534')), 'nor is one less at the end');
t.notOk(isEmpty(set('SCTP 1')), 'one port is not nothing');
t.equal(portsKey(set('TCP 80 TCP 81')), portsKey(set('TCP 80-81')), 'the same ports have the same key');
t.not(portsKey(set('TCP 80')), portsKey(set('UDP 80')), 'other ports have another');
