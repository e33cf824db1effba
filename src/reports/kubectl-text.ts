import type { Manifest } from '../model/manifest.ts';
import { groupOf } from '../model/kinds.ts';
import type { Operation } from '../model/review.ts';
import type { Answer } from './answer.ts';

/** What kubectl needs to know of a request to print its outcome. */
export interface Applied {
  readonly operation: Operation;
  readonly object: Manifest;
  /** The file that kubectl was given. */
  readonly file: string;
}

/**
 * What `kubectl apply -f FILE` prints for the answers of the two webhooks: warnings first, then the outcome. A denial
 * keeps its line breaks.
 */
export function kubectlText({ operation, object, file }: Applied, mutate: Answer, validate: Answer): string {
  const warnings = [...mutate.warnings, ...validate.warnings].map((warning) => `Warning: ${warning}`);
  return [
    ...warnings,
    validate.allowed ? admitted(operation, object) : refused(operation, file, validate),
  ].join('\n');
}

function admitted(operation: Operation, { kind, apiVersion, name }: Manifest): string {
  const group = groupOf(apiVersion);
  const resource = group === '' ? kind.toLowerCase() : `${kind.toLowerCase()}.${group}`;
  const outcome = operation === 'UPDATE' ? 'configured' : operation === 'DELETE' ? 'deleted' : 'created';
  return `${resource}/${name} ${outcome}`;
}

function refused(operation: Operation, file: string, { status }: Answer): string {
  const doing = operation === 'UPDATE' ? 'patching' : operation === 'DELETE' ? 'deleting' : 'creating';
  const webhook = 'admission webhook "validate.seldon-guard.io" denied the request';
  return `Error from server (${status?.reason ?? ''}): error when ${doing} "${file}": ${webhook}: ${status?.message ?? ''}`;
}
