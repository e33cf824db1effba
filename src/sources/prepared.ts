import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../policy/document.ts';

/** Policies that were found in order when the code was bundled, by `digestOfText` of what they were read from. */
export type Prepared = Readonly<Record<string, PolicyDocument>>;

/** The file beside the bundled code that holds them; a checkout has none. */
export const PREPARED_FILE = 'policies.json';

let prepared: Prepared | undefined;

/**
 * The policies that a bundle brings along. To read and to examine them again would take most of the time until the guard
 * listens; a text that has changed since is not found here.
 */
export function preparedPolicies(): Prepared {
  const file = join(import.meta.dirname, PREPARED_FILE);
  prepared ??= existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Prepared) : {};
  return prepared;
}

/** The SHA-256 of a policy's text and id, in hexadecimal. */
export function digestOfText(id: string, text: string): string {
  return createHash('sha256').update(`${id}\n${text}`).digest('hex');
}
