import { isDeepStrictEqual } from 'node:util';
import { at, isObject, objectAt } from '../../model/json.ts';
import type { Json, JsonObject, Path } from '../../model/json.ts';
import { rootType, rootTypes } from '../../model/known-fields.ts';
import { lastApplied } from '../../model/last-applied.ts';
import { patched } from '../../model/patch.ts';
import { fieldPath } from '../../model/path.ts';
import { seldonRelease, SELDON_RELEASE_KINDS } from '../../model/seldon-version.ts';
import type { Check, Data, Finding } from '../../policy/check.ts';
import { fieldFaults } from './field-faults.ts';
import type { FieldFault } from './field-faults.ts';
import { meantBy, renamed } from './field-meant.ts';
import { isBeyond, isMissing, releaseText, spanOf } from './field-release.ts';
import type { Subject } from './field-release.ts';
import { namesText, placeText, typeText } from './field-words.ts';
import { validatorOf } from './field-validator.ts';
import { misplacedPeers } from '../reach/misplaced-peers.ts';

const FIELD = ['field', 'kind', 'release'];

/**
 * Whether every field of an object is one that its kind has: the API server drops the others ("unknown fields are pruned",
 * CustomResourceDefinition structural schemas; unknown fields of built-in kinds are dropped on decoding). A file shows what
 * was written. In a cluster it is what kubectl's annotation holds and the object does not; what an object of a CRD still
 * holds, its CRD preserves.
 */
export const namesKnownFields: Check = {
  name: 'names-known-fields',
  needs: SELDON_RELEASE_KINDS,
  params: { type: 'object', additionalProperties: false },
  problems: {
    misspelled: [...FIELD, 'nearest'],
    misplaced: [...FIELD, 'elsewhere'],
    'unknown-field': [...FIELD, 'fields'],
    'other-release': [...FIELD, 'span'],
    'unseen-release': [...FIELD, 'span'],
    'newer-release': FIELD,
    kept: FIELD,
    'wrong-type': ['field', 'kind', 'expected', 'found'],
  },
  prepare() {
    for (const type of rootTypes()) validatorOf(type);
  },
  *evaluate({ object, operation, cluster }): Generator<Finding> {
    const root = rootType(object.apiVersion, object.kind);
    if (root === undefined) return;
    const release = root.author.product === 'Seldon Core' ? seldonRelease(cluster) : undefined;
    const subject: Subject = { ...root, kind: object.kind, release };
    const inFile = operation === 'NONE' && object.origin.from === 'file';
    const misplaced = object.known === 'NetworkPolicy' ? misplacedPeers(object) : [];
    const told = new Set(misplaced.map(({ field }) => fieldPath(field)));
    if (inFile || root.author.product !== 'Kubernetes')
      for (const fault of fieldFaults(object.object, root.type)) {
        if (told.has(fieldPath(fault.path))) continue;
        if (fault.is === 'of-another-type') yield wrongType(fault, object.object, subject);
        else if (inFile) yield* dropped(fault, object.object, object.object, subject);
        else if (fault.is === 'unknown')
          yield { problem: 'kept', field: fault.path, data: dataOf(fault.path, subject) };
      }
    const written = lastApplied(object);
    if (written === undefined) return;
    for (const fault of fieldFaults(written, root.type))
      if (fault.is !== 'of-another-type' && !told.has(fieldPath(fault.path)))
        if (!holds(object.object, fault.path)) yield* dropped(fault, object.object, written, subject);
  },
};

type Dropped = Exclude<FieldFault, { is: 'of-another-type' }>;

function dataOf(path: Path, subject: Subject): Data {
  return { field: fieldPath(path), kind: subject.kind, release: releaseText(subject) };
}

/** What is said of a field that was written in one object and is dropped from the other (or the same, in a file). */
function* dropped(
  fault: Dropped,
  object: JsonObject,
  written: JsonObject,
  subject: Subject,
): Generator<Finding> {
  const { path } = fault;
  const { author, release, type } = subject;
  const data = dataOf(path, subject);
  if (fault.is === 'of-some-releases') {
    if (author.product !== 'Seldon Core') return;
    const found = { field: path, data: { ...data, span: spanOf(fault, author) } };
    if (release === undefined) yield { problem: 'unseen-release', ...found, unknown: true, effect: 'record' };
    else if (isMissing(fault, release)) yield { problem: 'other-release', ...found };
    return;
  }
  if (release !== undefined && isBeyond(release, author)) {
    yield { problem: 'newer-release', field: path, data, unknown: true };
    return;
  }
  if (isCorrected(path, object, written)) return;
  const meant = meantBy(written, type, path);
  if (meant.nearest !== undefined) {
    const fix = renaming(fault.path, meant.nearest, object, written, type);
    const more = { nearest: fieldPath(meant.nearest) };
    yield { problem: 'misspelled', field: path, data: { ...data, ...more }, ...(fix && { fix }) };
  } else if (meant.elsewhere !== undefined)
    yield { problem: 'misplaced', field: path, data: { ...data, elsewhere: placeText(meant.elsewhere) } };
  else yield { problem: 'unknown-field', field: path, data: { ...data, fields: namesText(meant.fields) } };
}

/** Whether what was written under a dropped field has come to stand under another one beside it. */
function isCorrected(path: Path, object: JsonObject, written: JsonObject): boolean {
  const place = path.slice(0, -1);
  const [value, before] = [at(written, ...path), objectAt(written, ...place)];
  return Object.entries(objectAt(object, ...place)).some(
    ([name, each]) => !Object.hasOwn(before, name) && isDeepStrictEqual(each, value),
  );
}

/** The patch to the field that was meant, where it fits there: what does not would only be another fault. */
function renaming(path: Path, to: Path, object: JsonObject, written: JsonObject, type: string) {
  const value = at(written, ...path);
  if (value === undefined || !isObject(at(object, ...to.slice(0, -1)))) return undefined;
  const fix = renamed(path, to, value, object === written);
  if (fix === undefined) return undefined;
  const place = fieldPath(to);
  const faults = fieldFaults(patched(object, fix), type);
  return faults.some((fault) => fieldPath(fault.path).startsWith(place)) ? undefined : fix;
}

function wrongType(
  { path, expected }: FieldFault & { is: 'of-another-type' },
  object: JsonObject,
  { kind }: Subject,
): Finding {
  const value = at(object, ...path);
  const found = typeText(Array.isArray(value) ? 'array' : typeof value);
  const data = { field: fieldPath(path), kind, expected: expected.map(typeText).join(' or '), found };
  return { problem: 'wrong-type', field: path, data };
}

/** Whether the object has the field, in any of the objects of a list: an injected container moves the others. */
function holds(object: Json | undefined, path: Path): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return object !== undefined;
  if (typeof step === 'number') return Array.isArray(object) && object.some((each) => holds(each, rest));
  return holds(at(object, step), rest);
}
