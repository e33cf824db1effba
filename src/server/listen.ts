import type { AddressInfo } from 'node:net';
import type { Certificate } from '../sources/certificate.ts';
import { TLS_MIN_VERSION } from './app.ts';
import { drain } from './drain.ts';
import type { Servers } from './drain.ts';

/** Where to listen. Port 0 takes a free one. */
export interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly probePort: number;
}

/** A webhook that listens. */
export interface Listening {
  readonly host: string;
  readonly port: number;
  readonly probePort: number;
  /** Shows another certificate from now on; connections that are open live on. Throws where it is none. */
  show(certificate: Certificate): void;
  /** Leaves without dropping a request: see `drain`. */
  close(drainMs?: number): Promise<void>;
}

/** The app and its probes cannot listen; the message is one sentence for whoever started them. */
export class ListenError extends Error {}

/**
 * Listens on both ports or on none. The probes come first: until the webhook listens too, nobody who asks
 * them can be told that it does.
 */
export async function listen(servers: Servers, { host, port, probePort }: Addresses): Promise<Listening> {
  const { app, probes } = servers;
  try {
    await app.ready();
    await open(probes, host, probePort, '--probe-port');
    await open(app, host, port, '--port');
  } catch (error) {
    await Promise.all([app.close(), probes.close()]);
    throw error;
  }
  return {
    host,
    port: portOf(app),
    probePort: portOf(probes),
    show: ({ cert, key }) => app.server.setSecureContext({ cert, key, minVersion: TLS_MIN_VERSION }),
    close: (drainMs = 0) => drain(servers, drainMs),
  };
}

interface Opens {
  listen(options: { host: string; port: number }): Promise<string>;
}

async function open(server: Opens, host: string, port: number, option: string): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw new ListenError(sentence(error as NodeJS.ErrnoException, host, port, option), { cause: error });
  }
}

function sentence(error: NodeJS.ErrnoException, host: string, port: number, option: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use: stop the process that has it, or choose another with ${option}.`;
    case 'EACCES':
      return `Port ${port} on ${host} is not permitted to this user: choose one above 1023 with ${option}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this machine: choose another with --host.`;
    default:
      return `Cannot listen on ${host} port ${port}: ${error.message}.`;
  }
}

function portOf({ server }: { server: { address(): AddressInfo | string | null } }): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
