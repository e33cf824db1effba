import t from 'tap';
import type { Peer, Protocol } from '../../src/network/pod.ts';
import { ask, policy, server } from './make.ts';

/** What is asked, the spec of a policy in the server's namespace, who asks, the answer; on TCP 80 unless said. */
export type Row = [what: string, spec: string, from: Peer, answer: 'yes' | 'no', at?: [number, Protocol]];

/** A truth table of what one policy lets in. */
export function table(name: string, rows: readonly Row[]): void {
  void t.test(name, (t) => {
    for (const [what, spec, from, answer, [port, protocol] = [80, 'TCP'] as const] of rows) {
      const { allowed, ingress } = ask([policy(spec)], from, server, port, protocol);
      t.equal(allowed, answer, what);
      t.equal(ingress.allowed, answer);
    }
    t.end();
  });
}

/** A policy that selects the server alone, with these ingress rules. */
export function guarded(ingress: string): string {
  return `{ podSelector: { matchLabels: { app: server } }, ingress: ${ingress} }`;
}

/** One with a single rule, of these peers. */
export function from(peers: string): string {
  return guarded(`[{ from: ${peers} }]`);
}

/** One with a single rule, of these ports. */
export function ports(list: string): string {
  return guarded(`[{ ports: ${list} }]`);
}
