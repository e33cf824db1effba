import { at, isObject, listAt, stringAt } from '../model/json.ts';
import type { Json, Path } from '../model/json.ts';
import { knownKind } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { User } from '../model/review.ts';
import { Refusal, wrongField } from './refusal.ts';

const API_VERSION = 'admission.k8s.io/v1';
const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;

/** What the guard reads of an AdmissionReview's request (k8s.io/api/admission/v1 AdmissionRequest). */
export interface AdmissionRequest {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind when it is one the guard reads. */
  readonly known: Kind | undefined;
  readonly operation: (typeof OPERATIONS)[number];
  /** Empty where the request is about the object itself. */
  readonly subResource: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace: string | undefined;
  /** Absent where the API server has yet to make the name (generateName). */
  readonly name: string | undefined;
  readonly object: Json;
  readonly oldObject: Json;
  readonly dryRun: boolean;
  readonly user: User;
}

/**
 * Reads the body of an AdmissionReview. What is missing or of another type is refused with a sentence that names
 * the field. `JSON.parse` makes `__proto__` an own property like any other, and everything downstream reads own
 * properties only: such a key in a ConfigMap is data, no reason to refuse.
 */
export function admissionRequest(text: unknown): AdmissionRequest {
  const body = parse(text);
  if (!isObject(body)) throw wrongField('The body', 'an AdmissionReview', body);
  const apiVersion = at(body, 'apiVersion');
  if (apiVersion !== API_VERSION) throw wrongField('apiVersion', API_VERSION, apiVersion);
  const kind = at(body, 'kind');
  if (kind !== 'AdmissionReview') throw wrongField('kind', 'AdmissionReview', kind);
  const request = at(body, 'request');
  if (!isObject(request)) throw wrongField('request', 'an object', request);
  const group = optionalString(body, 'request', 'kind', 'group') ?? '';
  const version = requiredString(body, 'request', 'kind', 'version');
  const kindName = requiredString(body, 'request', 'kind', 'kind');
  const operation = OPERATIONS.find((candidate) => candidate === request['operation']);
  if (operation === undefined)
    throw wrongField('request.operation', 'CREATE, UPDATE, DELETE or CONNECT', at(request, 'operation'));
  const read: AdmissionRequest = {
    uid: requiredString(body, 'request', 'uid'),
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind: kindName,
    known: knownKind(group, kindName),
    operation,
    subResource: optionalString(body, 'request', 'subResource') ?? '',
    namespace: optionalString(body, 'request', 'namespace'),
    name: optionalString(body, 'request', 'name'),
    object: optionalObject(body, 'request', 'object'),
    oldObject: optionalObject(body, 'request', 'oldObject'),
    dryRun: optionalBoolean(body, 'request', 'dryRun') ?? false,
    user: {
      name: stringAt(request, 'userInfo', 'username') ?? '',
      groups: listAt(request, 'userInfo', 'groups').filter((entry) => typeof entry === 'string'),
    },
  };
  if (read.object === null && (operation === 'CREATE' || operation === 'UPDATE'))
    throw wrongField('request.object', `an object for ${operation}`, at(request, 'object'));
  return read;
}

function parse(text: unknown): unknown {
  if (typeof text !== 'string' || text === '')
    throw new Refusal(400, 'The body: expected an AdmissionReview, got nothing.');
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in its message, which may be a Secret's: only the position is passed on.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = position === undefined ? 'something else' : `text that goes wrong at position ${position}`;
    throw new Refusal(400, `The body: expected JSON, got ${where}.`);
  }
}

function requiredString(body: Json, ...path: Path): string {
  const value = at(body, ...path);
  if (typeof value !== 'string' || value === '') throw wrongField(path.join('.'), 'a string', value);
  return value;
}

/** An empty string says as little as an absent one: Go writes both. */
function optionalString(body: Json, ...path: Path): string | undefined {
  const value = at(body, ...path) ?? undefined;
  if (value !== undefined && typeof value !== 'string')
    throw wrongField(path.join('.'), 'a string or nothing', value);
  return value === '' ? undefined : value;
}

function optionalBoolean(body: Json, ...path: Path): boolean | undefined {
  const value = at(body, ...path) ?? undefined;
  if (value !== undefined && typeof value !== 'boolean')
    throw wrongField(path.join('.'), 'true, false or nothing', value);
  return value;
}

function optionalObject(body: Json, ...path: Path): Json {
  const value = at(body, ...path) ?? null;
  if (value !== null && !isObject(value)) throw wrongField(path.join('.'), 'an object or null', value);
  return value;
}
