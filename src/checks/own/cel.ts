import { isCelError } from '@bufbuild/cel';
import type { Review } from '../../model/review.ts';
import { CannotJudge } from '../../policy/cannot-judge.ts';
import type { Check, Finding } from '../../policy/check.ts';
import { exportedRules } from './cel-export.ts';
import { celFaults, rulesOf } from './cel-rules.ts';
import type { CelParams, Expression, Rules, Scope } from './cel-rules.ts';
import { scopeOf, valueOf } from './cel-scope.ts';

const expression = { type: 'string', minLength: 1 };
/** As many as the API server takes matchConditions. */
const MOST = 64;
const named = {
  type: 'array',
  maxItems: MOST,
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'expression'],
    properties: { name: { type: 'string', pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }, expression },
  },
};

/** A longer message counts as none (k8s.io/apiserver MaxEvaluatedMessageExpressionSizeBytes). */
const LONGEST_MESSAGE = 5 * 1024;

/**
 * Whether expressions of the user's hold, in the shape and with the meaning of a ValidatingAdmissionPolicy
 * (kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy). An expression without a value is an error
 * of the verdict, which `onError` of the settings decides about as failurePolicy does there.
 */
export const cel: Check<CelParams> = {
  name: 'cel',
  needs: ['Namespace'],
  params: {
    type: 'object',
    additionalProperties: false,
    required: ['validations'],
    properties: {
      validations: {
        type: 'array',
        minItems: 1,
        maxItems: MOST,
        items: {
          type: 'object',
          additionalProperties: false,
          required: ['expression'],
          properties: {
            expression,
            message: { type: 'string', minLength: 1, pattern: '^[^\\r\\n]*\\S[^\\r\\n]*$' },
            messageExpression: expression,
            reason: { enum: ['Unauthorized', 'Forbidden', 'Invalid', 'RequestEntityTooLarge'] },
          },
        },
      },
      variables: named,
      matchConditions: {
        ...named,
        items: { ...named.items, properties: { name: { type: 'string', minLength: 1 }, expression } },
      },
      values: { type: 'object' },
    },
  },
  problems: { violated: ['message', 'kind', 'name', 'namespace'] },
  forUsers: true,
  faults: celFaults,
  inCel: (params) => [exportedRules(params, 'violated')],
  *evaluate(review, params) {
    const rules = rulesOf(params);
    rules.meter.start();
    const scope = scopeOf(rules, review, params);
    if (!matches(rules, scope)) return;
    const violations = violationsOf(rules, scope);
    if (violations.length === 0) return;
    const before = stoodBefore(rules, review, params);
    const { kind, name, namespace } = review.object;
    for (const { index, message } of violations) {
      yield {
        problem: 'violated',
        field: [],
        data: { message, kind, name, namespace },
        key: String(index),
        standing: before.has(index),
      } satisfies Finding;
    }
  },
};

/** Whether all conditions hold. One that does not settles it, even where another one has no value. */
function matches({ matchConditions }: Rules, scope: Scope): boolean {
  return everyHolds(matchConditions, scope).every(Boolean);
}

/** The truth of each expression, as far as it has one; CannotJudge is thrown only where none is false. */
function everyHolds(expressions: readonly Expression[], scope: Scope): readonly boolean[] {
  const holds: boolean[] = [];
  let trouble: unknown;
  for (const each of expressions)
    try {
      holds.push(truthOf(each, scope));
    } catch (error) {
      trouble ??= error;
      holds.push(true);
    }
  if (trouble !== undefined && holds.every(Boolean)) throw trouble;
  return holds;
}

function truthOf(each: Expression, scope: Scope): boolean {
  const value = valueOf(each, scope);
  if (typeof value !== 'boolean')
    throw new CannotJudge(`${each.place} of the policy is neither true nor false`);
  return value;
}

function violationsOf({ validations }: Rules, scope: Scope): { index: number; message: string }[] {
  const holds = everyHolds(
    validations.map((validation) => validation.expression),
    scope,
  );
  return validations.flatMap(({ message, messageExpression }, index) =>
    holds[index] === true ? [] : [{ index, message: spoken(messageExpression, scope) ?? message }],
  );
}

/** The message that an expression makes; one that is empty, too long or of several lines counts as none. */
function spoken(messageExpression: Expression | undefined, scope: Scope): string | undefined {
  const value = messageExpression?.evaluate(scope);
  if (typeof value !== 'string' || isCelError(value)) return undefined;
  const text = value.trim();
  return text === '' || /[\r\n]/.test(text) || text.length > LONGEST_MESSAGE ? undefined : text;
}

/**
 * The validations that did not hold before the change already, by their index: an expression does not say which part of the
 * object is at fault. Where one had no value then, nobody knows, and CannotJudge is thrown.
 */
function stoodBefore(rules: Rules, review: Review, params: CelParams): ReadonlySet<number> {
  const { previous, before } = review;
  if (rules.isAboutChange || previous === undefined || before === undefined || review.operation === 'DELETE')
    return new Set();
  rules.meter.start();
  const past: Review = {
    ...review,
    object: previous,
    previous: undefined,
    cluster: before,
    before: undefined,
  };
  const scope = scopeOf(rules, past, params);
  if (!matches(rules, scope)) return new Set();
  return new Set(violationsOf(rules, scope).map(({ index }) => index));
}
