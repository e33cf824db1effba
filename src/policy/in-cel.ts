import type { Kind } from '../model/kinds.ts';

export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

/**
 * A judgement that needs nothing but the object, as expressions of a ValidatingAdmissionPolicy
 * (admissionregistration.k8s.io/v1 ValidatingAdmissionPolicySpec) that deny and admit what the check would.
 */
export interface InCel {
  /** The one problem of the check that they find. */
  readonly problem: string;
  /** The kinds that they are about, where the policy is about more. */
  readonly kinds?: readonly Kind[];
  readonly matchConditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly {
    readonly expression: string;
    /** Without it the policy's words are taken. */
    readonly message?: string;
    readonly messageExpression?: string;
    readonly reason?: string;
  }[];
}
