import { nameOf } from '../../model/manifest.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { Check, Finding } from '../../policy/check.ts';

/**
 * Whether an object is written once in a set. Of two manifests of one object `kubectl apply` sends both, and the second
 * replaces what it says otherwise than the first; kustomize takes no set with two ("may not add resource with an already
 * registered id"). Two in one file are always applied together; in two files they may be alternatives, or one a patch of the
 * other, and upstream's own samples are full of such.
 */
export const standsOnce: Check = {
  name: 'stands-once',
  needs: [],
  params: { type: 'object', additionalProperties: false },
  problems: { twice: ['object', 'other'], 'in-two-files': ['object', 'other'] },
  *evaluate({ object, earlier }): Generator<Finding> {
    if (earlier === undefined) return;
    yield {
      problem: fileOf(object) === fileOf(earlier) ? 'twice' : 'in-two-files',
      field: ['metadata', 'name'],
      data: { object: nameOf(object), other: placeOf(earlier) },
    };
  },
};

function fileOf({ origin }: Manifest): string {
  return origin.from === 'file' ? origin.file : origin.from;
}

function placeOf({ origin }: Manifest): string {
  if (origin.from !== 'file') return `the ${origin.from}`;
  const { file, line } = origin.placeOf(['metadata', 'name']);
  return `${file}:${line}`;
}
