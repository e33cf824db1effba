import type { Directive, ServerBlock } from '../../model/corefile.ts';
import { serverKeys, zoneName } from '../../model/corefile-zone.ts';
import type { CorefileToken } from '../../model/corefile-tokens.ts';
import { isLoopback, parseAddress } from '../../network/address.ts';
import { sameAddress } from './cluster-dns.ts';

/** A line that forwards names to the server that it stands in. */
export interface ForwardLoop {
  readonly token: CorefileToken;
  readonly address: string;
  readonly block: string;
  /** In words that follow "and". */
  readonly because: string;
}

/** Plugins that leave every name as it is, and answer none. */
const BYSTANDERS: ReadonlySet<string> = new Set(
  'acl bind bufsize cache debug dns64 errors forward health log loadbalance local loop metadata minimal nsid pprof prometheus proxy ready reload timeouts'.split(
    ' ',
  ),
);
const DNS_PORT = 53;

/**
 * The lines by which a question comes back to the block that has forwarded it: to a loopback address at the block's own port
 * (CoreDNS listens on all addresses unless the block binds some), or to the address of the cluster's DNS. A block for all
 * names that forwards all names does it for certain; another one only where nothing in it makes another name of it.
 */
export function forwardLoops(
  blocks: readonly ServerBlock[],
  dns: { readonly addresses: readonly string[]; readonly known: string | undefined },
): readonly ForwardLoop[] {
  return blocks.flatMap((block) =>
    block.directives
      .filter(({ name }) => name === 'forward' || name === 'proxy')
      .flatMap((directive) => loopsOf(directive, block, dns)),
  );
}

function loopsOf(
  { args: [from, ...to] }: Directive,
  block: ServerBlock,
  dns: { readonly addresses: readonly string[]; readonly known: string | undefined },
): ForwardLoop[] {
  const keys = serverKeys(block);
  const isForAll = keys.some(({ zone }) => zone === '') && zoneName(from?.text ?? '') === '';
  const isPlain = block.imports.length === 0 && block.directives.every(({ name }) => BYSTANDERS.has(name));
  if (!isForAll && !isPlain) return [];
  const isBound = block.directives.some(({ name }) => name === 'bind');
  return to.flatMap((token): ForwardLoop[] => {
    const target = targetOf(token.text);
    const bytes = target && parseAddress(target.address);
    if (target === undefined || bytes === undefined) return [];
    const found = { token, address: target.address, block: block.keys.join(' ') };
    if (isLoopback(bytes) && !isBound && keys.some(({ port }) => port === target.port))
      return [{ ...found, because: `that is CoreDNS itself, which listens on port ${target.port}` }];
    const isOwn = dns.addresses.some((address) => sameAddress(address, target.address));
    return isOwn && target.port === DNS_PORT && keys.some(({ port }) => port === DNS_PORT)
      ? [{ ...found, because: `that is the address of the cluster's DNS (${dns.known ?? ''})` }]
      : [];
  });
}

/** An upstream in plain DNS: an address, perhaps with a port. A file, a name and another transport are none of these. */
function targetOf(text: string): { address: string; port: number } | undefined {
  const plain = text.replace(/^dns:\/\//i, '');
  if (plain.includes('/')) return undefined;
  const [, address, port] = /^\[(.*)\](?::(\d+))?$/.exec(plain) ?? /^([\d.]+)(?::(\d+))?$/.exec(plain) ?? [];
  return address === undefined
    ? { address: plain, port: DNS_PORT }
    : { address, port: port === undefined ? DNS_PORT : Number(port) };
}
