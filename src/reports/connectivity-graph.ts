import type { Connection } from '../network/listing.ts';
import type { Endpoint } from '../network/listing-end.ts';
import { peerText } from './connectivity-peer.ts';
import { connectivityRows } from './connectivity-table.ts';

/** Workloads and ranges of addresses, and what connects them; ready to be drawn. */
export interface ConnectivityGraph {
  /** By namespace; addresses outside stand under the empty one. */
  readonly groups: ReadonlyMap<string, readonly GraphNode[]>;
  readonly edges: readonly GraphEdge[];
}
export interface GraphNode {
  /** Unlike any other. */
  readonly id: string;
  /** What is written on it, a line each. */
  readonly lines: readonly string[];
}
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  readonly unknown: boolean;
}

/** The graph of a listing, with every one of `endpoints` in it even if nothing connects it. */
export function connectivityGraph(
  connections: readonly Connection[],
  endpoints: readonly Endpoint[],
): ConnectivityGraph {
  const groups = new Map<string, Map<string, GraphNode>>();
  const all = [...endpoints, ...connections.flatMap(({ from, to }) => [from, to])];
  for (const endpoint of new Set(all)) {
    const id = peerText(endpoint);
    const namespace = endpoint.kind === 'range' ? '' : endpoint.workload.namespace;
    const lines =
      endpoint.kind === 'range' ? id.split('-') : [endpoint.workload.name, endpoint.workload.kind];
    const group = groups.get(namespace) ?? new Map<string, GraphNode>();
    groups.set(namespace, group.set(id, { id, lines }));
  }
  return {
    groups: new Map(
      [...groups]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, nodes]) => [name, [...nodes.values()]]),
    ),
    edges: [...connectivityRows(connections)],
  };
}

/** What a group is called. */
export function groupTitle(namespace: string): string {
  return namespace === '' ? 'outside the cluster' : namespace;
}
