import fc from 'fast-check';
import t from 'tap';
import type { Tri } from '../../src/model/labels.ts';
import { addressesOf } from '../../src/network/address.ts';
import { indexIn } from '../../src/network/ip-range.ts';
import { connectionsBetween } from '../../src/network/listing.ts';
import type { Connection } from '../../src/network/listing.ts';
import type { Endpoint } from '../../src/network/listing-end.ts';
import type { Peer, Protocol } from '../../src/network/pod.ts';
import type { PortSet } from '../../src/network/port-set.ts';
import { naive } from './naive.ts';
import type { World } from './naive.ts';
import * as make from './world.ts';
import type { Veil } from './world.ts';

// The listing says of every pair, port and protocol at once what the naive evaluator and `reach` say of one flow.

t.setTimeout(make.TIMEOUT);

const RUNS = { seed: make.SEED, numRuns: Math.ceil(make.CASES / 20) };
/** Those that rules speak of, and their neighbours. */
const PORTS = [1, 78, 79, 80, 81, 82, 8080, 9000, 9001, 65535];

/** Everything that the listing says of a world, with the pods that are finished left out as `workloadsOf` does. */
function listed(w: World, veil?: Veil): (from: Peer, to: Peer, port: number, protocol: Protocol) => Tri {
  const workloads = w.pods
    .filter((pod) => !pod.finished)
    .map((pod) => ({ kind: 'Pod', ...pod, pods: [make.podOf(w, pod, veil)] }));
  const connections = [...connectionsBetween(workloads, make.policiesOf(w.policies)(''))];
  return (from, to, port, protocol) => {
    const found = connections.filter((one) => isEnd(one.from, from) && isEnd(one.to, to));
    if (found.length > 1) throw new Error(`${found.length} rows for one pair`);
    return found[0] === undefined ? 'no' : answer(found[0], port, protocol);
  };
}

function isEnd(endpoint: Endpoint, peer: Peer): boolean {
  if (endpoint.kind === 'workload') return peer.kind === 'pod' && endpoint.workload.name === peer.name;
  if (peer.kind === 'pod') return false;
  const [address = []] = addressesOf(peer);
  const { range } = endpoint;
  const after = { ...range, first: range.last + 1n };
  return address.length * 8 === range.bits && indexIn([{ ...range, first: 0n }, range, after], address) === 1;
}

function answer({ verdict }: Connection, port: number, protocol: Protocol): Tri {
  if (holds(verdict.yes, port, protocol)) return 'yes';
  return holds(verdict.maybe, port, protocol) ? 'unknown' : 'no';
}

function holds(set: PortSet, port: number, protocol: Protocol): boolean {
  const intervals = set[protocol];
  return intervals.some((first, i) => i % 2 === 0 && first <= port && port <= (intervals[i + 1] ?? 0));
}

/** Calls back for every flow between two live pods, or a live pod and the address outside. */
function eachFlow(w: World, ask: (from: number, to: number, port: number, protocol: Protocol) => void): void {
  const ends = [...w.pods.keys(), w.pods.length];
  const live = (n: number): boolean => w.pods[n]?.finished !== true;
  for (const from of ends)
    for (const to of ends)
      if (from !== to && live(from) && live(to))
        for (const port of PORTS) for (const protocol of make.PROTOCOLS) ask(from, to, port, protocol);
}

function peerOf(w: World, n: number, veil?: Veil): Peer {
  const pod = w.pods[n];
  return pod === undefined ? { kind: 'address', ip: w.outside } : make.podOf(w, pod, veil);
}

/** IPv6 addresses are listed only where a policy of that direction names one: of the others nothing is said. */
function isListed(w: World, from: number, to: number): boolean {
  if (!w.outside.includes(':')) return true;
  if (from < w.pods.length && to < w.pods.length) return true;
  const field = from === w.pods.length ? 'ingress' : 'egress';
  return w.policies.some((policy) => /"cidr":"[^"]*:/.test(JSON.stringify(policy.spec[field] ?? null)));
}

void t.test('it agrees with the naive evaluator', (t) => {
  const told = { yes: 0, no: 0 };
  fc.assert(
    fc.property(make.world, (w) => {
      const says = listed(w);
      eachFlow(w, (from, to, port, protocol) => {
        if (!isListed(w, from, to)) return;
        const said = says(peerOf(w, from), peerOf(w, to), port, protocol);
        const truth = naive(w, make.endOf(w, from), make.endOf(w, to), port, protocol) ? 'yes' : 'no';
        if (said !== truth)
          throw new Error(`${from} -> ${to} ${protocol} ${port}: ${said}, but it is ${truth}`);
        told[truth]++;
      });
    }),
    RUNS,
  );
  t.ok(Math.min(told.yes, told.no) > RUNS.numRuns, `${told.yes} open, ${told.no} closed`);
  t.end();
});

void t.test('it agrees with reach where facts are not known', (t) => {
  const told = { yes: 0, no: 0, unknown: 0 };
  const veil = fc.record({
    namespaces: fc.subarray(make.NAMESPACES),
    labels: fc.boolean(),
    ports: fc.boolean(),
    addresses: fc.boolean(),
    nodes: fc.boolean(),
  });
  fc.assert(
    fc.property(make.world, veil, (w, v) => {
      const says = listed(w, v);
      eachFlow(w, (from, to, port, protocol) => {
        if (!isListed(w, from, to)) return;
        const said = says(peerOf(w, from, v), peerOf(w, to, v), port, protocol);
        const { allowed } = make.ask(w, { from, to, port, protocol }, v);
        if (said !== allowed)
          throw new Error(`${from} -> ${to} ${protocol} ${port}: ${said}, but reach says ${allowed}`);
        told[allowed]++;
      });
    }),
    RUNS,
  );
  t.ok(Math.min(...Object.values(told)) > RUNS.numRuns, JSON.stringify(told));
  t.end();
});
