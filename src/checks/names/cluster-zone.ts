import type { Cluster } from '../../model/cluster.ts';
import { KUBEADM_CONFIG } from '../../model/cluster-ranges.ts';
import { stringAt } from '../../model/json.ts';
import type { Directive, ServerBlock } from '../../model/corefile.ts';
import {
  answering,
  isPlaceholder,
  isReverse,
  serverKeys,
  zoneName,
  zonesOf,
} from '../../model/corefile-zone.ts';

/** Plugins that answer from what the API server holds: CoreDNS's own, and one for several clusters. */
const KUBERNETES: ReadonlySet<string> = new Set(['kubernetes', 'kubernetai']);
/** Plugins that pass the names of a zone on to another server: their first argument is the zone. */
const FORWARDERS: ReadonlySet<string> = new Set(['forward', 'grpc', 'proxy']);

/** The lines of plugin kubernetes in some blocks. */
export function kubernetesIn(
  blocks: readonly ServerBlock[],
): readonly { block: ServerBlock; directive: Directive }[] {
  return blocks.flatMap((block) =>
    block.directives.filter(({ name }) => KUBERNETES.has(name)).map((directive) => ({ block, directive })),
  );
}

/** The domains that some blocks serve as a cluster's. */
export function domainsServed(blocks: readonly ServerBlock[]): readonly string[] {
  const zones = kubernetesIn(blocks).flatMap(({ block, directive }) => zonesOf(directive.args, block));
  return [...new Set(zones)].filter((zone) => zone !== '' && !isReverse(zone) && !isPlaceholder(zone));
}

/** The cluster's domain as kubeadm has written it down: `ClusterConfiguration.networking.dnsDomain`. */
export function domainOfKubeadm(cluster: Cluster): string | undefined {
  const { namespace, name } = KUBEADM_CONFIG;
  const map = cluster.get('ConfigMap', namespace, name);
  const text = stringAt(map?.object, 'data', 'ClusterConfiguration') ?? '';
  return /^[ ]*dnsDomain:[ ]*["']?([\w.-]+)/m.exec(text)?.[1];
}

/** Who answers for the cluster's domain, and whether that block knows it. */
interface ZoneOutcome {
  readonly served: 'yes' | 'no' | 'unknown';
  /** The block that answers; undefined where none does. */
  readonly block?: ServerBlock;
}

/**
 * Whether some port answers for the domain out of the cluster. Which port the pods ask is the Service's business, so that one
 * is enough; where none does, the first that people mean is told of.
 */
export function zoneOutcome(blocks: readonly ServerBlock[], domain: string): ZoneOutcome {
  const ports = new Set(blocks.flatMap(serverKeys).map(({ port }) => port));
  const outcomes = [...ports]
    .toSorted((a, b) => Number(b === 53) - Number(a === 53))
    .map((port) => {
      const block = answering(blocks, domain, port);
      return block === undefined ? ({ served: 'no' } as const) : { served: servesIn(block, domain), block };
    });
  return (
    outcomes.find(({ served }) => served === 'yes') ??
    outcomes.find(({ served }) => served === 'unknown') ??
    outcomes.find(({ block }) => block !== undefined) ?? { served: 'no' }
  );
}

/**
 * Whether an import is of the kind that distributions have for what users add: a pattern, which may find no file at all (k3s
 * and AKS: `custom/*.override`). What has to be in a Corefile is not left to it.
 */
export function isAddition(pattern: string): boolean {
  return pattern.includes('*');
}

/** Whether a block answers for the domain out of the cluster, or has named somebody else for it. */
export function servesIn(block: ServerBlock, domain: string): 'yes' | 'no' | 'unknown' {
  for (const { name, args } of block.directives) {
    const zones = KUBERNETES.has(name) ? zonesOf(args, block) : [];
    if (zones.some((zone) => zone === domain || isPlaceholder(zone))) return 'yes';
    if (FORWARDERS.has(name) && zoneName(args[0]?.text ?? '') === domain) return 'yes';
  }
  return block.imports.every(isAddition) ? 'no' : 'unknown';
}

/** Why the domain is not served, in words that follow "because". */
export function whyNotServed(block: ServerBlock | undefined, domain: string): string {
  if (block === undefined) return `no server block is for ${domain}`;
  const name = `the block ${block.keys.join(' ')}`;
  const [line] = kubernetesIn([block]);
  if (line === undefined) return `${name}, which answers for it, has no plugin kubernetes`;
  const zones = zonesOf(line.directive.args, block).map((zone) => zone || '.');
  return `plugin kubernetes in ${name} serves ${zones.join(' ')} alone`;
}
