import { isObject, listAt, stringAt } from './json.ts';
import type { Json } from './json.ts';

/** What only the running pod knows: where the kubelet takes a variable's value from. */
export type Source =
  | { readonly from: 'field'; readonly path: string }
  | { readonly from: 'ConfigMap' | 'Secret'; readonly name: string; readonly key: string }
  /** Any variable may come from the whole ConfigMaps and Secrets of envFrom. */
  | { readonly from: 'envFrom' }
  | { readonly from: 'elsewhere'; readonly what: string };

/** A value as the kubelet puts it together, in order: text of the manifest, and what is not in it. */
export type Value = readonly (string | Source)[];

/** What a container's process will find in its environment, as far as its manifest tells. */
export interface Environment {
  /** The value of a variable; undefined where the container does not set it. */
  get(name: string): Value | undefined;
  /** Where in `env` the entry stands that counts for a variable. */
  indexOf(name: string): number | undefined;
  /** A text with its `$(VAR)` replaced. */
  expand(text: string): Value;
}

/** What is known of an environment variable: its value (undefined: not set), or why it cannot be told. */
export type EnvValue =
  | { readonly known: true; readonly value: string | undefined }
  | { readonly known: false; readonly because: string };

/** One argument of a process, after `$(VAR)` was expanded as far as the variables are known. */
export interface Argument {
  readonly text: string;
  readonly known: boolean;
}

/** What the downward API would answer, by fieldPath: `{ 'metadata.namespace': 'seldon-system' }`. */
export type FieldValues = Readonly<Record<string, string>>;

/** The longest text that the kernel takes in one piece (MAX_ARG_STRLEN); no process starts with a longer one. */
const LONGEST = 131_072;
const TOO_LONG: Source = { from: 'elsewhere', what: 'a text too long for a process' };

const FROM_OUTSIDE: Value = [{ from: 'envFrom' }];
const NO_FIELDS: FieldValues = Object.freeze({});

/**
 * Replaces `$(VAR)`; `$$` is a dollar, so that `$$(VAR)` is the text `$(VAR)`, and a reference to a variable that is
 * not set stays as it is (core/v1 EnvVar.value; k8s.io/kubernetes third_party/forked/golang/expansion/expand.go).
 */
function expanded(text: string, look: (name: string) => Value | undefined): Value {
  if (!text.includes('$')) return text === '' ? [] : [text];
  const parts: (string | Source)[] = [];
  let length = 0;
  let rest = 0;
  // By hand and not by a pattern: an opening without its end would be searched to the end again and again.
  const lastEnd = text.lastIndexOf(')');
  for (let dollar = text.indexOf('$'); dollar >= 0; dollar = text.indexOf('$', Math.max(dollar + 1, rest))) {
    const next = text[dollar + 1];
    const escaped = next === '$';
    if (!escaped && (next !== '(' || dollar > lastEnd)) continue;
    const end = escaped ? dollar + 1 : text.indexOf(')', dollar);
    const whole = text.slice(dollar, end + 1);
    const found = escaped ? ['$'] : (look(whole.slice(2, -1)) ?? [whole]);
    parts.push(text.slice(rest, dollar));
    for (const part of found) parts.push(part);
    length +=
      dollar - rest + found.reduce((sum, part) => sum + (typeof part === 'string' ? part.length : 1), 0);
    rest = end + 1;
    // References to references can double with every entry.
    if (length > LONGEST) return [TOO_LONG];
  }
  parts.push(text.slice(rest));
  return joined(parts);
}

/** The same value with neighbouring texts made one and empty ones left out. */
function joined(parts: Value): Value {
  const result: (string | Source)[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    if (part === '') continue;
    if (typeof part === 'string' && typeof last === 'string') result[result.length - 1] = last + part;
    else result.push(part);
  }
  return result;
}

function sourceOf(valueFrom: Json): Source {
  const path = stringAt(valueFrom, 'fieldRef', 'fieldPath');
  if (path !== undefined) return { from: 'field', path };
  for (const [ref, from] of [
    ['configMapKeyRef', 'ConfigMap'],
    ['secretKeyRef', 'Secret'],
  ] as const) {
    const key = stringAt(valueFrom, ref, 'key');
    if (key !== undefined) return { from, name: stringAt(valueFrom, ref, 'name') ?? '', key };
  }
  const what = isObject(valueFrom)
    ? Object.keys(valueFrom).find((key) => isObject(valueFrom[key]))
    : undefined;
  return { from: 'elsewhere', what: what ?? 'valueFrom' };
}

