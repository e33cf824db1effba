import { leastPrivilege } from '../checks/reach/least-privilege.ts';
import { networkRequirements, REQUIREMENT_KINDS } from '../checks/reach/network-requirements.ts';
import type { NamedPeer } from '../checks/reach/flow-access.ts';
import type { Kind } from '../model/kinds.ts';
import { compileBlock } from '../network/block.ts';
import { LISTING_KINDS } from '../network/listing.ts';
import { faultsOf, notesOn, policiesYaml } from '../reports/least-privilege.ts';
import { chosen } from '../sources/chosen.ts';
import { Faults } from '../sources/faults.ts';
import { clusterPicture } from './cluster-picture.ts';
import { print, say } from './print.ts';

export interface GenerateNetpolOptions {
  readonly namespace: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly clients?: readonly string[];
  readonly metricsFrom?: readonly string[];
  readonly defaultDeny?: boolean;
  readonly settings?: string;
}

const KINDS: readonly Kind[] = [...new Set([...LISTING_KINDS, ...REQUIREMENT_KINDS])];

/**
 * `seldon-guard generate netpol`: prints least-privilege NetworkPolicies for a Seldon namespace and its operators. They are
 * proved before they are printed: answers 0, or 1 without printing any where they would close or open what they should not.
 */
export async function generateNetpol(
  paths: readonly string[],
  {
    namespace,
    settings,
    clients = [],
    metricsFrom = [],
    defaultDeny = false,
    ...from
  }: GenerateNetpolOptions,
): Promise<number> {
  const choices = { clients: clients.map(peerOf), scrapers: metricsFrom.map(peerOf), defaultDeny };
  const { catalogue } = chosen(settings);
  const picture = await clusterPicture({ ...from, paths, namespace }, KINDS, say);
  const made = leastPrivilege(picture, namespace, networkRequirements(catalogue), choices);
  if (made === undefined) {
    const what = 'no SeldonRuntime, no Server and no workload of Seldon';
    throw new Faults([`namespace ${namespace} has ${what}: there is nothing to make NetworkPolicies for`]);
  }
  const faults = faultsOf(made);
  for (const fault of faults) say(fault);
  if (faults.length > 0) {
    say('these NetworkPolicies do not hold what they promise, and are not printed');
    return 1;
  }
  for (const note of notesOn(made)) say(note);
  await print(policiesYaml(made));
  return 0;
}

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABELS = /^[-\w./]+=[-\w.]*(,[-\w./]+=[-\w.]*)*$/;

/** `NAMESPACE`, `NAMESPACE/key=value,...` or a CIDR. */
function peerOf(text: string): NamedPeer {
  const block = compileBlock({ cidr: text });
  if (block !== undefined) return { title: text, peer: { ipBlock: { cidr: text } } };
  const slash = text.indexOf('/');
  const [namespace, labels] = slash < 0 ? [text] : [text.slice(0, slash), text.slice(slash + 1)];
  if (!NAME.test(namespace) || (labels !== undefined && !LABELS.test(labels)))
    throw new Faults([`${text} is neither NAMESPACE, NAMESPACE/key=value nor a CIDR`]);
  const pairs = (labels ?? '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split('=', 2));
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } };
  const podSelector = { matchLabels: Object.fromEntries(pairs) as Record<string, string> };
  const title = labels === undefined ? `namespace ${namespace}` : `pods ${labels} of namespace ${namespace}`;
  return { title, peer: labels === undefined ? { namespaceSelector } : { namespaceSelector, podSelector } };
}
