import type { Cluster } from '../../model/cluster.ts';
import { answering, serverKeys, zoneName } from '../../model/corefile-zone.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import {
  domainOfKubeadm,
  domainsServed,
  isAddition,
  whyNotServed,
  zoneOutcome,
  servesIn,
} from './cluster-zone.ts';
import { blocksIn, COREFILE_HOME, COREFILE_MAPS, CUSTOM_MAP } from './corefile-map.ts';
import type { CorefileFinding, CorefileText } from './corefile-map.ts';
import { kubernetesCure } from './kubernetes-cure.ts';

const USUAL_DOMAIN = 'cluster.local';
const DNS_PORT = 53;

/** The cluster's domain. */
export interface ClusterDomain {
  readonly name: string;
  /** Whether something other than the Corefile under review has it: settings, kubeadm, the Corefile before the change. */
  readonly isGiven: boolean;
}

/** The domain that the cluster has by settings, by kubeadm, by the Corefile as it was, and else by the Corefile itself. */
export function clusterDomain(
  object: Manifest,
  previous: Manifest | undefined,
  cluster: Cluster,
  setting: string | undefined,
): ClusterDomain {
  const [before] = domainsServed(blocksIn([previous]));
  const given = setting ?? domainOfKubeadm(cluster) ?? before;
  if (given !== undefined) return { name: zoneName(given), isGiven: true };
  const served = domainsServed(blocksIn([object, ...mapsAround(object, cluster)]));
  const name = served.includes(USUAL_DOMAIN) ? USUAL_DOMAIN : (served[0] ?? USUAL_DOMAIN);
  return { name, isGiven: false };
}

/** The ConfigMaps that what is imported is imported into. */
function mapsAround({ name }: Manifest, cluster: Cluster): readonly Manifest[] {
  if (name !== CUSTOM_MAP) return [];
  return COREFILE_MAPS.flatMap((map) => cluster.get('ConfigMap', COREFILE_HOME, map) ?? []);
}

/** Whether the Corefile serves the cluster's domain. What users add beside it may do so, too. */
export function* mainFaults(
  { key, text, corefile }: CorefileText,
  domain: ClusterDomain,
  object: Manifest,
  cluster: Cluster,
): Iterable<CorefileFinding> {
  const { name } = domain;
  const map = nameOf(object);
  const field = ['data', key];
  if (!domain.isGiven && name !== USUAL_DOMAIN)
    yield { finding: { problem: 'other-domain', field, data: { map, domain: USUAL_DOMAIN, found: name } } };
  const own = zoneOutcome(corefile.blocks, name);
  const custom = blocksIn([cluster.get('ConfigMap', COREFILE_HOME, CUSTOM_MAP)]);
  if (own.served === 'yes' || domainsServed(custom).includes(name)) return;
  const imports = [corefile.imports, ...corefile.blocks.map((block) => block.imports)].flat();
  const unread = [...new Set(imports)].filter((pattern) => !isAddition(pattern));
  if (unread.length > 0) {
    const data = { map, domain: name, imports: unread.join(', ') };
    return yield { finding: { problem: 'not-seen', field, data, unknown: true } };
  }
  const data = { map, domain: name, because: whyNotServed(own.block, name) };
  yield {
    finding: { problem: 'not-served', field, data, key: `not-served ${name}` },
    edit: own.block && kubernetesCure(text, key, own.block, name),
  };
}

/** Whether a block that is imported takes the cluster's domain from the Corefile's, by a zone that the domain is in. */
export function* customFaults(
  { key, text, corefile }: CorefileText,
  { name }: ClusterDomain,
  object: Manifest,
  cluster: Cluster,
): Iterable<CorefileFinding> {
  const ports = blocksIn(mapsAround(object, cluster))
    .flatMap(serverKeys)
    .map(({ port }) => port);
  const taking = corefile.blocks.filter((block) => serverKeys(block).some(({ zone }) => zone !== ''));
  for (const port of new Set([DNS_PORT, ...ports])) {
    const block = answering(taking, name, port);
    if (block === undefined || servesIn(block, name) !== 'no') continue;
    const data = { map: nameOf(object), domain: name, because: whyNotServed(block, name) };
    yield {
      finding: { problem: 'not-served', field: ['data', key], data, key: `not-served ${key} ${name}` },
      edit: kubernetesCure(text, key, block, name),
    };
    return;
  }
}