/**
 * The environment of a container. Of several entries of a name the last counts, `env` comes before `envFrom`
 * (core/v1 Container.envFrom), and a value may refer to the entries before it; a `value` that is not empty comes
 * before `valueFrom` (k8s.io/kubernetes pkg/kubelet/kubelet_pods.go, makeEnvironmentVariables).
 */
export function environmentOf(container: Json | undefined): Environment {
  const variables = new Map<string, { value: Value; index: number }>();
  const outside = listAt(container, 'envFrom').length === 0 ? undefined : FROM_OUTSIDE;
  const look = (name: string): Value | undefined => variables.get(name)?.value ?? outside;
  for (const [index, entry] of listAt(container, 'env').entries()) {
    const name = stringAt(entry, 'name');
    if (name === undefined || !isObject(entry)) continue;
    const text = stringAt(entry, 'value') ?? '';
    const valueFrom = entry['valueFrom'];
    const value = text === '' && isObject(valueFrom) ? [sourceOf(valueFrom)] : expanded(text, look);
    variables.set(name, { value, index });
  }
  return {
    get: (name) => variables.get(name)?.value,
    indexOf: (name) => variables.get(name)?.index,
    expand: (text) => expanded(text, look),
  };
}

/** Whether a variable that `env` does not set may come from envFrom: all names from there begin with its prefix. */
export function mayComeFromOutside(container: Json | undefined, name: string): boolean {
  return listAt(container, 'envFrom').some((source) => name.startsWith(stringAt(source, 'prefix') ?? ''));
}

/** The value of a variable, or envFrom, where that may set it. */
export function valueFor(
  name: string,
  container: Json | undefined,
  environment: Environment,
): Value | undefined {
  return environment.get(name) ?? (mayComeFromOutside(container, name) ? FROM_OUTSIDE : undefined);
}

/** The text of a value, where it is in the manifest as a whole. */
export function textOf(value: Value): string | undefined {
  if (value.length === 0) return '';
  return value.length === 1 && typeof value[0] === 'string' ? value[0] : undefined;
}

/** Where a part of a value comes from, as a person would look for it. */
export function sourceName(source: Source): string {
  switch (source.from) {
    case 'field':
      return source.path;
    case 'ConfigMap':
    case 'Secret':
      return `${source.from} ${source.name}, key ${source.key}`;
    case 'envFrom':
      return 'envFrom';
    case 'elsewhere':
      return source.what;
  }
}

/** The value for a message: text as it is, the rest by where it comes from. Nothing that is not in the manifest. */
export function written(value: Value): string {
  const text = value
    .map((part) =>
      typeof part === 'string' ? part : value.length === 1 ? sourceName(part) : `$(${sourceName(part)})`,
    )
    .join('');
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

function withFields(value: Value, fields: FieldValues): Value {
  return joined(
    value.map((part) =>
      typeof part !== 'string' && part.from === 'field' && Object.hasOwn(fields, part.path)
        ? (fields[part.path] ?? '')
        : part,
    ),
  );
}

/** The value of a container's environment variable, as its process will see it. */
export function envOf(container: Json | undefined, name: string, fields: FieldValues = NO_FIELDS): EnvValue {
  const set = listAt(container, 'env').some((entry) => stringAt(entry, 'name') === name);
  const value = set ? environmentOf(container).get(name) : undefined;
  if (value === undefined)
    return mayComeFromOutside(container, name)
      ? { known: false, because: 'envFrom may set it' }
      : { known: true, value: undefined };
  const filled = withFields(value, fields);
  const text = textOf(filled);
  if (text !== undefined) return { known: true, value: text };
  const source = filled.find((part) => typeof part !== 'string');
  return { known: false, because: `its value comes from ${source === undefined ? '' : sourceName(source)}` };
}

/** The arguments that a container's process gets: what follows the program in `command`, then `args`. */
export function argumentsOf(
  container: Json | undefined,
  fields: FieldValues = NO_FIELDS,
): readonly Argument[] {
  const environment = environmentOf(container);
  return [...listAt(container, 'command').slice(1), ...listAt(container, 'args')]
    .filter((argument) => typeof argument === 'string')
    .map((argument) => {
      const text = textOf(withFields(environment.expand(argument), fields));
      return text === undefined ? { text: argument, known: false } : { text, known: true };
    });
}
