import t from 'tap';
import { ALL_PORTS, isEmpty, isFull, NO_PORTS, portSet } from '../../src/network/port-set.ts';
import type { PortSet } from '../../src/network/port-set.ts';
import { Verdicts } from '../../src/network/verdict.ts';

// Verdicts of every port at once, against the three values of one port: the same tables as `all` and `any` of labels.

const verdicts = new Verdicts();
const tcp80 = portSet([{ protocol: 'TCP', first: 80, last: 80 }]);
/** Yes, no or unknown on TCP 80, whatever on the others. */
const value = {
  yes: verdicts.of(tcp80),
  no: verdicts.of(NO_PORTS),
  unknown: verdicts.of(NO_PORTS, tcp80),
} as const;
type Value = keyof typeof value;

function nameOf(number: number): Value {
  const { yes, maybe } = verdicts.at(number);
  const has = (set: PortSet): boolean => set.TCP[0] === 80;
  return has(yes) ? 'yes' : has(maybe) ? 'unknown' : 'no';
}

const table: readonly [Value, Value, either: Value, both: Value, oneOf: Value][] = [
  ['yes', 'yes', 'yes', 'yes', 'yes'],
  ['yes', 'no', 'yes', 'no', 'unknown'],
  ['yes', 'unknown', 'yes', 'unknown', 'unknown'],
  ['no', 'no', 'no', 'no', 'no'],
  ['no', 'unknown', 'unknown', 'no', 'unknown'],
  ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
];
for (const [a, b, either, both, oneOf] of table)
  for (const [x, y] of [
    [value[a], value[b]],
    [value[b], value[a]],
  ] as const) {
    t.equal(nameOf(verdicts.either(x, y)), either, `either ${a} or ${b}`);
    t.equal(nameOf(verdicts.both(x, y)), both, `both ${a} and ${b}`);
    t.equal(nameOf(verdicts.oneOf(x, y)), oneOf, `one of ${a} and ${b}`);
    t.equal(nameOf(verdicts.oneOf(x, y)), oneOf, 'and again');
  }

t.ok(isFull(verdicts.at(verdicts.all).yes) && isEmpty(verdicts.at(verdicts.none).maybe));
t.equal(verdicts.of(ALL_PORTS), verdicts.all, 'there is one number for each');
t.equal(
  verdicts.of(portSet([{ protocol: 'TCP', first: 80, last: 80 }]), tcp80),
  value.yes,
  'whatever the sets are made of',
);
const { yes, maybe } = verdicts.at(
  verdicts.of(
    portSet([{ protocol: 'UDP', first: 1, last: 2 }]),
    portSet([{ protocol: 'UDP', first: 1, last: 2 }]),
  ),
);
t.equal(yes, maybe, 'and one set where nothing is in doubt');
for (const other of [value.yes, value.unknown]) {
  t.equal(verdicts.either(verdicts.all, other), verdicts.all);
  t.equal(verdicts.either(other, verdicts.all), verdicts.all);
  t.equal(verdicts.both(verdicts.all, other), other);
  t.equal(verdicts.both(other, verdicts.all), other);
}
