import type { Path } from './json.ts';

/**
 * A path as Kubernetes writes fields in its own errors: `spec.ingress[0].from`, with keys that are no plain
 * names in brackets: `metadata.labels[app.kubernetes.io/name]` (k8s.io/apimachinery field.Path).
 */
export function fieldPath(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${step}]`;
  }
  return text;
}

/** A path as a JSON Pointer (RFC 6901), as JSON Patch takes it. */
export function jsonPointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
