import { randomUUID } from 'node:crypto';

/** The AdmissionReview of a CREATE, or of an UPDATE where the request holds `oldObject`. */
export function reviewOf(object: Manifest, more: object = {}): Review {
  const [version = '', group = ''] = object.apiVersion.split('/').toReversed();
  const { name, namespace } = object.metadata;
  const { kind } = object;
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: randomUUID(),
      kind: { group, version, kind },
      resource: { group, version, resource: `${kind.toLowerCase()}s` },
      name,
      namespace: kind === 'Namespace' ? name : namespace,
      operation: 'oldObject' in more ? 'UPDATE' : 'CREATE',
      userInfo: { username: 'jane', groups: ['system:authenticated'] },
      object,
      oldObject: null,
      dryRun: false,
      options: null,
      ...more,
    },
  };
}

export interface Review {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: { readonly uid: string; readonly [field: string]: unknown };
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}
