import { plan } from '@bufbuild/cel';
import type { CelResult, CelValue } from '@bufbuild/cel';
import type { JsonObject } from '../../model/json.ts';
import type { NamedExpression } from '../../policy/in-cel.ts';
import { Meter } from './cel-cost.ts';
import { meteredEnv } from './cel-functions.ts';
import type { Patterns } from './cel-functions.ts';
import { usedNames } from './cel-names.ts';
import type { Use } from './cel-names.ts';
import { makeMetered, parsed } from './cel-syntax.ts';
import type { Parsed } from './cel-syntax.ts';

/** The parameters of a policy whose check is `cel`: what a ValidatingAdmissionPolicy has in its spec, with the same meaning. */
export interface CelParams {
  readonly validations: readonly Validation[];
  readonly variables?: readonly NamedExpression[];
  readonly matchConditions?: readonly NamedExpression[];
  /** What expressions find in `params`. */
  readonly values?: JsonObject;
}

export interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
}

/** What expressions may name, by name. */
export type Scope = Readonly<Record<string, CelValue>>;

/** An expression that is ready to be evaluated. */
export interface Expression {
  /** Where it stands in the parameters. */
  readonly place: string;
  readonly text: string;
  readonly uses: readonly Use[];
  readonly positions: Parsed['positions'];
  readonly evaluate: (scope: Scope) => CelResult;
}

/** The expressions of a policy. */
export interface Rules {
  readonly meter: Meter;
  readonly matchConditions: readonly Expression[];
  readonly variables: ReadonlyMap<string, Expression>;
  readonly validations: readonly {
    readonly expression: Expression;
    readonly message: string;
    readonly messageExpression: Expression | undefined;
  }[];
  /** Whether an expression looks at how the object was before: then it is about the change, and nothing has stood before it. */
  readonly isAboutChange: boolean;
}

const known = new WeakMap<CelParams, Rules>();

/** The rules that parameters make. Throws an Error where celFaults has something to say. */
export function rulesOf(params: CelParams): Rules {
  let rules = known.get(params);
  if (rules === undefined) {
    const made = read(params);
    if (made.faults.length > 0) throw new Error(made.faults.join('; '));
    known.set(params, (rules = made.rules));
  }
  return rules;
}

/** What is wrong with the expressions, one sentence each, with the field. */
export function celFaults(params: CelParams): readonly string[] {
  return read(params).faults;
}

function read({ validations, variables = [], matchConditions = [] }: CelParams): {
  rules: Rules;
  faults: readonly string[];
} {
  const faults: string[] = [];
  const meter = new Meter();
  const patterns: Patterns = new Map();
  const env = meteredEnv(meter, patterns);
  const declared = new Map<string, Expression>();
  const compiled = (place: string, text: string): Expression => {
    const expression = { place, text, uses: [] as readonly Use[], positions: {} };
    try {
      const { syntax, positions } = parsed(text);
      const uses = usedNames(syntax, new Set(declared.keys()), patterns);
      makeMetered(syntax);
      return { ...expression, uses, positions, evaluate: plan(env, syntax) };
    } catch (error) {
      faults.push(
        `${place}: ${error instanceof RangeError ? 'is nested too deep' : (error as Error).message}`,
      );
      return { ...expression, evaluate: () => null };
    }
  };
  // They are asked before the rest, and know no variables.
  const conditions = matchConditions.map(({ expression }, i) =>
    compiled(`matchConditions.${i}.expression`, expression),
  );
  for (const [i, { name, expression }] of variables.entries()) {
    const place = `variables.${i}`;
    if (declared.has(name)) faults.push(`${place}.name: there is a variable ${name} already`);
    declared.set(name, compiled(`${place}.expression`, expression));
  }
  const rules = validations.map(({ expression, message, messageExpression }, i) => {
    const place = `validations.${i}`;
    // As the API server asks for it: a message is one line.
    if (message === undefined && /[\r\n]/.test(expression.trim()))
      faults.push(`${place}: message is missing, which an expression of several lines needs`);
    return {
      expression: compiled(`${place}.expression`, expression),
      message: message ?? `failed expression: ${expression.trim()}`,
      messageExpression:
        messageExpression === undefined
          ? undefined
          : compiled(`${place}.messageExpression`, messageExpression),
    };
  });
  const all = [
    ...declared.values(),
    ...conditions,
    ...rules.flatMap(({ expression, messageExpression }) => [expression, messageExpression ?? []].flat()),
  ];
  const isAboutChange = all.some(({ uses }) => uses.some(({ name }) => name === 'oldObject'));
  return {
    rules: { meter, matchConditions: conditions, variables: declared, validations: rules, isAboutChange },
    faults,
  };
}
