import { isObject, listAt, objectAt, stringAt } from '../../src/model/json.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import type { FieldTrees } from './field-trees.ts';

/** The CRDs of one release. */
export interface Release {
  readonly release: string;
  readonly crds: readonly unknown[];
}

/** A schema of several releases laid together: what is there, and which of the releases have it. */
interface Node {
  readonly releases: Set<string>;
  /** How it is written where it has no fields of its own; `field` where it has. */
  plain: string;
  readonly fields: Map<string, Node>;
  inner: Node | undefined;
}

const METADATA = 'V1ObjectMeta';

function node(): Node {
  return { releases: new Set(), plain: '', fields: new Map(), inner: undefined };
}

/** What a structural schema says about fields: what it does not name is pruned, unless it is said to be preserved. */
function lay(into: Node, schema: Json | undefined, release: string): void {
  into.releases.add(release);
  const inner = (of: Json | undefined, plain: string): void => {
    into.plain = plain;
    lay((into.inner ??= node()), of, release);
  };
  const type = stringAt(schema, 'type');
  const more = objectAt(schema)['additionalProperties'];
  if (objectAt(schema)['x-kubernetes-preserve-unknown-fields'] === true) into.plain = 'any';
  else if (objectAt(schema)['x-kubernetes-int-or-string'] === true) into.plain = 'scalar';
  else if (type === 'array') inner(objectAt(schema, 'items'), '[]');
  else if (type === 'object' && isObject(more)) inner(more, '{}');
  else if (type === 'object') {
    into.plain = 'fields';
    for (const [name, each] of Object.entries(objectAt(schema, 'properties'))) {
      let field = into.fields.get(name);
      if (field === undefined) into.fields.set(name, (field = node()));
      lay(field, each, release);
    }
  } else into.plain = type === 'integer' ? 'number' : (type ?? 'any');
}

function rootOf(schema: JsonObject): JsonObject {
  const properties = { ...objectAt(schema, 'properties') };
  // An object's metadata is the API server's own affair, and its status nobody's to write.
  delete properties['metadata'];
  delete properties['status'];
  return { type: 'object', properties };
}

/** The fields of the kinds that CRDs define, over all the releases given, the oldest first. */
export function crdFields(given: readonly Release[]): FieldTrees {
  const roots = new Map<string, Node>();
  for (const { release, crds } of given)
    for (const { spec } of crds.filter(isObject).map((crd) => ({ spec: objectAt(crd, 'spec') })))
      for (const version of listAt(spec, 'versions')) {
        const [group, kind] = [stringAt(spec, 'group') ?? '', stringAt(spec, 'names', 'kind') ?? ''];
        const name = `${group}/${stringAt(version, 'name') ?? ''}/${kind}`;
        let root = roots.get(name);
        if (root === undefined) roots.set(name, (root = node()));
        lay(root, rootOf(objectAt(version, 'schema', 'openAPIV3Schema')), release);
      }
  const releases = given.map(({ release }) => release);
  const types: Record<string, Record<string, string>> = {};
  /** Types of the same fields are one type, called after the first place it stands at. */
  const names = new Map<string, string>();
  const written = (at: Node, path: string): string => {
    if (at.plain === '[]' && at.inner !== undefined) return `[${written(at.inner, path)}]`;
    if (at.plain === '{}' && at.inner !== undefined) return `{${written(at.inner, path)}}`;
    if (at.plain !== 'fields') return at.plain;
    const fields = [...at.fields]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, written(field, `${path}.${name}`) + between(field, at, releases)]);
    const own = Object.fromEntries(fields) as Record<string, string>;
    const known = names.get(JSON.stringify(own));
    if (known !== undefined) return known;
    names.set(JSON.stringify(own), path);
    types[path] = own;
    return path;
  };
  const kinds = Object.fromEntries(
    [...roots].map(([name, root]) => {
      const type = written(root, name.slice(name.lastIndexOf('/') + 1));
      types[type] = { ...types[type], metadata: METADATA, status: 'any' };
      return [name, type];
    }),
  );
  return { releases, kinds, types };
}

/** Since and until which release, where the field has not always been in what it stands in. */
function between(field: Node, parent: Node, releases: readonly string[]): string {
  const [own, whole] = [field, parent].map((each) => releases.filter((name) => each.releases.has(name)));
  const since = own?.[0] === whole?.[0] ? '' : ` since ${own?.[0] ?? ''}`;
  const until = own?.at(-1) === whole?.at(-1) ? '' : ` until ${own?.at(-1) ?? ''}`;
  return since + until;
}
