/** A scalar that Kubernetes would refuse. The sentence goes to a person, after the place. */
export class BadScalar extends Error {}

const CORE = 'tag:yaml.org,2002:';

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((w) => [w, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map(
    (w) => [w, false] as const,
  ),
  ...['', '~', 'null', 'Null', 'NULL'].map((w) => [w, null] as const),
]);
const NO_JSON_NUMBER = /^(?:\.nan|\.NaN|\.NAN|[-+]?\.(?:inf|Inf|INF))$/;
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * The value of a YAML scalar as kubectl and the API server see it: sigs.k8s.io/yaml decodes with go-yaml v2
 * (`resolve.go`), which is YAML 1.1 in its booleans (`y`, `yes`, `on`) and its octals (`0755` is 493), and
 * keeps timestamps and base-60 numbers as strings. Measured against kubectl 1.36 by the tests.
 */
export function scalarValue(
  text: string,
  tag: string | undefined,
  plain: boolean,
): string | number | boolean | null {
  if (tag === undefined) return plain ? plainValue(text) : text;
  switch (tag) {
    case `${CORE}null`:
    case `${CORE}bool`:
    case `${CORE}int`:
    case `${CORE}float`: {
      const value = plainValue(text);
      if (!fits(tag.slice(CORE.length), value))
        throw new BadScalar(`\`${text}\` is no !!${tag.slice(CORE.length)}`);
      return value;
    }
    case `${CORE}binary`:
      return Buffer.from(text, 'base64').toString('utf8');
    default:
      // Tags that go-yaml does not know leave a string.
      return text;
  }
}

function fits(type: string, value: string | number | boolean | null): boolean {
  if (type === 'null') return value === null;
  if (type === 'bool') return typeof value === 'boolean';
  return typeof value === 'number' && (type === 'float' || Number.isInteger(value));
}

function plainValue(text: string): string | number | boolean | null {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const digit = first >= 0x30 && first <= 0x39;
  // Most scalars are words: only a digit, a sign or a point can begin a number.
  if (!digit && first !== 0x2b && first !== 0x2d && first !== 0x2e) return text;
  if (NO_JSON_NUMBER.test(text)) throw new BadScalar(`${text} is a number that JSON does not have`);
  // Underscores may stand anywhere, but only between digits in a number that begins with its point.
  const bare = first === 0x2e ? text.replaceAll(/(?<=\d)_(?=\d)/g, '') : text.replaceAll('_', '');
  const value = integer(bare) ?? (FLOAT.test(bare) ? Number(bare) : undefined);
  // Out of range (1e400) stays a string.
  return value === undefined || !Number.isFinite(value) ? text : value;
}

function integer(text: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const octal = /^0[0-7]+$/.test(digits);
  const magnitude = octal ? Number(`0o${digits.slice(1)}`) : Number(digits);
  return sign === '-' ? -magnitude : magnitude;
}
