import type { Cluster } from '../../model/cluster.ts';
import { KUBEADM_CONFIG } from '../../model/cluster-ranges.ts';
import type { CorefileFault } from '../../model/corefile.ts';
import { stringAt } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { isNamed } from '../../model/object-name.ts';
import type { Check } from '../../policy/check.ts';
import { clusterNameservers } from './cluster-dns.ts';
import type { ClusterNameservers } from './cluster-dns.ts';
import { COREFILE_KEY, COREFILE_MAPS, COREFILE_NAMES, corefileTexts } from './corefile-map.ts';
import type { CorefileFinding, CorefileText } from './corefile-map.ts';
import { forwardLoops } from './forward-loop.ts';
import { hostEntries } from './host-entries.ts';
import { overriddenService } from './overridden-service.ts';
import { textPatch } from './text-edits.ts';
import { clusterDomain, customFaults, mainFaults } from './zone-fault.ts';
import type { ClusterDomain } from './zone-fault.ts';
import { servesClusterInCel } from './serves-cluster-in-cel.ts';

/** What the policy's document and the operator's settings may say. */
export interface ServesParams {
  /** kubelet --cluster-domain; without it the domain is what the Corefile, or kubeadm, says. */
  readonly clusterDomain?: string;
  /** The addresses of the cluster's DNS, where the picture does not have its Service. */
  readonly clusterDNS?: readonly string[];
}

/** Whether the cluster's DNS goes on to answer for the cluster's own names, Seldon's among them. */
export const servesCluster: Check<ServesParams> = {
  name: 'serves-cluster',
  needs: ['ConfigMap', 'Service', 'SeldonRuntime', 'Server'],
  configMaps: () => [...COREFILE_NAMES, KUBEADM_CONFIG],
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      clusterDomain: { type: 'string', description: "The cluster's domain", minLength: 1, maxLength: 253 },
      clusterDNS: {
        type: 'array',
        description: "Addresses of the cluster's DNS, where Service kube-system/kube-dns is not to be seen",
        items: { type: 'string', minLength: 1, maxLength: 64 },
        maxItems: 8,
      },
    },
  },
  problems: {
    'no-corefile': ['map'],
    unbalanced: ['map', 'key', 'because'],
    'brace-in-line': ['map', 'key', 'line', 'plugin'],
    'not-served': ['map', 'domain', 'because'],
    'not-seen': ['map', 'domain', 'imports'],
    'other-domain': ['map', 'domain', 'found'],
    loop: ['map', 'block', 'address', 'because'],
    overridden: ['map', 'key', 'name', 'address', 'service'],
  },
  inCel: servesClusterInCel,
  *evaluate({ object, previous, cluster }, params) {
    if (!COREFILE_NAMES.some((one) => isNamed(object, one))) return;
    const isMain = COREFILE_MAPS.includes(object.name);
    if (isMain && stringAt(object.object, 'data', COREFILE_KEY) === undefined) {
      yield { problem: 'no-corefile', field: ['data'], data: { map: nameOf(object) } };
      return;
    }
    const subject: Subject = {
      object,
      cluster,
      isMain,
      dns: clusterNameservers(cluster, params.clusterDNS ?? []),
      domain: clusterDomain(object, previous, cluster, params.clusterDomain),
    };
    const found = corefileTexts(object).flatMap((text) => [...faultsOf(text, subject)]);
    // One patch for all of them: each puts the whole text in the place of the old one.
    const edits = found.flatMap(({ edit }) => edit ?? []);
    const fix = textPatch(object.object, edits);
    for (const { edit, finding } of found) yield edit === undefined ? finding : { ...finding, fix };
  },
};

interface Subject {
  readonly object: Manifest;
  readonly cluster: Cluster;
  /** Whether it is the Corefile, and not what is imported into it. */
  readonly isMain: boolean;
  readonly dns: ClusterNameservers;
  readonly domain: ClusterDomain;
}

function* faultsOf(text: CorefileText, subject: Subject): Iterable<CorefileFinding> {
  const { object, cluster, isMain, dns, domain } = subject;
  const { key, corefile } = text;
  const map = nameOf(object);
  const field = ['data', key];
  const broken = corefile.faults.find(({ kind }) => kind !== 'in-line');
  if (broken !== undefined) {
    const data = { map, key, because: whyBroken(broken) };
    // Which part of the text is whose is anybody's guess from there on.
    return yield { finding: { problem: 'unbalanced', field, data, key: `unbalanced ${key}` } };
  }
  const [inLine] = corefile.faults;
  if (inLine !== undefined) {
    const data = { map, key, line: inLine.line, plugin: inLine.what };
    yield { finding: { problem: 'brace-in-line', field, data, key: `brace-in-line ${key}` } };
  }
  yield* (isMain ? mainFaults : customFaults)(text, domain, object, cluster);
  for (const { block, address, because } of forwardLoops(corefile.blocks, dns))
    yield { finding: { problem: 'loop', field, data: { map, block, address, because } } };
  yield* overrides(text, subject);
}

function whyBroken({ kind, line, what }: CorefileFault): string {
  return kind === 'unclosed'
    ? `nothing closes the brace of ${what} on line ${line}`
    : `the closing brace on line ${line} closes nothing`;
}

/** A line of hosts of which no name is left goes as a whole. */
function* overrides(
  { key, corefile }: CorefileText,
  { object, cluster, domain }: Subject,
): Iterable<CorefileFinding> {
  const textOf = (one: string): string | undefined => stringAt(object.object, 'data', one);
  const found = hostEntries(corefile.blocks, key, textOf).flatMap((entry) => {
    const service = overriddenService(entry, domain.name, cluster);
    return service === undefined ? [] : [{ entry, service }];
  });
  for (const { entry, service } of found) {
    const { name, address, line, names, removal } = entry;
    const together = found.filter((other) => other.entry.line === line).length;
    const data = { map: nameOf(object), key: entry.key, name, address, service };
    yield {
      finding: { problem: 'overridden', field: ['data', entry.key], data },
      edit: together === names ? line : removal,
    };
  }
}
