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
  /** What of the problem they do not find, which the webhook does: the end of a sentence that begins with the problem. */
  readonly left?: string;
  readonly matchConditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly {
    readonly expression: string;
    /** Without it the policy's words are taken. */
    readonly message?: string;
    readonly messageExpression?: string;
    readonly reason?: string;
  }[];
  /** How the policy's words are filled, where they have placeholders. */
  readonly told?: Told;
}

/** The findings that an object is refused for, and what fills the placeholders of the words for one of them. */
export interface Told {
  /** An expression: a list. */
  readonly findings: string;
  /** By placeholder: an expression, a string, about `each` of the findings. */
  readonly data: Readonly<Record<string, string>>;
}
