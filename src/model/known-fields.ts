import calico from './fields/calico.json' with { type: 'json' };
import kubernetes from './fields/kubernetes.json' with { type: 'json' };
import seldon from './fields/seldon.json' with { type: 'json' };
import type { Path } from './json.ts';
import { once } from './once.ts';

/** What stands under a field: a list or a map of a type, or the type itself. */
export interface Field {
  readonly shape: 'one' | 'list' | 'map';
  /** `string`, `number`, `boolean`, `scalar`, `any`, or the name of a type with fields of its own. */
  readonly type: string;
  /** The first and the last release that has it, where not all that are known do. */
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field>>;

/** Whose kind it is, and the releases whose fields are known, the oldest first. */
export interface Author {
  readonly product: 'Kubernetes' | 'Seldon Core' | 'Tigera operator';
  readonly releases: readonly string[];
}

interface Trees {
  readonly releases: readonly string[];
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * The fields of the kinds that the guard reads. Made by `test/fields/make.ts`: Kubernetes' own from the models of its client,
 * the others from CRDs (k8s/yaml/crds.yaml of Seldon Core, operator.tigera.io_installations.yaml of the Tigera operator).
 */
const SOURCES: readonly (readonly [Author['product'], Trees])[] = [
  ['Kubernetes', kubernetes],
  ['Seldon Core', seldon],
  ['Tigera operator', calico],
];

/** The name of a kind's type and whose it is; undefined where the fields of that version are not known. */
export function rootType(apiVersion: string, kind: string): { type: string; author: Author } | undefined {
  const name = `${apiVersion}/${kind}`;
  for (const [product, { kinds, releases }] of SOURCES)
    if (Object.hasOwn(kinds, name)) return { type: kinds[name] ?? '', author: { product, releases } };
  return undefined;
}

/** The types of all kinds whose fields are known. */
export function rootTypes(): readonly string[] {
  return SOURCES.flatMap(([, { kinds }]) => Object.values(kinds));
}

/** Every type that has fields of its own. */
export function typeNames(): readonly string[] {
  return SOURCES.flatMap(([, { types }]) => Object.keys(types));
}

const READ = Symbol('fields');

/** The fields of a type; undefined for a type that has none of its own. */
export function fieldsOf(type: string): Fields | undefined {
  for (const [, { types }] of SOURCES) {
    const written = Object.hasOwn(types, type) ? types[type] : undefined;
    if (written !== undefined) return once(written, READ, read);
  }
  return undefined;
}

function read(written: Readonly<Record<string, string>>): Fields {
  return Object.fromEntries(Object.entries(written).map(([name, text]) => [name, fieldOf(text)]));
}

function fieldOf(text: string): Field {
  const [, list, map, one, since, until] =
    /^(?:\[(.+)\]|\{(.+)\}|([^ ]+))(?: since ([^ ]+))?(?: until ([^ ]+))?$/.exec(text) ?? [];
  const shape = list !== undefined ? 'list' : map !== undefined ? 'map' : 'one';
  return { shape, type: list ?? map ?? one ?? 'any', since, until };
}

/** The field that a path leads to, from a type; undefined where it leads out of what is known. */
export function fieldAt(type: string, path: Path): Field | undefined {
  let here: Field = { shape: 'one', type, since: undefined, until: undefined };
  for (const step of path) {
    if (here.shape === 'one') {
      const next = fieldsOf(here.type);
      if (next === undefined || typeof step === 'number' || !Object.hasOwn(next, step)) return undefined;
      here = next[step] as Field;
    } else here = { ...here, shape: 'one' };
  }
  return here;
}
