import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv/dist/2020.js';
import { isObject } from '../model/json.ts';
import type { JsonObject } from '../model/json.ts';

// That the schemas are schemas is a test's business, and tidier code would take longer to make than it saves: both would be
// waited for at every start.
const ajv = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  validateSchema: false,
  code: { optimize: false },
});

/** Checks a value against a JSON Schema (2020-12); gives one sentence per fault, each naming the field. */
export function schemaFaults(schema: JsonObject, value: unknown): string[] {
  if (hasNothingToCheck(schema, value)) return [];
  const validate = ajv.compile(schema);
  if (validate(value)) return [];
  // What `if` chose has said what is wrong.
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if').map(sentence);
}

/** An empty object where nothing is required: most checks take no parameters, and compiling a schema costs milliseconds. */
function hasNothingToCheck(schema: JsonObject, value: unknown): boolean {
  const { type, required, minProperties } = schema;
  return (
    isObject(value) &&
    Object.keys(value).length === 0 &&
    type === 'object' &&
    required === undefined &&
    minProperties === undefined
  );
}

function sentence(error: ErrorObject): string {
  const field = error.instancePath === '' ? 'the document' : error.instancePath.slice(1).replaceAll('/', '.');
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return `${field}: unknown field ${String(params['additionalProperty'])}`;
    case 'required':
      return `${field}: ${String(params['missingProperty'])} is missing`;
    case 'enum':
      return `${field}: expected one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'minProperties':
    case 'maxProperties':
      return `${field}: expected ${error.keyword === 'minProperties' ? 'at least' : 'only'} ${String(params['limit'])} field`;
    case 'type':
      return `${field}: expected ${String(params['type'])}`;
    default:
      return `${field}: ${error.message ?? 'is not as expected'}`;
  }
}
