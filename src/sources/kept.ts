import { isObject, objectAt } from '../model/json.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import { manifestOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** What the API server and controllers write for each other: it changes all the time and no check reads it. */
const BOOKKEEPING = [
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
];

/** The parts of `status` that checks read. */
const STATUS: Partial<Record<Kind, readonly string[]>> = {
  Pod: ['phase', 'podIP', 'podIPs'],
  Node: ['addresses'],
  Service: ['loadBalancer'],
};

/** Of a Pod there may be ten thousand, and only what NetworkPolicies and name look-ups go by is asked of one. */
const POD_SPEC = ['hostNetwork', 'dnsPolicy', 'dnsConfig', 'nodeName', 'enableServiceLinks'];
const CONTAINER = ['name', 'image', 'ports', 'env', 'args', 'command', 'restartPolicy'];

/**
 * An item of a list or a watch as the picture keeps it: with its kind, which a list leaves out, and without what nobody
 * reads. Two versions of an object that differ in nothing else are the same here.
 */
export function kept(kind: Kind, item: Json): Manifest {
  const { group, version } = KINDS[kind];
  const given = isObject(item) ? item : {};
  const metadata: Record<string, Json | undefined> = { ...objectAt(item, 'metadata') };
  for (const field of BOOKKEEPING) delete metadata[field];
  // Of a NetworkPolicy it tells what the API server has pruned, which a check needs; of the rest it is a second copy.
  if (kind !== 'NetworkPolicy' && isObject(metadata['annotations'])) {
    const annotations: Record<string, Json | undefined> = { ...metadata['annotations'] };
    delete annotations[LAST_APPLIED];
    metadata['annotations'] = annotations;
  }
  const { status: _, ...rest } = given;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const status = only(given['status'], STATUS[kind] ?? []);
  const object: JsonObject = {
    ...rest,
    apiVersion,
    kind,
    metadata,
    ...(isObject(given['spec']) && kind === 'Pod' ? { spec: podSpec(given['spec']) } : {}),
    ...(Object.keys(status).length > 0 ? { status } : {}),
  };
  return manifestOf(object, { from: 'cluster' });
}

function podSpec(spec: JsonObject): JsonObject {
  const containers = (field: string): JsonObject => {
    const list = spec[field];
    return Array.isArray(list) ? { [field]: list.map((entry: Json) => only(entry, CONTAINER)) } : {};
  };
  return { ...only(spec, POD_SPEC), ...containers('containers'), ...containers('initContainers') };
}

function only(value: Json | undefined, fields: readonly string[]): JsonObject {
  const given = isObject(value) ? value : {};
  return Object.fromEntries(
    fields.flatMap((field) => (Object.hasOwn(given, field) ? [[field, given[field]]] : [])),
  );
}
