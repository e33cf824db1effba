import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { CHECKS } from '../checks/index.ts';
import { catalogueOf } from '../policy/catalogue.ts';
import type { Catalogue, ParameterChanges } from '../policy/catalogue.ts';
import { policyDocument } from '../policy/document.ts';
import type { PolicyDocument } from '../policy/document.ts';
import { Faults } from './faults.ts';
import { digestOfText, preparedPolicies } from './prepared.ts';
import type { Prepared } from './prepared.ts';

/** The policies that come with the guard: a folder beside the code, from a checkout and installed alike. */
export const BUILT_IN = join(import.meta.dirname, '..', '..', 'policies');

/**
 * The catalogue of folders of policies: one folder per policy, its words in `policy.yaml`. Such a folder may also be given by
 * itself. Throws Faults that name the
 * file and the field where anything is half-written, and the folder that cannot be read.
 */
export function readCatalogue(
  changes: ParameterChanges = {},
  folders: readonly string[] = [BUILT_IN],
): Catalogue {
  const documents = new Map<string, Read & { file: string }>();
  const faults: string[] = [];
  for (const folder of folders) {
    for (const { entry, file } of entriesOf(folder, faults)) {
      const { read, faults: own } = documentIn(file, entry);
      faults.push(...own.map((fault) => `${file}: ${fault}`));
      if (documents.has(entry)) faults.push(`${file}: there is a policy ${entry} already`);
      if (read !== undefined) documents.set(entry, { ...read, file });
    }
  }
  if (faults.length > 0) throw new Faults(faults);
  const written = [...documents.values()];
  const { catalogue, faults: halfWritten } = catalogueOf(
    written.map(({ document }) => document),
    CHECKS,
    changes,
    new Set(written.flatMap(({ document, isInOrder }) => (isInOrder ? [document] : []))),
  );
  if (catalogue !== undefined) return catalogue;
  throw new Faults(
    halfWritten.map((fault) => {
      const id = /^policy ([^,:]+)[,:]/.exec(fault)?.[1] ?? '';
      const of = documents.get(id);
      // What the settings changed is a fault of theirs, or may be.
      return of === undefined || Object.hasOwn(changes, id) ? fault : `${of.file}: ${fault}`;
    }),
  );
}

interface Entry {
  /** The name of the policy's own folder, which is its id. */
  readonly entry: string;
  readonly file: string;
}

/**
 * The policies in a folder, or the one that it is itself. Hidden folders are none: a ConfigMap's volume keeps its files in one,
 * and links to them.
 */
function entriesOf(folder: string, faults: string[]): Entry[] {
  const itself = join(folder, 'policy.yaml');
  if (existsSync(itself)) return [{ entry: basename(resolve(folder)), file: itself }];
  try {
    const entries = readdirSync(folder).filter(
      (name) => !name.startsWith('.') && statSync(join(folder, name)).isDirectory(),
    );
    if (entries.length === 0) faults.push(`${folder}: holds no folder with a policy`);
    return entries.map((entry) => ({ entry, file: join(folder, entry, 'policy.yaml') }));
  } catch (error) {
    faults.push(`${folder}: ${unreadable(error)}`);
    return [];
  }
}

/** The policies that come with the guard, for a bundle of it to bring along. Throws Faults where anything is half-written. */
export function policiesToPrepare(): Prepared {
  const policies = new Map(readCatalogue().policies.map((policy) => [policy.id, policy]));
  const prepared: Record<string, PolicyDocument> = {};
  for (const { entry, file } of entriesOf(BUILT_IN, [])) {
    const policy = policies.get(entry);
    if (policy !== undefined)
      prepared[digestOfText(entry, readFileSync(file, 'utf8'))] = { ...policy, check: policy.check.name };
  }
  return prepared;
}

interface Read {
  readonly document: PolicyDocument;
  /** Whether it and its parameters were examined when the code was bundled. */
  readonly isInOrder: boolean;
}

function documentIn(file: string, id: string): { read?: Read; faults: string[] } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return { faults: [unreadable(error)] };
  }
  const prepared = preparedPolicies()[digestOfText(id, text)];
  if (prepared !== undefined) return { read: { document: prepared, isInOrder: true }, faults: [] };
  try {
    const { document, faults } = policyDocument(id, parse(text));
    return { ...(document && { read: { document, isInOrder: false } }), faults };
  } catch (error) {
    return { faults: [error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'is no YAML'] };
  }
}

function unreadable(error: unknown): string {
  return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
}
