import { isObject } from '../../model/json.ts';
import type { Json } from '../../model/json.ts';
import type { InCel, NamedExpression } from '../../policy/in-cel.ts';
import { rulesOf } from './cel-rules.ts';
import type { CelParams, Expression, Rules } from './cel-rules.ts';

/** In front of the name of a variable that says of the old object what the variable says of the new one. */
const BEFORE = 'before_';

/**
 * The rules as a ValidatingAdmissionPolicy has them. There is nothing beside the policy there to keep `params` in, so that
 * they stand in the expressions themselves; and what the object violated before the change already is let be, as the guard
 * lets it be.
 */
export function exportedRules(params: CelParams, problem: string): InCel {
  const rules = rulesOf(params);
  const { variables = [], matchConditions = [], validations } = params;
  const write = writer(rules, params.values ?? {});
  const changing = variables.filter(({ name }) => write.changes.has(name));
  const past = rules.isAboutChange
    ? undefined
    : ['oldObject != null', ...rules.matchConditions.filter(write.looksAtObject).map(write.before)];
  return {
    problem,
    matchConditions: matchConditions.map(({ name }, i) =>
      named(name, write.now(rules.matchConditions[i] as Expression)),
    ),
    variables: [
      ...variables.map(({ name }) => named(name, write.now(rules.variables.get(name) as Expression))),
      ...(past === undefined ? [] : changing).map(({ name }) =>
        named(`${BEFORE}${name}`, write.before(rules.variables.get(name) as Expression)),
      ),
    ],
    validations: rules.validations.map(({ expression, messageExpression, message }, i) => {
      const now = write.now(expression);
      const stood = past === undefined ? [] : [...past, `!(${write.before(expression)})`];
      const reason = validations[i]?.reason;
      return {
        expression: stood.length === 0 ? now : `(${now}) || (${stood.join(' && ')})`,
        message,
        ...(messageExpression === undefined ? {} : { messageExpression: write.now(messageExpression) }),
        ...(reason === undefined ? {} : { reason }),
      };
    }),
  };
}

function named(name: string, expression: string): NamedExpression {
  return { name, expression };
}

interface Writer {
  /** The variables whose value comes from the object. */
  readonly changes: ReadonlySet<string>;
  readonly looksAtObject: (expression: Expression) => boolean;
  readonly now: (expression: Expression) => string;
  /** The same about the object as it was. */
  readonly before: (expression: Expression) => string;
}

function writer({ variables }: Rules, values: Json): Writer {
  const changes = new Set<string>();
  const literal = `(${literalOf(values)})`;
  const looksAtObject = (expression: Expression): boolean =>
    expression.uses.some(({ name }) => name === 'object') ||
    variablesIn(expression).some(({ name }) => changes.has(name));
  for (const [name, expression] of variables) if (looksAtObject(expression)) changes.add(name);
  const now = (expression: Expression): string =>
    replaced(expression, (name) => (name === 'params' ? literal : name));
  const before = (expression: Expression): string =>
    replaced(expression, (name, field) => {
      if (name === 'params') return literal;
      if (name === 'object') return 'oldObject';
      return name === 'variables' && changes.has(field) ? `variables.${BEFORE}${field}` : name;
    });
  return { changes, looksAtObject, now: (e) => now(e).trim(), before: (e) => `(${before(e).trim()})` };
}

const FIELD = /^variables\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)/;

function variablesIn({ text, uses, positions }: Expression): readonly { name: string }[] {
  return uses.flatMap(({ name, id }) => {
    const field = name === 'variables' ? FIELD.exec(text.slice(positions[String(id)])) : null;
    return field?.[1] === undefined ? [] : [{ name: field[1] }];
  });
}

/** The text with another one in the place of each name; for `variables` the field behind it is handed in, and may be replaced too. */
function replaced(
  { text, uses, positions }: Expression,
  by: (name: string, field: string) => string,
): string {
  const places = new Map(uses.map(({ name, id }) => [positions[String(id)] ?? -1, name]));
  let result = text;
  for (const [place, name] of [...places].toSorted(([a], [b]) => b - a)) {
    const behind = result.slice(place);
    const field = FIELD.exec(behind);
    const [whole, word] = [name === 'variables' ? (field?.[0] ?? name) : name, field?.[1] ?? ''];
    const written = by(name, word);
    if (written !== name) result = `${result.slice(0, place)}${written}${behind.slice(whole.length)}`;
  }
  return result;
}

/** A JSON value in CEL. Its parts may be of several types, which the API server takes when they are called dyn. */
function literalOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((each: Json) => `dyn(${literalOf(each)})`).join(', ')}]`;
  if (isObject(value)) {
    const fields = Object.entries(value).map(
      ([key, field]) => `${JSON.stringify(key)}: dyn(${literalOf(field ?? null)})`,
    );
    return `{${fields.join(', ')}}`;
  }
  return JSON.stringify(value);
}
