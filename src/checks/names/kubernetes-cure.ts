import type { ServerBlock } from '../../model/corefile.ts';
import { isReverse, zonesOf } from '../../model/corefile-zone.ts';
import { kubernetesIn } from './cluster-zone.ts';
import type { TextEdit } from './text-edits.ts';

/** What kubeadm writes (cmd/kubeadm/app/phases/addons/dns/manifests.go, CoreDNSConfigMap). */
const LINES = (domain: string): readonly string[] => [
  `kubernetes ${domain} in-addr.arpa ip6.arpa {`,
  '   pods insecure',
  '   fallthrough in-addr.arpa ip6.arpa',
  '   ttl 30',
  '}',
];

/**
 * What makes a block serve the cluster's domain: the domain on its kubernetes line, where that names none, or the line that
 * kubeadm writes. Undefined where the line names another domain, as that may be the right one, and where the block has no
 * place of its own for it. The order of lines has no meaning in a Corefile.
 */
export function kubernetesCure(
  text: string,
  key: string,
  block: ServerBlock,
  domain: string,
): TextEdit | undefined {
  const [line] = kubernetesIn([block]);
  if (line !== undefined) {
    const { args, token } = line.directive;
    if (zonesOf(args, block).some((zone) => zone !== '' && !isReverse(zone))) return undefined;
    return isWithin(block, token.start)
      ? { key, start: token.end, end: token.end, text: ` ${domain}` }
      : undefined;
  }
  const first = block.directives.find(({ name }) => name === 'forward' || name === 'prometheus');
  const next = first ?? block.directives[0];
  if (next === undefined || !isWithin(block, next.token.start)) return undefined;
  const start = text.lastIndexOf('\n', next.token.start) + 1;
  const indent = text.slice(start, next.token.start);
  if (indent.trim() !== '') return undefined;
  const lines = LINES(domain).map((each) => `${indent}${each}\n`);
  return { key, start, end: start, text: lines.join('') };
}

/** Whether a place in the text is between the block's own braces: a snippet's lines are not, nor are an imported file's. */
function isWithin({ open, close }: ServerBlock, start: number): boolean {
  return open !== undefined && close !== undefined && open.start < start && start < close.start;
}
