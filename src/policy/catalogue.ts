import { createHash } from 'node:crypto';
import type { JsonObject } from '../model/json.ts';
import type { Kind } from '../model/kinds.ts';
import type { Operation } from '../model/review.ts';
import type { Check } from './check.ts';
import type { PolicyDocument } from './document.ts';
import { placeholdersOf } from './message.ts';
import { schemaFaults } from './schema.ts';

/** A policy ready to be asked: its words, its check, and the check's parameters. */
export interface Policy extends Omit<PolicyDocument, 'check'> {
  readonly check: Check;
}

/** All policies, in the order of their ids. */
export interface Catalogue {
  readonly policies: readonly Policy[];
  /** The policies about a kind, whatever the operation; those to be judged last stand last. */
  readonly about: ReadonlyMap<Kind, readonly Policy[]>;
  /** A short hash of every word and parameter: two guards with the same digest judge alike. */
  readonly digest: string;
}

/** Settings may change a policy's parameters; each named one replaces the document's. */
export type ParameterChanges = Readonly<Record<string, JsonObject>>;

/**
 * Joins documents and checks. What is half-written is refused, with one sentence per fault: an unknown check,
 * an unused one, words for a problem that the check does not have, a problem without words, a placeholder
 * that nobody fills, parameters that the check does not take. Of documents that are known to be in order with these very
 * checks, only what is changed of their parameters is looked at.
 */
export function catalogueOf(
  documents: readonly PolicyDocument[],
  checks: readonly Check[],
  changes: ParameterChanges = {},
  inOrder: ReadonlySet<PolicyDocument> = new Set(),
): { catalogue?: Catalogue; faults: string[] } {
  const faults: string[] = [];
  const policies: Policy[] = [];
  const used = new Set<string>();
  for (const document of documents.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const check = checks.find((candidate) => candidate.name === document.check);
    if (check === undefined) {
      faults.push(`policy ${document.id}: there is no check ${document.check}`);
      continue;
    }
    used.add(check.name);
    const params = { ...document.params, ...changes[document.id] };
    if (!inOrder.has(document)) faults.push(...wordFaults(document, check));
    if (!inOrder.has(document) || Object.hasOwn(changes, document.id))
      faults.push(...paramFaults(check, params).map((fault) => `policy ${document.id}, params: ${fault}`));
    policies.push({ ...document, params, check });
  }
  for (const check of checks)
    if (!used.has(check.name) && check.forUsers !== true)
      faults.push(`check ${check.name}: no policy uses it`);
  for (const id of Object.keys(changes))
    if (!documents.some((document) => document.id === id)) faults.push(`settings: there is no policy ${id}`);
  if (faults.length > 0) return { faults };
  return { catalogue: { policies, about: byKind(policies), digest: digestOf(policies) }, faults };
}

function paramFaults(check: Check, params: JsonObject): readonly string[] {
  const faults = schemaFaults(check.params, params);
  return faults.length > 0 ? faults : (check.faults?.(params) ?? []);
}

function wordFaults(document: PolicyDocument, check: Check): string[] {
  const faults: string[] = [];
  const where = (problem: string): string => `policy ${document.id}, problem ${problem}`;
  for (const problem of Object.keys(check.problems))
    if (!Object.hasOwn(document.problems, problem)) faults.push(`${where(problem)}: has no words`);
  for (const [problem, words] of Object.entries(document.problems)) {
    const names = Object.hasOwn(check.problems, problem) ? check.problems[problem] : undefined;
    if (names === undefined) {
      faults.push(`${where(problem)}: check ${check.name} has no such problem`);
      continue;
    }
    for (const message of [words.message, words.brief, words.remedy])
      for (const placeholder of placeholdersOf(message))
        if (!names.includes(placeholder)) faults.push(`${where(problem)}: nobody fills {${placeholder}}`);
    if (/\n/.test(words.brief.trim())) faults.push(`${where(problem)}: brief must be one line`);
  }
  return faults;
}

function byKind(policies: readonly Policy[]): Map<Kind, Policy[]> {
  const about = new Map<Kind, Policy[]>();
  for (const policy of policies)
    for (const kind of Object.keys(policy.appliesTo) as Kind[])
      about.set(kind, [...(about.get(kind) ?? []), policy]);
  for (const list of about.values())
    list.sort((a, b) => Number(a.check.last ?? false) - Number(b.check.last ?? false));
  return about;
}

function digestOf(policies: readonly Policy[]): string {
  const words = policies.map((policy) => ({ ...policy, check: policy.check.name }));
  return createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 12);
}

/** Whether a policy is asked about an operation on a kind; at rest it is asked about every kind it applies to. */
export function isAbout(policy: Policy, kind: Kind, operation: Operation): boolean {
  const operations = policy.appliesTo[kind];
  if (operations === undefined) return false;
  return operation === 'NONE' || operations.includes(operation);
}
