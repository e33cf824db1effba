import type { Cluster } from '../../model/cluster.ts';
import { stringAt } from '../../model/json.ts';
import type { Path } from '../../model/json.ts';
import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import { nearest } from '../../model/nearest.ts';
import { configFor, operatorHome } from '../../model/operator.ts';
import type { OperatorHome } from '../../model/operator.ts';
import { fieldPath, jsonPointer } from '../../model/path.ts';
import { firstOf } from '../../model/words.ts';
import type { Finding } from '../../policy/check.ts';

type ConfigKind = 'ServerConfig' | 'SeldonConfig';

/** What an object may be called (RFC 1123 subdomain, k8s.io/apimachinery validation.IsDNS1123Subdomain). */
export const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
export const LONGEST_NAME = 253;
/** More names than a person reads. */
const MOST_NAMES = 5;

/**
 * Why the operator does not find the configuration that an object names, if it does not. It gets it by that very name
 * from its own namespace (operator/apis/mlops/v1alpha1/serverconfig_types.go:75-86, seldonconfig_types.go:160-169).
 */
export function* namedConfigFaults(
  object: Manifest,
  cluster: Cluster,
  kind: ConfigKind,
  field: Path,
): Iterable<Finding> {
  const name = stringAt(object.object, ...field);
  // The CRD requires the field.
  if (name === undefined) return;
  const home = operatorHome(cluster, object.namespace);
  const place = nameOf(object);
  if (name.length > LONGEST_NAME || !OBJECT_NAME.test(name)) {
    const bare = name.slice(name.lastIndexOf('/') + 1);
    const found = bare !== name && configFor(cluster, kind, bare, home).config !== undefined;
    yield {
      problem: 'not-a-name',
      field,
      data: {
        place,
        field: fieldPath(field),
        kind,
        name: name === '' ? 'empty' : name.slice(0, LONGEST_NAME),
        aside: bare === name ? '' : '; the operator reads no namespace there, and looks in its own',
      },
      ...(found ? { fix: [{ op: 'replace', path: jsonPointer(field), value: bare }] } : {}),
    };
    return;
  }
  const has = (namespace: string): boolean => cluster.get(kind, namespace, name) !== undefined;
  if (home.candidates.some(has)) return;
  const because = unseen(cluster, object.namespace, kind, name, home);
  if (because !== undefined) {
    yield { problem: 'not-seen', field, data: { place, kind, name, because }, unknown: true };
    return;
  }
  yield {
    problem: 'missing',
    field,
    data: {
      place,
      kind,
      name,
      operator: home.candidates.join(', '),
      ...instead(cluster, kind, name, home),
    },
    key: ['missing', kind, name].join('\n'),
  };
}

/** What would have to be seen before anybody could say that the configuration does not exist. */
function unseen(
  cluster: Cluster,
  namespace: string,
  kind: ConfigKind,
  name: string,
  home: OperatorHome,
): string | undefined {
  if (home.by !== 'operator') return `no operator that watches ${namespace} is among the objects seen`;
  const there = home.candidates.some((namespace) => cluster.list(kind, namespace).length > 0);
  const all = cluster.list(kind);
  const elsewhere = all.filter((config) => config.name === name);
  // A file that names no namespace goes wherever kubectl is told to put it.
  const unplaced = elsewhere.some((config) => stringAt(config.object, 'metadata', 'namespace') === undefined);
  // A set of files with none of the operator's configurations in it is only a part of what there is.
  const whole = there || elsewhere.length > 0 || all.length === 0;
  if (cluster.sees(kind) && whole && !unplaced) return undefined;
  return `${configFor(cluster, kind, name, home).missing ?? kind} is not among the objects seen`;
}

/** What is there instead: the same name elsewhere, or other names, one of which may be meant. */
function instead(
  cluster: Cluster,
  kind: ConfigKind,
  name: string,
  home: OperatorHome,
): { readonly aside: string; readonly other: string } {
  const elsewhere = cluster.list(kind).find((config) => config.name === name);
  const names = home.candidates.flatMap((namespace) =>
    cluster.list(kind, namespace).map((config) => config.name),
  );
  const near = nearest(name, names);
  const has = names.length === 0 ? '' : `; it has ${firstOf(names, MOST_NAMES)}`;
  return {
    aside: elsewhere === undefined ? has : `; the one of that name is in ${elsewhere.namespace}`,
    other: near === undefined ? 'one that is there' : near,
  };
}
