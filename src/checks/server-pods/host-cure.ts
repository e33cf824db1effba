import { listensAt } from './pod-address.ts';
import type { PodAddress } from './pod-address.ts';
import { serverName } from './server-bind.ts';
import type { ServerBind } from './server-bind.ts';
import type { ToldHost } from './told-host.ts';

/** What the agent is to be told instead. */
export interface HostCure {
  readonly target: 'loopback' | 'podIP';
  /** The settings of the server that have to change before any address of the pod is right. */
  readonly rebinds: readonly ServerBind[];
}

const TARGETS: Readonly<Record<HostCure['target'], PodAddress>> = {
  loopback: { at: 'loopback', address: '127.0.0.1' },
  podIP: { at: 'pod' },
};

/**
 * The preferred address if the server listens there, else the other one, else the preferred and a server that listens.
 * An agent that is told nothing stays so: then it is the server that has to listen.
 */
export function cureFor(host: ToldHost, binds: readonly ServerBind[], prefer: HostCure['target']): HostCure {
  const deafTo = (address: PodAddress): ServerBind[] =>
    binds.filter((bind) => listensAt(bind.address, address) === false);
  if (host.value === undefined) return { target: prefer, rebinds: deafTo(host.address) };
  const other = prefer === 'loopback' ? 'podIP' : 'loopback';
  const target = deafTo(TARGETS[prefer]).length > 0 && deafTo(TARGETS[other]).length === 0 ? other : prefer;
  return { target, rebinds: deafTo(TARGETS[target]) };
}

/** The cure as the middle of a sentence: what to set, and to which address. */
export function cureWords({ process, source, value }: ToldHost, { target, rebinds }: HostCure): string {
  const own = `${source} of container ${process.name} to ${target === 'loopback' ? '127.0.0.1' : 'status.podIP'}`;
  const server = rebinds.map((bind) => `${bind.setting} of ${serverName(bind)} to 0.0.0.0`);
  return [...(value === undefined ? [] : [own]), ...server].join(' and ');
}
