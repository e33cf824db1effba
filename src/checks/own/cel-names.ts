import { isFunction, pattern } from './cel-functions.ts';
import type { Patterns } from './cel-functions.ts';
import { partsOf } from './cel-syntax.ts';
import type { Call, Syntax } from './cel-syntax.ts';

/** What an expression may name, as in a ValidatingAdmissionPolicy, save for authorizer. */
export const ROOTS = ['object', 'oldObject', 'request', 'params', 'namespaceObject', 'variables'] as const;
const TYPES = 'bool bytes double int list map null_type string type uint'.split(' ');
/** Calls that are no functions: the evaluator takes them apart itself. */
const FORMS: ReadonlySet<string> = new Set(['_&&_', '_||_', '_?_:_', '_[_]', '@not_strictly_false']);

/** A name in an expression: one of ROOTS, and where it stands. */
export interface Use {
  readonly name: string;
  readonly id: bigint;
}

/**
 * The names that an expression uses. Throws an Error for one that is not there (`variables` are those declared before),
 * for a function that is unknown, and for what could not be bounded: a regular expression that is not written out.
 */
export function usedNames(
  syntax: Syntax,
  variables: ReadonlySet<string>,
  patterns: Patterns,
): readonly Use[] {
  const uses: Use[] = [];
  const visit = (part: Syntax, bound: ReadonlySet<string>): void => {
    const { exprKind, id } = part;
    if (exprKind.case === 'identExpr') {
      const name = exprKind.value.name.replace(/^\./, '');
      if (bound.has(name)) return;
      if ((ROOTS as readonly string[]).includes(name)) uses.push({ name, id });
      else if (!TYPES.includes(name)) throw new Error(`names ${name}, which is not there`);
      return;
    }
    if (exprKind.case === 'selectExpr') {
      const { operand, field } = exprKind.value;
      const isVariable =
        operand?.exprKind.case === 'identExpr' && operand.exprKind.value.name === 'variables';
      if (isVariable && !bound.has('variables') && !variables.has(field))
        throw new Error(`names variables.${field}, which is not declared before it`);
    }
    if (exprKind.case === 'structExpr' && exprKind.value.messageName !== '')
      throw new Error(`makes a ${exprKind.value.messageName}, which is not there`);
    if (exprKind.case === 'callExpr' && isQualified(exprKind.value))
      return exprKind.value.args.forEach((argument) => visit(argument, bound));
    if (exprKind.case === 'callExpr') checkCall(exprKind.value, patterns);
    for (const { part: inner, binds } of partsOf(part))
      visit(inner, binds.length === 0 ? bound : new Set([...bound, ...binds]));
  };
  visit(syntax, new Set());
  return uses;
}

/** A function with a dot in its name: `strings.quote`. */
function isQualified({ target, function: name }: Call): boolean {
  return target?.exprKind.case === 'identExpr' && isFunction(`${target.exprKind.value.name}.${name}`);
}

function checkCall({ function: name, args }: Call, patterns: Patterns): void {
  if (!FORMS.has(name) && !isFunction(name)) throw new Error(`calls ${name}, which is not there`);
  if (name !== 'matches') return;
  const written = args.at(-1)?.exprKind;
  const text =
    written?.case === 'constExpr' && written.value.constantKind.case === 'stringValue'
      ? written.value.constantKind.value
      : undefined;
  if (text === undefined) throw new Error('calls matches with a pattern that is not written out');
  if (!patterns.has(text)) patterns.set(text, pattern(text));
}
