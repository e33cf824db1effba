import { parseAllDocuments } from 'yaml';
import { Picture } from '../../src/model/cluster.ts';
import { manifestOf } from '../../src/model/manifest.ts';
import { connectionsIn } from '../../src/network/listing.ts';
import type { Connection } from '../../src/network/listing.ts';
import { difference, isEmpty } from '../../src/network/port-set.ts';
import { peerText, portsText } from '../../src/reports/connectivity-peer.ts';

/** The picture of manifests written in YAML; what names no namespace is in `a`. */
export function pictureOf(yaml: string): Picture {
  const objects = parseAllDocuments(yaml).map((document) => document.toJS() as unknown);
  return Picture.of(objects.map((object) => manifestOf(object, { from: 'request' }, { namespace: 'a' })));
}

/** `Pod a/x -> Pod a/y: TCP 80`, with a `?` before the ports that only may be open. */
export function lineOf({ from, to, verdict }: Connection): string {
  const doubt = difference(verdict.maybe, verdict.yes);
  const ports = [
    ...(isEmpty(verdict.yes) ? [] : [portsText(verdict.yes)]),
    ...(isEmpty(doubt) ? [] : [`?${portsText(doubt)}`]),
  ];
  return `${peerText(from)} -> ${peerText(to)}: ${ports.join(' ')}`;
}

/** The lines of everything in these manifests. */
export function listed(yaml: string): string[] {
  return [...connectionsIn(pictureOf(yaml))].map(lineOf);
}

/** Those between workloads, without what goes to or comes from addresses. */
export function inside(yaml: string): string[] {
  return [...connectionsIn(pictureOf(yaml))]
    .filter(({ from, to }) => from.kind === 'workload' && to.kind === 'workload')
    .map(lineOf);
}

const json = (value: object): string => JSON.stringify(value);

/** A Pod named `name` with the label `app: name`, and whatever else is given. */
export function pod(
  name: string,
  { metadata = {}, spec = {}, status = {} }: { metadata?: object; spec?: object; status?: object } = {},
): string {
  const meta = { name, labels: { app: name }, ...metadata };
  return `---\n${json({ apiVersion: 'v1', kind: 'Pod', metadata: meta, spec, status })}\n`;
}

/** A workload with the same label on its pods. */
export function workload(kind: string, name: string, but: { metadata?: object; spec?: object } = {}): string {
  const template = { metadata: { labels: { app: name } }, spec: {} };
  const apiVersion = kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : 'apps/v1';
  const spec = kind === 'CronJob' ? { jobTemplate: { spec: { template } } } : { template };
  return `---\n${json({ apiVersion, kind, metadata: { name, ...but.metadata }, spec: { ...spec, ...but.spec } })}\n`;
}

/** A NetworkPolicy in namespace `a` with this spec in YAML flow or block style. */
export function policy(name: string, spec: object, namespace = 'a'): string {
  return `---\n${json({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  })}\n`;
}

/** A controlling owner, for `metadata`. */
export function ownedBy(kind: string, name: string): { ownerReferences: object[] } {
  const apiVersion = kind === 'Job' || kind === 'CronJob' ? 'batch/v1' : kind === 'Node' ? 'v1' : 'apps/v1';
  return {
    ownerReferences: [
      { apiVersion: 'v1', kind: 'Other', name: 'no-controller' },
      { apiVersion, kind, name, controller: true },
    ],
  };
}
