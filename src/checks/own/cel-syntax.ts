import { parse } from '@bufbuild/cel';

/** An expression as a tree (cel.expr.Expr). */
export type Syntax = ReturnType<typeof parse>['expr'];

/** A call of a function as the tree has it. */
export type Call = Extract<Syntax['exprKind'], { case: 'callExpr' }>['value'];

/** A comprehension: what `all`, `exists`, `map` and `filter` are made into. */
export type Fold = Extract<Syntax['exprKind'], { case: 'comprehensionExpr' }>['value'];

/** Longer expressions are refused: the parser takes a moment for each character. */
export const LONGEST_EXPRESSION = 10_000;

/** Stands for "the parts of this, each costing so many steps". */
export const EACH = '@each';
/** Stands for "this list, which nobody else has yet, and one more". */
export const APPEND = '@append';

export interface Parsed {
  readonly syntax: Syntax;
  /** Where in the text the part of the tree with an id stands. */
  readonly positions: Readonly<Record<string, number>>;
}

/** An expression's tree; throws an Error that says what is wrong and where. */
export function parsed(expression: string): Parsed {
  if (expression.length > LONGEST_EXPRESSION)
    throw new Error(`is longer than ${LONGEST_EXPRESSION} characters`);
  try {
    const { expr, sourceInfo } = parse(expression);
    return { syntax: expr, positions: sourceInfo?.positions ?? {} };
  } catch (error) {
    throw new Error(sentence(error), { cause: error });
  }
}

/** `<input>:1:3: found + but ...` gives `is no CEL at line 1, column 3: found + but ...`. */
function sentence(error: unknown): string {
  if (error instanceof RangeError) return 'is nested too deep';
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return text.replace(/^<input>:(\d+):(\d+):/, 'is no CEL at line $1, column $2:');
}

/** The parts of a tree that stand directly under this one, with the names that are bound for each. */
export function partsOf(syntax: Syntax): readonly { part: Syntax; binds: readonly string[] }[] {
  const free = (parts: readonly (Syntax | undefined)[], binds: readonly string[] = []) =>
    parts.flatMap((part) => (part === undefined ? [] : [{ part, binds }]));
  const { exprKind } = syntax;
  switch (exprKind.case) {
    case 'selectExpr':
      return free([exprKind.value.operand]);
    case 'callExpr':
      return free([exprKind.value.target, ...exprKind.value.args]);
    case 'listExpr':
      return free(exprKind.value.elements);
    case 'structExpr':
      return free(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          keyKind.case === 'mapKey' ? keyKind.value : undefined,
          value,
        ]),
      );
    case 'comprehensionExpr': {
      const { iterRange, accuInit, accuVar, iterVar, loopCondition, loopStep, result } = exprKind.value;
      return [...free([iterRange, accuInit]), ...free([loopCondition, loopStep, result], [accuVar, iterVar])];
    }
    default:
      return [];
  }
}

/**
 * The tree made ready to be metered: what a comprehension goes through is handed to EACH with what a round costs, and the list
 * that `map` and `filter` make grows by APPEND instead of by copies. Changes the tree, and gives the number of its parts.
 */
export function makeMetered(syntax: Syntax): number {
  if (syntax.exprKind.case === 'comprehensionExpr') {
    const fold = syntax.exprKind.value;
    if (fold.loopStep !== undefined) growByAppending(fold.loopStep, fold.accuVar);
    const { iterRange } = fold;
    const within = makeAllMetered(partsOf(syntax).map(({ part }) => part));
    if (iterRange !== undefined) fold.iterRange = call(EACH, iterRange, [iterRange, number(within)]);
    return 1 + within;
  }
  return 1 + makeAllMetered(partsOf(syntax).map(({ part }) => part));
}

function makeAllMetered(parts: readonly Syntax[]): number {
  return parts.reduce((sum, part) => sum + makeMetered(part), 0);
}

/** `@result + [one]`, by itself or behind a condition; nobody can write a name with @. */
function growByAppending({ exprKind }: Syntax, accu: string): void {
  if (exprKind.case !== 'callExpr') return;
  const step = exprKind.value;
  const [first, second] = step.args;
  if (step.function === '_?_:_') {
    if (second !== undefined) growByAppending(second, accu);
    return;
  }
  if (step.function !== '_+_' || first?.exprKind.case !== 'identExpr') return;
  if (first.exprKind.value.name !== accu || second?.exprKind.case !== 'listExpr') return;
  const [one, ...more] = second.exprKind.value.elements;
  if (one === undefined || more.length > 0) return;
  step.function = APPEND;
  step.args = [first, one];
}

function call(name: string, { id, $typeName }: Syntax, args: Syntax[]): Syntax {
  const value: Call = { $typeName: 'cel.expr.Expr.Call', function: name, args };
  return { $typeName, id, exprKind: { case: 'callExpr', value } };
}

function number(value: number): Syntax {
  return {
    $typeName: 'cel.expr.Expr',
    id: 0n,
    exprKind: {
      case: 'constExpr',
      value: {
        $typeName: 'cel.expr.Constant',
        constantKind: { case: 'int64Value', value: BigInt(value) },
      },
    },
  };
}
