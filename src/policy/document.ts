import type { JsonObject } from '../model/json.ts';
import { KINDS } from '../model/kinds.ts';
import type { Kind } from '../model/kinds.ts';
import type { Effect } from './check.ts';
import { schemaFaults } from './schema.ts';

/** The operations that a policy can be about. It is also asked about objects at rest; with an empty list, only then. */
export type PolicyOperation = 'CREATE' | 'UPDATE' | 'DELETE';

/** The words for one problem of a check. Placeholders in braces are filled from the finding's data. */
export interface Words {
  /** What, then because. The whole story, for a denial. */
  readonly message: string;
  /** The same in one line of about 120 characters, for a warning. */
  readonly brief: string;
  /** An imperative sentence. */
  readonly remedy: string;
  /** The effect of this problem where it differs from the policy's. */
  readonly effect?: Effect;
  /** Its effect on an object at rest (scan, audit) where that differs. */
  readonly scan?: Effect;
}

/** A policy as it is written: every word that a person reads, and the parameters of its check. */
export interface PolicyDocument {
  readonly id: string;
  readonly title: string;
  readonly check: string;
  readonly appliesTo: Readonly<Partial<Record<Kind, readonly PolicyOperation[]>>>;
  readonly severity: 'high' | 'medium' | 'low';
  readonly effect: Effect;
  readonly params: JsonObject;
  readonly problems: Readonly<Record<string, Words>>;
  readonly why: string;
  readonly symptom: string;
  readonly references: readonly string[];
}

const text = { type: 'string', minLength: 1 };
const effect = { enum: ['deny', 'fix', 'warn', 'record'] };
const SCHEMA: JsonObject = {
  type: 'object',
  additionalProperties: false,
  required: ['title', 'check', 'appliesTo', 'severity', 'effect', 'problems', 'why', 'symptom', 'references'],
  properties: {
    title: text,
    check: text,
    appliesTo: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      properties: Object.fromEntries(
        Object.keys(KINDS).map((kind) => [
          kind,
          {
            type: 'array',
            uniqueItems: true,
            items: { enum: ['CREATE', 'UPDATE', 'DELETE'] },
          },
        ]),
      ),
    },
    severity: { enum: ['high', 'medium', 'low'] },
    effect,
    params: { type: 'object' },
    problems: {
      type: 'object',
      minProperties: 1,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['message', 'brief', 'remedy'],
        properties: { message: text, brief: text, remedy: text, effect, scan: effect },
      },
    },
    why: text,
    symptom: text,
    references: { type: 'array', minItems: 1, items: text },
  },
};

/** An id becomes the name of a waiver's annotation and of an audit annotation; Kubernetes takes no more than this in both. */
const ID = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const UNREAD_KIND = /^appliesTo: unknown field (.*)$/;

/** A policy document from its parsed YAML; the faults name the field, and the document is only there without any. */
export function policyDocument(id: string, value: unknown): { document?: PolicyDocument; faults: string[] } {
  const faults = schemaFaults(SCHEMA, value).map((fault) =>
    fault.replace(
      UNREAD_KIND,
      `appliesTo: the guard does not read $1; it reads ${Object.keys(KINDS).join(', ')}`,
    ),
  );
  if (!ID.test(id)) faults.unshift(`id ${id}: expected lower-case letters, digits and hyphens, 63 at most`);
  if (faults.length > 0) return { faults };
  return { document: { params: {}, ...(value as Omit<PolicyDocument, 'id' | 'params'>), id }, faults };
}
