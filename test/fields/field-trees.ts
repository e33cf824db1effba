import { join } from 'node:path';

/** Where the trees are kept. */
export const FOLDER = join(import.meta.dirname, '..', '..', 'src', 'model', 'fields');

/**
 * The fields that kinds have, as facts: which names an object may hold and what stands under each. Nothing else of a
 * schema is kept, no description and no rule, so that data made from it carries nobody's text.
 *
 * A type is written `string`, `number`, `boolean`, `scalar` (a string or a number), `any` (open), `[T]` (a list), `{T}` (a
 * map with free keys), or the name of a type with fields of its own. A field that not every release has says so behind it:
 * `string since 2.9.0`, `string until 2.8.5`.
 */
export interface FieldTrees {
  /** The releases that were read, the oldest first. */
  readonly releases: readonly string[];
  /** `apps/v1/Deployment` to the name of its type. */
  readonly kinds: Readonly<Record<string, string>>;
  readonly types: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The trees as the file that is committed, one type on each line. */
export function treesText({ releases, kinds, types }: FieldTrees): string {
  const lines = (entries: Readonly<Record<string, unknown>>): string =>
    Object.entries(entries)
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return [
    '{',
    `  "releases": ${JSON.stringify(releases)},`,
    `  "kinds": {\n${lines(kinds)}\n  },`,
    `  "types": {\n${lines(types)}\n  }`,
    '}\n',
  ].join('\n');
}
