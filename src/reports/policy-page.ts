import { stringify } from 'yaml';
import type { Kind } from '../model/kinds.ts';
import type { Catalogue, Policy } from '../policy/catalogue.ts';
import { WAIVER_PREFIX } from '../policy/waiver.ts';

/** An example as its files have it. */
export interface ExamplePage {
  readonly name: string;
  readonly bad: boolean;
  /** The manifest, its first comment line included. */
  readonly manifest: string;
  /** What the user is told. */
  readonly told?: string;
  /** The manifest after the patch. */
  readonly fixed?: string;
}

const GENERATED = '<!-- Generated from policy.yaml and the examples beside it: npm run golden. -->';

/** Kinds that the catalogue's page names in a row; the rest is counted. */
const MOST_KINDS = 6;

/**
 * One policy's page in Markdown: why, how it looks when it breaks, every problem with its cure, how to waive it, and the
 * examples last, because they are long.
 */
export function policyPage(policy: Policy, examples: readonly ExamplePage[]): string {
  const parts = [
    GENERATED,
    `# ${policy.id}`,
    `${policy.title}.`,
    facts(policy),
    '## Why',
    prose(policy.why.trim()),
    '## How it looks when it breaks',
    fenced('text', policy.symptom.trim()),
    '## What it says',
    problems(policy),
    ...(Object.keys(policy.params).length === 0
      ? []
      : ['## Parameters', fenced('yaml', stringify(policy.params, { lineWidth: 0 }).trim())]),
    '## How to waive it',
    'On one object, with a reason; owner and end are optional:',
    fenced(
      'yaml',
      `metadata:\n  annotations:\n    ${WAIVER_PREFIX}${policy.id}: "<why> | owner=<who> | until=<YYYY-MM-DD>"`,
    ),
    '## Sources',
    policy.references.map((reference) => `- ${reference}`).join('\n'),
    '## Examples',
    'The last document is the one that is applied; those before it are the rest of the cluster.',
    ...examples.toSorted(byName).map(exampleText),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** The catalogue's page: one line per policy. */
export function cataloguePage(catalogue: Catalogue): string {
  const rows = catalogue.policies.map(
    (policy) =>
      `| [${policy.id}](${policy.id}/README.md) | ${policy.title} | ${policy.effect} | ${kindsInShort(policy)} |`,
  );
  return [
    GENERATED,
    '# The policies',
    'Each folder is one policy: its words and parameters (`policy.yaml`), manifests that fail it (`bad*.yaml`) with what the user is told (`bad*.out`) and the manifest after the patch (`bad*.fixed.yaml`), and manifests that pass it (`good*.yaml`). In an example the last document is the one that is applied; those before it are the rest of the cluster.',
    ['| policy | what it wants | effect | about |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    '',
  ].join('\n\n');
}

function facts(policy: Policy): string {
  return [
    '| about | effect | severity | check |',
    '| --- | --- | --- | --- |',
    `| ${kinds(policy)} | ${policy.effect} | ${policy.severity} | ${policy.check.name} |`,
  ].join('\n');
}

function kinds({ appliesTo }: Policy): string {
  return (Object.keys(appliesTo) as Kind[])
    .map((kind) => `${kind} (${(appliesTo[kind] ?? []).join(', ').toLowerCase() || 'in a scan'})`)
    .join(', ');
}

function kindsInShort({ appliesTo }: Policy): string {
  const names = Object.keys(appliesTo);
  const rest = names.length - MOST_KINDS;
  return rest > 1 ? `${names.slice(0, MOST_KINDS).join(', ')} and ${rest} more` : names.join(', ');
}

function problems(policy: Policy): string {
  return Object.entries(policy.problems)
    .map(([problem, words]) => {
      const effect = words.effect ?? policy.effect;
      const rest = words.scan === undefined || words.scan === effect ? '' : `, ${words.scan} in a scan`;
      return `- **${problem}** (${effect}${rest}): ${prose(oneLine(words.message))}\n  Remedy: ${prose(oneLine(words.remedy))}`;
    })
    .join('\n');
}

/** `bad` before `bad-variant`, all of these before `good`. */
function byName(one: ExamplePage, other: ExamplePage): number {
  return one.name < other.name ? -1 : 1;
}

function exampleText({ name, bad, manifest, told, fixed }: ExamplePage): string {
  const parts = [`### ${name}`, fenced('yaml', manifest.trim())];
  if (bad && told !== undefined) parts.push('What the user is told:', fenced('text', told.trim()));
  if (fixed !== undefined)
    parts.push(
      `<details><summary>After the patch</summary>\n\n${fenced('yaml', fixed.trim())}\n\n</details>`,
    );
  return parts.join('\n\n');
}

function fenced(language: string, text: string): string {
  const fence = text.includes('```') ? '````' : '```';
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text in Markdown: outside of code, `<namespace>` is no tag and `*` no emphasis. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 0 ? part.replaceAll(/[<*]/g, String.raw`\$&`) : part))
    .join('');
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
