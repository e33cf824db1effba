import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** What the webhook has in hand, and whether it is about to leave. The app, the probes and the drain share one. */
export class Traffic {
  /** Set once the process has been asked to end: readiness turns, and connections close with their next reply. */
  draining = false;
  #inFlight = 0;
  readonly #sockets = new Set<Duplex>();

  /** Requests whose reply has not gone out yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Counts a request until its reply is out, or the sender gone. */
  enters(reply: ServerResponse): void {
    this.#inFlight += 1;
    reply.once('close', () => (this.#inFlight -= 1));
  }

  /** Remembers a connection. Node's own list lacks those that have not finished, or even begun, their TLS handshake. */
  connects(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  /** Ends every connection, whatever it is doing. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
