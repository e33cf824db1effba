import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../../model/json.ts';
import { fieldsOf, typeNames } from '../../model/known-fields.ts';
import type { Field } from '../../model/known-fields.ts';

/** Says what is wrong with the fields of an object: an error for each place, none where all is well. */
export type Validator = (object: JsonObject) => readonly ErrorObject[];

/** The keyword that names the releases which have a field; it always fails, with `since` and `until` as parameters. */
export const RELEASES = 'releases';

/** Explicit null stands for a field that is left out (API conventions, "Optional vs. Required"). */
const PLAIN: Readonly<Record<string, JsonObject>> = {
  string: { type: ['string', 'null'] },
  number: { type: ['number', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  scalar: { type: ['string', 'number', 'null'] },
};

function schemaOfField({ shape, type, since, until }: Field): JsonObject {
  const one = PLAIN[type] ?? (fieldsOf(type) === undefined ? {} : { $ref: `#/$defs/${type}` });
  const whole: JsonObject =
    shape === 'list'
      ? { type: ['array', 'null'], items: one }
      : shape === 'map'
        ? { type: ['object', 'null'], additionalProperties: one }
        : one;
  if (since === undefined && until === undefined) return whole;
  return { ...whole, [RELEASES]: { ...(since && { since }), ...(until && { until }) } };
}

function schemaOfType(type: string): JsonObject {
  const fields = Object.entries(fieldsOf(type) ?? {});
  return {
    type: ['object', 'null'],
    properties: Object.fromEntries(fields.map(([name, field]) => [name, schemaOfField(field)])),
    additionalProperties: false,
  };
}

let ajv: Ajv2020 | undefined;

/** One for all kinds, made when it is first asked for: what several kinds hold is compiled once. */
function compiler(): Ajv2020 {
  if (ajv !== undefined) return ajv;
  ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    ownProperties: true,
    validateSchema: false,
    // Tidier code would take twice as long to make, and is no faster.
    code: { optimize: false },
  });
  const validate = Object.assign(
    (releases: JsonObject, value: Json): boolean => {
      validate.errors = [{ keyword: RELEASES, params: releases }];
      return value === null;
    },
    { errors: [] as Partial<ErrorObject>[] },
  );
  ajv.addKeyword({ keyword: RELEASES, schemaType: 'object', errors: true, validate });
  const types = typeNames().map((type) => [type, schemaOfType(type)] as const);
  ajv.addSchema({ $id: 'fields', $defs: Object.fromEntries(types) });
  return ajv;
}

const validators = new Map<string, Validator>();

/** The validator of a type with fields. Compiling takes up to 0.1 s, once; `prepare` of the check does it beforehand. */
export function validatorOf(type: string): Validator {
  let validator = validators.get(type);
  if (validator === undefined) {
    const validate = compiler().compile({ $ref: `fields#/$defs/${type}` });
    validator = (object) => (validate(object) ? [] : (validate.errors ?? []));
    validators.set(type, validator);
  }
  return validator;
}
