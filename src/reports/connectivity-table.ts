import type { Connection } from '../network/listing.ts';
import { difference, isEmpty } from '../network/port-set.ts';
import { peerText, portsText } from './connectivity-peer.ts';

/** One line of a listing: what is open, or what may be. */
export interface ConnectivityRow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  /** Whether it is not known that these ports are open. */
  readonly unknown: boolean;
}

/** The connections as rows; one that is partly in doubt makes two. */
export function* connectivityRows(connections: Iterable<Connection>): Generator<ConnectivityRow> {
  for (const { from, to, verdict } of connections) {
    const ends = { from: peerText(from), to: peerText(to) };
    if (!isEmpty(verdict.yes)) yield { ...ends, ports: portsText(verdict.yes), unknown: false };
    const doubt = difference(verdict.maybe, verdict.yes);
    if (!isEmpty(doubt)) yield { ...ends, ports: portsText(doubt), unknown: true };
  }
}

/** A line for each connection: `Deployment a/x -> Deployment a/y: TCP 80`. */
export function* connectivityText(connections: Iterable<Connection>): Generator<string> {
  let open = 0;
  let doubtful = 0;
  for (const { from, to, ports, unknown } of connectivityRows(connections)) {
    if (unknown) doubtful++;
    else open++;
    yield `${from} -> ${to}: ${ports}${unknown ? ' (unknown)' : ''}\n`;
  }
  const unsure = doubtful === 0 ? '' : `, ${doubtful} unknown`;
  yield `${open === 0 ? '' : '\n'}${open} connection${open === 1 ? '' : 's'}${unsure}\n`;
}

/** A Markdown table. */
export function* connectivityMarkdown(connections: Iterable<Connection>): Generator<string> {
  yield '| from | to | ports |\n| --- | --- | --- |\n';
  for (const { from, to, ports, unknown } of connectivityRows(connections))
    yield `| ${cell(from)} | ${cell(to)} | ${cell(ports)}${unknown ? ' (unknown)' : ''} |\n`;
}

/** Text that a Markdown table does not take for markup. */
export function cell(text: string): string {
  return text.replaceAll(/[\\|`*_<>[\]]/g, String.raw`\$&`).replaceAll(/\s+/g, ' ');
}

/** Comma-separated values (RFC 4180). `certain` is no where it is not known whether the ports are open. */
export function* connectivityCsv(connections: Iterable<Connection>): Generator<string> {
  yield 'from,to,ports,certain\r\n';
  for (const { from, to, ports, unknown } of connectivityRows(connections))
    yield `${[from, to, ports, unknown ? 'no' : 'yes'].map(field).join()}\r\n`;
}

/** A field in quotes where it needs them. */
function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
