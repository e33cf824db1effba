import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** A policy in CEL as a user writes one; what is not given says as little as it may. */
export function ownPolicy(params: object, changes: object = {}): object {
  return {
    title: 'Things are as they should be',
    check: 'cel',
    appliesTo: { ConfigMap: ['CREATE', 'UPDATE'] },
    severity: 'low',
    effect: 'deny',
    params,
    problems: { violated: { message: '{message}', brief: '{message}', remedy: 'Put it right.' } },
    why: 'It is agreed.',
    symptom: 'None.',
    references: ['https://example.com/agreed'],
    ...changes,
  };
}

/** Writes policies into a folder: their documents, or the files of their own folders. */
export function writePolicies(
  folder: string,
  policies: Readonly<Record<string, object | Readonly<Record<string, string>>>>,
): string {
  for (const [id, policy] of Object.entries(policies)) {
    mkdirSync(join(folder, id), { recursive: true });
    const files = 'policy.yaml' in policy ? policy : { 'policy.yaml': stringify(policy) };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, id, name), String(text));
  }
  return folder;
}
