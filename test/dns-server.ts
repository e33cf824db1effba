import type { Socket } from 'node:net';
import dns2 from 'dns2';

/** What the server does with a question: addresses (IPv4 or IPv6), an alias of such, a code, or nothing at all. */
export type Answer =
  | readonly string[]
  | { readonly alias: string; readonly addresses: readonly string[] }
  | 'NXDOMAIN'
  | 'SERVFAIL'
  | 'REFUSED'
  | 'silence';

export interface DnsServer {
  /** As a setting takes it: `127.0.0.1:port`. */
  readonly address: string;
  /** Every question so far, as `name TYPE`. */
  readonly questions: readonly string[];
  close(): Promise<void>;
}

const RCODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 } as const;
const { AAAA, CNAME } = dns2.Packet.TYPE;

/** A real DNS server on loopback, UDP and TCP on one free port. Names come without their final dot. */
export async function startDnsServer(
  answer: (name: string, type: 'A' | 'AAAA') => Answer | Promise<Answer>,
): Promise<DnsServer> {
  const questions: string[] = [];
  async function respond(request: dns2.Packet): Promise<dns2.Packet | undefined> {
    const response = dns2.Packet.createResponseFromRequest(request);
    for (const { name, type, class: cls } of request.questions) {
      const wanted = type === AAAA ? 'AAAA' : 'A';
      questions.push(`${name} ${wanted}`);
      const given = await answer(name, wanted);
      if (given === 'silence') return undefined;
      if (typeof given === 'string') {
        response.header.rcode = RCODES[given];
        continue;
      }
      const { alias, addresses } = 'alias' in given ? given : { alias: undefined, addresses: given };
      const record = (fields: object) => ({ class: cls, ttl: 60, ...fields }) as dns2.Packet.Resource;
      if (alias !== undefined) response.answers.push(record({ name, type: CNAME, domain: alias }));
      for (const address of addresses)
        if (address.includes(':') === (wanted === 'AAAA'))
          response.answers.push(record({ name: alias ?? name, type, address }));
    }
    return response;
  }
  const handle: dns2.DnsHandler = (request, send) => {
    void respond(request).then((response) => response && send(response));
  };
  for (;;) {
    const udp = dns2.createUDPServer(handle);
    await udp.listen(0, '127.0.0.1');
    const { port } = udp.address();
    const tcp = dns2.createTCPServer(handle);
    const both = await new Promise<boolean>((resolve) => {
      tcp.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    const connections = new Set<Socket>();
    tcp.on('connection', (socket: Socket) => connections.add(socket));
    const close = async (): Promise<void> => {
      // A question that was met with silence would hold its connection open.
      for (const socket of connections) socket.destroy();
      await Promise.all([
        new Promise<void>((resolve) => void udp.close(() => resolve())),
        new Promise<void>((resolve) => void tcp.close(() => resolve())),
      ]);
    };
    if (both) return { address: `127.0.0.1:${port}`, questions, close };
    // The same port is taken on TCP: another one is free.
    await new Promise<void>((resolve) => void udp.close(() => resolve()));
  }
}
