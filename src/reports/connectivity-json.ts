import type { Connection } from '../network/listing.ts';
import type { Endpoint } from '../network/listing-end.ts';
import { difference, isEmpty } from '../network/port-set.ts';
import type { PortSet } from '../network/port-set.ts';
import { peerJson, portsJson } from './connectivity-peer.ts';

/**
 * The connections as JSON, a row a line, in pieces: `{"connections":[{"from":PEER,"to":PEER,"ports":"all"|[...]}]}`. What
 * is not known for certain stands beside them under `unknown`, in the same form; without any the key is absent.
 */
export function* connectivityJson(connections: Iterable<Connection>): Generator<string> {
  const row = rows();
  const doubtful: string[] = [];
  let before = '{"connections":[\n';
  for (const { from, to, verdict } of connections) {
    const { yes, maybe } = verdict;
    if (!isEmpty(yes)) {
      yield `${before}${row(from, to, yes)}`;
      before = ',\n';
    }
    if (yes === maybe) continue;
    const doubt = difference(maybe, yes);
    if (!isEmpty(doubt)) doubtful.push(row(from, to, doubt));
  }
  yield before === ',\n' ? '\n]' : '{"connections":[]';
  yield doubtful.length === 0 ? '}\n' : `,"unknown":[\n${doubtful.join(',\n')}\n]}\n`;
}

/** Writes rows; what many rows have in common is written once. */
function rows(): (from: Endpoint, to: Endpoint, ports: PortSet) => string {
  const peers = new Map<Endpoint, string>();
  const sets = new Map<PortSet, string>();
  const text = <T>(memory: Map<T, string>, key: T, json: (key: T) => unknown): string => {
    let written = memory.get(key);
    if (written === undefined) memory.set(key, (written = JSON.stringify(json(key))));
    return written;
  };
  return (from, to, ports) =>
    `{"from":${text(peers, from, peerJson)},"to":${text(peers, to, peerJson)},"ports":${text(sets, ports, portsJson)}}`;
}
