import type { Directive, ServerBlock } from './corefile.ts';

/** A zone and a port that a server block is for. */
export interface ServerKey {
  /** In lower case, without the final dot: the root zone is empty. */
  readonly zone: string;
  readonly port: number;
}

/** Schemes of other transports than plain DNS (coredns/coredns plugin/pkg/transport). */
const OTHER_TRANSPORTS = /^(?:tls|quic|https|https3|grpc|unix):\/\//i;
const DNS_PORT = 53;

/** A zone as it is compared: in lower case, without the final dot. */
export function zoneName(text: string): string {
  return text.toLowerCase().replace(/\.$/, '');
}

/** What a block is for in plain DNS: "[SCHEME://]ZONE[:PORT]" for each of its keys (Corefile manual, "Server Blocks"); of a range of ports, the first. */
export function serverKeys({ keys }: ServerBlock): readonly ServerKey[] {
  return keys.flatMap((key) => {
    if (OTHER_TRANSPORTS.test(key)) return [];
    // What a variable brings in may be any zone, and so the one that all names are in.
    if (isPlaceholder(key)) return [{ zone: '', port: DNS_PORT }];
    const [, zone = '', port] = /^(?:dns:\/\/)?(.*?)(?::(\d+)(?:-\d+)?)?$/i.exec(key) ?? [];
    return [{ zone: zoneName(zone), port: port === undefined ? DNS_PORT : Number(port) }];
  });
}

/** Whether a name is in a zone. */
export function isIn(name: string, zone: string): boolean {
  return zone === '' || name === zone || name.endsWith(`.${zone}`);
}

/** The block that answers for a name on a port: of those whose zone the name is in, the one with the longest zone. */
export function answering(
  blocks: readonly ServerBlock[],
  name: string,
  port: number,
): ServerBlock | undefined {
  let best: { block: ServerBlock; zone: string } | undefined;
  for (const block of blocks)
    for (const key of serverKeys(block))
      if (key.port === port && isIn(name, key.zone) && (best?.zone.length ?? -1) < key.zone.length)
        best = { block, zone: key.zone };
  return best?.block;
}

/** The zones of a plugin that takes those of its block where it names none (plugin.OriginsFromArgsOrServerBlock). */
export function zonesOf(args: Directive['args'], block: ServerBlock): readonly string[] {
  return args.length > 0 ? args.map(({ text }) => zoneName(text)) : serverKeys(block).map(({ zone }) => zone);
}

/** Whether a zone is one of addresses: those are served beside the cluster's domain, and are none. */
export function isReverse(zone: string): boolean {
  return /(?:^|\.)(?:in-addr|ip6)\.arpa$/.test(zone) || zone.includes('/');
}

/** Whether a text stands for another one, which nobody sees here: `{$DOMAIN}`, `{%DOMAIN%}`, `__DOMAIN__`. */
export function isPlaceholder(text: string): boolean {
  return /[$%{}]|__/.test(text);
}
