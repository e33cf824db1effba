import type { Kind } from '../../model/kinds.ts';
import type { InCel, NamedExpression } from '../../policy/in-cel.ts';
import { exportedRules } from './cel-export.ts';

/** What a check finds in an object, in CEL. */
export interface FindingsInCel {
  readonly problem: string;
  readonly kinds?: readonly Kind[];
  readonly left?: string;
  /** What rules out most objects at once, so that nothing else is evaluated. */
  readonly when?: string;
  readonly variables?: readonly NamedExpression[];
  /**
   * An expression: the findings, in the order of the check. Each is a list of strings: what makes it the same finding later,
   * as the check's key does, and then what fills `words`.
   */
  readonly found: string;
  /** Placeholders of the policy's words, in the order in which the findings have their values. */
  readonly words?: readonly string[];
  /**
   * An expression: how the first strings of those findings begin of which it cannot be told here whether the check has them.
   * What may have stood before a change is let be.
   */
  readonly doubts?: string;
}

/**
 * The findings as a ValidatingAdmissionPolicy has them, which refuses an object for those that it did not have before the change
 * already (judge/standing). The expressions are about `object`; the same about `oldObject` is written from them.
 */
export function findingsInCel({
  problem,
  kinds,
  left,
  when,
  variables = [],
  found,
  words = [],
  doubts,
}: FindingsInCel): InCel {
  const rules = exportedRules(
    {
      variables: [
        ...variables,
        { name: 'found', expression: found },
        ...(doubts === undefined ? [] : [{ name: 'doubts', expression: doubts }]),
      ],
      validations: [{ expression: 'size(variables.found) == 0' }],
    },
    problem,
  );
  const hasPast = rules.variables.some(({ name }) => name === 'before_found');
  const stood = [
    'variables.before_found.exists(one, one[0] == each[0])',
    ...(doubts === undefined ? [] : ['variables.before_doubts.exists(doubt, each[0].startsWith(doubt))']),
  ];
  const fresh = `variables.found.filter(each, oldObject == null || !(${stood.join(' || ')}))`;
  return {
    problem,
    ...(kinds === undefined ? {} : { kinds }),
    ...(left === undefined ? {} : { left }),
    matchConditions: when === undefined ? [] : [{ name: 'may-be-at-fault', expression: when }],
    variables: [...rules.variables, { name: 'fresh', expression: hasPast ? fresh : 'variables.found' }],
    validations: [{ expression: 'size(variables.fresh) == 0' }],
    told: {
      findings: 'variables.fresh',
      data: Object.fromEntries(words.map((word, i) => [word, `each[${i + 1}]`])),
    },
  };
}

/** An expression: a list of these strings. What comes out of an object has no type until it is told one. */
export function texts(...parts: readonly string[]): string {
  const isLiteral = (part: string): boolean => /^'(?:[^'\\]|\\.)*'$/.test(part);
  return `[${parts.map((part) => (isLiteral(part) ? part : `string(${part})`)).join(', ')}]`;
}
