import type { Labels } from '../model/labels.ts';

/** The protocols that a NetworkPolicy can name. */
export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** A port that a container of a pod declares. */
export interface PodPort {
  readonly name?: string | undefined;
  readonly port: number;
  /** One of `Protocol`; of any other, no rule can name it. */
  readonly protocol: string;
}

/** A pod, running or as a workload will make it, with what is known of it. */
export interface Pod {
  readonly kind: 'pod';
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** The labels of its Namespace, `kubernetes.io/metadata.name` among them. */
  readonly namespaceLabels: Labels;
  /** The ports of its containers; undefined when they are not known. */
  readonly ports: readonly PodPort[] | undefined;
  /** Its addresses (status.podIPs, host addresses on the host network); undefined or empty when not known. */
  readonly addresses: readonly string[] | undefined;
  readonly hostNetwork: boolean;
  /** Succeeded or Failed: it no longer has a network. */
  readonly finished?: boolean;
  /** The node that it runs on, where that is known. */
  readonly node?: string;
  /** Stands for all pods of a workload: traffic from it to itself may be between two of them. */
  readonly many?: boolean;
}

/** An endpoint that is no pod of this cluster. */
export interface Address {
  readonly kind: 'address';
  readonly ip: string;
}

/** One end of a flow. */
export type Peer = Pod | Address;

/** What an ingress rule judges (arriving at the selected pod), and what an egress rule judges (leaving it). */
export type Direction = 'ingress' | 'egress';

/** A connection that somebody wants to open. The port is the destination pod's own, not its Service's. */
export interface Flow {
  readonly from: Peer;
  readonly to: Peer;
  readonly port: number;
  readonly protocol: Protocol;
}

/** How a person calls a peer: `Pod seldon-mesh/mlserver-0`, `10.0.0.7`. */
export function peerName(peer: Peer): string {
  return peer.kind === 'pod' ? `Pod ${peer.namespace}/${peer.name}` : peer.ip;
}
