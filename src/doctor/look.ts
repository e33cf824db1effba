import { listAt, stringAt } from '../model/json.ts';
import type { Json } from '../model/json.ts';
import type { Examined } from '../reports/health.ts';
import type { ApiServer, Reply } from '../sources/api-server.ts';

/** Something that the API server keeps: one object where it is named, else a list. */
export interface Thing {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Of a list: the labels that are wanted. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What is hidden, and why. */
export interface Hidden {
  readonly is: 'hidden';
  /** A sentence. */
  readonly why: string;
  /** How to see it. */
  readonly remedy: string;
}

/** What a look at something gave. Not to be allowed to look is something else than to see that it is not there. */
export type Sight = { readonly is: 'there'; readonly seen: Json } | { readonly is: 'absent' } | Hidden;

const FORBIDDEN = 403;
const NOT_FOUND = 404;

/** Looks at something. Never throws. */
export async function look(api: ApiServer, thing: Thing): Promise<Sight> {
  const answer = await api.get(pathOf(thing));
  if (answer.ok) return { is: 'there', seen: answer.body };
  // A list is empty where there is nothing, and not found where the API server does not know its kind.
  if (answer.status === NOT_FOUND) return { is: 'absent' };
  if (answer.status === FORBIDDEN)
    return forbidden(`${thing.name === undefined ? 'list' : 'get'} ${rightOn(thing)}`);
  return { is: 'hidden', why: `${answer.trouble}.`, remedy: 'Ask again once it answers.' };
}

/** The objects of a list; none where it is not to be seen. */
export function itemsOf(sight: Sight): readonly Json[] {
  return sight.is === 'there' ? listAt(sight.seen, 'items') : [];
}

/** What it takes a right to see (`get secrets x in namespace y`), which this user does not have. */
export function forbidden(right: string): Hidden {
  return {
    is: 'hidden',
    why: `this user has no right to ${right}.`,
    remedy: `Grant the right to ${right}, or ask as somebody who has it.`,
  };
}

/** What the API server says in a reply, in one line without its end: the message of its Status, else the text itself. */
export function messageOf({ text }: Pick<Reply, 'text'>): string {
  let message = text;
  try {
    message = stringAt(JSON.parse(text), 'message') ?? text;
  } catch {
    // No Status: what stands before or behind the API server says it in words of its own.
  }
  return (message.trim().split('\n', 1)[0] ?? '').slice(0, 500).replace(/\.$/, '');
}

/** What an examination says of something that it could not look at. */
export function unknown(check: string, about: string, { why, remedy }: Omit<Hidden, 'is'>): Examined {
  return { check, state: 'unknown', about, says: why, remedy };
}

/** Where the API server keeps it. */
function pathOf({ group, version, resource, namespace, name, labels }: Thing): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const room = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`;
  const selector = Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const query = selector === '' ? '' : `?labelSelector=${encodeURIComponent(selector)}`;
  return `${root}${room}/${resource}${object}${query}`;
}

function rightOn({ group, resource, namespace, name }: Thing): string {
  const kind = group === '' ? resource : `${resource}.${group}`;
  const which = name === undefined ? kind : `${kind} ${name}`;
  return namespace === undefined ? which : `${which} in namespace ${namespace}`;
}

/** The name of an object in its namespace. */
export function nameIn(object: Json | undefined): string {
  return stringAt(object, 'metadata', 'name') ?? '';
}
