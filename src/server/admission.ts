import type { Picture } from '../model/cluster.ts';
import { manifestOf } from '../model/manifest.ts';
import type { Manifest } from '../model/manifest.ts';
import { reviewChange } from '../model/review.ts';
import type { Operation, Review } from '../model/review.ts';
import type { Json } from '../model/json.ts';
import type { Answer, Webhook } from '../reports/answer.ts';
import { oneLine } from '../reports/one-line.ts';
import type { AdmissionRequest } from './admission-request.ts';

/** A request about an object itself: no connection to it, and none of its sub-resources. */
export type ChangeRequest = AdmissionRequest & { readonly operation: Exclude<Operation, 'NONE'> };

/** Whether the request changes an object itself. Connections, status, scale, evictions are not judged. */
export function isChange(request: AdmissionRequest): request is ChangeRequest {
  return request.operation !== 'CONNECT' && request.subResource === '';
}

/** The review of a change over the latest picture. On DELETE the object is the one that would go. */
export function reviewOf(request: ChangeRequest, picture: Picture): Review {
  const { operation, user } = request;
  if (operation === 'DELETE') {
    const object = manifest(request, request.oldObject);
    return reviewChange(picture, { operation, object, previous: object, user });
  }
  const previous =
    operation === 'UPDATE' && request.oldObject !== null ? manifest(request, request.oldObject) : undefined;
  return reviewChange(picture, { operation, object: manifest(request, request.object), previous, user });
}

function manifest(request: ChangeRequest, object: Json): Manifest {
  const { apiVersion, kind, namespace, name } = request;
  const given = { ...(namespace !== undefined && { namespace }), ...(name !== undefined && { name }) };
  return manifestOf(object, { from: 'request' }, { apiVersion, kind, ...given });
}

/** A reply but for the uid of the request that gets it. */
export interface Reply {
  readonly allowed: boolean;
  /** The response's other fields, as JSON. */
  readonly fields: string;
  /** The size of its patch as JSON. */
  readonly patchBytes: number;
}

/** An answer as the fields of an AdmissionResponse. */
export function replyOf(webhook: Webhook, answer: Answer): Reply {
  const { allowed } = answer;
  const warnings = answer.warnings.map((warning) => oneLine(warning).trimEnd()).filter((line) => line !== '');
  // The API server refuses a validating webhook's whole answer if it holds a patch.
  const operations = webhook === 'mutate' && allowed ? (answer.patch ?? []) : [];
  const patch = operations.length === 0 ? undefined : Buffer.from(JSON.stringify(operations));
  const audit = answer.auditAnnotations;
  const fields = JSON.stringify({
    allowed,
    ...(answer.status !== undefined && { status: answer.status }),
    ...(warnings.length > 0 && { warnings }),
    ...(patch !== undefined && { patchType: 'JSONPatch', patch: patch.toString('base64') }),
    ...(Object.keys(audit).length > 0 && { auditAnnotations: audit }),
  });
  return { allowed, fields, patchBytes: patch?.length ?? 0 };
}

/** The AdmissionReview that carries a reply back. */
export function reviewBack(uid: string, { fields }: Reply): string {
  const response = `{"uid":${JSON.stringify(uid)},${fields.slice(1)}`;
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${response}}`;
}
